"""python -m pytest tests/vqa/test_own.py"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from data import artifact, paths
from data.formats import FormatError
from tests.vqa.tiny import CAPTIONERS, ENCODER, EXAMPLES, SCENES, picture
from vqa import own
from vqa.__main__ import main
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny models stand where the shipped ones would."""
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    (artifacts / "encoder").symlink_to(ENCODER)
    (artifacts / "captioner").symlink_to(CAPTIONERS["attention"])
    monkeypatch.setattr(paths, "artifacts_dir", lambda: artifacts)
    monkeypatch.setattr(paths, "runs_dir", lambda: tmp_path / "runs")


def in_folder(folder: Path, more: str = "") -> Path:
    """The eight scenes as JSON lines, with their pictures in a folder beside."""
    (folder / "images").mkdir(parents=True)
    for name in SCENES:
        (folder / "images" / name).write_bytes(picture(name))
    lines = [json.dumps({"image": one.image, **one.captions}, ensure_ascii=False) for one in EXAMPLES]
    (folder / "我的.jsonl").write_text("\n".join([*lines, more]) + "\n", encoding="utf-8")
    return folder / "我的.jsonl"


def test_pictures_are_seen_once_and_what_is_missing_is_said(tmp_path: Path) -> None:
    labels = in_folder(tmp_path / "mine", '{"image": "gone.png", "en": ["A cat ."]}\n{"image": 5}')
    encoder = Encoder(ENCODER)
    told = own.captioned(labels, encoder)
    assert [one.image for one in told.records] == list(SCENES)
    assert {one.place.row: one.given for one in told.refused} == {10: '{"image": 5}', 9: "gone.png"}
    for name in SCENES:
        (tmp_path / "mine" / "images" / name).write_bytes(b"spoilt since")
    again = own.captioned(labels, encoder)
    assert again.features.names == told.features.names


def test_a_tar_holds_the_same_as_a_folder(tmp_path: Path) -> None:
    labels = in_folder(tmp_path / "mine")
    with tarfile.open(tmp_path / "all.tar", "w") as tar:
        for name in SCENES:
            info = tarfile.TarInfo(f"deep/{name}")
            info.size = len(picture(name))
            tar.addfile(info, io.BytesIO(picture(name)))
    encoder = Encoder(ENCODER)
    of_tar = own.captioned(labels, encoder, tmp_path / "all.tar")
    assert of_tar.digest == own.captioned(labels, encoder).digest
    assert len(of_tar.features) == len(SCENES)


def test_captions_are_measured_beside_what_sees_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = in_folder(tmp_path / "mine")
    table = own.measured_captions(Captioner(CAPTIONERS["attention"]), own.captioned(labels, Encoder(ENCODER)))
    for language in ("zh", "en"):
        ours, blind, other = (table[language][name] for name in ("ours", "most frequent", "another picture's"))
        assert ours["BLEU-4"] > 90
        assert blind["BLEU-4"] < ours["BLEU-4"] / 1.5
        assert other["CIDEr-D"] < ours["CIDEr-D"] / 2
    assert main(["evaluate", "--model", "caption", str(labels)]) == 0
    lines = capsys.readouterr().out.splitlines()
    report = json.loads(lines[-1])
    assert report["count"] == 8
    assert report["measures"]["zh"]["ours"]["BLEU-1"] == pytest.approx(table["zh"]["ours"]["BLEU-1"])
    assert any("another picture's" in line for line in lines)
    assert main(["evaluate", "--model", "caption", "--json", str(labels)]) == 0
    assert json.loads(capsys.readouterr().out)["measures"] == report["measures"]


def test_nothing_to_use_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = in_folder(tmp_path / "mine")
    elsewhere = tmp_path / "empty"
    elsewhere.mkdir()
    with pytest.raises(FormatError, match=r"Nothing of 我的\.jsonl can be used with the pictures at .*red\.png"):
        own.captioned(labels, Encoder(ENCODER), elsewhere)
    assert main(["evaluate", "--model", "caption", str(labels), "--pictures", str(tmp_path / "nowhere")]) == 1
    assert "There are no pictures at" in capsys.readouterr().err


@pytest.mark.train
def test_a_captioner_is_trained_on_a_file_and_then_describes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = in_folder(tmp_path / "mine")
    # Two copies of the scenes under other names, so that there are some to stop by.
    lines = labels.read_text(encoding="utf-8").splitlines()
    for copy in range(4):
        for name in SCENES:
            (tmp_path / "mine" / "images" / f"{copy}{name}").write_bytes(picture(name))
        lines += [line.replace('"image": "', f'"image": "{copy}', 1) for line in lines[:8]]
    labels.write_text("\n".join(lines) + "\n", encoding="utf-8")
    small = {"attention": {"embedding": 8, "hidden": 8, "attention": 8}}
    monkeypatch.setattr("vqa.caption.ship.SIZES", small)
    out = tmp_path / "out"
    asked = ["train", "--model", "caption", "--labels", str(labels), "--out", str(out), "--epochs", "2"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "written to" in said
    manifest = artifact.open(out).manifest
    assert manifest.scores[0].set.startswith("a tenth of 我的.jsonl")
    assert Captioner(out).captions(Encoder(ENCODER).features(picture("red.png")), "zh")


@pytest.mark.train
def test_too_few_are_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = in_folder(tmp_path / "mine")
    assert main(["train", "--model", "caption", "--labels", str(labels), "--out", str(tmp_path / "out")]) == 1
    assert "8 pictures that can be used; a captioner needs at least 20" in capsys.readouterr().err
    questions = tmp_path / "mine" / "questions.jsonl"
    row = {"image": "red.png", "question": "是什么颜色？", "answer": "红色"}
    questions.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    assert main(["train", "--model", "answer", "--labels", str(questions), "--out", str(tmp_path / "out")]) == 1
    assert "1 questions that can be used; an answerer needs at least 50" in capsys.readouterr().err
    assert main(["train", "--model", "encoder", "--labels", str(labels)]) == 1
    assert "an encoder learns from a teacher" in capsys.readouterr().err
