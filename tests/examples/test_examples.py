"""Every example runs and shows what it promises: python -m pytest tests/examples"""

import json
from pathlib import Path

import pytest

from bot.tool import Request, ToolError
from bot.types import Message
from examples import ask_bot, judge_log, write_source, write_tool

FOLDER = Path(ask_bot.__file__).parent


def test_each_example_has_a_test_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {"ask_bot", "judge_log", "write_source", "write_tool"}


def test_the_bot_answers_suggests_and_admits(capsys: pytest.CaptureFixture[str]) -> None:
    ask_bot.main()
    answer, suggestion, unknown = capsys.readouterr().out.splitlines()
    assert "晚上十点" in answer
    assert "[answer" in answer
    assert "How many books may I borrow?" in suggestion
    assert "[unknown]" in unknown


def test_a_source_of_its_own_is_chosen_from(capsys: pytest.CaptureFixture[str]) -> None:
    write_source.main()
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "A4 还有 120 包。"
    assert second == "A3 is sold out."
    assert "B5" not in third


def test_a_tool_of_its_own_runs_and_claims_only_its_messages(capsys: pytest.CaptureFixture[str]) -> None:
    write_tool.main()
    assert capsys.readouterr().out.splitlines() == ["2024 = MMXXIV", "1998 = MCMXCVIII"]
    confidences = [write_tool.estimate_confidence(Message(text)) for text in ("4 in roman numerals", "hello")]
    assert confidences[0] > 0.5 > confidences[1]
    with pytest.raises(ToolError, match="3999"):
        write_tool.convert(Request("4000", "en"))


def test_a_log_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = judge_log.judge(tmp_path)
    assert result["counts"]["turns"] == len(judge_log.TURNS)
    assert json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))["counts"] == result["counts"]
    judge_log.main()
    assert "report.html" in capsys.readouterr().out
