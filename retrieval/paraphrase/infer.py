"""A trained paraphrase model at work, with numpy alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from data import artifact, paths
from data.artifact import ArtifactError
from data.records import Language
from data.text.language import language_of
from retrieval.paraphrase.config import Config
from retrieval.paraphrase.featurizer import FEATURES, Featurizer, PairFeatures
from retrieval.postings import Floats
from retrieval.word_similarity import WordSimilarity


class Judge:
    """Estimates whether two questions ask the same, in either order.

    Raises:
        KeyError: The config lacks the weight of a feature.
    """

    name = "paraphrase"

    def __init__(self, config: Config, similar: WordSimilarity) -> None:
        self.config, self._featurizer = config, Featurizer(similar.words, similar.vectors)
        self._weights = {
            language: np.asarray([weights.features[name] for name in FEATURES], dtype=np.float32)
            for language, weights in config.languages.items()
        }

    def probability(self, question: str, phrasings: Sequence[str]) -> Floats:
        """Return float32 [N], in [0, 1]: that each phrasing asks what the question asks.

        From 0.5 on it more likely does.

        Right and wrong phrasings weighed alike in training: where wrong ones abound, as in a search, the order is to be
        trusted and the probability itself is high.
        """
        odds = self.log_odds(question, phrasings)
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float32)

    def log_odds(self, question: str, phrasings: Sequence[str]) -> Floats:
        """Return float32 [N]: the log-odds of each probability.

        They still differ where the probability is nearly 0 or 1.
        """
        measured = self._featurizer.measure(question, phrasings)
        made = np.empty(len(phrasings), dtype=np.float32)
        for number, phrasing in enumerate(phrasings):
            weights = self.config.find_weights(language := _detect_language(question, phrasing))
            known = sum(weights.units.get(unit, 0.0) for unit in measured.unmatched[number])
            made[number] = weights.bias + known + self._of(language) @ measured.features[number]
        return made

    def features(self, question: str, phrasings: Sequence[str]) -> Floats:
        """Return features float32 [N, F] of the question with each phrasing.

        They are in the order of featurizer.FEATURES.
        """
        return self._featurizer.measure(question, phrasings).features

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that have a vector, English ones as stems."""
        return self._featurizer.words

    def rarity(self, word: str) -> float:
        """Return how rare a word is, from 0 for the most frequent to 1."""
        return self._featurizer.rarity(word)

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the probability that each candidate asks what the last turn asks."""
        return self.probability(context[-1], candidates)

    def shares(self, question: str, phrasing: str) -> dict[str, float]:
        """Return what each feature and unmatched unit adds to the log-odds.

        The bias is left out, and features that are zero. Units stand as "only one says: 男". The sum with the bias is the
        log-odds of the probability.
        """
        measured: PairFeatures = self._featurizer.measure(question, [phrasing])
        language = _detect_language(question, phrasing)
        added = self._of(language) * measured.features[0]
        units = self.config.find_weights(language).units
        found = {name: float(value) for name, value in zip(FEATURES, added, strict=True) if value}
        return found | {f"only one says: {unit}": units[unit] for unit in measured.unmatched[0] if unit in units}

    def bias(self, question: str, phrasing: str) -> float:
        """Return the log-odds to which the shares of the two texts are added."""
        return self.config.find_weights(_detect_language(question, phrasing)).bias

    def _of(self, language: Language) -> Floats:
        return self._weights[language] if language in self._weights else next(iter(self._weights.values()))


class Paraphrase(Judge):
    """The paraphrase model in an artifact folder."""

    def __init__(self, folder: Path, similar: WordSimilarity) -> None:
        """similar holds the word vectors it was trained with. Raises ArtifactError."""
        opened = artifact.open(folder)
        given = {name: value for name, value in opened.manifest.config.items() if name != "model"}
        try:
            config = Config.from_dict(given)
            super().__init__(config, similar)
        except (KeyError, TypeError) as error:
            raise ArtifactError(
                f"{folder} lacks weights ({error}), or was made by another version; {artifact.repair_hint(folder)}"
            ) from error
        if config.words != similar.version:
            raise ArtifactError(
                f"{folder} was trained with the word vectors {config.words}; these are {similar.version}. Train it again: "
                f"{opened.manifest.train}"
            )
        weights = json.dumps(config.to_dict(), sort_keys=True, ensure_ascii=False)
        self.version = f"{opened.manifest.name} {hashlib.sha256(weights.encode()).hexdigest()[:12]}"


def open_judge(found: bool = False) -> Paraphrase:
    """Open the shipped paraphrase model.

    Args:
        found: The model for phrasings that a search found; these know less by what they share.

    Raises:
        ArtifactError: It is missing or damaged.
    """
    name = f"{Paraphrase.name}-found" if found else Paraphrase.name
    return Paraphrase(paths.artifacts_dir() / name, WordSimilarity(paths.artifacts_dir() / "words"))


def _detect_language(one: str, other: str) -> Language:
    return language_of(f"{one} {other}", "zh")
