"""Vision models loaded together: encoder, captioners and answerer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.records import Language
from data.text.clean import fold
from generation.search import DecodingConfig, ShouldStop, never_stop
from vqa.answer.infer import Answerer
from vqa.caption.infer import Captioner
from vqa.consistency import (
    CONTENTS,
    asks_existence,
    is_stated,
    name_missing_class,
)
from vqa.encoder.class_names import name_classes
from vqa.encoder.infer import Encoder, Features

ENCODER = "encoder"
CAPTIONER = "captioner"
BASIC_CAPTIONER = "captioner-basic"
ANSWERER = "answerer"
CAPTION_THRESHOLD = 0.5
"""The probability from which a caption is not doubtful: it outweighs an answer that denies it."""
DRAWING_THRESHOLD = 0.8
"""The probability from which a caption of a drawing is given."""
DOUBTFUL = 0.35
"""The probability below which a caption is not repeated beside a class that the encoder is sure of."""
_YES, _NO = frozenset(("yes", "是", "有")), frozenset(("no", "否", "没有"))

Floats = NDArray[np.float32]


class Caption(Protocol):
    """A sentence that describes a picture.

    text is the sentence as shown, tokens its T tokens. attention is float32 [T, H', W'], or [0, H', W'] for the basic form.
    log_prob is the mean log-probability of a token, probability that of being right, in part at least.
    """

    @property
    def text(self) -> str: ...  # noqa: D102 - named above
    @property
    def tokens(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def attention(self) -> Floats: ...  # noqa: D102
    @property
    def log_prob(self) -> float: ...  # noqa: D102
    @property
    def probability(self) -> float: ...  # noqa: D102


class Answer(Protocol):
    """One possible answer and its probability."""

    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def probability(self) -> float: ...  # noqa: D102


class AnswerResult(Protocol):
    """The answers to a question, best first.

    attention is float32 [H', W']. is_confident tells whether the first answer reaches the threshold.
    """

    @property
    def answers(self) -> Sequence[Answer]: ...  # noqa: D102
    @property
    def attention(self) -> Floats: ...  # noqa: D102
    @property
    def threshold(self) -> float: ...  # noqa: D102
    @property
    def is_confident(self) -> bool: ...  # noqa: D102


class PictureEncoder(Protocol):
    """A loaded picture encoder."""

    version: str

    def encode(self, picture: bytes) -> Features:
        """Return the features of a picture, given the bytes of its file.

        Raises:
            PictureError: The bytes are no picture that can be read.
        """
        ...


class CaptionModel(Protocol):
    """A loaded captioner.

    encoder is the version of the encoder whose features it was trained on.
    """

    version: str
    encoder: str

    def caption(
        self, features: Features, language: Language, wish: DecodingConfig | None = ..., late: ShouldStop = ...
    ) -> Sequence[Caption]:
        """Return captions, best first.

        Without a wish, the decoding settings suit the language.
        """
        ...


class AnswerModel(Protocol):
    """A loaded answerer.

    encoder is the version of the encoder whose features it was trained on.
    """

    version: str
    encoder: str

    def answer(self, features: Features, question: str, language: Language) -> AnswerResult:
        """Answer a question about the features of a picture."""
        ...


class Vision:
    """Describe pictures and answer questions about them.

    A picture is encoded once, however many questions follow.
    """

    def __init__(
        self, encoder: PictureEncoder, captioner: CaptionModel, basic: CaptionModel | None, answerer: AnswerModel
    ) -> None:
        """Combine the models.

        Raises:
            ArtifactError: A captioner or the answerer was trained on the features of another encoder.
        """
        for name, model in ((CAPTIONER, captioner), (BASIC_CAPTIONER, basic), (ANSWERER, answerer)):
            if model is not None and model.encoder != encoder.version:
                raise ArtifactError(
                    f"{name} was trained on features of {model.encoder}, but the encoder is {encoder.version}. Train {name} "
                    f"again, or restore both with git checkout -- data/artifacts"
                )
        self.encoder = encoder
        self.captioner = captioner
        self.basic = basic
        self.answerer = answerer

    def caption(
        self, picture: bytes, language: Language, basic: bool = False, late: ShouldStop = never_stop
    ) -> Sequence[Caption]:
        """Return captions of a picture, best first.

        Args:
            picture: The bytes of the picture's file.
            language: The language of the captions.
            basic: Whether to use the basic captioner. The result is empty where there is none.
            late: Returns True when the search has to stop with what it has.

        Raises:
            PictureError: The bytes are no picture that can be read.
        """
        captioner = self.basic if basic else self.captioner
        if captioner is None:
            return ()
        features = self.encoder.encode(picture)
        if features.content in ("blank", "noise"):
            return [_describe_content(features, language)]
        captions = captioner.caption(features, language, late=late)
        if features.content == "drawing" and (not captions or captions[0].probability < DRAWING_THRESHOLD):
            # A captioner of photos says little of a drawing, one that was trained on drawings is sure of itself.
            return [_describe_content(features, language)]
        return _name_class(captions, features, language)

    def answer(self, picture: bytes, question: str, language: Language) -> AnswerResult:
        """Answer a question about a picture.

        Where the answer denies what the caption names, yes is the first answer, and not a confident one.

        Raises:
            PictureError: The bytes are no picture that can be read.
        """
        features = self.encoder.encode(picture)
        found = self.answerer.answer(features, question, language)
        if features.content != "photo" or len(found.answers) < 2 or fold(found.answers[0].text) not in _NO:
            return found
        if not asks_existence(question, language):
            return found
        captions = self.captioner.caption(features, language)
        if not captions or captions[0].probability < CAPTION_THRESHOLD:
            return found
        if not is_stated(question, captions[0].text, language):
            return found
        yes = [answer for answer in found.answers if fold(answer.text) in _YES]
        others = [answer for answer in found.answers if fold(answer.text) not in _YES]
        return Answered((*yes, *others), found.attention, found.threshold, False) if yes else found


@dataclass(frozen=True)
class Described:
    """A sentence about a picture that no captioner wrote, or that one wrote in part."""

    text: str
    tokens: tuple[str, ...]
    attention: Floats
    log_prob: float
    probability: float


@dataclass(frozen=True)
class Answered:
    """Answers in another order than the answerer gave them."""

    answers: tuple[Answer, ...]
    attention: Floats
    threshold: float
    is_confident: bool


def _describe_content(features: Features, language: Language) -> Described:
    nowhere = np.zeros((0, *features.map.shape[1:]), dtype=np.float32)
    return Described(CONTENTS[features.content][language], (), nowhere, 0.0, 1.0)


def _name_class(captions: Sequence[Caption], features: Features, language: Language) -> Sequence[Caption]:
    """Return the captions; a doubtful first one with a sentence about what the encoder is sure of and it does not name.

    Beside a caption that is not doubtful the class is more often wrong than new: a giraffe is no class of ImageNet.
    """
    if features.classes is None or not captions or captions[0].probability >= CAPTION_THRESHOLD:
        return captions
    (named,) = name_classes(features.classes, 1)
    first = captions[0]
    sentence = name_missing_class(first.text, named, language)
    if sentence is None:
        return captions
    if first.probability < DOUBTFUL:
        text, probability = sentence, named.probability
    else:
        text, probability = f"{first.text}{' ' if language == 'en' else ''}{sentence}", first.probability
    return [Described(text, first.tokens, first.attention, first.log_prob, probability), *captions[1:]]


_loading = threading.Lock()


def load_vision(folder: Path, captioner: Path | None = None) -> Vision:
    """Load the vision models of an artifact folder, once for the whole process.

    Args:
        folder: The folder that holds the artifacts encoder, captioner, answerer and, optionally, captioner-basic.
        captioner: The folder of a captioner to use in place of the one in folder.

    Raises:
        ArtifactError: An artifact is missing, damaged, or made for another encoder.
    """
    with _loading:
        return _load_vision(folder, captioner or folder / CAPTIONER)


@lru_cache(maxsize=2)
def _load_vision(folder: Path, captioner: Path) -> Vision:
    encoder = Encoder(folder / ENCODER)
    basic = Captioner(folder / BASIC_CAPTIONER) if (folder / BASIC_CAPTIONER).exists() else None
    return Vision(encoder, Captioner(captioner), basic, Answerer(folder / ANSWERER))


def is_non_commercial(folder: Path) -> bool:
    """Return whether any artifact was trained on non-commercial data.

    Raises:
        ArtifactError: A manifest cannot be read.
    """
    names = [name for name in (ENCODER, CAPTIONER, BASIC_CAPTIONER, ANSWERER) if (folder / name).exists()]
    return any(artifact.open(folder / name).manifest.non_commercial for name in names)


def has_artifacts(folder: Path) -> bool:
    """Return whether the folder holds vision artifacts, damaged or not."""
    return all((folder / name).exists() for name in (ENCODER, CAPTIONER, ANSWERER))
