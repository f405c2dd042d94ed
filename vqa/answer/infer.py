"""A trained answerer at work, without torch: features of a picture and a question in, answers out."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.records import Language
from data.runtime import Graph
from data.text.clean import fold
from data.text.language import language_of
from vqa.answer.calibration import tempered
from vqa.answer.codec import Codec, Floats
from vqa.answer.config import Config
from vqa.encoder.infer import Features

PICTURE, QUESTION = "picture.onnx", "question.onnx"
SHOWN = 5


@dataclass(frozen=True)
class Answer:
    """A word or two, how probable it is, and the language it is in: English where the answer has no Chinese word."""

    text: str
    probability: float
    language: Language


@dataclass(frozen=True)
class Answered:
    """The answers, the likeliest first, and where the net looked: attention float32 [H', W'], which sums to 1.

    sure is whether the first is at least as probable as floor, and a word of the question was known.
    """

    answers: tuple[Answer, ...]
    attention: Floats
    floor: float
    sure: bool


class Answerer:
    """A net of two graphs: one runs once a picture, the other for every question about it."""

    def __init__(self, folder: Path, threads: int = 1, kept: int = 32) -> None:
        """The answerer in an artifact folder; what it saw in the last few pictures is kept. Raises ArtifactError."""
        opened = artifact.open(folder)
        self.name = opened.manifest.name
        self.version = f"{self.name} {opened.manifest.graphs.get(QUESTION, '')[:12]}"
        try:
            raw = {name: value for name, value in opened.manifest.config.items() if name != "model"}
            self.config = Config.from_dict(raw)
            self.codec = Codec.from_dict(opened.manifest.codec)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: its words cannot be used ({error}); {artifact.repair_hint(folder)}"
            ) from error
        self.encoder = self.config.encoder
        self._picture = Graph(opened.read_graph(PICTURE), f"{folder.name}/{PICTURE}", threads)
        self._question = Graph(opened.read_graph(QUESTION), f"{folder.name}/{QUESTION}", threads)
        self._kept: OrderedDict[int, tuple[Features, dict[str, NDArray[np.float32]]]] = OrderedDict()
        self._most = kept
        self._lock = Lock()
        sizes = (len(self.codec.vocab), len(self.codec.choices))
        if sizes != (self.config.tokens, self.config.answers):
            raise ArtifactError(
                f"{self.name}: its net knows {self.config.tokens} tokens and {self.config.answers} answers, its words are "
                f"{sizes[0]} and {sizes[1]}; they are not of the same training. {artifact.repair_hint(folder)}"
            )

    def answer(self, features: Features, question: str, language: Language) -> Answered:
        """The five likeliest answers, in the language of the question, or in language where it does not tell.

        Raises ValueError for an empty question and for features of an encoder other than that it was trained on. A question of
        more than 64 tokens is cut at its end.
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
        ids = self.codec.ids(question, spoken)
        made = self._question({"ids": np.array([ids], dtype=np.int64), **self._seen(features)})
        probabilities = np.exp(tempered(made["log_probs"], self.config.temperature))
        # Stable, so that equals come in the order of how frequent they are.
        best = np.argsort(-probabilities, kind="stable")[:SHOWN]
        answers = []
        for number in best.tolist():
            text, written = self.codec.decode(number, spoken)
            answers.append(Answer(text, float(probabilities[number]), written))
        attention = made["attention"].mean(0).reshape(features.map.shape[1:])
        return Answered(
            tuple(answers),
            np.asarray(attention / attention.sum(), dtype=np.float32),
            self.config.floor,
            answers[0].probability >= self.config.floor and self.codec.knows(ids),
        )

    def _seen(self, features: Features) -> dict[str, NDArray[np.float32]]:
        # The features are kept with what was seen, so an id is never that of others which took their place in memory.
        key = id(features)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        map, pooled = (np.asarray(one, dtype=np.float32)[None] for one in (features.map, features.pooled))
        seen = self._picture({"map": map, "pooled": pooled})
        with self._lock:
            self._kept[key] = (features, seen)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return seen
