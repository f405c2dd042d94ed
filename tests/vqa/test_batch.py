"""python -m pytest tests/vqa/test_batch.py"""

from __future__ import annotations

import io
import itertools
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

import vqa.__main__
from data.formats import FormatError
from tests.vqa.fake_vision import FakeEncoder, build_vision, draw_square
from vqa import batch
from vqa.__main__ import main
from vqa.batch import answer_file, caption_pictures
from vqa.vision import Vision

LINES = """{"image": "红.png", "question": "What colour is it?", "id": "a-1"}
{"image": "蓝.png", "question": "这是什么颜色？", "language": "zh"}

{"image": "gone.png", "question": "几个人？"}
{"image": "text.jpg", "question": "is there a dog", "language": "en"}
not JSON
["红.png", "几个人？"]
{"image": "红.png"}
{"image": "红.png", "question": " ", "question_id": 9}
{"image": "红.png", "question": "how many?", "language": "fr"}
{"image": "../红.png", "question": "几个人？"}
{"image": "红.png", "question": "几个人？"}
{"image": "deep/绿.png", "question": "is there a dog?", "language": "en"}
"""


@pytest.fixture
def vision(monkeypatch: pytest.MonkeyPatch) -> Vision:
    opened = build_vision()
    monkeypatch.setattr(vqa.__main__, "load_vision", lambda *_: opened)
    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "图 pictures"
    (place / "deep").mkdir(parents=True)
    for name, colour in (("红.png", "red"), ("蓝.png", "blue"), ("deep/绿.png", "green")):
        (place / name).write_bytes(draw_square(colour))
    (place / "text.jpg").write_text("no picture", encoding="utf-8")
    (place / "notes.txt").write_text("not meant", encoding="utf-8")
    return place


def pack(folder: Path, to: Path) -> Path:
    """The files of a folder in a tar, last first."""
    with tarfile.open(to, "w:gz" if to.suffix == ".gz" else "w") as archive:
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_file():
                archive.add(path, path.relative_to(folder).as_posix())
    return to


def ask(vision: Vision, place: Path, lines: str = LINES, **more: Any) -> list[dict[str, Any]]:
    return list(answer_file(vision, io.BytesIO(lines.encode()), place, **more))


@pytest.mark.parametrize("kind", ["folder", "all.tar", "all.tar.gz"])
def test_every_line_gives_one_line_in_its_place(vision: Vision, folder: Path, tmp_path: Path, kind: str) -> None:
    place = folder if kind == "folder" else pack(folder, tmp_path / kind)
    made = ask(vision, place)
    assert [record["line"] for record in made] == list(range(1, LINES.count("\n") + 1))
    first, second, *_, eleventh, twelfth = made
    assert (first["answer"], first["language"], first["kind"], first["sure"]) == ("red", "en", "other", True)
    assert (first["id"], first["image"], first["question"]) == ("a-1", "红.png", "What colour is it?")
    assert 0.9 < first["probability"] <= 1
    assert (second["answer"], second["language"]) == ("蓝色", "zh")
    assert (eleventh["answer"], eleventh["kind"], eleventh["language"]) == ("2", "number", "zh")
    assert (twelfth["answer"], twelfth["kind"]) == ("no", "yes/no")
    wrong = {record["line"]: record["error"] for record in made if "error" in record}
    assert {line: error["kind"] for line, error in wrong.items()} == {
        3: "line", 4: "picture", 5: "picture", 6: "line", 7: "line", 8: "line", 9: "line", 10: "line", 11: "picture",
    }  # fmt: skip
    assert "the line is empty" in wrong[3]["message"]
    assert "no such file" in wrong[4]["message"]
    assert "not a picture" in wrong[5]["message"]
    assert "question is missing" in wrong[8]["message"]
    assert made[8]["question_id"] == 9
    assert '"fr"; expected zh or en' in wrong[10]["message"]
    assert "outside" in wrong[11]["message"]


