"""What the exact tools claim in a chat, what they answer, and what they leave alone.

Run: python -m pytest tests/bot/tools/test_claims.py
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.tool import Request, Run, ToolError
from bot.tools import arithmetic, date_time, units
from bot.types import Message
from data.records import LANGUAGES, Language
from tests.bot.tools.messages import CLAIMED, LEFT_ALONE

NOW = datetime(2026, 11, 30, 20, 58, tzinfo=UTC)
TOOLS = {tool.name: tool for tool in (arithmetic.TOOL, date_time.TOOL, units.TOOL)}
RUNS: dict[str, Run] = {
    "arithmetic": arithmetic.load(),
    "date_time": date_time.load(lambda: NOW),
    "units": units.load(),
}
QUESTIONS = Path(__file__).parent.parent.parent.parent / "benchmarks" / "starter_questions"
# Of the questions that the bot is measured with, these two are a date and a sum.
MEANT = {"What day is it today?", "what is 348 times 27"}


def answer(name: str, text: str, language: Language) -> str:
    try:
        return RUNS[name](Request(text, language)).text
    except ToolError as error:
        return str(error)


def list_claiming_tools(text: str) -> list[str]:
    return [name for name, tool in TOOLS.items() if tool.confidence(Message(text)) >= 0.5]


@pytest.mark.parametrize(
    ("text", "language"), [(text, language) for language in LANGUAGES for text in CLAIMED[language]]
)
def test_one_tool_claims_it_and_answers_right(text: str, language: Language) -> None:
    name, piece = CLAIMED[language][text]
    assert list_claiming_tools(text) == [name]
    assert piece in answer(name, text, language)


@pytest.mark.parametrize("text", [text for language in LANGUAGES for text in LEFT_ALONE[language]])
def test_no_tool_claims_it(text: str) -> None:
    assert list_claiming_tools(text) == []


def test_there_are_enough_messages_of_each_language() -> None:
    for language in LANGUAGES:
        assert len(CLAIMED[language]) >= 60
        assert len(LEFT_ALONE[language]) >= 60


def test_of_the_questions_for_the_starter_only_a_date_and_a_sum_are_claimed() -> None:
    files = [QUESTIONS / f"{name}.jsonl" for name in ("dev", "test")]
    asked = [json.loads(line)["question"] for file in files for line in file.read_text("utf-8").splitlines()]
    assert len(asked) == 600
    assert {text for text in asked if list_claiming_tools(text)} == MEANT


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TOOLS)
def test_what_is_no_question_for_it_is_refused_with_an_example(name: str, language: Language) -> None:
    with pytest.raises(ToolError, match="例如" if language == "zh" else "such as"):
        RUNS[name](Request("你好 hello", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_note_says_that_a_tool_worked_it_out(language: Language) -> None:
    for name, run in RUNS.items():
        for text in (example.text for example in TOOLS[name].examples if example.language == language):
            assert ("工具" if language == "zh" else "Worked out by the") in run(Request(text, language)).note


@pytest.mark.parametrize(
    "text",
    ["1+" * 99 + "1", "(" * 99 + "1" + ")" * 99, "1" * 200, "负" * 150, "2^" * 80 + "2", "十" * 200, "√" * 90 + "4"],
)
def test_no_sum_is_too_long_or_too_deep_to_be_refused_calmly(text: str) -> None:
    answer("arithmetic", text, "en")
    list_claiming_tools(text)


def test_the_time_is_told_by_the_machine_and_its_zone_is_named() -> None:
    result = RUNS["date_time"](Request("what time is it", "en"))
    assert result.note == "Worked out by the calendar tool from the clock of this machine (UTC)."
    aware = date_time.read_clock()
    assert aware.utcoffset() is not None


def test_festivals_of_the_chinese_calendar_are_known_for_some_years_only() -> None:
    assert "2056 年的春节是 2 月 15 日" in answer("date_time", "2056年春节是几号", "zh")
    assert "2056" in answer("date_time", "2057年春节是几号", "zh")
