"""BLEU and chrF in two steps: counts of each text, and the score of their sums.

Counts are integers and can be added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import Language

Sums = NDArray[np.int64]
Scores = NDArray[np.float64]

BLEU_ORDERS, CHRF_ORDERS = 4, 6
_TINY = 1e-16


@lru_cache(maxsize=2)
def _load_tokenizer(language: Language) -> Any:
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
    from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

    made: Any = TokenizerZh if language == "zh" else Tokenizer13a
    return made()


def count_bleu(given: str, wanted: Sequence[str], language: Language) -> list[int]:
    """Return ten counts for BLEU.

    They are the matching n-grams of 1 to 4 tokens, all n-grams of 1 to 4 tokens, and both lengths.

    With several references, an n-gram may match in any of them, and the nearest length counts. Tokens are those of sacreBLEU
    ("zh" or "13a").

    Source: Papineni et al. 2002; Post 2018.

    >>> count_bleu("今天很好", ["今天真好"], "zh")
    [3, 1, 0, 0, 4, 3, 2, 1, 4, 4]
    """
    cut = _load_tokenizer(language)
    return count_matches(cut(given.rstrip()).split(), [cut(text.rstrip()).split() for text in wanted])


def count_matches(given: Sequence[str], wanted: Sequence[Sequence[str]]) -> list[int]:
    """Return the ten counts of `count_bleu` for a text that is tokenized already.

    >>> count_matches("a dog runs".split(), ["the dog runs off".split(), "a dog".split()])
    [3, 2, 0, 0, 3, 2, 1, 0, 3, 2]
    """
    match, total = [], []
    for order in range(1, BLEU_ORDERS + 1):
        mine = grams(given, order)
        most: Counter[Any] = Counter()
        for other in wanted:
            most |= grams(other, order)
        match.append(sum(min(count, most[gram]) for gram, count in mine.items()))
        total.append(max(0, len(given) - order + 1))
    nearest = min((len(other) for other in wanted), key=lambda length: (abs(length - len(given)), length))
    return [*match, *total, len(given), nearest]


def bleu_from_counts(sums: Sums) -> Scores:
    """Return BLEU-4, 0 to 100, of sums of `count_bleu`, int64 [..., 10].

    It is NaN without a text.

    Orders without a match are smoothed as in mteval-v13a (Chen and Cherry 2014, smoothing 3), the default of sacreBLEU.
    """
    match, total = sums[..., :4].astype(np.float64), sums[..., 4:8].astype(np.float64)
    given, wanted = sums[..., 8].astype(np.float64), sums[..., 9].astype(np.float64)
    missing = (match == 0) & (total > 0)
    smoothed = 1.0 / (2.0 ** np.cumsum(missing, axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(missing, smoothed, match) / total
        logs = np.where(total > 0, np.log(precision), -np.inf).mean(axis=-1)
        brevity = np.where(given < wanted, np.exp(1 - wanted / np.where(given > 0, given, 1)), 1.0)
    scores = np.where((match.sum(axis=-1) > 0) & (given > 0), 100 * brevity * np.exp(logs), 0.0)
    return np.where(wanted > 0, np.minimum(scores, 100.0), np.nan)


def count_chrf(given: str, wanted: Sequence[str]) -> list[int]:
    """Return eighteen counts of n-grams of 1 to 6 characters without spaces.

    For each length: given, wanted, matching.

    Of several references, the one with the best score counts.

    Source: Popović 2015; Post 2018.

    >>> count_chrf("很好", ["真好"])
    [2, 1, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    """
    said = "".join(given.split())
    mine = [grams(said, order) for order in range(1, CHRF_ORDERS + 1)]
    best: tuple[float, list[int]] | None = None
    for text in wanted:
        bare = "".join(text.split())
        other = [grams(bare, order) for order in range(1, CHRF_ORDERS + 1)]
        had = [sum(grams_of_order.values()) for grams_of_order in mine]
        want = [sum(grams_of_order.values()) for grams_of_order in other]
        match = [
            sum(min(count, two[gram]) for gram, count in one.items()) for one, two in zip(mine, other, strict=True)
        ]
        # Orders longer than the reference do not count.
        counts = [*(count if some else 0 for count, some in zip(had, want, strict=True)), *want, *match]
        score = float(chrf_from_counts(np.array(counts, dtype=np.int64)))
        if best is None or score > best[0]:
            best = score, counts
    assert best is not None
    return best[1]


def chrf_from_counts(sums: Sums) -> Scores:
    """Return chrF2, 0 to 100, of sums of `count_chrf`, int64 [..., 18].

    It is NaN without a reference.
    """
    given, wanted, match = (sums[..., place : place + 6].astype(np.float64) for place in (0, 6, 12))
    counted = (given > 0) & (wanted > 0)
    orders = counted.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(counted, match / given, 0.0).sum(axis=-1) / orders
        recall = np.where(counted, match / wanted, 0.0).sum(axis=-1) / orders
        score = 100 * 5 * precision * recall / (4 * precision + recall)
    return np.where(wanted.sum(axis=-1) > 0, np.where((orders > 0) & (precision + recall > _TINY), score, 0.0), np.nan)


def grams(tokens: Sequence[str], order: int) -> Counter[Any]:
    """Count the n-grams of a text: tuples of tokens, or substrings of a string.

    >>> grams("好好好", 2), grams(["a", "dog"], 2)
    (Counter({'好好': 2}), Counter({('a', 'dog'): 1}))
    """
    if isinstance(tokens, str):
        return Counter(tokens[place : place + order] for place in range(len(tokens) - order + 1))
    return Counter(tuple(tokens[place : place + order]) for place in range(len(tokens) - order + 1))
