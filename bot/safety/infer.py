"""The filter at work: rules first, then the trained weights. numpy is all it needs."""

from __future__ import annotations

import re
from pathlib import Path

from bot.safety.chinese import abuse
from bot.safety.codec import HAN, Codec
from bot.safety.config import Config
from bot.safety.distress import distress
from bot.safety.english import English
from bot.types import Verdict
from data import artifact, logistic_regression
from data.logistic_regression import LogisticRegression
from data.records import LANGUAGES, Language

_CHINESE = re.compile(f"[{HAN}]")
_LATIN = re.compile("[A-Za-z\uff21-\uff5a🖕]")
_NAMED = 4
"""How many units are named as what a verdict rests on."""


def words_file(language: Language) -> str:
    """The file of an artifact that holds the word list of a language, one word a line."""
    return f"words.{language}.txt"


class Learned:
    """What the weights say of the units of a Chinese text."""

    def __init__(self, model: LogisticRegression, codec: Codec) -> None:
        self._model, self._codec = model, codec

    def probability(self, text: str) -> float:
        """How likely the text offends, in (0, 1), if as many texts did as did not where it was trained."""
        return self._model.predict(self._codec.ids(self._codec.units(text)))

    def named(self, text: str) -> tuple[str, ...]:
        """The units that speak most for offence, the strongest first, none a part of another."""
        units = self._codec.units(text)
        weighed = sorted(
            ((float(self._model.weights[self._codec.ids([unit])[0]]), unit) for unit in units), reverse=True
        )
        found: list[str] = []
        for weight, unit in weighed:
            bare = unit.removeprefix("list:").strip("^$ ")
            if weight > 0 and bare and not any(bare in one or one in bare for one in found):
                found.append(bare)
        return tuple(found[:_NAMED])


class Safety:
    """The filter in an artifact folder: bot.types.Filter."""

    def __init__(self, folder: Path) -> None:
        """Raises ArtifactError if the folder is damaged, or lacks something."""
        opened = artifact.open(folder)
        self.config, model = logistic_regression.load(opened, Config.from_dict)
        words = {name: opened.read_file(words_file(name)).decode("utf-8").splitlines() for name in LANGUAGES}
        codec = Codec(words["zh"], self.config.buckets, self.config.longest)
        self.learned = Learned(model, codec)
        self._english = English(words["en"])

    def judge(self, text: str, language: Language) -> Verdict:
        """What the text is, in less than a millisecond for a sentence.

        Distress comes before offence. A rule decides alone, with probability 1; the weights know Chinese only. Which rules apply
        is told by the text, for either language is sworn in within the other; language tells it of letters like "nmsl".
        """
        if suffered := distress(text):
            kind, said = suffered
            return Verdict(kind, 1.0, (said,))
        chinese = _CHINESE.search(text) is not None
        pieces = [
            *(abuse(text) if chinese or language == "zh" else ()),
            *(self._english.abuse(text) if _LATIN.search(text) else ()),
        ]
        if pieces:
            return Verdict("offensive", 1.0, tuple(dict.fromkeys(pieces)))
        probability = self.learned.probability(text) if chinese else 0.0
        if probability < self.config.threshold:
            return Verdict(None, probability)
        return Verdict("offensive", probability, self.learned.named(text))
