"""The two captioners in torch: the picture fed once, and looked at anew for every token.

Both write with an LSTM, and one table of tokens serves its input and its output (Press and Wolf 2017). Letters: P pictures, B
captions of them, T positions, M positions that hold a token, packed one position after the other; W beam, N places of the map, C
channels, E embedding, H state and annotation, A attention, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from vqa.caption.config import Config


class Writer(nn.Module):
    """What both forms have: the table, and scores of the tokens. Each form adds start, step and forward."""

    state: tuple[str, ...]
    """What start gives, by name."""
    moving: tuple[str, ...]
    """What of it step gives anew, after the log-probabilities."""
    shown: tuple[str, ...] = ()
    """What step gives beside, for people to see."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.vocabulary, config.embedding, padding_idx=0)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = nn.Dropout(config.dropout)
        with torch.no_grad():
            self.table.weight.normal_(std=0.1)[0] = 0

    def scores(self, vectors: Tensor) -> Tensor:
        """[..., V] of vectors [..., E]."""
        return F.linear(vectors, self.table.weight, self.bias)


class Basic(Writer):
    """Show and Tell (Vinyals et al. 2015, section 3.1, equations 10 to 12): the LSTM reads the picture, then the tokens."""

    state = moving = ("hidden", "cell")

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.picture = nn.Sequential(nn.Linear(config.channels, config.embedding), nn.LayerNorm(config.embedding))
        self.lstm = nn.LSTM(config.embedding, config.hidden, batch_first=True)
        self.out = nn.Linear(config.hidden, config.embedding)

    def start(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """The state, hidden and cell [P, H], after the pictures of pooled features [P, C]."""
        _, (hidden, cell) = self.lstm(self.dropout(self.picture(pooled))[:, None])
        return hidden[0], cell[0]

    def step(self, last: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        """Log-probabilities [W, V] after the ids last [W], and the state then."""
        read, (hidden, cell) = self.lstm(self.table(last)[:, None], (hidden[None], cell[None]))
        return self.scores(self.out(read[:, 0])).log_softmax(-1), hidden[0], cell[0]

    def forward(self, pooled: Tensor, rows: Tensor, given: PackedSequence) -> tuple[Tensor, Tensor | None]:
        """Scores [M, V] of what follows each of the given ids; no attention.

        rows int64 [B] tells which of the pictures [P, C] each caption is of; captions are packed, the longest first.
        """
        hidden, cell = (one[rows][None] for one in self.start(pooled))
        read, _ = self.lstm(_embedded(self, given), (hidden, cell))
        return self.scores(self.out(self.dropout(read.data))), None


class Attention(Writer):
    """Show, Attend and Tell with soft attention (Xu et al. 2015, sections 3.1.2, 4.2), its map standardised channel by channel.

    Most of what a channel says is its mean, which it says everywhere.
    """

    state = ("annotations", "keys", "hidden", "cell")
    moving = ("hidden", "cell")
    shown = ("attention",)

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        embedding, hidden = config.embedding, config.hidden
        self.even = nn.BatchNorm1d(config.channels)
        self.annotate = nn.Sequential(nn.Linear(config.channels, hidden), nn.LayerNorm(hidden))
        self.first = nn.Linear(hidden, 2 * hidden)
        self.key = nn.Linear(hidden, config.attention, bias=False)
        self.query = nn.Linear(hidden, config.attention)
        self.energy = nn.Linear(config.attention, 1, bias=False)
        self.gate = nn.Linear(hidden, 1)
        self.lstm = nn.LSTMCell(embedding + hidden, hidden)
        self.deep = nn.Linear(embedding + 2 * hidden, embedding)

    def start(self, map: Tensor) -> tuple[Tensor, ...]:
        """Annotations [P, N, H], their keys [P, N, A] and the first hidden and cell [P, H] of maps [P, C, H', W']."""
        annotations = self.dropout(self.annotate(self.even(map.flatten(2)).transpose(1, 2)))
        hidden, cell = torch.tanh(self.first(annotations.mean(1))).chunk(2, -1)
        return annotations, self.key(annotations), hidden, cell

    def look(self, hidden: Tensor, annotations: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """The context [W, H] found from hidden [W, H], gated by a scalar (section 4.2.1), and the attention [W, N]."""
        compared = torch.tanh(keys + self.query(hidden)[:, None])
        attention = self.energy(compared)[..., 0].softmax(-1)
        context = (attention[:, None] @ annotations)[:, 0]
        return torch.sigmoid(self.gate(hidden)) * context, attention

    def written(self, embedded: Tensor, hidden: Tensor, context: Tensor) -> Tensor:
        """Scores [..., V] by deep output (equation 7), with a tanh as its authors' code has it."""
        return self.scores(self.dropout(torch.tanh(self.deep(torch.cat([embedded, hidden, context], -1)))))

    def step(self, last: Tensor, annotations: Tensor, keys: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        """Log-probabilities [W, V] after the ids last [W], the state then, and the attention [W, N] they came from."""
        embedded = self.table(last)
        context, attention = self.look(hidden, annotations, keys)
        hidden, cell = self.lstm(torch.cat([embedded, context], -1), (hidden, cell))
        return self.written(embedded, hidden, context).log_softmax(-1), hidden, cell, attention

    def forward(self, map: Tensor, rows: Tensor, given: PackedSequence) -> tuple[Tensor, Tensor | None]:
        """Scores [M, V] of what follows each of the given ids, and the attention of each caption summed over its tokens [B, N].

        rows int64 [B] tells which of the pictures [P, C, H', W'] each caption is of; captions are packed, the longest first.
        """
        annotations, keys, hidden, cell = (one[rows] for one in self.start(map))
        embedded = _embedded(self, given).data
        seen = torch.zeros_like(annotations[..., 0])
        states, contexts = [], []
        first = 0
        # Captions that have ended are not computed any further.
        for count in given.batch_sizes.tolist():
            hidden, cell = hidden[:count], cell[:count]
            context, attention = self.look(hidden, annotations[:count], keys[:count])
            words = embedded[first : first + count]
            hidden, cell = self.lstm(torch.cat([words, context], -1), (hidden, cell))
            seen = seen + F.pad(attention, (0, 0, 0, len(seen) - count))
            states.append(hidden)
            contexts.append(context)
            first += count
        return self.written(embedded, self.dropout(torch.cat(states)), torch.cat(contexts)), seen


class Encoder(nn.Module):
    """The graph that runs once for a picture, whatever the language."""

    def __init__(self, net: Basic | Attention) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        """The state before the first step."""
        return self.net.start(features)


class Step(nn.Module):
    """The graph that runs for every token. What stays the same for all hypotheses is there once."""

    def __init__(self, net: Basic | Attention) -> None:
        super().__init__()
        self.net = net

    def forward(self, last: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Log-probabilities and the next state."""
        return self.net.step(last, *state)


def net_of(config: Config) -> Basic | Attention:
    """The untrained net of a config."""
    return Basic(config) if config.form == "basic" else Attention(config)


def packed(ids: Tensor, lengths: Tensor) -> PackedSequence:
    """Ids int64 [B, T] of captions of those lengths, the longest first, one position after the other."""
    made: PackedSequence = pack_padded_sequence(ids, lengths, batch_first=True)
    return made


def _embedded(net: Writer, given: PackedSequence) -> Any:
    return PackedSequence(net.dropout(net.table(given.data)), given.batch_sizes)


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
