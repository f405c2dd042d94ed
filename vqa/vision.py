"""Vision models loaded together: encoder, captioners and answerer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.records import Language
from generation.search import DecodingConfig, ShouldStop, never_stop
from vqa.answer.infer import Answerer
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder, Features

ENCODER = "encoder"
CAPTIONER = "captioner"
BASIC_CAPTIONER = "captioner-basic"
ANSWERER = "answerer"

Floats = NDArray[np.float32]


class Caption(Protocol):
    """A sentence that describes a picture.

    text is the sentence as shown, tokens its T tokens. attention is float32 [T, H', W'], or [0, H', W'] for the basic form.
    log_prob is the mean log-probability of a token.
    """

    @property
    def text(self) -> str: ...  # noqa: D102 - named above
    @property
    def tokens(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def attention(self) -> Floats: ...  # noqa: D102
    @property
    def log_prob(self) -> float: ...  # noqa: D102


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
        return captioner.caption(self.encoder.encode(picture), language, late=late)

    def answer(self, picture: bytes, question: str, language: Language) -> AnswerResult:
        """Answer a question about a picture.

        Raises:
            PictureError: The bytes are no picture that can be read.
        """
        return self.answerer.answer(self.encoder.encode(picture), question, language)


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
