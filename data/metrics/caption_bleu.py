"""BLEU-1 to BLEU-4 of captions with several references each."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, prod

import numpy as np

from data.metrics.ngram_counts import BLEU_ORDERS, count_matches

Bleu = tuple[float, float, float, float]


def caption_bleu(given: Sequence[Sequence[str]], wanted: Sequence[Sequence[Sequence[str]]]) -> Bleu:
    """BLEU-1, 2, 3 and 4 of all captions together, 0 to 100; wanted has the references of each.

    Texts are tokens; data.metrics.tokens gives Chinese characters and English words in lower case without punctuation. The
    reference nearest in length counts for the brevity penalty, and nothing is smoothed: 0 where no n-gram matches. Raises
    ValueError for none, for different counts, or where one has no reference. Papineni et al. 2002; as coco-caption computes it
    (Chen et al. 2015, Microsoft COCO Captions), but for the 1e-15 that keeps its logarithms finite.

    >>> [round(score, 1) for score in caption_bleu([list("一只狗在跑")], [[list("一只黑狗在跑"), list("狗在雪地里跑")]])]
    [81.9, 70.9, 51.6, 0.0]
    """
    if not given or len(given) != len(wanted) or not all(wanted):
        raise ValueError(
            f"{len(given)} captions given and references for {sum(map(bool, wanted))} of {len(wanted)}; expected at least one "
            "caption, and at least one reference for each"
        )
    counts = [count_matches(one, others) for one, others in zip(given, wanted, strict=True)]
    sums = np.array(counts, dtype=np.int64).sum(axis=0).tolist()
    match, total, said, nearest = sums[:BLEU_ORDERS], sums[BLEU_ORDERS:-2], sums[-2], sums[-1]
    brevity = exp(min(0.0, 1 - nearest / said)) if said else 0.0
    precision = [hits / count if count else 0.0 for hits, count in zip(match, total, strict=True)]
    one, two, three, four = (100 * brevity * prod(precision[:order]) ** (1 / order) for order in range(1, 5))
    return one, two, three, four
