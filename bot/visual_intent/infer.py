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
from bot.visual_intent.featurizer import Featurizer, Situation
from data import artifact, logistic_regression
from data.logistic_regression import LogisticRegression
from data.records import Language
from data.text.clean import clean

PICTURE_NAMED = 0.999
"""The confidence in a message that names the picture, such as "in the photo"."""
VISUAL_QUESTION = 0.85
"""The confidence in a question of the kind that is asked about photos, whatever was said since the picture."""
POINTING = 0.75
"""The confidence in "what is this?" and the like."""
FOLLOW_UP = (0.7, 0.97)
"""The confidence in a question right behind the picture, from the least to the most probable: a stored reply that fits well is
more probable than the least, and less than the most."""
CLOCK = 0.9995
"""The confidence in "what time is it?" right behind the picture, which may show a clock."""
PICTURE_ALONE = 0.9
"""The confidence in a picture that comes without a question."""
STATEMENT = 0.75
"""The confidence in a picture that comes with words that ask nothing: a stored reply that fits well is more probable."""
UNLIKELY = 0.3
"""The confidence in any other question that comes with a picture: it counts where nothing stored is likely."""
ELSEWHERE = 0.1
"""The confidence in a question that comes with a picture and reads like one to the owner: it counts where nothing is near."""
SOON_TURNS = 3
"""So many turns after the picture a question of the kind that is asked right behind it is still about the picture, if it is of
that kind without doubt."""
_SOON, _SOON_LATER = 0.9, 0.05
"""The probabilities, right behind the picture and later, that are without doubt then."""
_ELSEWHERE_MOST = 0.02
"""The probability up to which a question reads like one to the owner."""
_NAMED_LEAST = 0.05
"""The least probability of a message that names the picture: less has one that wants it deleted."""

RECENT = "recent.npy"
"""The file of an artifact with the weights for a message right behind a picture, float16 [buckets]."""
SITUATIONS: tuple[Situation, ...] = ("recent", "later")
_ENDS = r"[\s。.!！?？~～]*$"
_PHOTO = {
    "zh": r"(?:图|照片|相片|图片|画面|图像|截图|图画)",
    "en": r"(?:picture|photo|photograph|image|pic|snapshot|scene)",
}
_NAMED: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"{_PHOTO['zh']}[里中上内]|[这那该]一?[张幅]?{_PHOTO['zh']}|[这那]张(?![a-z]*[卡票券单])|上一?[张幅]"
        rf"|(?:发|传|看)[过]?的[那这]?[张幅]?{_PHOTO['zh']}|看[到见][了的]?(?:什么|啥|吗|哪|谁|几|多少)"
    ),
    "en": re.compile(
        rf"\b(?:in|on|of|about|within) (?:the|this|that|my) {_PHOTO['en']}\b|\b(?:this|that) {_PHOTO['en']}\b"
        rf"|\b{_PHOTO['en']} (?:that )?i (?:just )?(?:sent|showed|shared|uploaded)\b"
        rf"|\blook at (?:the|my|this|that) {_PHOTO['en']}\b"
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
_FOLLOWS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        rf"^再(?:仔细)?(?:看|瞧)|^(?:看|瞧)仔细|^[那这]?[他她它]们?(?:今年|现在|大概|看着|看上去|看起来)*(?:几岁|多大|多少岁)"
        rf"|^(?:你|请)?猜|^你(?:觉得|看|说)(?!会|能)|太[胖瘦]|^(?:到底|究竟)?是?[^你您我]{{1,6}}还是[^你您我]{{1,6}}{_ENDS}"
    ),
    "en": re.compile(
        rf"^(?:please )?(?:look|check) (?:again|closer|more closely)|^how old\b(?!.*\b(?:you|your|must|does|to|have|should)\b)"
        r"|^guess\b|^how do you like (?:this|my|these|it)\b|\btoo (?:fat|thin)\b"
        r"|^what do you (?:think|make) of (?:this|my|these|it|the)\b"
        rf"|^(?:an? |the )?[a-z]+ or (?:an? |the )?[a-z]+{_ENDS}|^which of (?:them|these|those|the two)\b"
    ),
}
"""Matches what is about the picture right behind it, though examples are few: a second look, an age, one or another."""
_MANAGED: dict[Language, re.Pattern[str]] = {
    "zh": re.compile("删|存|上传|下载|发送|保密|泄露|隐私"),
    "en": re.compile(
        r"\b(?:delete|remove|store|save|keep|kept|upload|download|send|share|private|format)\w*\b(?! me\b)"
    ),
}
"""Matches a message about what happens to the picture, rather than about what it shows."""
_CLOCK: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(rf"^(?:请问|那)?(?:现在)?(?:是)?几点(?:钟)?(?:了)?[呀啊呢吗]?{_ENDS}"),
    "en": re.compile(rf"^(?:and )?what(?:'s| is)? (?:the )?time(?: is it)?{_ENDS}"),
}
"""Matches a message that says nothing but "what time is it?"."""
_QUESTION: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[?？]|什么|啥|嘛|吗|么|哪|谁|几|多少|怎么|还是|(.)[不没]\1"),
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
    """Two logistic regressions over the features of a message, with their thresholds."""

    def __init__(self, config: Config, later: LogisticRegression, recent: LogisticRegression) -> None:
        self.config, self.later, self.recent = config, later, recent
        self._featurizer = Featurizer(config.buckets)

    @classmethod
    def open(cls, folder: Path) -> IntentModel:
        """Load the models of an artifact folder.

        Raises:
            ArtifactError: The folder is damaged or incomplete.
        """
        stored = artifact.open(folder)
        config, later = logistic_regression.load(stored, Config.from_dict)
        return cls(config, later, logistic_regression.load_weights(stored, RECENT, config.buckets, config.recent_bias))

    def probability(self, text: str, language: Language, situation: Situation = "later") -> float:
        """Return the probability, in (0, 1), that a message in a situation asks about a picture.

        It assumes equal priors.
        """
        features = self._featurizer.hash_features(self._featurizer.list_features(text, language))
        return (self.later if situation == "later" else self.recent).predict(features)


