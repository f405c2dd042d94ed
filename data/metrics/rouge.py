"""ROUGE-L: the longest common subsequence of two texts."""

from __future__ import annotations

from collections.abc import Sequence


def rouge_l(given: Sequence[str], wanted: Sequence[str]) -> float:
    """Return ROUGE-L, the harmonic mean of two shares, in [0, 1].

    They are the common subsequence's shares of both texts. It is 0 if either is empty.

    Texts are tokens; data.metrics.tokens returns Chinese characters and English words.

    Source: Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries, section 3.1, with beta = 1.

    >>> rouge_l(list("今天天气好"), list("今天的天气很好"))
    0.8333333333333334
    """
    common = _common(given, wanted)
    return 2 * common / (len(given) + len(wanted)) if common else 0.0


def caption_rouge_l(given: Sequence[str], wanted: Sequence[Sequence[str]], beta: float = 1.2) -> float:
    """Return ROUGE-L of a caption with several references, in [0, 1].

    Recall weighs beta squared times precision.

    The best precision and the best recall may come from different references, as in coco-caption (Chen et al. 2015, Microsoft
    COCO Captions) and in published numbers. Tokens are as in rouge_l. The result is 0 if nothing is in common.

    >>> round(caption_rouge_l("a dog runs".split(), ["the dog runs".split(), "two dogs play in snow".split()]), 4)
    0.6667
    """
    common = [(_common(given, reference), len(reference)) for reference in wanted]
    precision = max((length / len(given) for length, _ in common if length), default=0.0)
    recall = max((length / size for length, size in common if length), default=0.0)
    return (1 + beta**2) * precision * recall / (recall + beta**2 * precision) if precision else 0.0


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence.

    It takes len(one) times len(other) steps.
    """
    lengths = [0] * (len(other) + 1)
    for token in one:
        before = 0
        for place, against in enumerate(other, 1):
            above = lengths[place]
            lengths[place] = before + 1 if token == against else max(above, lengths[place - 1])
            before = above
    return lengths[-1]
