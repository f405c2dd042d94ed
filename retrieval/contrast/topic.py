"""Messages that name a topic and ask nothing: several stored questions may be meant."""

from __future__ import annotations

from collections.abc import Sequence

from data.text.segment import words
from data.text.standardize import standardize
from retrieval.contrast.slots import parse_slots

_LONGEST = 4
_GENERIC = frozenset(
    word
    for text in (
        "的 了 吗 呢 啊 我 想 要 问 问题 咨询 关于 方面 一下 相关 事情 有关 请问 下 了解 个",
        "a about an and for have i in info information is my of on question questions some the to want with your help please",
    )
    for name in text.split()
    for word in (name, *words(name))
)


def list_topic_matches(text: str, questions: Sequence[str]) -> list[int]:
    """List the questions, by index, that hold everything a message names which asks nothing; none if it asks, or is one of them.

    >>> list_topic_matches("洗牙", ["成人洗牙多少钱？", "儿童洗牙多少钱？", "周末开门吗"])
    [0, 1]
    >>> list_topic_matches("Badger 30", ["How much does the Badger 30 weigh?", "What colours does the Badger 30 come in?"])
    [0, 1]
    """
    slots = parse_slots(text)
    named = set(slots.words) - _GENERIC
    if slots.kinds or not named or len(named) > _LONGEST:
        return []
    stored = [set(words(standardize(question))) for question in questions]
    if any(set(slots.words) == each for each in stored):
        return []
    return [place for place, each in enumerate(stored) if named <= each]
