"""Messages that name a topic and ask nothing."""

from __future__ import annotations

from collections.abc import Sequence

from data.text.segment import words
from data.text.standardize import standardize
from retrieval.contrast.slots import parse_slots

_LONGEST = 4
# A bare topic has so many words at most, and the question at least so many others that carry content.
_TOPIC, _PARTICULAR = 2, 2
_QUESTION = frozenset(word for name in ("问题", "question", "questions") for word in (name, *words(name)))
_ASKING = frozenset(
    word
    for text in (
        "什么 怎么 怎样 如何 多少 多少钱 几 几个 哪 哪里 吗 呢 能 可以 有 有没有 是 要 会 需要 你们 我们 钱 多久 不能 价格",
        "can could do does how is are much many what when where which who why will would you we our there any long",
    )
    for name in text.split()
    for word in (name, *words(name))
)
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
    """List the questions, by index, about everything that a bare topic names.

    The list is empty if the message asks something, or is one of the questions.

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


def is_bare_topic(text: str, question: str) -> bool:
    """Return whether a message only names the topic of a more particular question.

    Such a message asks nothing itself, so that the stored question is one of many that it may stand for.

    >>> is_bare_topic("牙齿美白", "牙齿美白后多久不能喝咖啡？"), is_bare_topic("牙齿美白", "牙齿美白多少钱？")
    (True, False)
    >>> is_bare_topic("X-ray question", "Is a dental X-ray dangerous?"), is_bare_topic("parking", "Where can I park?")
    (True, False)
    """
    slots = parse_slots(text)
    named = set(slots.words) - _GENERIC
    if slots.kinds or not named or len(named) > _TOPIC:
        return False
    stored = standardize(question)
    more = [
        word for word in set(words(stored)) - named - _GENERIC - _ASKING if len(word) > 1 and word not in slots.words
    ]
    has_asked_for = set(slots.words) & _QUESTION
    holds = named <= set(words(stored)) or "".join(slots.words) in "".join(words(stored))
    return holds and (len(more) >= _PARTICULAR or bool(has_asked_for))