class VisualIntentClassifier:
    """The classifier of an artifact folder."""

    def __init__(self, folder: Path) -> None:
        """Load the classifier.

        Raises:
            ArtifactError: The folder is damaged or incomplete.
        """
        self.model = IntentModel.open(folder)

    def classify(
        self, text: str, language: Language, is_new_picture: bool = False, turns_since: int | None = None
    ) -> VisualIntent | None:
        """Return what a message asks about the last picture.

        It is None if the message is about anything else.

        Args:
            text: The message.
            language: Its language.
            is_new_picture: Whether the picture came with the message.
            turns_since: How many turns lie between the message and the last one about the picture: 0 if it follows at once. None
                means many.
        """
        line = " ".join(unicodedata.normalize("NFKC", clean(text)).casefold().replace("’", "'").split())[:200]
        kind: Literal["caption", "answer"] = "caption" if _TELL[language].search(line) else "answer"
        recent, later = (self.model.probability(line, language, situation) if line else 0.0 for situation in SITUATIONS)
        follows = is_new_picture or turns_since == 0
        is_named = _NAMED[language].search(line) is not None
        if is_named and max(recent, later) >= (_SOON if _MANAGED[language].search(line) else _NAMED_LEAST):
            return VisualIntent(kind, PICTURE_NAMED)
        if _POINTED[language].search(line):
            return VisualIntent("caption", POINTING)
        if follows and _CLOCK[language].search(line):
            return VisualIntent("answer", CLOCK)
        if follows and recent >= self.model.config.recent[language]:
            return VisualIntent(kind, self._rate_follow_up(recent, language))
        if follows and _FOLLOWS[language].search(line):
            return VisualIntent(kind, VISUAL_QUESTION)
        if _DESCRIBE[language].search(line) or later >= self.model.config.later[language]:
            return VisualIntent(kind, VISUAL_QUESTION)
        is_soon = turns_since is not None and turns_since <= SOON_TURNS
        if is_soon and recent >= _SOON and later >= _SOON_LATER:
            return VisualIntent(kind, VISUAL_QUESTION)
        if is_new_picture:
            if not _QUESTION[language].search(line):
                return VisualIntent("caption", STATEMENT)
            return VisualIntent("answer", ELSEWHERE if recent <= _ELSEWHERE_MOST else UNLIKELY)
        return None

    def _rate_follow_up(self, probability: float, language: Language) -> float:
        least = self.model.config.recent[language]
        low, high = FOLLOW_UP
        return round(low + (high - low) * (probability - least) / max(1 - least, 1e-6), 4)
