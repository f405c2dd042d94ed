"""The two captioners in torch: without and with attention.

One reads the picture once, the other attends to it for every token. Both decode with an LSTM and share one token embedding
between input and output (Press and Wolf 2017).

Letters: P pictures, B captions of them, T positions, M positions that hold a token, packed one position after the other; W
beam width, N places of the map, C channels, E embedding, H state and annotation, A attention, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from vqa.caption.config import Config
from vqa.checkpoint_keys import keep_checkpoint_keys
from vqa.encoder.layers import pool_places


class CaptionDecoder(nn.Module):
    """The parts that both forms share: the token embedding and the output layer.

    Each form adds init_state, step and forward.
    """

    state_names: tuple[str, ...]
    """The names of the outputs of init_state."""
    recurrent_names: tuple[str, ...]
    """The names of those that step returns updated, after the log-probabilities."""
    extra_outputs: tuple[str, ...] = ()
    """The names of further outputs of step, for display."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.vocabulary, config.embedding, padding_idx=0)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = nn.Dropout(config.dropout)
        with torch.no_grad():
            self.table.weight.normal_(std=0.1)[0] = 0

    def project(self, vectors: Tensor) -> Tensor:
        """Return the scores [..., V] of vectors [..., E]."""
        return F.linear(vectors, self.table.weight, self.bias)


