"""Query and reply to histograms of how near their words are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.text.segment import words
from retrieval.drmm.config import Config

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Featurizer:
    """Turn a query and its replies into histograms.

    The last bin of a histogram counts equal words; the others divide the cosines from -1 to 1.

    Args:
        config: The bins, and how much of the texts is read.
        vector: Returns a word's unit vector float32 [D], or None.
        weight: Returns a word's inverse document frequency.

    Source: Guo et al. 2016, section 4.1, LCH: the logarithm of the counts.
    """

    config: Config
    vector: Callable[[str], Floats | None]
    weight: Callable[[str], float]

    def encode(self, query: str, replies: Sequence[str]) -> dict[str, Floats]:
        """Return histograms float32 [B, Q, bins] and weights float32 [B, Q].

        One row for each reply; Q, the different words of the query, is at least 1.
        """
        asked = list(dict.fromkeys(words(query)))[: self.config.max_query_words] or [""]
        made = np.zeros((len(replies), len(asked), self.config.bins), dtype=np.float32)
        known = {term: found for term in asked if (found := self.vector(term)) is not None}
        for number, reply in enumerate(replies):
            said = words(reply)[: self.config.max_reply_words]
            table = [found for term in said if (found := self.vector(term)) is not None]
            near = np.stack(table) if table else None
            for place, term in enumerate(asked):
                same = said.count(term)
                counts = made[number, place]
                counts[-1] = same
                if near is not None and term in known:
                    cosines = near @ known[term]
                    last = self.config.bins - 1
                    bins = np.clip(((cosines + 1) / 2 * last).astype(np.int64), 0, last - 1)
                    counts[:last] += np.bincount(bins[cosines < 0.9999], minlength=last)
        weights = np.asarray([[self.weight(term) for term in asked]] * len(replies), dtype=np.float32)
        return {"histograms": np.log1p(made), "weights": weights.reshape(len(replies), len(asked))}
