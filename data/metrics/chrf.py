"""chrF: how many character n-grams two texts share. One measure for Chinese and English, with nothing to cut into words."""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics.chrf import CHRF


def corpus_chrf(given: Sequence[str], wanted: Sequence[str]) -> float:
    """chrF2 of all texts together, 0 to 100: n-grams of 1 to 6 characters, without spaces; recall counts twice as much.

    Raises ValueError for none, or for different counts. Popović 2015; as sacreBLEU computes it, Post 2018.

    >>> corpus_chrf(["你好吗", "fine"], ["你好吗", "fine"]), corpus_chrf(["好"], ["坏"])
    (100.0, 0.0)
    """
    if not wanted or len(given) != len(wanted):
        raise ValueError(f"{len(given)} texts given and {len(wanted)} wanted; expected as many, and at least one")
    return float(CHRF().corpus_score(given, [wanted]).score)


def sentence_chrf(given: str, wanted: str) -> float:
    """chrF2 of one text, 0 to 100. That of several texts is corpus_chrf, not the mean of these. Popović 2015.

    >>> round(sentence_chrf("今天天气很好", "今天天气真好"), 1)
    37.8
    """
    return float(CHRF().sentence_score(given, [wanted]).score)
