"""The net in torch."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from retrieval.cdssm.config import Config


class Tower(nn.Module):
    """Encode ids int64 [B, W, G] as unit vectors float32 [B, width].

    Shen et al. 2014: summed letter trigrams of each word (section 3.1), a tanh convolution over windows of three words (3.2), the
    maximum of each feature over the text (3.3), and a tanh layer (3.4).
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        # A convolution over the concatenated trigram counts of three words is one table for each place in the window.
        tables = [nn.Embedding(config.buckets, config.hidden, padding_idx=0) for _ in range(config.window)]
        bound = (6 / (config.window * config.buckets + config.hidden)) ** 0.5
        with torch.no_grad():
            for table in tables:
                table.weight.uniform_(-bound, bound)[0] = 0
        self.tables = nn.ModuleList(tables)
        self.bias = nn.Parameter(torch.zeros(config.hidden))
        self.semantic = nn.Linear(config.hidden, config.width)
        nn.init.xavier_uniform_(self.semantic.weight)
        nn.init.zeros_(self.semantic.bias)

    def forward(self, ids: Tensor) -> Tensor:
        """Return unit vectors float32 [B, width]."""
        half = len(self.tables) // 2
        seen = [table(ids).sum(2) for table in self.tables]
        # Word t meets its neighbours: the table for the word before is moved one place on, and so forth; zeros stand at the ends.
        moved = [F.pad(one, (0, 0, half - place, place - half)) for place, one in enumerate(seen)]
        feature = torch.tanh(torch.stack(moved).sum(0) + self.bias)
        spoken = (ids[:, :, 0] > 0).unsqueeze(-1)
        # A word that is not there says nothing; where there is none at all the first place stands for the empty text.
        best = torch.where(spoken, feature, torch.full_like(feature, -1.0)).amax(1)
        return F.normalize(torch.tanh(self.semantic(best)), dim=-1)


class CDSSM(nn.Module):
    """Both towers. The score of a query and a reply is the cosine of their vectors."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.query = Tower(config)
        self.reply = Tower(config)
