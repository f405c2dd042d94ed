"""python -m pytest tests/bot/sources/test_vision_text.py"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot import picture_text
from bot.picture_text import asks_for_text, describe_text, list_queries
from bot.types import Candidate, Context, Evidence
from data.records import LANGUAGES, Language
from tests.bot.sources.test_vision import FLOOR, READER, Talk, chosen
from tests.vqa.fake_vision import build_vision, draw_square
from vqa.ocr import TextLine, TextReader

KNOWN = {
    "无法连接服务器，错误 1024": "重启路由器，再点「重试」。",
    "Cannot reach the server error 1024": "Restart the router, then press Retry.",
}


class Reader(TextReader):
    """Reads the lines that it was given."""

    def __init__(self, *lines: str, seconds: float = 0.0) -> None:
        super().__init__()
        self.lines, self.seconds = lines, seconds

    def load(self) -> None:
        pass

    def read(self, picture: bytes) -> Sequence[TextLine]:
        time.sleep(self.seconds)
        return [TextLine(line, 0.9) for line in self.lines]


async def look_up(context: Context) -> list[Candidate]:
    text = KNOWN.get(context.message.text)
    evidence = Evidence(entry="e1024", file="faq.csv", row=3, question=context.message.text)
    return [Candidate(text, "retrieved", 0.93, evidence)] if text else []


def source(reader: TextReader | None):  # type: ignore[no-untyped-def]
    from bot.sources.vision import VisionSource

    opened = build_vision()
    return VisionSource(lambda: opened, FLOOR, READER, reader=reader, look_up=look_up)


@pytest.mark.parametrize(
    ("language", "line", "says", "answer"),
    [
        ("zh", "无法连接服务器，错误 1024", "图里写着", "重启路由器"),
        ("en", "Cannot reach the server error 1024", "It says", "Restart the router"),
    ],
)
def test_a_screenshot_of_an_error_gets_its_entry(
    tmp_path: Path, language: Language, line: str, says: str, answer: str
) -> None:
    talk = Talk(tmp_path, source(Reader(line, "OK")))
    (turn,) = talk.talk(("", draw_square("white")), page=language)
    assert says in turn.reply.text
    assert line in turn.reply.text
    assert answer in turn.reply.text
    assert (chosen(turn).evidence.entry, chosen(turn).evidence.row) == ("e1024", 3)
    assert chosen(turn).evidence.picture == turn.message.picture


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_writing_stands_below_the_caption(tmp_path: Path, language: Language) -> None:
    (turn,) = Talk(tmp_path, source(Reader("EXIT 出口"))).talk(("", draw_square("red")), page=language)
    first, *rest = turn.reply.text.splitlines()
    assert ("红色" if language == "zh" else "red") in first
    assert any("EXIT 出口" in line for line in rest)


@pytest.mark.parametrize(
    ("question", "language"), [("牌子上写着什么？", "zh"), ("What does the sign say?", "en"), ("能读一下文字吗", "zh")]
)
def test_writing_is_read_when_it_is_asked_for(tmp_path: Path, question: str, language: Language) -> None:
    for reader, said in (
        (Reader("EXIT 出口"), describe_text(["EXIT 出口"], language)),
        (Reader(), picture_text.NO_TEXT[language]),
        (None, picture_text.CANNOT_READ[language]),
    ):
        home = tmp_path / str(said == picture_text.NO_TEXT[language]) / str(reader is None)
        home.mkdir(parents=True)
        talk = Talk(home, source(reader))
        turn = talk.talk(("", draw_square("red")), (question, None), page=language)[-1]
        assert turn.reply.text == said


def test_what_is_seen_is_not_answered_by_what_is_written(tmp_path: Path) -> None:
    line = "Cannot reach the server error 1024"
    (turn,) = Talk(tmp_path, source(Reader(line))).talk(("what colour is it?", draw_square("red")))
    assert turn.reply.text == "Red."


def test_a_slow_reader_costs_the_writing_only(tmp_path: Path) -> None:
    slow = replace(source(Reader("EXIT", seconds=0.5)), reading_seconds=0.05)
    (turn,) = Talk(tmp_path, slow).talk(("", draw_square("red")))
    assert "A red picture." in turn.reply.text
    assert "EXIT" not in turn.reply.text


@pytest.mark.parametrize(
    ("question", "language", "asks"),
    [
        ("这上面写了什么字", "zh", True),
        ("车牌号是多少", "zh", True),
        ("他穿什么衣服", "zh", False),
        ("这是什么字体的颜色", "zh", True),
        ("can you read this for me", "en", True),
        ("what is written there?", "en", True),
        ("what does the man hold", "en", False),
        ("how many people are there", "en", False),
    ],
)
def test_which_questions_ask_for_writing(question: str, language: Language, asks: bool) -> None:
    assert asks_for_text(question, language) == asks


def test_long_writing_is_shortened_and_buttons_are_not_looked_up() -> None:
    assert len(describe_text(["词" * 3000], "zh")) < 450
    assert list_queries(["OK", "Cancel", "Save"]) == []
    assert list_queries(["a lot of words here"] * 3) == [
        "a lot of words here a lot of words here a lot of words here",
        "a lot of words here",
    ]
