"""Classify whether a message asks about the last picture.

It takes well under a millisecond, with numpy alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.visual_intent.config import Config
from bot.visual_intent.featurizer import Featurizer
from data import artifact, logistic_regression
from data.logistic_regression import LogisticRegression
from data.records import Language
from data.text.clean import clean

PICTURE_NAMED = 0.999
"""The confidence in a message that names the picture, such as "in the photo"."""
VISUAL_QUESTION = 0.85
"""The confidence in a question of the kind that is asked about photos."""
POINTING = 0.6
"""The confidence in "what is this?" and the like."""
FOLLOW_UP = 0.58
"""The confidence in a possible question right after a reply about the picture."""
NEW_PICTURE = 0.7
"""The confidence in any other question that comes with a picture."""
PICTURE_ALONE = 0.9
"""The confidence in a picture that comes without a question."""

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
"""Matches a message that names the picture itself."""
_TELL: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(rf"描述|形容|说说|讲讲|介绍|看[到见][了的]?(?:什么|啥)|有(?:什么|啥|哪些)(?:东西)?{_ENDS}|发生"),
    "en": re.compile(
        r"\bdescribe\b|\bcaption\b|\btell me (?:more )?about\b|what (?:do|can|did) you see|\bgoing on\b|\bhappen(?:ing|s)\b"
        rf"|what(?:'s| is) (?:in|on|there in) (?:it|(?:the|this|that|my) {_PHOTO['en']}){_ENDS}"
    ),
}
"""Matches a message that a caption answers."""
_POINTED: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"^(?:[这那它]|[这那]个)又?都?[是叫](?:什么|啥|谁)(?:东西)?[呢呀啊]?{_ENDS}|^是(?:什么|谁){_ENDS}"
    ),
    "en": re.compile(rf"^what(?:'s| is| are| kind of thing is) (?:this|that|it|these|those){_ENDS}"),
}
"""Matches a message that says nothing but "what is this?"."""
_DESCRIBE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"^(?:请|帮我)*(?:描述|形容|介绍|说说|讲讲)(?:一下|下)?(?:它|这个|这张|图|图片|照片|画面|内容)*{_ENDS}"
    ),
    "en": re.compile(
        rf"^(?:(?:please|can you|could you) )*(?:describe|caption|tell me (?:more )?about) (?:it|this|that){_ENDS}"
    ),
}
"""Matches a message that says nothing but "describe it"."""
_QUESTION: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[?？]|什么|啥|嘛|吗|么|哪|谁|几|多少|怎么|是不是|有没有|还是"),
    "en": re.compile(
        r"[?？]|^(?:what|who|where|when|which|why|how|is|are|does|do|did|can|could|has|have|was|were|describe|tell|name|count)\b"
    ),
}


@dataclass(frozen=True)
class VisualIntent:
    """What a message asks about the picture.

    Attributes:
        kind: A caption, or an answer to a question.
        confidence: In [0, 1], how probable it is that the message asks about the picture at all.
    """

    kind: Literal["caption", "answer"]
    confidence: float


class IntentModel:
    """A logistic regression over the features of a message, with its thresholds."""

    def __init__(self, config: Config, model: LogisticRegression) -> None:
        self.config, self.model, self._featurizer = config, model, Featurizer(config.buckets)

    def probability(self, text: str, language: Language) -> float:
        """Return the probability, in (0, 1), that a message asks about a picture.

        It assumes equal priors.
        """
        features = self._featurizer.list_features(text, language)
        return self.model.predict(self._featurizer.hash_features(features))


class VisualIntentClassifier:
    """The classifier of an artifact folder."""

    def __init__(self, folder: Path) -> None:
        """Load the classifier.

        Raises:
            ArtifactError: The folder is damaged or incomplete.
        """
        self.model = IntentModel(*logistic_regression.load(artifact.open(folder), Config.from_dict))

    def classify(
        self, text: str, language: Language, is_new_picture: bool = False, follows_picture: bool = False
    ) -> VisualIntent | None:
        """Return what a message asks about the last picture.

        It is None if the message is about anything else.

        Args:
            text: The message.
            language: Its language.
            is_new_picture: Whether the picture came with the message.
            follows_picture: Whether the reply before was about the picture.
        """
        line = " ".join(unicodedata.normalize("NFKC", clean(text)).casefold().replace("’", "'").split())[:200]
        kind: Literal["caption", "answer"] = "caption" if _TELL[language].search(line) else "answer"
        probability = self.model.probability(line, language) if line else 0.0
        config = self.model.config
        is_possible = probability >= config.loose[language]
        if is_possible and _NAMED[language].search(line):
            return VisualIntent(kind, PICTURE_NAMED)
        if _POINTED[language].search(line):
            return VisualIntent("caption", POINTING)
        if probability >= config.strict[language] or _DESCRIBE[language].search(line):
            return VisualIntent(kind, VISUAL_QUESTION)
        if is_possible and follows_picture:
            return VisualIntent(kind, FOLLOW_UP)
        if is_new_picture:
            is_question = _QUESTION[language].search(line)
            return VisualIntent("answer", NEW_PICTURE) if is_question else VisualIntent("caption", PICTURE_ALONE)
        return None
