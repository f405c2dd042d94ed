"""Measure how much texts repeat themselves, as generated texts do."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


def measure_repetition(text: Sequence[Hashable], length: int = 4) -> float:
    """Return the share of a text's n-grams that occur earlier in it.

    It is 1 minus the different ones over all, and 0 if there are none.

    text is a sequence of tokens.

    Source: seq-rep-n in Welleck et al. 2020, Neural Text Generation with Unlikelihood Training.

    >>> measure_repetition(list("我不知道我不知道")), measure_repetition("i do not know".split())
    (0.2, 0.0)
    """
    grams = [tuple(text[place : place + length]) for place in range(len(text) - length + 1)]
    return (len(grams) - len(set(grams))) / len(grams) if grams else 0.0


def repetition_rate(texts: Iterable[Sequence[str]], length: int = 4) -> float:
    """Return the share of texts in which an n-gram occurs twice, in [0, 1].

    It is 0 without texts.

    Compare it with the rate of human texts, which repeat a little, too.

    Source: Holtzman et al. 2020, The Curious Case of Neural
    Text Degeneration, on loops.

    >>> repetition_rate([list("好的好的好的"), list("今天下雨了")])
    0.5
    """
    looping = [measure_repetition(text, length) > 0 for text in texts]
    return sum(looping) / len(looping) if looping else 0.0
