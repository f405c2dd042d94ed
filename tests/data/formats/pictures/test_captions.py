"""python -m pytest tests/data/formats/pictures/test_captions.py"""

import json
from pathlib import Path
from typing import Any

import pytest

from data.formats.pictures import FormatError, RejectedRow, read_captions
from data.records import CaptionedPicture, Language

COCO: dict[str, Any] = {
    "info": {"description": "两种语言"},
    "images": [{"id": 9, "file_name": "b.jpg"}, {"id": 4, "file_name": "train/a.jpg"}],
    "annotations": [
        {"image_id": 4, "id": 1, "caption": "A dog runs. "},
        {"image_id": 9, "id": 2, "caption": "两个人在看书。"},
        {"image_id": 4, "id": 3, "caption": "一只狗在跑。"},
        {"image_id": 4, "id": 4, "caption": "a dog"},
    ],
}
WANTED = [
    CaptionedPicture("train/a.jpg", {"en": ("A dog runs.", "a dog"), "zh": ("一只狗在跑。",)}),
    CaptionedPicture("b.jpg", {"zh": ("两个人在看书。",)}),
]
LINES = [
    {"image": "train/a.jpg", "caption": "A dog runs."},
    {"图片": "b.jpg", "描述": "两个人在看书。"},
    {"file_name": "train/a.jpg", "captions": ["一只狗在跑。", "a dog"]},
]


def read(
    folder: Path, content: object, language: Language | None = None, indent: int | None = None
) -> list[CaptionedPicture | RejectedRow]:
    path = folder / "labels.json"
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=indent)
    path.write_text(text, encoding="utf-8")
    return list(read_captions(path, language))


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"


def refusals(found: list[CaptionedPicture | RejectedRow]) -> list[tuple[str, str]]:
    return [(str(one.place), one.why) for one in found if isinstance(one, RejectedRow)]


@pytest.mark.parametrize("indent", [None, 1])
def test_coco_captions_are_gathered_by_picture(tmp_path: Path, indent: int | None) -> None:
    assert read(tmp_path, COCO, indent=indent) == WANTED
    compact = (
        '{"images": [\n{"id": 4, "file_name": "a.jpg"}\n],\n"annotations": [\n{"image_id": 4, "caption": "狗"}\n]}'
    )
    assert read(tmp_path, compact) == [CaptionedPicture("a.jpg", {"zh": ("狗",)})]


def test_so_are_json_lines_and_an_array_of_them(tmp_path: Path) -> None:
    assert read(tmp_path, lines(*LINES)) == WANTED
    assert read(tmp_path, LINES, indent=2) == WANTED
    own = {"image": "a.jpg", "zh": ["一只狗"], "en": ["a dog", "dogs"]}
    assert read(tmp_path, lines(own)) == [CaptionedPicture("a.jpg", {"zh": ("一只狗",), "en": ("a dog", "dogs")})]


def test_a_language_that_is_said_is_not_guessed(tmp_path: Path) -> None:
    (one,) = read(tmp_path, lines({"image": "a.jpg", "caption": "IBM", "language": "zh"}))
    assert one == CaptionedPicture("a.jpg", {"zh": ("IBM",)})
    assert read(tmp_path, COCO, "en")[1] == CaptionedPicture("b.jpg", {"en": ("两个人在看书。",)})


def test_an_older_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    for encoding in ("gb18030", "utf-8-sig", "utf-16"):
        path.write_bytes(json.dumps(COCO, ensure_ascii=False).encode(encoding))
        assert list(read_captions(path)) == WANTED


def test_a_row_of_coco_that_says_nothing_is_refused_by_itself(tmp_path: Path) -> None:
    spoilt = {
        "images": [*COCO["images"], {"id": 7}, 8, {"file_name": "a.jpg"}, {"id": 1, "file_name": "../../etc/passwd"}],
        "annotations": [
            *COCO["annotations"], {"image_id": 9, "caption": " "}, {"image_id": 1, "caption": "秘密 secret"}, "x",
            {"image_id": 4, "caption": "长" * 501}, {"image_id": 4, "caption": None}, {"caption": "A dog of no picture."},
        ],
    }  # fmt: skip
    found = read(tmp_path, spoilt)
    assert [one for one in found if isinstance(one, CaptionedPicture)] == WANTED
    assert refusals(found) == [
        ("labels.json:images:3", "there is no name of a picture"),
        ("labels.json:images:4", "it is no JSON object"),
        ("labels.json:images:5", "there is no id"),
        ("labels.json:images:6", "the picture is outside of its folder"),
        ("labels.json:annotations:5", "there is no caption that is a text"),
        ("labels.json:annotations:6", "its image_id is that of no image that can be used"),
        ("labels.json:annotations:7", "it is no JSON object"),
        ("labels.json:annotations:8", "the caption has 501 characters; at most 500 are taken"),
        ("labels.json:annotations:9", "there is no caption that is a text"),
        ("labels.json:annotations:10", "its image_id is that of no image that can be used"),
    ]


def test_a_line_that_says_nothing_is_refused_by_itself(tmp_path: Path) -> None:
    text = lines(LINES[0], {"image": "a.jpg"}, {"caption": "没有图"}) + "{'坏\n"
    text += lines(
        {"image": "C:\\a.jpg", "caption": "outside"}, {"image": "a.jpg", "caption": "oui", "language": "fr"}, *LINES[1:]
    )
    found = read(
        tmp_path, text + lines({"image": "a.jpg", "captions": ["狗", 7]}, {"image": "a.jpg", "question": "几只狗？"})
    )
    assert [one for one in found if isinstance(one, CaptionedPicture)] == WANTED
    assert refusals(found) == [
        ("labels.json:2", "there is no caption that is a text"),
        ("labels.json:3", "there is no name of a picture"),
        ("labels.json:4", "the line is no JSON object"),
        ("labels.json:5", "the picture is outside of its folder"),
        ("labels.json:6", "the language is 'fr'; expected zh or en"),
        ("labels.json:9", "there is no caption that is a text"),
        ("labels.json:10", "there is no caption that is a text"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("[]", "holds no JSON objects"),
        ('{"images": []}', "holds images; expected an object with a list of annotations"),
        ('{"images": 3, "annotations": []}', "expected an object with a list of images"),
        ('{"questions": [{"question": "几个人？"}]}', "expected an object with a list of images"),
        ('{"images": [], "annotations": [\n', "is no JSON, or is cut short"),
        ('{\n"images": [', "is no JSON, or is cut short"),
        ('{"images": ' + "[" * 100_000, "is no JSON, or is cut short"),
        ("\0\1", "binary file"),
    ],
)
def test_what_is_no_such_file_is_refused_whole(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read(tmp_path, content)


def test_a_folder_and_what_is_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FormatError, match="is a folder; expected the file of captions"):
        list(read_captions(tmp_path))
    monkeypatch.setattr("data.formats.pictures.document.MAX_BYTES", 2)
    with pytest.raises(FormatError, match="at most 0 MiB are taken"):
        read(tmp_path, COCO)
