"""chrF: the share of common character n-grams, for Chinese and English alike.

It needs no word segmentation.
"""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics.chrf import CHRF


def corpus_chrf(given: Sequence[str], wanted: Sequence[str]) -> float:
    """Return chrF2 of all texts together, 0 to 100.

    N-grams have 1 to 6 characters, without spaces; recall counts twice.

    Raises:
        ValueError: There are none, or the counts differ.

    Source: Popović 2015; computed by sacreBLEU, Post 2018.

    >>> corpus_chrf(["你好吗", "fine"], ["你好吗", "fine"]), corpus_chrf(["好"], ["坏"])
    (100.0, 0.0)
    """
    if not wanted or len(given) != len(wanted):
        raise ValueError(f"{len(given)} texts given and {len(wanted)} wanted; expected as many, and at least one")
    return float(CHRF().corpus_score(given, [wanted]).score)


def sentence_chrf(given: str, wanted: str) -> float:
    """Return chrF2 of one text, 0 to 100.

    Use `corpus_chrf` for several texts, not the mean.

    >>> round(sentence_chrf("今天天气很好", "今天天气真好"), 1)
    37.8

    Source: Popović 2015.
    """
    return float(CHRF().sentence_score(given, [wanted]).score)
