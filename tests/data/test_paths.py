"""python -m pytest tests/data/test_paths.py"""

import subprocess
import sys
from pathlib import Path

import pytest

from data import paths
from data.paths import CorpusError

ROOT = Path(__file__).parent.parent.parent


def test_without_a_setting_everything_lies_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv("KANLIAO_CORPORA", raising=False) if value is None else monkeypatch.setenv(
            "KANLIAO_CORPORA", value
        )
        assert paths.corpora_dir() == ROOT / "data" / "files" / "corpora"
    assert paths.artifacts_dir() == ROOT / "data" / "artifacts"
    assert paths.runs_dir() == ROOT / "data" / "files" / "runs"


def test_the_setting_is_read_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "文本" / "one").mkdir(parents=True)
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    assert paths.corpora_dir() == tmp_path
    assert paths.find_corpus("文本/one") == tmp_path / "文本" / "one"


def test_a_corpus_that_is_not_there_is_named_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    with pytest.raises(CorpusError) as raised:
        paths.find_corpus("text/小黄鸡")
    assert all(part in str(raised.value) for part in ("text/小黄鸡", str(tmp_path), "set KANLIAO_CORPORA"))


def test_asking_makes_nothing(tmp_path: Path) -> None:
    code = "from data import paths; print(paths.corpora_dir()); paths.runs_dir(); paths.artifacts_dir()"
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
