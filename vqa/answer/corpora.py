"""The training and test questions of the shipped answerer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.corpora import coco_labels, coco_vqa, daquar, easy_vqa, flickr8k
from data.records import CaptionedPicture, PictureQuestion
from vqa.answer.answers import answer_keys, answer_text
from vqa.answer.featurizer import AnswerChoice, canonicalize_answer
from vqa.answer.folds import split_by_fold
from vqa.answer.question_generation.questions import generate_questions

TRAINED_ON = (
    "questions about everyday photos of COCO in Chinese and English, written for this project, and VQA v2 on them; DAQUAR (four "
    "photos of five); easy-VQA's training part; and questions derived from the captions of Flickr8k and COCO in both languages"
)
LICENCE = (
    "non-commercial: Flickr8k is for research, DAQUAR's photos are under NYU's terms and those of COCO each under its own. "
    "VQA v2's questions are CC BY 4.0, easy-VQA is MIT, the labels of everyday life are the project's own"
)
TEST, DEV = 5, 10
"""One photo in TEST is for testing, where a set has no test part; of the others one in DEV is for early stopping."""
_SEED = 0
_COCO = "coco"
_WORDS = Path(__file__).with_name("answer_words.tsv")
"""Answers with their words in both languages: English, Chinese, and further Chinese words of the same meaning."""


@dataclass(frozen=True)
class Splits:
    """The training, dev and test questions of a set.

    No photo is in two of them.
    """

    train: list[PictureQuestion]
    dev: list[PictureQuestion]
    test: list[PictureQuestion]


def known_choices() -> list[AnswerChoice]:
    """Return the answers that have a word in both languages."""
    both = [AnswerChoice(canonicalize_answer(answer_text(key, "en")), answer_text(key, "zh")) for key in answer_keys()]
    there = {choice.en for choice in both}
    return [*both, *(AnswerChoice(en, words[0]) for en, words in _read_words().items() if en not in there)]


@cache
def _read_words() -> Mapping[str, tuple[str, ...]]:
    _, *lines = _WORDS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return {canonicalize_answer(en): tuple(zh.split(", ")) for en, zh in pairs}


@cache
def _synonyms() -> Mapping[str, str]:
    """Return the first word of each further Chinese word of the same meaning."""
    return {word: words[0] for words in _read_words().values() for word in words[1:]}


def merge_synonyms(questions: Iterable[PictureQuestion]) -> list[PictureQuestion]:
    """Return questions to learn from, with one Chinese word for answers of the same meaning.

    Questions for testing stay as people answered them.
    """
    same = _synonyms()
    return [
        replace(question, answers=tuple(same.get(answer, answer) for answer in question.answers))
        if question.language == "zh"
        else question
        for question in questions
    ]


def load_coco() -> Splits:
    """Load VQA v2, split by photo as the labels of everyday life.

    Raises:
        CorpusError: The corpus is missing.
    """
    return _split_coco(_prefix_images(_COCO, coco_vqa.read()))


def load_labels() -> Splits:
    """Load the questions about photos of everyday life that were written for this project, in both languages.

    Raises:
        CorpusError: The corpus is missing.
    """
    parts = _split_coco(_prefix_images(_COCO, coco_labels.read_questions()))
    return Splits(merge_synonyms(parts.train), merge_synonyms(parts.dev), parts.test)


def load_derived_coco() -> Splits:
    """Generate questions from the captions of everyday life, in both languages.

    Raises:
        CorpusError: The corpus is missing.
    """
    parts = coco_labels.assign_parts()
    captions = list(coco_labels.read_captions())
    found = {
        part: _generate_questions(_COCO, (photo for photo in captions if parts[photo.image] == part))
        for part in ("train", "dev", "test")
    }
    return Splits(found["train"], found["dev"], found["test"])


def _split_coco(questions: Iterable[PictureQuestion]) -> Splits:
    parts = coco_labels.assign_parts()
    found: dict[str, list[PictureQuestion]] = {"train": [], "dev": [], "test": []}
    for question in questions:
        found[parts[question.image.rpartition("/")[2]]].append(question)
    return Splits(found["train"], found["dev"], found["test"])


def load_daquar() -> Splits:
    """Load DAQUAR's training part, split by photo; its test part is not included.

    Raises:
        CorpusError: The corpus is missing.
    """
    return split_by_photo(_prefix_images("daquar", daquar.read()))


def load_easy_vqa() -> Splits:
    """Load easy-VQA with its own test part.

    Raises:
        CorpusError: The corpus is missing.
    """
    dev, train = split_by_fold(_prefix_images("easy-vqa/train", easy_vqa.read("train")), DEV, _SEED)
    return Splits(train, dev, _prefix_images("easy-vqa/test", easy_vqa.read("test")))


def load_derived() -> Splits:
    """Generate questions from the captions of Flickr8k, in both languages.

    Those of its val photos are the test questions.

    Raises:
        CorpusError: The corpus is missing.
    """
    train, dev = flickr8k.split_train()
    return Splits(
        _generate_questions("flickr8k/train", train),
        _generate_questions("flickr8k/train", dev),
        _generate_questions("flickr8k/val", flickr8k.read("val")),
    )


SETS: Mapping[str, Callable[[], Splits]] = {
    "labels": load_labels,
    "flickr8k": load_derived,
    "coco-captions": load_derived_coco,
    "coco": load_coco,
    "daquar": load_daquar,
    "easy-vqa": load_easy_vqa,
}


class CombinedFeatures:
    """The features of several sets of pictures as one store.

    The picture "flickr8k/train/NAME" is the picture NAME of the set "flickr8k/train".
    """

    def __init__(self, sets: Mapping[str, Any]) -> None:
        """Combine stores by the names that data.corpora.pictures has for their sets."""
        self._sets = dict(sets)

    def load_maps(self, names: Sequence[str]) -> NDArray[Any]:
        """Return the maps [B, C, H', W'] of these pictures.

        Raises:
            KeyError: A set is not there.
        """
        return np.concatenate([self._set(name).load_maps([name.rpartition("/")[2]]) for name in names])

    def load_pooled(self, names: Sequence[str]) -> NDArray[Any]:
        """Return the pooled vectors [B, C] of these pictures.

        Raises:
            KeyError: A set is not there.
        """
        return np.concatenate([self._set(name).load_pooled([name.rpartition("/")[2]]) for name in names])

    def load_classes(self, names: Sequence[str]) -> NDArray[Any] | None:
        """Return the class probabilities [B, K] of these pictures; None if the encoder names no classes.

        Raises:
            KeyError: A set is not there.
        """
        found = [self._set(name).load_classes([name.rpartition("/")[2]]) for name in names]
        return None if any(classes is None for classes in found) else np.concatenate(found)

    def _set(self, name: str) -> Any:
        key = name.rpartition("/")[0]
        if key not in self._sets:
            raise KeyError(f"there are no features of {key!r}, of which {name} is; there are {', '.join(self._sets)}")
        return self._sets[key]


def hash_questions(questions: Iterable[PictureQuestion]) -> str:
    """Return the SHA-256 of questions and answers in their order."""
    digest = hashlib.sha256()
    for question in questions:
        line = "\n".join((question.image, question.question, *question.answers, question.language))
        digest.update(line.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()


def split_by_photo(questions: Sequence[PictureQuestion]) -> Splits:
    """Split questions by the names of their photos.

    One photo in TEST is for testing; of the others one in DEV is for early stopping.
    """
    test, others = split_by_fold(questions, TEST, _SEED)
    # With the same seed, none of the others would fall into the first of ten.
    dev, train = split_by_fold(others, DEV, _SEED + 1)
    return Splits(train, dev, test)


def _prefix_images(pictures: str, questions: Iterable[PictureQuestion]) -> list[PictureQuestion]:
    return [replace(question, image=f"{pictures}/{question.image}") for question in questions]


def _generate_questions(pictures: str, photos: Iterable[CaptionedPicture]) -> list[PictureQuestion]:
    return [
        PictureQuestion(
            f"{pictures}/{question.image}",
            question.question,
            (_normalize_spelling(question.answer),),
            question.kind,
            question.language,
        )
        for question in generate_questions((photo.image, photo.captions) for photo in photos)
    ]


def _normalize_spelling(answer: str) -> str:
    # The other sets have American spelling, and answers are compared as strings.
    return canonicalize_answer(answer) if answer.isascii() else answer
