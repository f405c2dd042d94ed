"""User-provided pictures: load labels, encode pictures, evaluate models."""

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
from vqa.answer.evaluate import AnswerSystem, MostFrequent, ServedAnswerer, accuracies, mean_by_type
from vqa.answer.infer import Answerer
from vqa.caption.evaluate import build_captioner_system, build_most_frequent_baseline, evaluate, score_captions
from vqa.caption.infer import Captioner
from vqa.caption.tokenizer import tokenize
from vqa.encoder.feature_store import FeatureStore, store_features
from vqa.encoder.infer import Encoder, Features, Floats

Record = TypeVar("Record", CaptionedPicture, PictureQuestion)
Table = dict[str, dict[str, float]]


@dataclass(frozen=True)
class LabelledData(Generic[Record]):
    """Labelled records and the features of their pictures.

    refused holds the rows, and the missing pictures, that could not be used.
    """

    records: tuple[Record, ...]
    features: FeatureStore
    refused: tuple[RejectedRow, ...]

    @property
    def digest(self) -> str:
        """Return the first 12 hexadecimal digits of the SHA-256 of the records."""
        return hashlib.sha256("\n".join(map(repr, self.records)).encode("utf-8", "replace")).hexdigest()[:12]


def load_captions(
    labels: Path, encoder: Encoder, pictures: Path | None = None, language: Language | None = None
) -> LabelledData[CaptionedPicture]:
    """Load the captions of a file and the features of their pictures.

    Args:
        labels: A file of COCO captions or of JSON lines.
        encoder: Encodes the pictures. Their features are stored and reused by the next call.
        pictures: A folder or a tar of pictures; by default it is looked for beside the labels.
        language: The language of the captions; by default it is detected from each caption.

    Raises:
        FormatError: No caption of the file can be used.
        OSError: A file cannot be read.
    """
    return _load_labelled(read_captions(labels, language), labels, encoder, pictures)


def load_questions(
    labels: Path,
    encoder: Encoder,
    pictures: Path | None = None,
    annotations: Path | None = None,
    language: Language | None = None,
) -> LabelledData[PictureQuestion]:
    """Load the questions of a file and the features of their pictures.

    Args:
        labels: A file of VQA v2 questions or of JSON lines.
        encoder: Encodes the pictures. Their features are stored and reused by the next call.
        pictures: A folder or a tar of pictures; by default it is looked for beside the labels.
        annotations: The answers of VQA v2; by default they are looked for beside the labels.
        language: The language of the questions; by default it is detected from each question.

    Raises:
        FormatError: No question of the file can be used.
        OSError: A file cannot be read.
    """
    return _load_labelled(read_questions(labels, annotations, language), labels, encoder, pictures)


def _load_labelled(
    rows: Iterable[Record | RejectedRow], labels: Path, encoder: Encoder, pictures: Path | None
) -> LabelledData[Record]:
    records: list[Record] = []
    refused: list[RejectedRow] = []
    for row in rows:
        if isinstance(row, RejectedRow):
            refused.append(row)
        else:
            records.append(row)
    place = pictures or find_pictures(labels)
    names = list(dict.fromkeys(record.image for record in records))

    def read_pictures() -> Iterable[tuple[str, bytes]]:
        for picture in PictureFiles(place).read(names):
            if isinstance(picture, RejectedRow):
                refused.append(picture)
            else:
                yield picture

    key = hashlib.sha256(f"{place.resolve()}\n{encoder.version}\n{names}".encode("utf-8", "replace")).hexdigest()[:12]
    features = store_features(encoder, read_pictures(), paths.runs_dir() / f"features-{key}", len(names))
    kept = tuple(record for record in records if record.image in features)
    if not kept:
        why = f"the first: {refused[0].given}, {refused[0].why}" if refused else "it is empty"
        raise FormatError(
            f"Nothing of {labels.name} can be used with the pictures at {place} ({why}). Name the folder or tar of the "
            "pictures with --pictures, or check the file."
        )
    return LabelledData(kept, features, tuple(refused))


def evaluate_captioner(captioner: Captioner, found: LabelledData[CaptionedPicture]) -> dict[str, Table]:
    """Return the measures of a captioner, beside two baselines.

    The result is by language, then by system, then by measure. The baselines are the most frequent caption of the file, given to
    every picture, and each picture's caption given to the next picture.
    """
    tables: dict[str, Table] = {}
    for language in LANGUAGES:
        told = [record for record in found.records if record.captions.get(language)]
        if not told:
            continue
        others = [tokenize(record.captions[language][0], language) for record in (*told[1:], told[0])]
        tables[language] = {
            "ours": dict(
                evaluate(build_captioner_system(captioner, language), told, found.features, language).measures
            ),
            "most frequent": dict(
                evaluate(build_most_frequent_baseline(told, language), told, found.features, language).measures
            ),
            "another picture's": score_captions(others, told, language),
        }
    return tables


def evaluate_answerer(answerer: Answerer, found: LabelledData[PictureQuestion]) -> dict[str, Table]:
    """Return the VQA accuracy of an answerer, beside two baselines.

    The result is by language, then by system, then by kind of answer. The baselines are the answerer without the picture (its
    features are zero) and the most frequent answer of each kind.
    """
    tables: dict[str, Table] = {}
    nothing = {name: np.zeros_like(array) for name, array in _first_arrays(found.features).items()}
    blank = Features(nothing["map"], nothing["pooled"], found.features.encoder)
    for language in LANGUAGES:
        some = [record for record in found.records if record.language == language]
        if not some:
            continue
        systems: dict[str, AnswerSystem] = {
            "ours": ServedAnswerer(answerer, found.features.load),
            "without the picture": ServedAnswerer(answerer, lambda _: blank),
            "most frequent": MostFrequent(some),
        }
        tables[language] = {name: mean_by_type(accuracies(system, some), some) for name, system in systems.items()}
    return tables


def _first_arrays(features: FeatureStore) -> dict[str, Floats]:
    first = features.load(features.names[0])
    return {"map": first.map, "pooled": first.pooled}
