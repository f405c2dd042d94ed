"""The net in torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from retrieval.drmm.config import Config


class DRMM(nn.Module):
    """Turn histograms float32 [B, Q, bins] and weights [B, Q] into scores float32 [B].

    Guo et al. 2016, sections 3 and 4: the same small net reads the histogram of each query word, and a gate of their inverse
    document frequencies (4.3, IDF) says how much each word counts.

    Args:
        weight of 0 is padding.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.read = nn.Sequential(
            nn.Linear(config.bins, config.hidden), nn.Tanh(), nn.Linear(config.hidden, 1), nn.Tanh()
        )
        self.gate = nn.Parameter(torch.ones(()))

    def forward(self, histograms: Tensor, weights: Tensor) -> Tensor:
        """Return scores float32 [B]."""
        counted = torch.where(weights > 0, self.gate * weights, torch.full_like(weights, -1e9))
        scores: Tensor = (torch.softmax(counted, 1) * self.read(histograms).squeeze(2)).sum(1)
        return scores
