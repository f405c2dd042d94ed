"""Everything that sees, opened together: an encoder, captioners and an answerer that fit each other."""

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
BASIC = "captioner-basic"
ANSWERER = "answerer"

Floats = NDArray[np.float32]


class Caption(Protocol):
    """A sentence that describes a picture.

    text as it is shown; tokens T; attention float32 [T, H', W'], or [0, H', W'] of the basic form; log_prob the mean of a token.
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


class Answered(Protocol):
    """What was answered: the best answers, best first; attention float32 [H', W']; whether the first reaches the floor."""

    @property
    def answers(self) -> Sequence[Answer]: ...  # noqa: D102
    @property
    def attention(self) -> Floats: ...  # noqa: D102
    @property
    def floor(self) -> float: ...  # noqa: D102
    @property
    def sure(self) -> bool: ...  # noqa: D102


class Sees(Protocol):
    """An encoder at work."""

    version: str

    def features(self, picture: bytes) -> Features:
        """What is seen in the picture of these bytes. Raises PictureError."""
        ...


class Describes(Protocol):
    """A captioner at work. encoder is the version of the one whose features it knows."""

    version: str
    encoder: str

    def captions(
        self, features: Features, language: Language, wish: DecodingConfig | None = ..., late: ShouldStop = ...
    ) -> Sequence[Caption]:
        """Captions, best first, by a search that suits the language where none is wished."""
        ...


class Answers(Protocol):
    """An answerer at work. encoder is the version of the one whose features it knows."""

    version: str
    encoder: str

    def answer(self, features: Features, question: str, language: Language) -> Answered:
        """The answers to the question."""
        ...


class Sight:
    """Pictures described and asked about. A picture is encoded once, however many questions follow."""

    def __init__(self, encoder: Sees, captioner: Describes, basic: Describes | None, answerer: Answers) -> None:
        """Raises ArtifactError if one of them knows the features of another encoder."""
        for name, one in ((CAPTIONER, captioner), (BASIC, basic), (ANSWERER, answerer)):
            if one is not None and one.encoder != encoder.version:
                raise ArtifactError(
                    f"{name} knows what {one.encoder} sees, and the encoder is {encoder.version}. Ship the two together: "
                    f"train {name} again, or restore both with git checkout -- data/artifacts"
                )
        self.encoder = encoder
        self.captioner = captioner
        self.basic = basic
        self.answerer = answerer

    def captions(
        self, picture: bytes, language: Language, basic: bool = False, late: ShouldStop = never_stop
    ) -> Sequence[Caption]:
        """Captions of the picture, best first; none of the basic form where it is not there. Raises PictureError."""
        captioner = self.basic if basic else self.captioner
        if captioner is None:
            return ()
        return captioner.captions(self.encoder.features(picture), language, late=late)

    def answer(self, picture: bytes, question: str, language: Language) -> Answered:
        """What the picture says to the question. Raises PictureError."""
        return self.answerer.answer(self.encoder.features(picture), question, language)


_opening = threading.Lock()


def open_sight(folder: Path, captioner: Path | None = None) -> Sight:
    """What sees by the artifacts in the folder, opened once for the whole process. Raises ArtifactError.

    captioner is the folder of another captioner than the one there.
    """
    with _opening:
        return _opened(folder, captioner or folder / CAPTIONER)


@lru_cache(maxsize=2)
def _opened(folder: Path, captioner: Path) -> Sight:
    encoder = Encoder(folder / ENCODER)
    basic = Captioner(folder / BASIC) if (folder / BASIC).exists() else None
    return Sight(encoder, Captioner(captioner), basic, Answerer(folder / ANSWERER))


def non_commercial(folder: Path) -> bool:
    """Whether one of the artifacts learned from data that may not be used for profit. Raises ArtifactError."""
    names = [name for name in (ENCODER, CAPTIONER, BASIC, ANSWERER) if (folder / name).exists()]
    return any(artifact.open(folder / name).manifest.non_commercial for name in names)


def present(folder: Path) -> bool:
    """Whether there are artifacts that see in the folder at all; they may still be damaged."""
    return all((folder / name).exists() for name in (ENCODER, CAPTIONER, ANSWERER))
