"""Whether a message asks about the last picture: weighed in well under a millisecond, by numpy alone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.visual_question.codec import Codec
from bot.visual_question.config import Config
from data import artifact, logistic_regression
from data.logistic_regression import LogisticRegression
from data.records import Language
from data.text.clean import clean

SAID, SEEN, POINTED, OPEN = 0.999, 0.85, 0.6, 0.58
"""How probable it is that the picture is meant: it is named; something is asked as pictures are asked about; "what is this?";
and, right after the picture was talked about, anything that may be such a question."""
FRESH, SHOWN = 0.7, 0.9
"""The same of a message that brings a picture: one that asks something else, and one that asks nothing."""

_ENDS = r"[\s。.!！?？~～]*$"
_PHOTO = {
    "zh": r"(?:图|照片|相片|图片|画面|图像|截图|图画)",
    "en": r"(?:picture|photo|photograph|image|pic|snapshot|scene)",
}
_NAMED: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"{_PHOTO['zh']}[里中上内]|[这那该]一?[张幅]?{_PHOTO['zh']}|看[到见][了的]?(?:什么|啥|吗|哪|谁|几|多少)"
    ),
    "en": re.compile(
        rf"\b(?:in|on|of|about|within) (?:the|this|that|my) {_PHOTO['en']}\b|\b(?:this|that) {_PHOTO['en']}\b"
        rf"|\bdescribe the {_PHOTO['en']}\b|what (?:do|can|did) you see"
    ),
}
"""The picture itself is named."""
_TELL: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(rf"描述|形容|说说|讲讲|介绍|看[到见][了的]?(?:什么|啥)|有(?:什么|啥|哪些)(?:东西)?{_ENDS}|发生"),
    "en": re.compile(
        r"\bdescribe\b|\bcaption\b|\btell me (?:more )?about\b|what (?:do|can|did) you see|\bgoing on\b|\bhappen(?:ing|s)\b"
        rf"|what(?:'s| is) (?:in|on|there in) (?:it|(?:the|this|that|my) {_PHOTO['en']}){_ENDS}"
    ),
}
"""A caption answers it."""
_POINTED: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"^(?:[这那它]|[这那]个)又?都?[是叫](?:什么|啥|谁)(?:东西)?[呢呀啊]?{_ENDS}|^是(?:什么|谁){_ENDS}"
    ),
    "en": re.compile(rf"^what(?:'s| is| are| kind of thing is) (?:this|that|it|these|those){_ENDS}"),
}
"""It says nothing but: what is this?"""
_DESCRIBE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"^(?:请|帮我)*(?:描述|形容|介绍|说说|讲讲)(?:一下|下)?(?:它|这个|这张|图|图片|照片|画面|内容)*{_ENDS}"
    ),
    "en": re.compile(
        rf"^(?:(?:please|can you|could you) )*(?:describe|caption|tell me (?:more )?about) (?:it|this|that){_ENDS}"
    ),
}
"""It says nothing but: describe it."""
_QUESTION: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[?？]|什么|啥|嘛|吗|么|哪|谁|几|多少|怎么|是不是|有没有|还是"),
    "en": re.compile(
        r"[?？]|^(?:what|who|where|when|which|why|how|is|are|does|do|did|can|could|has|have|was|were|describe|tell|name|count)\b"
    ),
}


@dataclass(frozen=True)
class Asked:
    """What is wanted of the picture, and in [0, 1] how probable it is that it is wanted."""

    wants: Literal["caption", "answer"]
    claim: float


class Learned:
    """What the weights say of the units of a message, and the thresholds that go with them."""

    def __init__(self, config: Config, model: LogisticRegression) -> None:
        self.config, self.model, self._codec = config, model, Codec(config.buckets)

    def probability(self, text: str, language: Language) -> float:
        """How likely the message asks about a picture, in (0, 1), if as many did as did not."""
        return self.model.predict(self._codec.ids(self._codec.units(text, language)))


class VisualQuestion:
    """The reader in an artifact folder."""

    def __init__(self, folder: Path) -> None:
        """Raises ArtifactError if the folder is damaged, or lacks something."""
        self.learned = Learned(*logistic_regression.load(artifact.open(folder), Config.from_dict))

    def asked(self, text: str, language: Language, fresh: bool = False, near: bool = False) -> Asked | None:
        """What the message wants of the last picture, or None if it is about anything else.

        fresh: the picture came with it; near: the reply before was about the picture.
        """
        line = " ".join(unicodedata.normalize("NFKC", clean(text)).casefold().replace("’", "'").split())[:200]
        wants: Literal["caption", "answer"] = "caption" if _TELL[language].search(line) else "answer"
        probability = self.learned.probability(line, language) if line else 0.0
        config = self.learned.config
        perhaps = probability >= config.loose[language]
        if perhaps and _NAMED[language].search(line):
            return Asked(wants, SAID)
        if _POINTED[language].search(line):
            return Asked("caption", POINTED)
        if probability >= config.strict[language] or _DESCRIBE[language].search(line):
            return Asked(wants, SEEN)
        if perhaps and near:
            return Asked(wants, OPEN)
        if fresh:
            return Asked("answer", FRESH) if _QUESTION[language].search(line) else Asked("caption", SHOWN)
        return None
