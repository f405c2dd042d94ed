"""python -m pytest tests/vqa/test_main.py"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

import vqa.__main__
from data.artifact import ArtifactError
from data.records import Language
from tests.architecture.test_fence import run
from tests.vqa.fake_vision import build_vision, draw_square
from vqa.__main__ import main
from vqa.vision import Vision


@pytest.fixture(autouse=True)
def eyes(monkeypatch: pytest.MonkeyPatch) -> Vision:
    """What the command line opens: it knows colours."""
    opened = build_vision()
    monkeypatch.setattr(vqa.__main__, "load_vision", lambda *_: opened)
    return opened


@pytest.fixture
def red(tmp_path: Path) -> Path:
    (tmp_path / "红 1.png").write_bytes(draw_square("red"))
    return tmp_path / "红 1.png"


@pytest.mark.parametrize(("language", "said"), [("zh", "一张红色图片。"), ("en", "A red picture.")])
def test_each_picture_is_one_line(
    language: Language, said: str, red: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blue = tmp_path / "b.gif"
    blue.write_bytes(draw_square("blue", form="GIF"))
    assert main(["caption", str(red), str(blue), "--lang", language]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{red}\t{said}"
    assert len(lines) == 2
    assert lines[1].startswith(f"{blue}\t")


@pytest.mark.parametrize("data", [b"", b"text", b"%!PS-Adobe-3.0 EPSF", b"<svg/>", draw_square("red")[:60], None])
def test_a_bad_picture_does_not_stop_the_others(
    data: bytes | None, red: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.png"
    if data is not None:
        bad.write_bytes(data)
    assert main(["caption", str(bad), str(red)]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [f"{red}\tA red picture."]
    assert len(said.err.splitlines()) == 1
    assert "bad.png" in said.err


def test_captions_as_json_are_one_object_a_line(red: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["caption", str(red), str(red), "--lang", "zh", "--json"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == second
    assert first["captions"][0] == {"text": "一张红色图片。", "log_prob": -0.3}
    assert (first["picture"], first["language"], first["model"]) == (str(red), "zh", "teller 1")


@pytest.mark.parametrize(("question", "said"), [("这是什么颜色？", "红色"), ("What colour is it?", "red")])
def test_a_question_is_answered_in_its_language(
    question: str, said: str, red: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", str(red), question]) == 0
    answer, probability, *rest = capsys.readouterr().out.rstrip("\n").split("\t")
    assert (answer, rest) == (said, [])
    assert float(probability.rstrip("%")) > 90


def test_the_language_can_be_said_and_json_has_every_answer(red: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", str(red), "colour?", "--lang", "zh", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["answer"], record["sure"], record["floor"], record["model"]) == ("红色", True, 0.5, "knower 1")
    assert len(record["answers"]) == 5
    assert record["answers"][0]["probability"] > 0.9


def test_what_is_not_sure_is_said_to_be_so(
    red: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vqa.__main__, "load_vision", lambda *_: build_vision(threshold=1.01))
    assert main(["ask", str(red), "colour?"]) == 0
    assert capsys.readouterr().out.endswith("\tnot sure\n")


def test_where_it_looked_is_written(red: Path, tmp_path: Path) -> None:
    out = tmp_path / "看 out.png"
    assert main(["ask", str(red), "colour?", "--overlay", str(out)]) == 0
    assert Image.open(io.BytesIO(out.read_bytes())).size == (96, 64)
    assert main(["ask", str(red), "colour?", "--overlay", str(tmp_path / "none" / "out.png")]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "RED", " \u200b"], "the question is empty"),
        (["ask", "missing.png", "colour?"], "missing.png"),
        (["ask", "TEXT", "colour?"], "not a picture that can be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str], said: str, red: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.png"
    text.write_text("words", encoding="utf-8")
    given = [{"RED": str(red), "TEXT": str(text)}.get(one, one) for one in arguments]
    assert main(given) == 1
    done = capsys.readouterr()
    assert (done.out, len(done.err.splitlines())) == ("", 1)
    assert said in done.err


@pytest.mark.parametrize("arguments", [["caption", "a.png"], ["ask", "a.png", "谁？"]])
def test_a_missing_model_is_one_sentence(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*_: object) -> Vision:
        raise ArtifactError("encoder: manifest.json is missing")

    monkeypatch.setattr(vqa.__main__, "load_vision", none)
    assert main(arguments) == 1
    assert capsys.readouterr().err == "encoder: manifest.json is missing\n"


def test_it_is_imported_without_torch() -> None:
    done = run("from vqa.__main__ import main; print(main.__name__)")
    assert (done.returncode, done.stdout.strip()) == (0, "main"), done.stderr
