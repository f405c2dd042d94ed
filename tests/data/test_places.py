"""python -m pytest tests/data/test_places.py"""

import subprocess
import sys
from pathlib import Path

import pytest

from data import places
from data.places import CorpusError

ROOT = Path(__file__).parent.parent.parent


def test_without_a_setting_everything_lies_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv("KANLIAO_CORPORA", raising=False) if value is None else monkeypatch.setenv(
            "KANLIAO_CORPORA", value
        )
        assert places.corpora() == ROOT / "data" / "files" / "corpora"
    assert places.artifacts() == ROOT / "data" / "artifacts"
    assert places.runs() == ROOT / "data" / "files" / "runs"


def test_the_setting_is_read_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "文本" / "one").mkdir(parents=True)
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    assert places.corpora() == tmp_path
    assert places.corpus("文本/one") == tmp_path / "文本" / "one"


def test_a_corpus_that_is_not_there_is_named_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    with pytest.raises(CorpusError) as raised:
        places.corpus("text/小黄鸡")
    assert all(part in str(raised.value) for part in ("text/小黄鸡", str(tmp_path), "set KANLIAO_CORPORA"))


def test_asking_makes_nothing(tmp_path: Path) -> None:
    code = "from data import places; print(places.corpora()); places.runs(); places.artifacts()"
    wanted = tmp_path / "nowhere"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"KANLIAO_CORPORA": str(wanted)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(wanted)
    assert list(tmp_path.iterdir()) == []