class Basic(CaptionDecoder):
    """Show and Tell: the LSTM reads the picture, then the tokens.

    The pooled features are normalised per channel: most of what they are is the same for every picture.

    Source:
        Vinyals et al. 2015, Show and Tell, section 3.1, equations 10 to 12.
    """

    state_names = recurrent_names = ("hidden", "cell")

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.batch_norm = nn.BatchNorm1d(config.channels)
        self.picture = nn.Sequential(nn.Linear(config.channels, config.embedding), nn.LayerNorm(config.embedding))
        self.lstm = nn.LSTM(config.embedding, config.hidden, batch_first=True)
        self.out = nn.Linear(config.hidden, config.embedding)

    def init_state(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Return the state, hidden and cell [P, H], after pooled features [P, C]."""
        _, (hidden, cell) = self.lstm(self.dropout(self.picture(self.batch_norm(pooled)))[:, None])
        return hidden[0], cell[0]

    def step(self, last: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        """Return the log-probabilities [W, V] after the ids last [W], and the next state."""
        read, (hidden, cell) = self.lstm(self.table(last)[:, None], (hidden[None], cell[None]))
        return self.project(self.out(read[:, 0])).log_softmax(-1), hidden[0], cell[0]

    def forward(self, pooled: Tensor, rows: Tensor, inputs: PackedSequence) -> tuple[Tensor, Tensor | None]:
        """Return the scores [M, V] of the token after each input id, and no attention.

        Args:
            pooled: The pooled features [P, C].
            rows: int64 [B], the picture of each caption.
            inputs: The ids of the captions, packed, the longest first.
        """
        hidden, cell = (tensor[rows][None] for tensor in self.init_state(pooled))
        read, _ = self.lstm(_embed(self, inputs), (hidden, cell))
        return self.project(self.out(self.dropout(read.data))), None


class Attention(CaptionDecoder):
    """Show, Attend and Tell with soft attention and a normalised map.

    The map is normalised per channel: most of a channel's variance is its mean, which is the same everywhere and carries no
    position.

    Source:
        Xu et al. 2015, Show, Attend and Tell, sections 3.1.2 and 4.2.
    """

    state_names = ("annotations", "keys", "hidden", "cell")
    recurrent_names = ("hidden", "cell")
    extra_outputs = ("attention",)

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        embedding, hidden = config.embedding, config.hidden
        self.batch_norm = nn.BatchNorm1d(config.channels)
        self.annotate = nn.Sequential(nn.Linear(config.channels, hidden), nn.LayerNorm(hidden))
        self.first = nn.Linear(hidden, 2 * hidden)
        self.key = nn.Linear(hidden, config.attention, bias=False)
        self.query = nn.Linear(hidden, config.attention)
        self.energy = nn.Linear(config.attention, 1, bias=False)
        self.gate = nn.Linear(hidden, 1)
        self.lstm = nn.LSTMCell(embedding + hidden, hidden)
        self.deep = nn.Linear(embedding + 2 * hidden, embedding)
        keep_checkpoint_keys(self, {"batch_norm": "even"})

    def init_state(self, map: Tensor) -> tuple[Tensor, ...]:
        """Return the state before the first step, for maps [P, C, H', W'].

        It is the annotations [P, N, H], their keys [P, N, A], and the first hidden and cell [P, H].
        """
        places = pool_places(map, self.config.stride).flatten(2)
        annotations = self.dropout(self.annotate(self.batch_norm(places).transpose(1, 2)))
        hidden, cell = torch.tanh(self.first(annotations.mean(1))).chunk(2, -1)
        return annotations, self.key(annotations), hidden, cell

    def attend(self, hidden: Tensor, annotations: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Return the context [W, H] for hidden [W, H], and the attention [W, N].

        The context is gated by a scalar (section 4.2.1).
        """
        compared = torch.tanh(keys + self.query(hidden)[:, None])
        attention = self.energy(compared)[..., 0].softmax(-1)
        context = (attention[:, None] @ annotations)[:, 0]
        return torch.sigmoid(self.gate(hidden)) * context, attention

    def compute_deep_output(self, embedded: Tensor, hidden: Tensor, context: Tensor) -> Tensor:
        """Return the scores [..., V] by deep output (equation 7).

        It has a tanh, as in the authors' code.
        """
        return self.project(self.dropout(torch.tanh(self.deep(torch.cat([embedded, hidden, context], -1)))))

    def step(self, last: Tensor, annotations: Tensor, keys: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        """Return the log-probabilities [W, V] after the ids last [W].

        They are followed by the next hidden and cell, and by the attention [W, N].
        """
        embedded = self.table(last)
        context, attention = self.attend(hidden, annotations, keys)
        hidden, cell = self.lstm(torch.cat([embedded, context], -1), (hidden, cell))
        return self.compute_deep_output(embedded, hidden, context).log_softmax(-1), hidden, cell, attention

    def forward(self, map: Tensor, rows: Tensor, inputs: PackedSequence) -> tuple[Tensor, Tensor | None]:
        """Return the scores [M, V] of the token after each input id, and the attention.

        Args:
            map: The maps [P, C, H', W'].
            rows: int64 [B], the picture of each caption.
            inputs: The ids of the captions, packed, the longest first.

        Returns:
            The scores, and the attention of each caption summed over its tokens [B, N].
        """
        annotations, keys, hidden, cell = (tensor[rows] for tensor in self.init_state(map))
        embedded = _embed(self, inputs).data
        seen = torch.zeros_like(annotations[..., 0])
        states, contexts = [], []
        first = 0
        # Captions that have ended drop out of the batch.
        for count in inputs.batch_sizes.tolist():
            hidden, cell = hidden[:count], cell[:count]
            context, attention = self.attend(hidden, annotations[:count], keys[:count])
            words = embedded[first : first + count]
            hidden, cell = self.lstm(torch.cat([words, context], -1), (hidden, cell))
            seen = seen + F.pad(attention, (0, 0, 0, len(seen) - count))
            states.append(hidden)
            contexts.append(context)
            first += count
        return self.compute_deep_output(embedded, self.dropout(torch.cat(states)), torch.cat(contexts)), seen


class Encoder(nn.Module):
    """The graph that runs once per picture, for both languages."""

    def __init__(self, net: Basic | Attention) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        """Return the state before the first step."""
        return self.net.init_state(features)


class Step(nn.Module):
    """The graph that runs for every token.

    Inputs that all hypotheses share have one row.
    """

    def __init__(self, net: Basic | Attention) -> None:
        super().__init__()
        self.net = net

    def forward(self, last: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Return the log-probabilities and the next state."""
        return self.net.step(last, *state)


def build_net(config: Config) -> Basic | Attention:
    """Build the untrained net of a config."""
    return Basic(config) if config.form == "basic" else Attention(config)


def pack_captions(ids: Tensor, lengths: Tensor) -> PackedSequence:
    """Pack ids int64 [B, T] of captions of these lengths, the longest first."""
    made: PackedSequence = pack_padded_sequence(ids, lengths, batch_first=True)
    return made


def _embed(net: CaptionDecoder, inputs: PackedSequence) -> Any:
    return PackedSequence(net.dropout(net.table(inputs.data)), inputs.batch_sizes)


AXES = {
    "encoder": {
        "map": {2: "H'", 3: "W'"},
        "annotations": {1: "N"},
        "keys": {1: "N"},
    },
    "step": {
        "last": {0: "W"},
        "annotations": {1: "N"},
        "keys": {1: "N"},
        "hidden": {0: "W"},
        "cell": {0: "W"},
        "log_probs": {0: "W"},
        "hidden.next": {0: "W"},
        "cell.next": {0: "W"},
        "attention": {0: "W", 1: "N"},
    },
}
