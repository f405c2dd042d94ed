"""python -m pytest tests/data/corpora/test_pictures.py: the small ones made here, then the real ones if there."""

import gzip
import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from data import paths
from data.corpora import coco_labels, coco_vqa, daquar, easy_vqa, flickr8k, pictures
from data.formats.pictures import read_captions
from data.image import open_picture
from data.paths import CorpusError
from data.records import LANGUAGES, CaptionedPicture, PictureQuestion
from tests.data.corpora.test_readers import write_file
from tests.data.corpora.test_real import needs


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    return tmp_path


def pack(path: Path, files: Mapping[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def lines(rows: Iterable[Mapping[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def shrink_set(monkeypatch: pytest.MonkeyPatch, name: str, count: int) -> None:
    monkeypatch.setattr(pictures, "SETS", {**pictures.SETS, name: count})


def test_two_archives_are_one_set_in_their_order(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shrink_set(monkeypatch, "flickr8k/train", 3)
    pack(corpora / "flickr8k/train-00.tar", {"9.jpg": b"nine", "1.jpg": b"one"})
    pack(corpora / "flickr8k/train-01.tar", {"狗.jpg": b"dog"})
    assert list(pictures.iterate_pictures("flickr8k/train")) == [
        ("9.jpg", b"nine"),
        ("1.jpg", b"one"),
        ("狗.jpg", b"dog"),
    ]


def test_both_parts_of_easy_vqa_come_from_one_archive(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(easy_vqa, "COUNTS", {"train": 1, "test": 2})
    questions = [["is there a circle?", "yes", 1], ["what is the color of the circle?", "red", 0]]
    pack(
        corpora / "easy-vqa/easy-vqa-00.tar.gz",
        {
            "README.md": b"data",
            "test/images/1.png": b"B",
            "test/images/0.png": b"A",
            "test/questions.json": json.dumps(questions).encode(),
            "train/images/0.png": b"C",
            "train/questions.json": b'[["what shape?", "circle", 0]]',
        },
    )
    for part, content in (("train", {"0.png": b"C"}), ("test", {"1.png": b"B", "0.png": b"A"})):
        shrink_set(monkeypatch, f"easy-vqa/{part}", len(content))
        assert dict(pictures.iterate_pictures(f"easy-vqa/{part}")) == content
    assert list(easy_vqa.read("test")) == [
        PictureQuestion("1.png", "is there a circle?", ("yes",), "yes/no", "en", "test"),
        PictureQuestion("0.png", "what is the color of the circle?", ("red",), "other", "en", "test"),
    ]
    assert list(easy_vqa.read("train")) == [
        PictureQuestion("0.png", "what shape?", ("circle",), "other", "en", "train")
    ]


def test_flickr8k_has_captions_in_both_languages(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flickr8k, "COUNTS", {"train": 40, "val": 1})
    monkeypatch.setattr(flickr8k, "DEV", 8)
    rows = [{"image": f"{number}.jpg", "en": ["A dog .", "dogs"], "zh": ["一只狗。"]} for number in range(40)]
    write_file(corpora, "flickr8k/val.jsonl.gz", lines(rows[:1]))
    assert list(flickr8k.read("val")) == [CaptionedPicture("0.jpg", {"en": ("A dog .", "dogs"), "zh": ("一只狗。",)})]
    write_file(corpora, "flickr8k/train.jsonl.gz", lines(rows))
    train, dev = flickr8k.split_train()
    assert (len(train), len(dev)) == (32, 8)
    assert {one.image for one in (*train, *dev)} == {row["image"] for row in rows}
    write_file(corpora, "flickr8k/train.jsonl.gz", lines(reversed(rows)))
    assert {one.image for one in flickr8k.split_train()[1]} == {one.image for one in dev}


def test_coco_has_ten_answers_and_daquar_one(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coco_vqa, "COUNT", 1)
    monkeypatch.setattr(daquar, "COUNT", 2)
    asked = {"image": "a.jpg", "question": "How many?", "answer": "2", "answers": ["2"] * 9 + ["3"]}
    write_file(
        corpora, "coco/vqa.jsonl.gz", lines([{**asked, "answer_type": "number", "split": "valid", "question_id": 1}])
    )
    assert list(coco_vqa.read()) == [
        PictureQuestion("a.jpg", "How many?", ("2",) * 9 + ("3",), "number", "en", "valid")
    ]
    rows = [
        {"image": "image3.jpg", "question": "what is it ?", "answer": "garbage_bin, table"},
        {"image": "image3.jpg", "question": "how many ?", "answer": "11"},
    ]
    write_file(corpora, "daquar/train.jsonl.gz", lines(rows))
    assert list(daquar.read()) == [
        PictureQuestion("image3.jpg", "what is it ?", ("garbage bin, table",), "other", "en", "train"),
        PictureQuestion("image3.jpg", "how many ?", ("11",), "number", "en", "train"),
    ]


def test_the_labels_of_everyday_life_have_answers_in_the_language_of_the_question(
    corpora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coco_labels, "COUNT", 1)
    monkeypatch.setattr(coco_labels, "QUESTIONS", 3)
    asked = [
        {"question": "有猫吗？", "answer": "没有", "language": "zh", "answer_type": "yes/no", "canonical": "no"},
        {"question": "几只？", "answer": "两只", "language": "zh", "answer_type": "number", "canonical": "2"},
        {"question": "Is it a cat?", "answer": "no", "language": "en", "answer_type": "yes/no", "canonical": "no"},
    ]
    row = {"image": "a.jpg", "en": ["A dog.", "One dog."], "zh": ["一只狗。", "狗。"], "qa": asked}
    write_file(corpora, "coco/labels.jsonl.gz", lines([row]))
    assert [(one.answers, one.answer_type) for one in coco_labels.read_questions()] == [
        (("否",), "yes/no"),
        (("2",), "number"),
        (("no",), "yes/no"),
    ]
    assert list(coco_labels.read_captions()) == [
        CaptionedPicture("a.jpg", {"zh": ("一只狗。", "狗。"), "en": ("A dog.", "One dog.")})
    ]


def test_what_is_missing_is_named(corpora: Path) -> None:
    for name in pictures.SETS:
        with pytest.raises(CorpusError, match=rf"(?s)The corpus {name.split('/')[0]}.*KANLIAO_CORPORA"):
            next(pictures.iterate_pictures(name))
    for records in (flickr8k.read("train"), coco_vqa.read(), daquar.read(), easy_vqa.read("test")):
        with pytest.raises(CorpusError, match=r"(?s)The corpus .*KANLIAO_CORPORA"):
            next(iter(records))
    with pytest.raises(ValueError, match=r"no set of pictures '图片'; expected one of flickr8k/train"):
        pictures.iterate_pictures("图片")


def test_what_is_cut_short_or_damaged_is_named(corpora: Path) -> None:
    path = corpora / "cars/train-00.tar"
    pack(path, {"1.jpg": b"one", "2.jpg": b"two" * 999})
    with pytest.raises(CorpusError, match="cars has 2 records, expected 2457"):
        list(pictures.iterate_pictures("cars"))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CorpusError, match=r"(?s)cars/train-00\.tar at .* is damaged: .* cut short"):
        list(pictures.iterate_pictures("cars"))
    write_file(corpora, "daquar/train.jsonl.gz", lines([{"image": "1", "question": "q", "answer": "a"}]) + "{'坏\n")
    with pytest.raises(CorpusError, match=r"daquar/train\.jsonl\.gz at .* damaged near line 2"):
        list(daquar.read())
    write_file(corpora, "coco/vqa.jsonl.gz", lines([{"image": "1", "question": "图里有什么"}]))
    with pytest.raises(
        CorpusError, match=r"coco/vqa\.jsonl\.gz at .* damaged near line 1 \(expected an object with image"
    ):
        list(coco_vqa.read())
    rows = lines([{"image": "1", "zh": ["狗"], "en": ["dog"]}] * 9).encode()
    (corpora / "flickr8k").mkdir()
    for content in (gzip.compress(rows)[:-12], rows):
        (corpora / "flickr8k/val.jsonl.gz").write_bytes(content)
        with pytest.raises(CorpusError, match=r"flickr8k/val\.jsonl\.gz at .* damaged near"):
            list(flickr8k.read("val"))
    pack(corpora / "easy-vqa/easy-vqa-00.tar.gz", {"test/questions.json": b'[["is it?", "yes"'})
    with pytest.raises(CorpusError, match=r"easy-vqa-00\.tar\.gz at .* is damaged"):
        list(easy_vqa.read("test"))


@needs(*pictures.FILES)
@pytest.mark.parametrize("name", pictures.SETS)
def test_every_set_of_pictures_is_whole_and_its_first_opens(name: str) -> None:
    found = list(pictures.iterate_pictures(name))
    assert len({image for image, _ in found}) == len(found)
    assert min(open_picture(found[0][1]).size) >= 64


@needs("flickr8k", "coco", "daquar", "easy-vqa")
def test_every_picture_that_labels_name_is_there() -> None:
    labels: dict[str, set[str]] = {
        "flickr8k/train": {one.image for one in flickr8k.read("train")},
        "flickr8k/val": {one.image for one in flickr8k.read("val")},
        "coco": {one.image for one in coco_labels.read_captions()},
        "daquar": {one.image for one in daquar.read()},
        "easy-vqa/train": {one.image for one in easy_vqa.read("train")},
        "easy-vqa/test": {one.image for one in easy_vqa.read("test")},
    }
    for name, images in labels.items():
        assert {image for image, _ in pictures.iterate_pictures(name)} == images
    assert {one.image for one in coco_vqa.read()} < labels["coco"]
    assert {one.image for one in coco_labels.read_questions()} == labels["coco"]


@needs("flickr8k", "coco", "daquar", "easy-vqa")
def test_the_labels_are_what_their_modules_say() -> None:
    train, dev = flickr8k.split_train()
    assert (len(train), len(dev)) == (5_500, 500)
    for one in (*train, *dev, *flickr8k.read("val")):
        assert len(one.captions["zh"]) == len(one.captions["en"]) == 5
    assert all(len(one.answers) == 10 for one in coco_vqa.read())
    assert Counter(one.answer_type for one in coco_labels.read_questions()) == {
        "yes/no": 3_857,
        "number": 879,
        "other": 11_005,
    }
    assert Counter(coco_labels.assign_parts().values()) == {"train": 4_447, "dev": 300, "test": 500}
    assert all(len(one.captions["zh"]) == len(one.captions["en"]) == 2 for one in coco_labels.read_captions())
    assert Counter(one.answer_type for one in daquar.read()) == {"number": 910, "other": 5_885}
    assert sum("," in one.answers[0] for one in daquar.read()) == 646
    drawn = [one for part in ("train", "test") for one in easy_vqa.read(part)]
    assert len({one.answers[0] for one in drawn}) == 13
    assert Counter(one.answer_type for one in drawn) == {"yes/no": 28_407 + 7_136, "other": 10_168 + 2_537}


@needs("flickr8k")
def test_its_label_file_is_read_as_anybodys_would_be(tmp_path: Path) -> None:
    path = tmp_path / "val.jsonl"
    path.write_bytes(gzip.decompress((paths.find_corpus("flickr8k") / "val.jsonl.gz").read_bytes()))
    found = [one for one in read_captions(path) if isinstance(one, CaptionedPicture)]
    given = list(flickr8k.read("val"))
    assert [one.image for one in found] == [one.image for one in given]
    for one, other in zip(found, given, strict=True):
        for language in LANGUAGES:
            assert one.captions[language] == tuple(caption.strip() for caption in other.captions[language])
