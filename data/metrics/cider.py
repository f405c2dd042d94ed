"""CIDEr-D: the similarity of a caption to its references, weighted by tf-idf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import exp, log, sqrt

from data.metrics.ngram_counts import grams

Tokens = Sequence[str]
_ORDERS = 4
_SIGMA = 6.0


def cider(given: Sequence[Tokens], wanted: Sequence[Sequence[Tokens]]) -> float:
    """Return the mean of `cider_scores`, 0 to 10.

    Papers print it as it is or times 100.

    >>> pictures = [[list("一只狗在跑")], [list("两个人在看书")], ["a red car".split()]]
    >>> round(cider([list("一只狗在跑"), list("人在看书"), "a dog".split()], pictures), 2)
    5.91

    Source: Vedantam et al. 2015.
    """
    scores = cider_scores(given, wanted)
    return sum(scores) / len(scores)


def cider_scores(given: Sequence[Tokens], wanted: Sequence[Sequence[Tokens]]) -> list[float]:
    """Return the score of each caption against its references, 0 to 10.

    The weight of an n-gram of 1 to 4 tokens falls with the number of pictures that have a reference with it. So scores on
    different sets of pictures do not compare, and for a single picture every weight and the score are 0. Texts are tokens, as
    in caption_bleu.

    Raises:
        ValueError: There are none, the counts differ, or a caption has no reference.

    Source: Vedantam, Zitnick and Parikh 2015, CIDEr: Consensus-based Image Description Evaluation, in its form CIDEr-D
    (clipped, sigma 6, times 10), computed like coco-caption: the penalty counts length in pairs of tokens, without stemming.

    >>> scores = cider_scores([list("一只狗在跑"), "a red cat".split()], [[list("一只狗在跑")], ["a red car".split()]])
    >>> [round(score, 2) for score in scores]
    [10.0, 2.92]
    """
    if not given or len(given) != len(wanted) or not all(wanted):
        raise ValueError(
            f"{len(given)} captions given and references for {sum(map(bool, wanted))} of {len(wanted)}; expected at least one "
            "caption, and at least one reference for each"
        )
    references = [[_grams(text) for text in texts] for texts in wanted]
    pictures: Counter[tuple[str, ...]] = Counter()
    for texts in references:
        pictures.update(set().union(*texts))
    scores = []
    for caption, texts in zip(given, references, strict=True):
        said = _Vector(_grams(caption), pictures, len(wanted))
        alike = [_similarity(said, _Vector(text, pictures, len(wanted))) for text in texts]
        scores.append(10 * sum(alike) / len(alike))
    return scores


class _Vector:
    """The tf-idf weights of a text's n-grams by order, their norms, its length.

    The length is the number of its token pairs.
    """

    def __init__(self, grams: Counter[tuple[str, ...]], pictures: Counter[tuple[str, ...]], count: int) -> None:
        self.weights: list[dict[tuple[str, ...], float]] = [{} for _ in range(_ORDERS)]
        for gram, times in grams.items():
            self.weights[len(gram) - 1][gram] = times * (log(count) - log(max(1, pictures[gram])))
        self.norms = [sqrt(sum(weight**2 for weight in order.values())) for order in self.weights]
        self.pairs = sum(times for gram, times in grams.items() if len(gram) == 2)


def _similarity(said: _Vector, other: _Vector) -> float:
    """Return the mean cosine over the orders, times the length penalty.

    Weights are clipped at the reference's.
    """
    total = 0.0
    for mine, its, norm, wanted in zip(said.weights, other.weights, said.norms, other.norms, strict=True):
        if norm and wanted:
            total += sum(min(weight, its[gram]) * its[gram] for gram, weight in mine.items() if gram in its) / (
                norm * wanted
            )
    return total / _ORDERS * exp(-((said.pairs - other.pairs) ** 2) / (2 * _SIGMA**2))


def _grams(tokens: Tokens) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for order in range(1, _ORDERS + 1):
        found.update(grams(tuple(tokens), order))
    return found
