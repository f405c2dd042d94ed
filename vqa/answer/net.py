"""The answerer in torch, after Show, Ask, Attend, and Answer.

A recurrent net encodes the question. Two layers that read it beside each place of the map give every glimpse its own attention
over the places. The attended features are combined with the question and classified over the answers (Kazemi and Elqursh 2017,
section 3 and figure 2). Ours differs in seven ways:

* A gated recurrent unit replaces the LSTM.
* Each place is projected once, so that a second question about a picture costs only its own encoding.
* The pooled features are read beside the glimpses.
* The product of picture and question is read beside both (Kim et al. 2017, Hadamard Product for Low-rank Bilinear Pooling,
  section 3).
* The features, and both factors of the product, are normalised (Ioffe and Szegedy 2015, Batch Normalization). The product of
  factors with a mean of zero adds an interaction; the product of positive factors mostly repeats one of them.
* The probabilities of the encoder's classes, if it names any, are read beside the pooled features.
* A linear model of the question's n-grams adds its scores, so that the net starts from what the question alone tells (the bag
  of words of Zhou et al. 2015, Simple Baseline for Visual Question Answering; hashed as in Joulin et al. 2017, Bag of Tricks).

Letters: B batch, T tokens, C channels, K classes, N places, J joint, H hidden, G glimpses, A answers, M n-grams.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from vqa.answer.config import Config
from vqa.checkpoint_keys import keep_checkpoint_keys
from vqa.encoder.layers import pool_places

_EPSILON = 1e-6


class AnswerNet(nn.Module):
    """Map question tokens and picture features to scores of the answers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.tokens, config.width, padding_idx=0)
        self.reader = nn.GRU(config.width, config.hidden, batch_first=True)
        self.batch_norm = nn.BatchNorm1d(config.channels)
        self.place = nn.Linear(config.channels, config.joint)
        self.global_features = nn.Linear(config.channels, config.joint)
        self.key = nn.Linear(config.joint, config.joint)
        self.query = nn.Linear(config.hidden, config.joint, bias=False)
        self.glimpse = nn.Linear(config.joint, config.glimpses)
        self.seen = _linear_batch_norm((config.glimpses + 1) * config.joint, config.joint)
        self.asked = _linear_batch_norm(config.hidden, config.joint)
        self.first = nn.Linear(3 * config.joint, 2 * config.joint)
        self.second = nn.Linear(2 * config.joint, config.answers)
        self.dropout = nn.Dropout(config.dropout)
        self.named = nn.Linear(config.classes, config.joint, bias=False) if config.classes else None
        if config.ngrams:
            # The first row is padding.
            self.ngrams = nn.Embedding(config.ngrams + 1, config.ngram_width, padding_idx=0)
            self.prior = nn.Linear(config.ngram_width, config.answers)
        with torch.no_grad():
            if config.ngrams:
                self.ngrams.weight.normal_(std=0.1)[0] = 0
                self.prior.weight.normal_(std=0.1)
            self.table.weight.normal_(std=0.3)[0] = 0
        keep_checkpoint_keys(self, {"batch_norm": "even", "global_features": "whole"})

    def encode_image(self, map: Tensor, pooled: Tensor, classes: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return keys and places [B, N, J] and global features [B, J] of a picture.

        They are the same for all pictures if the net is blind.

        Args:
            map: [B, C, H', W'].
            pooled: [B, C].
            classes: [B, K], if the config has classes.
        """
        if self.config.blind:
            # New zeros would remove the inputs from the exported graph.
            map, pooled = 0 * map, 0 * pooled
            classes = None if classes is None else 0 * classes
        map = pool_places(map, self.config.stride)
        # The pooled features are normalised together with the places, so that a single place can be normalised too.
        features = _normalize(torch.cat([map.flatten(2), pooled[:, :, None]], 2).transpose(1, 2))
        features = self.batch_norm(features.transpose(1, 2)).transpose(1, 2)
        places = torch.relu(self.place(self._drop_channels(features[:, :-1])))
        whole = self.global_features(self.dropout(features[:, -1]))
        if self.named is not None and classes is not None:
            # The root brings small probabilities nearer to large ones (Bishop et al. 1975, the square-root transform of counts).
            whole = whole + self.named(self.dropout(classes.clamp(min=0).sqrt()))
        return self.key(places), places, torch.relu(whole)

    def _drop_channels(self, places: Tensor) -> Tensor:
        # A channel is dropped from all places of a picture: neighbours are alike, and a draw for each place is slow.
        kept: Tensor = self.dropout(torch.ones_like(places[:, :1]))
        return places * kept if self.training else places

    def encode_question(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the encodings [B, H] of questions.

        Args:
            ids: int64 [B, T].
            lengths: int64 [B], for padded questions.
        """
        embedded = torch.tanh(self.dropout(self.table(ids)))
        if lengths is None:
            _, last = self.reader(embedded)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
            _, last = self.reader(packed)
        remembered: Tensor = last[0]
        return remembered

    def score_ngrams(self, ngrams: Tensor) -> Tensor:
        """Return the scores [B, A] that the n-grams int64 [B, M] of questions give, with 0 as padding."""
        count = (ngrams != 0).sum(1, keepdim=True).clamp(min=1)
        mean = self.ngrams(ngrams).sum(1) / count.sqrt()
        return self.prior(self.dropout(mean))  # type: ignore[no-any-return]

    def attend(self, question: Tensor, keys: Tensor, places: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
        """Return the scores [B, A] and the attention [B, G, N] of questions.

        The attention of each glimpse sums to 1 over the places. question is the output of encode_question().
        """
        noticed = torch.relu(keys + self.query(question)[:, None])
        attention = self.glimpse(self._drop_channels(noticed)).transpose(1, 2).softmax(-1)
        glimpses = (attention @ places).flatten(1)
        seen = self.seen(self.dropout(torch.cat([glimpses, whole], 1)))
        asked = self.asked(self.dropout(question))
        joined = self.dropout(torch.cat([torch.relu(seen), torch.relu(asked), seen * asked], 1))
        return self.second(self.dropout(torch.relu(self.first(joined)))), attention

    def forward(
        self,
        ids: Tensor,
        map: Tensor,
        pooled: Tensor,
        pictures: Tensor,
        classes: Tensor | None = None,
        ngrams: Tensor | None = None,
    ) -> Tensor:
        """Return the scores [B, A] of questions.

        Args:
            ids: int64 [B, T], with PAD at the end.
            map: The maps [P, C, H', W'] of the pictures.
            pooled: Their pooled features [P, C].
            pictures: int64 [B], the picture of each question.
            classes: Their class probabilities [P, K], if the config has classes.
            ngrams: int64 [B, M], the n-grams of the questions, with 0 at the end, if the config has n-grams.
        """
        if self.training and self.config.token_dropout:
            # The language token, which comes first, is kept; 3 is UNK.
            drawn = torch.rand(ids.shape, device=ids.device) < self.config.token_dropout
            drawn[:, 0] = False
            ids = ids.masked_fill(drawn & (ids != 0), 3)
        question = self.encode_question(ids, (ids != 0).sum(1))
        keys, places, whole = self.encode_image(map, pooled, classes)
        scores: Tensor = self.attend(question, keys[pictures], places[pictures], whole[pictures])[0]
        return scores if ngrams is None else scores + self.score_ngrams(ngrams)


def _linear_batch_norm(given: int, made: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(given, made), nn.BatchNorm1d(made))


def _normalize(features: Tensor) -> Tensor:
    # Unit length as in the paper (section 3.1), but scaled to 1 per channel, for which the weights are initialised.
    even: Tensor = F.normalize(features, dim=-1, eps=_EPSILON) * features.shape[-1] ** 0.5
    return even


class PictureGraph(nn.Module):
    """The graph that runs once per picture.

    It maps map float32 [1, C, H', W'], pooled float32 [1, C] and, if there are any, classes float32 [1, K] to the outputs of
    encode_image(). The name of the output whole is that of graphs on disk.
    """

    outputs = ("keys", "places", "whole")

    def __init__(self, net: AnswerNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, map: Tensor, pooled: Tensor, classes: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return the outputs in their order."""
        return self.net.encode_image(map, pooled, classes)


class QuestionGraph(nn.Module):
    """The graph that runs for every question.

    It maps ids int64 [1, T], the outputs of the picture graph and, if there are any, the n-grams int64 [1, M] to
    log-probabilities [A] and attention [G, N].
    """

    outputs = ("log_probs", "attention")

    def __init__(self, net: AnswerNet) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, ids: Tensor, keys: Tensor, places: Tensor, whole: Tensor, ngrams: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the outputs in their order, before the temperature is applied."""
        scores, attention = self.net.attend(self.net.encode_question(ids), keys, places, whole)
        if ngrams is not None:
            scores = scores + self.net.score_ngrams(ngrams)
        return scores[0].log_softmax(-1), attention[0]


AXES = {
    "picture": {"map": {2: "H", 3: "W"}, "keys": {1: "N"}, "places": {1: "N"}},
    "question": {"ids": {1: "T"}, "ngrams": {1: "M"}, "keys": {1: "N"}, "places": {1: "N"}, "attention": {1: "N"}},
}
