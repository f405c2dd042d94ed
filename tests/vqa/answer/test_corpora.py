"""python -m pytest tests/vqa/answer/test_corpora.py"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from data.corpora import coco_labels
from data.metrics.vqa_accuracy import normalize_answer
from data.records import LANGUAGES, CaptionedPicture, PictureQuestion
from vqa.answer import corpora
from vqa.answer.corpora import CombinedFeatures, Splits
from vqa.answer.featurizer import Floats, select_choices

ENGLISH = ("a black dog runs on the beach", "a black dog is running on the sand at the beach", "a dog runs on a beach")
CHINESE = ("一只黑色的狗在沙滩上奔跑", "一只黑狗在海滩上跑", "沙滩上一只黑色的狗在奔跑")


def build_photos(part: str, count: int = 40) -> list[CaptionedPicture]:
    """Photos of dogs and of women, black and grey by turns."""
    made = []
    for number in range(count):
        words = (("dog", "狗"), ("cat", "猫"))[number % 2], (("black", "黑"), ("grey", "灰"))[number // 2 % 2]
        english = tuple(one.replace("dog", words[0][0]).replace("black", words[1][0]) for one in ENGLISH)
        chinese = tuple(one.replace("狗", words[0][1]).replace("黑", words[1][1]) for one in CHINESE)
        made.append(CaptionedPicture(f"{part}-{number}.jpg", {"en": english, "zh": chinese}))
    return made


@pytest.fixture
def _read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_questions(prefix: str) -> Iterator[PictureQuestion]:
        for number in range(200):
            for text in ("what is it", "how many"):
                yield PictureQuestion(
                    f"{prefix}{number}.jpg", text, ("cat",), "other", "en", "train" if number % 3 else "test"
                )

    monkeypatch.setattr("data.corpora.coco_vqa.read", lambda: read_questions("COCO_"))
    monkeypatch.setattr("data.corpora.coco_labels.read_questions", lambda: read_questions("COCO_"))
    photographed = [replace(photo, image=f"COCO_{number}.jpg") for number, photo in enumerate(build_photos("", 200))]
    monkeypatch.setattr("data.corpora.coco_labels.read_captions", lambda: iter(photographed))
    monkeypatch.setattr("data.corpora.coco_labels.TEST", 40)
    monkeypatch.setattr("data.corpora.coco_labels.DEV", 20)
    coco_labels.assign_parts.cache_clear()
    monkeypatch.setattr("data.corpora.daquar.read", lambda: read_questions("image"))
    monkeypatch.setattr("data.corpora.easy_vqa.read", lambda part: read_questions(""))
    monkeypatch.setattr("data.corpora.flickr8k.read", build_photos)
    photos = build_photos("train")
    monkeypatch.setattr("data.corpora.flickr8k.split_train", lambda: (photos[:30], photos[30:]))


@pytest.mark.usefixtures("_read")
@pytest.mark.parametrize("name", corpora.SETS)
def test_no_photo_is_in_two_parts_and_no_set_takes_anothers_photo(name: str) -> None:
    parts: Splits = corpora.SETS[name]()
    train, dev, test = ({one.image for one in part} for part in (parts.train, parts.dev, parts.test))
    assert train
    assert dev
    assert test
    assert not train & dev
    assert not train & test
    assert not dev & test
    # The sets about photos of COCO share them, but no set learns from what another is tested on.
    others = {one.image for other in corpora.SETS if other != name for one in corpora.SETS[other]().train}
    assert not others & (dev | test)


@pytest.mark.usefixtures("_read")
def test_photos_are_parted_by_name_whatever_part_their_questions_were_in() -> None:
    parts = corpora.load_coco()
    assert {one.split for one in parts.test} == {"train", "test"}
    assert len({one.image for one in parts.test}) == 40
    assert len(parts.test) == 80


def test_chinese_answers_of_the_same_meaning_are_learned_as_one() -> None:
    asked = [
        PictureQuestion("1.jpg", "在哪边？", ("右侧",), "other", "zh"),
        PictureQuestion("1.jpg", "where", ("右侧",), "other", "en"),
    ]
    assert [one.answers for one in corpora.merge_synonyms(asked)] == [("右边",), ("右侧",)]


@pytest.mark.usefixtures("_read")
def test_what_is_derived_is_asked_in_both_languages_and_can_be_answered() -> None:
    train = corpora.load_derived().train
    assert {one.language for one in train} == set(LANGUAGES)
    choices = select_choices(((one.answers, one.language) for one in train), 700, corpora.known_choices())
    assert choices
    assert all(one.en and (one.zh or one.en.isdigit()) for one in choices)
    said = {answer for one in train for answer in one.answers}
    assert "grey" not in said
    assert {"gray", "灰色"} <= said


def test_every_known_answer_has_a_word_in_both_languages_and_none_is_there_twice() -> None:
    known = corpora.known_choices()
    assert len({normalize_answer(one.en) for one in known}) == len(known)
    assert all(one.word(language)[1] == language for one in known for language in LANGUAGES)


class Named:
    """Features that are the number in the name."""

    def __init__(self, more: float) -> None:
        self.more = more

    def load_maps(self, names: Sequence[str]) -> Floats:
        return self.load_pooled(names)[:, :, None, None]

    def load_pooled(self, names: Sequence[str]) -> Floats:
        return np.array([[float(name.removesuffix(".jpg")) + self.more] for name in names], dtype=np.float32)

    def load_classes(self, names: Sequence[str]) -> Floats | None:
        return self.load_pooled(names) if self.more else None


def test_pictures_of_one_name_in_two_sets_are_told_apart() -> None:
    pictures = CombinedFeatures({"easy-vqa/train": Named(0), "easy-vqa/test": Named(100)})
    names = ["easy-vqa/test/3.jpg", "easy-vqa/train/3.jpg", "easy-vqa/test/1.jpg"]
    assert pictures.load_pooled(names)[:, 0].tolist() == [103, 3, 101]
    assert pictures.load_maps(names).shape == (3, 1, 1, 1)
    assert pictures.load_classes(names) is None
    assert CombinedFeatures({"easy-vqa/test": Named(100)}).load_classes(names[:1]) is not None
    with pytest.raises(KeyError, match=r"daquar.*easy-vqa/train"):
        pictures.load_maps(["daquar/1.jpg"])


def test_the_digest_tells_other_questions_from_these() -> None:
    one = [PictureQuestion("1.jpg", "几个人？", ("2",), "number", "zh")]
    assert corpora.hash_questions(one) == corpora.hash_questions(list(one))
    assert (
        len(
            {
                corpora.hash_questions(some)
                for some in (one, one * 2, [], [PictureQuestion("1.jpg", "几个人？", ("3",), "number", "zh")])
            }
        )
        == 4
    )
