"""The safety filter: rules first, then the trained weights. Needs only numpy."""

from __future__ import annotations

import re
from pathlib import Path

from bot.safety.chinese import find_abuse
from bot.safety.config import Config
from bot.safety.distress import find_distress
from bot.safety.english import English
from bot.safety.featurizer import HAN, Featurizer
from bot.types import Verdict
from data import artifact, logistic_regression
from data.logistic_regression import LogisticRegression
from data.records import LANGUAGES, Language

_CHINESE = re.compile(f"[{HAN}]")
_LATIN = re.compile("[A-Za-z\uff21-\uff5a🖕]")
_NAMED = 4
"""How many units are named as what a verdict rests on."""


def words_file(language: Language) -> str:
    """Return the file name of a language's word list, one word a line."""
    return f"words.{language}.txt"


class OffenceClassifier:
    """A logistic regression that tells how likely a Chinese text is offensive."""

    def __init__(self, model: LogisticRegression, featurizer: Featurizer) -> None:
        self._model, self._featurizer = model, featurizer

    def predict(self, text: str) -> float:
        """Return how likely the text is offensive, in (0, 1).

        It is as if half of all texts were.
        """
        return self._model.predict(self._featurizer.encode(self._featurizer.extract_units(text)))

    def explain(self, text: str) -> tuple[str, ...]:
        """Return the units that speak most for offence, strongest first.

        None is a part of another.
        """
        units = self._featurizer.extract_units(text)
        weighed = sorted(
            ((float(self._model.weights[self._featurizer.encode([unit])[0]]), unit) for unit in units), reverse=True
        )
        found: list[str] = []
        for weight, unit in weighed:
            bare = unit.removeprefix("list:").strip("^$ ")
            if weight > 0 and bare and not any(bare in other or other in bare for other in found):
                found.append(bare)
        return tuple(found[:_NAMED])


class Safety:
    """The filter in an artifact folder: bot.components.Filter."""

    def __init__(self, folder: Path) -> None:
        """Load the filter. Raises ArtifactError if the folder is damaged or incomplete."""
        opened = artifact.open(folder)
        self.config, model = logistic_regression.load(opened, Config.from_dict)
        words = {name: opened.read_file(words_file(name)).decode("utf-8").splitlines() for name in LANGUAGES}
        featurizer = Featurizer(words["zh"], self.config.buckets, self.config.max_ngram_length)
        self.classifier = OffenceClassifier(model, featurizer)
        self._english = English(words["en"])

    def judge(self, text: str, language: Language) -> Verdict:
        """Return the verdict on a text, in less than a millisecond for a sentence.

        Distress comes before offence. A rule decides alone, with probability 1; the weights know Chinese only. Which rules apply
        depends on the text, because people swear in one language within the other; language decides for letters like "nmsl".
        """
        if suffered := find_distress(text):
            kind, said = suffered
            return Verdict(kind, 1.0, (said,))
        chinese = _CHINESE.search(text) is not None
        pieces = [
            *(find_abuse(text) if chinese or language == "zh" else ()),
            *(self._english.find_abuse(text) if _LATIN.search(text) else ()),
        ]
        if pieces:
            return Verdict("offensive", 1.0, tuple(dict.fromkeys(pieces)))
        probability = self.classifier.predict(text) if chinese else 0.0
        if probability < self.config.threshold:
            return Verdict(None, probability)
        return Verdict("offensive", probability, self.classifier.explain(text))
