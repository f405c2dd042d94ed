"""Keep what is said about a picture together: captions name what the encoder is sure of, answers do not deny captions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from data.records import Language
from data.text.clean import fold
from vqa.encoder.class_names import NamedClass
from vqa.encoder.content import Content

CLASS_THRESHOLD = 0.5
"""The probability from which a class is named beside a doubtful caption that does not name it. Of 149 everyday photos with a
class from 0.6 on, people named it in 78 %; of 66 from 0.5 on, in 74 %."""

CONTENTS: Mapping[Content, Mapping[Language, str]] = {
    "blank": {
        "zh": "这张图片只有一种颜色，里面没有内容。",
        "en": "The picture is all one colour; there is nothing in it.",
    },
    "noise": {
        "zh": "这张图片只是杂乱的噪点，里面没有内容。",
        "en": "The picture is only noise; there is nothing in it.",
    },
    "drawing": {
        "zh": "这像是一张截图或图画，不是照片。",
        "en": "This looks like a drawing or a screenshot, not a photo.",
    },
}
"""What is said of a picture that is no photo."""
_THERE: Mapping[Language, str] = {"zh": "图里好像有{name}。", "en": "I think there is {name} in it."}
# Names that take no article in English.
_BARE = re.compile(
    r"(?:es|ers|ars|ts|glasses|jeans|pajamas|binoculars|scissors|broccoli|corn|hay|wool|ice cream|pizza|red wine|espresso|eggnog"
    r"|guacamole|dough|velvet|mashed potato|carbonara|chocolate sauce|meat loaf|chain mail|perfume|lotion|sunscreen"
    r"|toilet paper)$"
)
_LONGEST_EN, _LONGEST_ZH = 3, 6
"""The most words or characters of a thing: longer ones tell more of it than a caption."""
_EXISTENCE_EN = re.compile(
    r"^(?:is|are) there (?:a|an|any|some)?\b ?(.+?)(?: (?:in|on) (?:it|this|the|that)\b.*| here| there)?$"
)
_CAN_SEE_EN = re.compile(
    r"^(?:can|do) you see (?:a|an|any|some)?\b ?(.+?)(?: (?:in|on) (?:it|this|the|that)\b.*| here)?$"
)
_EXISTENCE_ZH = re.compile(
    r"^(?:这?(?:图|照片|图片|画面|相片)(?:里面|里|中|上)?|这里|里面|上面)?(?:是不是)?(?:有没有|有|能看到|看得到)"
    r"(?:[一两]?[个只条匹头辆架艘位名棵张把件])?(.+?)(?:吗|么|嘛|没有|没)?$"
)


def name_missing_class(caption: str, named: NamedClass, language: Language) -> str | None:
    """Return a sentence that names the class, if the encoder is sure of it and the caption does not name it."""
    if named.probability < CLASS_THRESHOLD:
        return None
    said = fold(caption)
    for name in (named.name, named.general):
        word = fold(name.word(language))
        # A part of the name is enough: "terrier" for "fox terrier", 棒球 for 棒球运动员.
        parts = (
            [part.rstrip("s") for part in word.split() if len(part) > 3] if language == "en" else [word[:2], word[-2:]]
        )
        if word in said or any(part in said for part in parts):
            return None
    called = named.name.word(language)
    if language == "en" and not _BARE.search(called):
        called = f"{'an' if called[0].lower() in 'aeiou' else 'a'} {called}"
    return _THERE[language].format(name=called)


def is_stated(question: str, caption: str, language: Language) -> bool:
    """Return whether a question asks if something is there that the caption names.

    >>> is_stated("Is there a dog in the picture?", "A brown dog runs.", "en"), is_stated("图里有没有狗？", "一只狗在跑。", "zh")
    (True, True)
    >>> is_stated("Is the dog asleep?", "A brown dog runs.", "en"), is_stated("有猫吗", "一只狗在跑。", "zh")
    (False, False)
    """
    asked = _find_asked(question, language)
    said = fold(caption)
    if language == "zh":
        return asked is not None and len(asked) <= _LONGEST_ZH and asked in said
    words = [_singular(word) for word in re.findall(r"[a-z]+", asked or "")]
    stated = {_singular(word) for word in re.findall(r"[a-z]+", said)}
    return bool(words) and len(words) <= _LONGEST_EN and all(word in stated for word in words)


def asks_existence(question: str, language: Language) -> bool:
    """Return whether a question asks if something is there."""
    return _find_asked(question, language) is not None


def _find_asked(question: str, language: Language) -> str | None:
    """Return the words for what is asked to be there."""
    text = fold(question).strip(" ?!.,？！。，")
    found = _EXISTENCE_ZH.match(text) if language == "zh" else _EXISTENCE_EN.match(text) or _CAN_SEE_EN.match(text)
    return found[1] if found else None


def _singular(word: str) -> str:
    return {"people": "person", "men": "man", "women": "woman", "children": "child"}.get(
        word, word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    )
