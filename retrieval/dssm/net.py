"""The towers in torch."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from retrieval.dssm.config import Config


class HuangTower(nn.Module):
    """The published tower: encode ids after earlier as unit vectors [B, width].

    ids are int64 [B, T], earlier int64 [B, E].

    Huang et al. 2013, figure 1 and section 3.3: summed trigram counts, tanh layers; weights begin uniform in
    +-sqrt(6 / (fan in + fan out)) (section 3.4). The paper knows one query only; earlier turns are added to its counts.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.table = nn.Embedding(config.buckets, config.hidden, padding_idx=0)
        bound = (6 / (config.buckets + config.hidden)) ** 0.5
        with torch.no_grad():
            self.table.weight.uniform_(-bound, bound)[0] = 0
        self.bias = nn.Parameter(torch.zeros(config.hidden))
        self.second = nn.Linear(config.hidden, config.hidden)
        self.third = nn.Linear(config.hidden, config.width)
        for layer in (self.second, self.third):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, ids: Tensor, earlier: Tensor) -> Tensor:
        """Return unit vectors float32 [B, width]."""
        counted = self.table(ids).sum(1) + self.table(earlier).sum(1)
        first = torch.tanh(counted + self.bias)
        return F.normalize(torch.tanh(self.third(torch.tanh(self.second(first)))), dim=-1)


class WeightedEmbeddingBag(nn.Module):
    """Average the vectors of ids int64 [B, T] by learned weights: float32 [B, width].

    The result is zeros where there is no unit.
    """

    def __init__(self, buckets: int, width: int, unseen: float) -> None:
        super().__init__()
        self.token_dropout = unseen
        self.table = nn.Embedding(buckets, width, padding_idx=0)
        self.weight = nn.Embedding(buckets, 1, padding_idx=0)
        with torch.no_grad():
            self.table.weight.normal_(std=0.1)[0] = 0
            self.weight.weight.zero_()

    def forward(self, ids: Tensor) -> Tensor:
        """Return the weighted means."""
        if self.training and self.token_dropout:
            ids = ids * (torch.rand(ids.shape, device=ids.device) >= self.token_dropout)
        # As free as a bag of words gets: common units learn to weigh little, what an idf would do were it right for the task.
        weight = torch.exp(self.weight(ids)) * (ids > 0).unsqueeze(-1)
        mean: Tensor = (self.table(ids) * weight).sum(1) / weight.sum(1).clamp(min=1e-6)
        return mean


class WeightedTower(nn.Module):
    """Our tower: text and earlier turns through two layers and a skip connection."""

    def __init__(self, config: Config, bag: WeightedEmbeddingBag) -> None:
        super().__init__()
        wide = bag.table.embedding_dim
        self.bag = bag
        self.straight = nn.Linear(wide, config.width, bias=False)
        self.layers = nn.Sequential(
            nn.Dropout(config.dropout),
            nn.Linear(2 * wide, config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, config.width),
        )

    def forward(self, ids: Tensor, earlier: Tensor) -> Tensor:
        """Return unit vectors float32 [B, width]."""
        own, before = self.bag(ids), self.bag(earlier)
        return F.normalize(self.layers(torch.cat([own, before], 1)) + self.straight(own), dim=-1)


class DSSM(nn.Module):
    """Both towers. The score of a query and a reply is the cosine of their vectors."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        if config.variant == "huang":
            self.query: nn.Module = HuangTower(config)
            self.reply: nn.Module = HuangTower(config)
        else:
            bag = WeightedEmbeddingBag(config.buckets, config.width, config.token_dropout)
            self.query, self.reply = WeightedTower(config, bag), WeightedTower(config, bag)