def test_questions_about_a_picture_come_together_and_few_pictures_are_held(tmp_path: Path) -> None:
    vision = build_vision()
    encoder = vision.encoder
    assert isinstance(encoder, FakeEncoder)
    colours = ("red", "green", "blue", "white", "black")
    for colour in colours:
        (tmp_path / f"{colour}.png").write_bytes(draw_square(colour))
    names = [f"{colour}.png" for colour in colours] * 7
    lines = "".join(json.dumps({"image": name, "question": "什么颜色？"}) + "\n" for name in names)
    made = ask(vision, tmp_path, lines, threads=1)
    assert [record["image"] for record in made] == names
    assert len([key for key, _ in itertools.groupby(encoder.pictures)]) == len(colours)


def test_lines_beyond_a_chunk_keep_their_order(vision: Vision, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ask(vision, folder)
    monkeypatch.setattr(batch, "CHUNK", 3)
    assert ask(vision, folder) == whole


def test_the_language_can_be_said_for_all(vision: Vision, folder: Path) -> None:
    (made,) = ask(vision, folder, '\ufeff{"image": "红.png", "question": "?"}', language="zh")
    assert made["language"] == "zh"
    assert made["answer"] == "红色"


def test_a_file_that_cannot_be_read_is_an_error_of_its_own(
    vision: Vision, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "红.png":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    made = ask(vision, folder)
    assert "cannot be read" in made[0]["error"]["message"]
    assert made[1]["answer"] == "蓝色"


@pytest.mark.parametrize(("language", "said"), [("zh", "一张红色图片。"), ("en", "A red picture.")])
def test_every_picture_of_a_place_has_a_caption(
    vision: Vision, folder: Path, tmp_path: Path, language: Any, said: str
) -> None:
    made = list(caption_pictures(vision, folder, language))
    assert [record["image"] for record in made] == ["text.jpg", "红.png", "蓝.png", "deep/绿.png"]
    assert made[0]["error"]["kind"] == "picture"
    assert made[1]["caption"] == said == made[1]["captions"][0]["text"]
    packed = list(caption_pictures(vision, pack(folder, tmp_path / "all.tar"), language))
    assert sorted(packed, key=str) == sorted(made, key=str)
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "notes.txt").write_text("not meant", encoding="utf-8")
    with pytest.raises(FormatError, match="named like a picture"):
        list(caption_pictures(vision, tmp_path / "words", language))


def test_the_command_prints_the_lines_and_says_that_some_failed(
    vision: Vision, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "问题.jsonl"
    file.write_text(LINES, encoding="utf-8")
    assert main(["ask", "--file", str(file), "--images", str(folder), "--json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["line"] for line in lines] == list(range(1, 14))
    file.write_text('{"image": "红.png", "question": "几个人？"}\n', encoding="utf-8")
    assert main(["ask", "--file", str(file), "--images", str(folder)]) == 0
    assert capsys.readouterr().out == "红.png\t几个人？\t2\t70.0%\n"
    file.write_text("", encoding="utf-8")
    assert main(["ask", "--file", str(file), "--images", str(folder)]) == 1
    assert "has no lines" in capsys.readouterr().err
    assert main(["caption", "--images", str(folder), "--language", "zh"]) == 1
    assert "红.png\t一张红色图片。" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "--file", "q.jsonl"], "--images PLACE"),
        (["ask", "a.png", "what?", "--images", "x"], "expected a picture and a question"),
        (["ask", "a.png"], "expected a picture and a question"),
        (["caption"], "name either pictures"),
        (["caption", "a.png", "--images", "x"], "name either pictures"),
        (["caption", "--images", "nowhere"], "no pictures at nowhere"),
        (["ask", "--file", "nothing.jsonl", "--images", "x"], "nothing.jsonl"),
    ],
)
def test_what_is_missing_is_said(
    vision: Vision, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert said in capsys.readouterr().err
