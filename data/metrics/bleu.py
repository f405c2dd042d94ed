"""BLEU: how many n-grams of a text stand in the one that was wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sacrebleu.metrics.bleu import BLEU

from data.records import Language

# Chinese is cut into characters, English as the mteval script of WMT cuts it. A perfect BLEU may come out as 100.00000000000004.
_TOKENS: dict[Language, Literal["zh", "13a"]] = {"zh": "zh", "en": "13a"}


def corpus_bleu(given: Sequence[str], wanted: Sequence[str], language: Language) -> float:
    """BLEU-4 of all texts together, 0 to 100; n-grams are counted over the whole. Case counts.

    Raises ValueError for none, or for different counts. Papineni et al. 2002; as sacreBLEU computes it, Post 2018.

    >>> round(corpus_bleu(["今天天气很好。"], ["今天天气真好。"], "zh"), 1), corpus_bleu(["hello"], ["good bye"], "en")
    (48.9, 0.0)
    """
    if not wanted or len(given) != len(wanted):
        raise ValueError(f"{len(given)} texts given and {len(wanted)} wanted; expected as many, and at least one")
    bleu = BLEU(tokenize=_TOKENS[language], force=True)
    return min(100.0, float(bleu.corpus_score(given, [wanted]).score))


def sentence_bleu(given: str, wanted: str, language: Language) -> float:
    """BLEU of one text, 0 to 100: of n-grams up to as long as the text has them, with a count of none smoothed.

    Chen and Cherry 2014, smoothing 3; as sacreBLEU computes it. Short texts are told apart badly: chrF does better.

    >>> sentence_bleu("你好！", "你好！", "zh"), round(sentence_bleu("the cat sat", "the cat sat down", "en"), 1)
    (100.0, 71.7)
    """
    bleu = BLEU(tokenize=_TOKENS[language], effective_order=True, force=True)
    return min(100.0, float(bleu.sentence_score(given, [wanted]).score))
