"""BLEU: the share of the n-grams of a text that occur in the wanted one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sacrebleu.metrics.bleu import BLEU

from data.records import Language

# Chinese is split into characters, English as in the mteval script of WMT. A perfect BLEU may come out as 100.00000000000004.
_TOKENS: dict[Language, Literal["zh", "13a"]] = {"zh": "zh", "en": "13a"}


def corpus_bleu(given: Sequence[str], wanted: Sequence[str], language: Language) -> float:
    """Return BLEU-4 of all texts together, 0 to 100, case-sensitive; n-grams are counted over all texts.

    Raises:
        ValueError: There are none, or the counts differ.

    Source: Papineni et al. 2002; computed by sacreBLEU, Post 2018.

    >>> round(corpus_bleu(["今天天气很好。"], ["今天天气真好。"], "zh"), 1), corpus_bleu(["hello"], ["good bye"], "en")
    (48.9, 0.0)
    """
    if not wanted or len(given) != len(wanted):
        raise ValueError(f"{len(given)} texts given and {len(wanted)} wanted; expected as many, and at least one")
    bleu = BLEU(tokenize=_TOKENS[language], force=True)
    return min(100.0, float(bleu.corpus_score(given, [wanted]).score))
