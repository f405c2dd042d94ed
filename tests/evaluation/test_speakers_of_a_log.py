"""Who speaks, and what could not be read: no wrong report with exit status 0.

Run: pytest tests/evaluation/test_speakers_of_a_log.py
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation import __main__ as evaluation_command

TWO_NAMES = "conversation,speaker,text\n1,阿明,你好\n1,小红,how are you\n1,阿明,再见\n"


def run(log: Path, *more: str) -> tuple[int, dict[str, object] | None]:
    out = log.parent / "out"
    status = evaluation_command.main([str(log), "--out", str(out), "--interface", "", *more])
    path = out / "report.json"
    return status, json.loads(path.read_text("utf-8")) if path.exists() else None


def test_names_that_do_not_tell_are_asked_for_and_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text(TWO_NAMES, "utf-8")
    assert run(log) == (1, None)
    said = capsys.readouterr().err
    assert "阿明" in said
    assert "--user" in said
    assert "--bot" in said
    for given, turns in ((["--user", "阿明"], 2), (["--bot", "阿明"], 2), (["--bot", "小红", "--user", "阿明"], 2)):
        status, report = run(log, *given)
        assert status == 0
        assert report is not None
        assert report["counts"]["turns"] == turns  # type: ignore[index]


def test_the_reading_of_names_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("conversation,speaker,text\n1,小王,您好\n1,张三,退货\n2,李四,运费\n2,小王,免费\n", "utf-8")
    status, report = run(log)
    assert status == 0
    assert "Read 小王 as the bot" in capsys.readouterr().out
    assert report is not None
    assert "小王" in str(report["readings"])
    assert "小王" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"messages": [{"role": "assistant", "content": "你好"}]}\n', "No person says anything"),
        ("conversation,speaker,text\n" + "1,user,你好\n1,bot,hi\n" + "1,,谁\n" * 5, "leaves out too much"),
        ("会话,说话人,内容\n1,用户,你好\n1,客服,hi\n1,阿明,谁\n", "阿明"),
    ],
)
def test_a_report_that_would_be_wrong_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, why: str
) -> None:
    log = tmp_path / ("log.jsonl" if content.startswith("{") else "log.csv")
    log.write_text(content, "utf-8")
    assert run(log)[0] == 1
    assert why in capsys.readouterr().err
