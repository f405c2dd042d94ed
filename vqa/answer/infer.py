"""A trained answerer at inference, without torch."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.records import Language
from data.runtime import Graph
from data.text.clean import fold
from data.text.language import language_of
from vqa.answer.calibration import apply_temperature, restrict
from vqa.answer.config import Config
from vqa.answer.featurizer import Featurizer, Floats
from vqa.answer.question_kind import AnswerKinds
from vqa.encoder.infer import Features

PICTURE, QUESTION = "picture.onnx", "question.onnx"
TOP_ANSWERS = 5


@dataclass(frozen=True)
class Answer:
    """An answer of a word or two, its probability, and its language.

    The language is English where the answer has no Chinese word.
    """

    text: str
    probability: float
    language: Language


@dataclass(frozen=True)
class AnswerResult:
    """The answers, most probable first, and the attention they came from.

    attention is float32 [H', W'] and sums to 1. is_confident tells whether the first answer is at least as probable as threshold
    and the question has a known word.
    """

    answers: tuple[Answer, ...]
    attention: Floats
    threshold: float
    is_confident: bool


class Answerer:
    """Answer questions with two graphs: one runs per picture, the other per question."""

    def __init__(self, folder: Path, threads: int = 1, cache_size: int = 32) -> None:
        """Load an answerer from an artifact folder.

        Args:
            folder: The artifact folder.
            threads: CPU threads of each graph.
            cache_size: For how many pictures the output of the first graph is cached.

        Raises:
            ArtifactError: The artifact is missing or damaged, or its vocabularies do not fit its net.
        """
        loaded = artifact.open(folder)
        self.name = loaded.manifest.name
        self.version = f"{self.name} {loaded.manifest.graphs.get(QUESTION, '')[:12]}"
        try:
            raw = {name: value for name, value in loaded.manifest.config.items() if name != "model"}
            self.config = Config.from_dict(raw)
            self.featurizer = Featurizer.from_dict(loaded.manifest.codec)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: its config or vocabulary cannot be read ({error}); {artifact.repair_hint(folder)}"
            ) from error
        self.encoder = self.config.encoder
        self._picture = Graph(loaded.read_graph(PICTURE), f"{folder.name}/{PICTURE}", threads)
        self._question = Graph(loaded.read_graph(QUESTION), f"{folder.name}/{QUESTION}", threads)
        self._cache: OrderedDict[int, tuple[Features, dict[str, NDArray[np.float32]]]] = OrderedDict()
        self._cache_size = cache_size
        self._lock = Lock()
        self._kinds = AnswerKinds(self.featurizer.choices)
        sizes = (len(self.featurizer.vocab), len(self.featurizer.choices))
        if sizes != (self.config.tokens, self.config.answers):
            raise ArtifactError(
                f"{self.name}: its net knows {self.config.tokens} tokens and {self.config.answers} answers, its words are "
                f"{sizes[0]} and {sizes[1]}; they are not of the same training. {artifact.repair_hint(folder)}"
            )

    def answer(self, features: Features, question: str, language: Language) -> AnswerResult:
        """Return the most probable answers, five at most, of those that the kind of the question allows.

        Args:
            features: The features of the picture.
            question: The question. More than 64 tokens are cut off.
            language: The language of the answers where the question does not tell it.

        Raises:
            ValueError: The question is empty, or the features are of another encoder.
        """
        if features.encoder != self.encoder:
            raise ValueError(
                f"{self.name} reads the features of {self.encoder!r}; given those of {features.encoder!r}. Encode the picture "
                "with that encoder, or train the answerer on this one: python -m vqa train"
            )
        if not fold(question):
            raise ValueError(
                "the question is empty; expected a question about the picture, such as: what colour is it?"
            )
        spoken = language_of(question, language)
        ids = self.featurizer.token_ids(question, spoken)
        arrays: dict[str, NDArray[Any]] = {"ids": np.array([ids], dtype=np.int64), **self._encode_picture(features)}
        if self.config.ngrams:
            arrays["ngrams"] = self.featurizer.encode_ngrams([(question, spoken)], self.config.ngrams)
        made = self._question(arrays)
        kind, allowed = self._kinds.find_allowed(question, spoken)
        temperature = self.config.temperatures.get(kind, self.config.temperature)
        threshold = self.config.thresholds.get(kind, self.config.threshold)
        log_probs = apply_temperature(restrict(made["log_probs"], allowed), temperature)
        probabilities = np.exp(log_probs)
        # A stable sort keeps the more frequent of equally probable answers first.
        best = np.argsort(-log_probs, kind="stable")[: min(TOP_ANSWERS, int(allowed.sum()))]
        answers = []
        for number in best.tolist():
            text, written = self.featurizer.decode(number, spoken)
            answers.append(Answer(text, float(probabilities[number]), written))
        grid = [-(-side // self.config.stride) for side in features.map.shape[1:]]
        attention = made["attention"].mean(0).reshape(grid)
        return AnswerResult(
            tuple(answers),
            np.asarray(attention / attention.sum(), dtype=np.float32),
            threshold,
            answers[0].probability >= threshold and self.featurizer.has_known_word(ids),
        )

    def _encode_picture(self, features: Features) -> dict[str, NDArray[np.float32]]:
        # The features are cached too, so that their id cannot be reused by other features.
        key = id(features)
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key][1]
        map, pooled = (np.asarray(array, dtype=np.float32)[None] for array in (features.map, features.pooled))
        given = {"map": map, "pooled": pooled}
        if self.config.classes:
            if features.classes is None:
                raise ValueError(
                    f"{self.name} reads {self.config.classes} classes, which these features lack; encode the picture with "
                    f"{self.encoder}"
                )
            given["classes"] = np.asarray(features.classes, dtype=np.float32)[None]
        seen = self._picture(given)
        with self._lock:
            self._cache[key] = (features, seen)
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        return seen
