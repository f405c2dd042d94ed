"""Whether texts repeat themselves, as texts of language models do."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


def repeated(text: Sequence[Hashable], length: int = 4) -> float:
    """The share of the text's n-grams that stand in it before: 1 minus different ones over all; 0 if it has none.

    text is tokens. seq-rep-n in Welleck et al. 2020, Neural Text Generation with Unlikelihood Training.

    >>> repeated(list("我不知道我不知道")), repeated("i do not know".split())
    (0.2, 0.0)
    """
    grams = [tuple(text[place : place + length]) for place in range(len(text) - length + 1)]
    return (len(grams) - len(set(grams))) / len(grams) if grams else 0.0


def repetitive(texts: Iterable[Sequence[str]], length: int = 4) -> float:
    """The share of texts in which an n-gram of that length stands twice, in [0, 1]; 0 for no texts.

    Read it beside that of texts by people, who do repeat a little. Holtzman et al. 2020, The Curious Case of Neural
    Text Degeneration, on loops.

    >>> repetitive([list("好的好的好的"), list("今天下雨了")])
    0.5
    """
    looping = [repeated(text, length) > 0 for text in texts]
    return sum(looping) / len(looping) if looping else 0.0
