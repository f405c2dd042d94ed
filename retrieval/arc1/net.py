"""The net in torch."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from retrieval.arc1.config import Config


class ARC1(nn.Module):
    """Turn query and reply, int64 [B, max_words], into scores float32 [B].

    Hu et al. 2014: convolution and max-pooling over two neighbours, layer after layer, the same for both texts, with a gate that
    keeps padding at zero (section 2); the two fixed-length vectors are joined and compared by a perceptron (section 3.1).
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.table = nn.Embedding(config.words, config.size, padding_idx=0)
        sizes = (config.size, *config.features)
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, window, padding=window // 2)
            for before, after, window in zip(sizes, config.features, config.windows, strict=False)
        )
        left = config.max_words
        for _ in config.features:
            left = (left + 1) // 2
        self.compare = nn.Sequential(
            nn.Dropout(config.dropout),
            nn.Linear(2 * left * config.features[-1], config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, 1),
        )

    def load_embeddings(self, vectors: Tensor) -> None:
        """Initialize the embedding table with word vectors, float32 [words, size]."""
        with torch.no_grad():
            self.table.weight.copy_(vectors)
            self.table.weight[0] = 0

    def forward(self, query: Tensor, reply: Tensor) -> Tensor:
        """Return scores float32 [B]."""
        scores: Tensor = self.compare(torch.cat([self._read(query), self._read(reply)], 1)).squeeze(1)
        return scores

    def _read(self, ids: Tensor) -> Tensor:
        spoken = (ids > 0).float().unsqueeze(1)
        found = self.table(ids).transpose(1, 2)
        for layer in self.layers:
            found = F.max_pool1d(torch.relu(layer(found)) * spoken, 2, ceil_mode=True)
            spoken = F.max_pool1d(spoken, 2, ceil_mode=True)
        read: Tensor = found.flatten(1)
        return read
