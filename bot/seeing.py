"""What is said of what was seen: captions and answers as sentences, in both languages, and how sure they are."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from bot.words import Words
from data.records import Language
from vqa.overlay import overlay
from vqa.vision import Answer, AnswerResult, Caption, Floats, Vision

SURE = 0.2
"""A caption whose confidence is less is said with doubt."""

UNREADABLE: Words = {
    "zh": "这张图片我打不开了，可能已经损坏。请重新发一次。",
    "en": "I can't open that picture any more; it may be damaged. Please send it once more.",
}
NOT_SEEN: Words = {
    "zh": "我看了这张图片，但说不出里面是什么。",
    "en": "I looked at the picture, but I can't say what it shows.",
}
_CAPTION: Words = {"zh": "我看到：{caption}", "en": "I see this: {caption}"}
_DOUBT: Words = {"zh": "我不太确定，可能是：{said}", "en": "I'm not sure, but perhaps: {said}"}
_OR: Words = {"zh": "，或者", "en": ", or "}
_END: Words = {"zh": "。", "en": "."}
INVITE: Words = {
    "zh": "想知道更多就接着问，比如“图里有几个人？”“这是什么颜色？”",
    "en": "Ask me more about it if you like, such as “How many people are there?” or “What colour is it?”",
}
_YES: Words = {"zh": "是的", "en": "Yes"}
_NO: Words = {"zh": "不是", "en": "No"}
_THERE: Words = {"zh": "有", "en": "Yes"}
_NOT_THERE: Words = {"zh": "没有", "en": "No"}
_NONE: Words = {"zh": "一{measure}也没有", "en": "None"}
_ONE: Words = {"zh": "1 {measure}", "en": "One"}
_SOME: Words = {"zh": "大约 {count} {measure}", "en": "About {count}"}

_IS_YES = frozenset("yes yeah 是 是的 有 对 对的 会 在".split())
_IS_NO = frozenset("no not 不 否 不是 没有 没 不会 不在 不对".split())
_NUMBERS = {
    word: number
    for words in (
        "zero one two three four five six seven eight nine ten",
        "零 一 二 三 四 五 六 七 八 九 十",
    )
    for number, word in enumerate(words.split())
} | {"none": 0, "两": 2, "俩": 2}
_COUNTS = re.compile(r"how many|number of|几|多少")
_MEASURE = re.compile("(?:几|多少)([个只条匹头辆架艘位名棵朵张把件座块本双人])")


def confidence(caption: Caption) -> float:
    """The geometric mean of the probabilities of the caption's tokens, in [0, 1]: not calibrated, but comparable."""
    return min(1.0, math.exp(caption.log_prob))


def described(caption: Caption, language: Language, hedged: bool = False) -> str:
    """The caption as a reply, with its doubt if there is some and it is not hedged already."""
    form = _CAPTION if hedged or confidence(caption) >= SURE else _DOUBT
    return form[language].format(caption=caption.text, said=caption.text)


def answered(found: AnswerResult, question: str, language: Language) -> str:
    """The answer as a reply; where it is not sure, the two best and that it is not."""
    if not found.answers:
        return NOT_SEEN[language]
    if found.is_confident:
        return _capital(worded(found.answers[0].text, question, language)) + _END[language]
    two = dict.fromkeys(worded(one.text, question, language) for one in found.answers[:2])
    return _DOUBT[language].format(said=_OR[language].join(two)) + _END[language]


def worded(answer: str, question: str, language: Language) -> str:
    """An answer as people say it, without capital and full stop.

    >>> worded("yes", "有没有狗？", "zh"), worded("no", "他在笑吗？", "zh"), worded("2", "图里有几只狗？", "zh")
    ('有', '不是', '大约 2 只')
    >>> worded("yes", "Is there a dog?", "en"), worded("2", "How many dogs?", "en"), worded("red", "What colour?", "en")
    ('yes', 'about 2', 'red')
    """
    plain = answer.strip().casefold()
    if plain in _IS_YES or plain in _IS_NO:
        there = language == "zh" and re.search("有", question) is not None
        yes, no = (_THERE, _NOT_THERE) if there else (_YES, _NO)
        return (yes if plain in _IS_YES else no)[language].lower()
    count = int(plain) if re.fullmatch(r"[0-9]{1,4}", plain) else _NUMBERS.get(plain)
    if count is None or not _COUNTS.search(question.casefold()):
        return answer.strip()
    measured = _MEASURE.search(question)
    form = _NONE if count == 0 else _ONE if count == 1 else _SOME
    return form[language].format(count=count, measure=measured[1] if measured else "个").lower()


def alternatives(captions: Sequence[Caption]) -> tuple[tuple[str, float], ...]:
    """The captions with the confidence of each."""
    return tuple((one.text, round(confidence(one), 4)) for one in captions)


def likelihoods(answers: Sequence[Answer]) -> tuple[tuple[str, float], ...]:
    """The answers with the probability of each."""
    return tuple((one.text, round(one.probability, 4)) for one in answers)


def looked(caption: Caption) -> Floats | None:
    """What was looked at for a whole caption, float32 [H', W']: the mean over its tokens; None without attention."""
    if not len(caption.attention):
        return None
    mean: Floats = caption.attention.mean(axis=0)
    return mean


def overlay_of(
    sight: Vision, model: str | None, said: str, question: str, language: Language, picture: bytes
) -> bytes | None:
    """The PNG that shows where the model looked when it said that of the picture; None if that cannot be known any more.

    Nothing of it was kept: the model looks once more. Raises PictureError.
    """
    if model == sight.answerer.version:
        return overlay(picture, sight.answer(picture, question, language).attention)
    if model != sight.captioner.version:
        return None
    captions = sight.caption(picture, language)
    same = next((one for one in captions if one.text in said), captions[0] if captions else None)
    heat = looked(same) if same is not None else None
    return None if heat is None else overlay(picture, heat)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
