"""The answerer in torch: Show, Ask, Attend, and Answer (Kazemi and Elqursh 2017, section 3 and figure 2).

A recurrent net reads the question; two layers that see it beside each place of the picture give every glimpse its own weights
over the places; what the glimpses see is joined with the question and classified over the answers. Ours differs in five ways:
a gated recurrent unit for the LSTM; each place is projected once, so that a second question about a picture costs no more
than reading it; the pooled features are seen beside the glimpses; the product of picture and question stands beside both
(Kim et al. 2017, Hadamard Product for Low-rank Bilinear Pooling, section 3); and what is seen, and both factors, are
standardised (Ioffe and Szegedy 2015, Batch Normalization): the product of factors with a mean of zero says what neither says
alone, which products of positive ones, mostly the one or the other once more, hide. Letters: B batch, T tokens, C channels, N
places, J joint, H hidden, G glimpses, A answers.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from vqa.answer.config import Config

_SMALL = 1e-6


class Answering(nn.Module):
    """The whole: tokens of questions and features of pictures to scores of the answers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.tokens, config.width, padding_idx=0)
        self.reader = nn.GRU(config.width, config.hidden, batch_first=True)
        self.even = nn.BatchNorm1d(config.channels)
        self.place = nn.Linear(config.channels, config.joint)
        self.whole = nn.Linear(config.channels, config.joint)
        self.key = nn.Linear(config.joint, config.joint)
        self.query = nn.Linear(config.hidden, config.joint, bias=False)
        self.glimpse = nn.Linear(config.joint, config.glimpses)
        self.seen = _standardised((config.glimpses + 1) * config.joint, config.joint)
        self.asked = _standardised(config.hidden, config.joint)
        self.first = nn.Linear(3 * config.joint, 2 * config.joint)
        self.second = nn.Linear(2 * config.joint, config.answers)
        self.dropout = nn.Dropout(config.dropout)
        with torch.no_grad():
            self.table.weight.normal_(std=0.3)[0] = 0

    def see(self, map: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """keys and places [B, N, J] and whole [B, J] of map [B, C, H', W'] and pooled [B, C]; the same for all if blind."""
        if self.config.blind:
            # Not zeros of its own: the exported graph would lose an input.
            map, pooled = 0 * map, 0 * pooled
        # The whole is standardised as a place is, so that one picture of one place can be too.
        features = _even(torch.cat([map.flatten(2), pooled[:, :, None]], 2).transpose(1, 2))
        features = self.even(features.transpose(1, 2)).transpose(1, 2)
        places = torch.relu(self.place(self._dropped(features[:, :-1])))
        return self.key(places), places, torch.relu(self.whole(self.dropout(features[:, -1])))

    def _dropped(self, places: Tensor) -> Tensor:
        # A channel is dropped from all places of a picture: neighbours say much the same, and drawing for each is slow.
        kept: Tensor = self.dropout(torch.ones_like(places[:, :1]))
        return places * kept if self.training else places

    def read(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """What is remembered [B, H] of questions int64 [B, T], of those lengths int64 [B] if padded."""
        embedded = torch.tanh(self.dropout(self.table(ids)))
        if lengths is None:
            _, last = self.reader(embedded)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
            _, last = self.reader(packed)
        remembered: Tensor = last[0]
        return remembered

    def look(self, question: Tensor, keys: Tensor, places: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
        """Scores [B, A] and attention [B, G, N], which sums to 1 over the places, of questions as read() gives them."""
        noticed = torch.relu(keys + self.query(question)[:, None])
        attention = self.glimpse(self._dropped(noticed)).transpose(1, 2).softmax(-1)
        glimpses = (attention @ places).flatten(1)
        seen = self.seen(self.dropout(torch.cat([glimpses, whole], 1)))
        asked = self.asked(self.dropout(question))
        joined = self.dropout(torch.cat([torch.relu(seen), torch.relu(asked), seen * asked], 1))
        return self.second(self.dropout(torch.relu(self.first(joined)))), attention

    def forward(self, ids: Tensor, map: Tensor, pooled: Tensor, pictures: Tensor) -> Tensor:
        """Scores [B, A] of questions int64 [B, T], PAD at the end; pictures int64 [B] tells which of the maps each is about."""
        if self.training and self.config.unseen:
            # The marks of the languages, which come first, stay; 3 is UNK.
            drawn = torch.rand(ids.shape, device=ids.device) < self.config.unseen
            drawn[:, 0] = False
            ids = ids.masked_fill(drawn & (ids != 0), 3)
        question = self.read(ids, (ids != 0).sum(1))
        keys, places, whole = self.see(map, pooled)
        scores: Tensor = self.look(question, keys[pictures], places[pictures], whole[pictures])[0]
        return scores


def _standardised(given: int, made: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(given, made), nn.BatchNorm1d(made))


def _even(features: Tensor) -> Tensor:
    # As the paper has it (section 3.1), of unit length, but one a channel: weights then begin at their usual size.
    even: Tensor = F.normalize(features, dim=-1, eps=_SMALL) * features.shape[-1] ** 0.5
    return even


class Picture(nn.Module):
    """The graph that runs once a picture: map float32 [1, C, H', W'] and pooled float32 [1, C] to what see() gives."""

    outputs = ("keys", "places", "whole")

    def __init__(self, net: Answering) -> None:
        super().__init__()
        self.net = net

    def forward(self, map: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The outputs in their order."""
        return self.net.see(map, pooled)


class Question(nn.Module):
    """The graph of every question: ids int64 [1, T] and what was seen to log-probabilities [A] and attention [G, N]."""

    outputs = ("log_probs", "attention")

    def __init__(self, net: Answering) -> None:
        super().__init__()
        self.net = net

    def forward(self, ids: Tensor, keys: Tensor, places: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
        """The outputs in their order; the temperature is no part of them."""
        scores, attention = self.net.look(self.net.read(ids), keys, places, whole)
        return scores[0].log_softmax(-1), attention[0]


AXES = {
    "picture": {"map": {2: "H", 3: "W"}, "keys": {1: "N"}, "places": {1: "N"}},
    "question": {"ids": {1: "T"}, "keys": {1: "N"}, "places": {1: "N"}, "attention": {1: "N"}},
}
