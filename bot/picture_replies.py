"""Replies about pictures: captions and answers as sentences, in both languages, hedged where they are not sure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.messages import Translations
from data.records import Language
from vqa.overlay import overlay
from vqa.vision import Answer, AnswerResult, Caption, Floats, Vision

SURE = 0.5
"""A caption that is less likely to be right, in part at least, is hedged."""
GUESS = 0.5
"""An answer with less than this share of the answerer's threshold is not even a guess: the reply says that it cannot be told."""

UNREADABLE: Translations = {
    "zh": "这张图片我打不开了，可能已经损坏。请重新发一次。",
    "en": "I can't open that picture any more; it may be damaged. Please send it once more.",
}
NOT_SEEN: Translations = {
    "zh": "我看了这张图片，但说不出里面是什么。",
    "en": "I looked at the picture, but I can't say what it shows.",
}
_SECOND = 0.2
"""A second answer with less than this share of the first one's probability is not named."""
_CAPTION: Translations = {"zh": "我看到：{caption}", "en": "I see this: {caption}"}
_DOUBT: Translations = {"zh": "我不太确定，可能是：{said}", "en": "I'm not sure, but perhaps: {said}"}
_UNKNOWN: Translations = {"zh": "这个我从图里看不出来。", "en": "I can't tell that from the picture."}
_UNKNOWN_WORDS = frozenset(
    (
        "unknown",
        "not sure",
        "unsure",
        "can't tell",
        "cant tell",
        "i don't know",
        "dont know",
        "不知道",
        "未知",
        "不确定",
    )
)
_OR: Translations = {"zh": "，或者", "en": ", or "}
_END: Translations = {"zh": "。", "en": "."}
INVITE: Translations = {
    "zh": "想知道更多就接着问，比如“图里有几个人？”“这是什么颜色？”",
    "en": "Ask me more about it if you like, such as “How many people are there?” or “What colour is it?”",
}
_YES: Translations = {"zh": "是的", "en": "Yes"}
_NO: Translations = {"zh": "不是", "en": "No"}
_THERE: Translations = {"zh": "有", "en": "Yes"}
_NOT_THERE: Translations = {"zh": "没有", "en": "No"}
_NONE: Translations = {"zh": "一{measure}也没有", "en": "None"}
_ONE: Translations = {"zh": "1 {measure}", "en": "One"}
_SOME: Translations = {"zh": "大约 {count} {measure}", "en": "About {count}"}

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
    """Return the probability that a caption is right, in part at least; the shipped captioner's is calibrated."""
    return caption.probability


def describe_caption(caption: Caption, language: Language, hedged: bool = False) -> str:
    """Return the caption as a reply, hedged if it is not sure and not hedged already.

    A caption without tokens is no captioner's, but says what kind of picture it is.
    """
    if not caption.tokens:
        return caption.text
    form = _CAPTION if hedged or confidence(caption) >= SURE else _DOUBT
    return form[language].format(caption=caption.text, said=caption.text)


def describe_answer(found: AnswerResult, question: str, language: Language) -> str:
    """Return the answer as a reply in one of three voices: it says, it thinks, or it does not know.

    An answer that reaches the threshold is said. Below it the two best are named as a guess, below the share GUESS of it none
    is. "Unknown" and its like, which people answered too, are never said.
    """
    if not found.answers:
        return NOT_SEEN[language]
    answers = [answer for answer in found.answers if answer.text.strip().casefold() not in _UNKNOWN_WORDS]
    if not answers or answers[0].probability < GUESS * found.threshold:
        return _UNKNOWN[language]
    if found.is_confident and answers[0] is found.answers[0]:
        return _capitalise(phrase_answer(answers[0].text, question, language)) + _END[language]
    likely = [
        answer
        for answer in answers[:2]
        if answer is answers[0] or answer.probability >= _SECOND * answers[0].probability
    ]
    two = dict.fromkeys(phrase_answer(answer.text, question, language) for answer in likely)
    return _DOUBT[language].format(said=_OR[language].join(two)) + _END[language]


def phrase_answer(answer: str, question: str, language: Language) -> str:
    """Return an answer as people say it, without capital and full stop.

    >>> phrase_answer("yes", "有没有狗？", "zh"), phrase_answer("no", "他在笑吗？", "zh")
    ('有', '不是')
    >>> phrase_answer("2", "图里有几只狗？", "zh")
    '大约 2 只'
    >>> phrase_answer("yes", "Is there a dog?", "en"), phrase_answer("2", "How many dogs?", "en")
    ('yes', 'about 2')
    >>> phrase_answer("red", "What colour?", "en")
    'red'
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


def score_captions(captions: Sequence[Caption]) -> tuple[tuple[str, float], ...]:
    """Return each caption's text with its confidence."""
    return tuple((caption.text, round(confidence(caption), 4)) for caption in captions)


def score_answers(answers: Sequence[Answer]) -> tuple[tuple[str, float], ...]:
    """Return each answer's text with its probability."""
    return tuple((answer.text, round(answer.probability, 4)) for answer in answers)


def average_attention(caption: Caption) -> Floats | None:
    """Return the attention of a whole caption, float32 [H', W']: the mean over its tokens; None without attention."""
    if not len(caption.attention):
        return None
    mean: Floats = caption.attention.mean(axis=0)
    return mean


def draw_overlay(
    sight: Vision, model: str | None, said: str, question: str, language: Language, picture: bytes
) -> bytes | None:
    """Draw the attention of a reply over its picture, as a PNG.

    The result is None if the model has changed since.

    The attention is not stored: the model runs once more.

    Raises:
        PictureError: The picture cannot be read.
    """
    if model == sight.answerer.version:
        return overlay(picture, sight.answer(picture, question, language).attention)
    if model != sight.captioner.version:
        return None
    captions = sight.caption(picture, language)
    same = next((caption for caption in captions if caption.text in said), captions[0] if captions else None)
    heat = average_attention(same) if same is not None else None
    return None if heat is None else overlay(picture, heat)


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
