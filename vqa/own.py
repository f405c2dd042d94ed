"""Anyone's pictures: label files read, the pictures they name seen once, captioners and answerers measured by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from data import paths
from data.formats.pictures import FormatError, PictureFiles, RejectedRow, find_pictures, read_captions, read_questions
from data.records import LANGUAGES, CaptionedPicture, Language, PictureQuestion
from vqa.answer.evaluate import Frequent, Says, Served, accuracies, by_type
from vqa.answer.infer import Answerer
from vqa.caption.codec import tokens
from vqa.caption.evaluate import best_of, compared, evaluate, most_frequent
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder, Features, Floats
from vqa.encoder.store import Store, store

Record = TypeVar("Record", CaptionedPicture, PictureQuestion)
Table = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Labelled(Generic[Record]):
    """Records whose pictures were seen, the features of these, and what was not taken: rows, and pictures that are missing."""

    records: tuple[Record, ...]
    features: Store
    refused: tuple[RejectedRow, ...]

    @property
    def digest(self) -> str:
        """The first digits of the SHA-256 of the records."""
        return hashlib.sha256("\n".join(map(repr, self.records)).encode("utf-8", "replace")).hexdigest()[:12]


def captioned(
    labels: Path, encoder: Encoder, pictures: Path | None = None, language: Language | None = None
) -> Labelled[CaptionedPicture]:
    """The captions of a file (COCO or JSON lines) and their pictures' features. Raises FormatError if there are none, OSError."""
    return _labelled(read_captions(labels, language), labels, encoder, pictures)


def asked(
    labels: Path,
    encoder: Encoder,
    pictures: Path | None = None,
    annotations: Path | None = None,
    language: Language | None = None,
) -> Labelled[PictureQuestion]:
    """The questions of a file (VQA v2 or JSON lines) and their pictures' features. Raises FormatError if there are none,
    OSError.
    """
    return _labelled(read_questions(labels, annotations, language), labels, encoder, pictures)


def _labelled(
    rows: Iterable[Record | RejectedRow], labels: Path, encoder: Encoder, pictures: Path | None
) -> Labelled[Record]:
    records: list[Record] = []
    refused: list[RejectedRow] = []
    for row in rows:
        if isinstance(row, RejectedRow):
            refused.append(row)
        else:
            records.append(row)
    place = pictures or find_pictures(labels)
    names = list(dict.fromkeys(one.image for one in records))

    def there() -> Iterable[tuple[str, bytes]]:
        for one in PictureFiles(place).read(names):
            if isinstance(one, RejectedRow):
                refused.append(one)
            else:
                yield one

    key = hashlib.sha256(f"{place.resolve()}\n{encoder.version}\n{names}".encode("utf-8", "replace")).hexdigest()[:12]
    features = store(encoder, there(), paths.runs_dir() / f"features-{key}", len(names))
    kept = tuple(one for one in records if one.image in features)
    if not kept:
        why = f"the first: {refused[0].given}, {refused[0].why}" if refused else "it is empty"
        raise FormatError(
            f"Nothing of {labels.name} can be used with the pictures at {place} ({why}). Name the place of the pictures, or look "
            "at the file."
        )
    return Labelled(kept, features, tuple(refused))


def measured_captions(captioner: Captioner, found: Labelled[CaptionedPicture]) -> dict[str, Table]:
    """By language, the measures of the captioner's captions, beside those of the file's most frequent caption given to every
    picture, and of each picture's captions given to the next.
    """
    tables: dict[str, Table] = {}
    for language in LANGUAGES:
        told = [one for one in found.records if one.captions.get(language)]
        if not told:
            continue
        others = [tokens(one.captions[language][0], language) for one in (*told[1:], told[0])]
        tables[language] = {
            "ours": dict(evaluate(best_of(captioner, language), told, found.features, language).measures),
            "most frequent": dict(evaluate(most_frequent(told, language), told, found.features, language).measures),
            "another picture's": compared(others, told, language),
        }
    return tables


def measured_answers(answerer: Answerer, found: Labelled[PictureQuestion]) -> dict[str, Table]:
    """By language, the VQA accuracy of the answerer by kind of answer, beside itself without the picture (it is shown none:
    features of zero) and the file's most frequent answer of each kind.
    """
    tables: dict[str, Table] = {}
    nothing = {name: np.zeros_like(array) for name, array in _arrays(found.features).items()}
    blank = Features(nothing["map"], nothing["pooled"], found.features.encoder)
    for language in LANGUAGES:
        some = [one for one in found.records if one.language == language]
        if not some:
            continue
        systems: dict[str, Says] = {
            "ours": Served(answerer, found.features.features),
            "without the picture": Served(answerer, lambda _: blank),
            "most frequent": Frequent(some),
        }
        tables[language] = {name: by_type(accuracies(system, some), some) for name, system in systems.items()}
    return tables


def _arrays(features: Store) -> dict[str, Floats]:
    one = features.features(features.names[0])
    return {"map": one.map, "pooled": one.pooled}
