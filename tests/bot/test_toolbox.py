"""python -m pytest tests/bot/test_toolbox.py"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bot.tools
from bot.messages import Translations
from bot.tool import Example, Request, Result, Run, Takes, Tool, ToolError
from bot.toolbox import Toolbox, discover_tools
from data.image import PictureError
from data.records import Language

WORDS: Translations = {"zh": "回声", "en": "Echo"}
FILE = """
from bot.tool import Example, Result, Tool

TOOL = Tool("{name}", {{}}, {{}}, {{}}, "text", (Example("你好", "zh"),), lambda: lambda request: Result(request.text))
"""


def echo(name: str = "echo", takes: Takes = "text", opened: list[str] | None = None) -> Tool:
    def run(request: Request) -> Result:
        return Result(f"{request.text}|{request.language}|{request.picture!r}")

    def open_() -> Run:
        if opened is not None:
            opened.append(name)
        return run

    return Tool(name, WORDS, WORDS, WORDS, takes, (Example("你好", "zh"),), open_, max_length=5)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is looked through beside bot/tools."""
    monkeypatch.setattr(bot.tools, "__path__", [*bot.tools.__path__, str(tmp_path)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("bot.tools."):
            del sys.modules[name]
            vars(bot.tools).pop(name.rpartition(".")[2], None)


def test_a_file_or_a_folder_is_found_by_being_there(folder: Path) -> None:
    before = [tool.name for tool in discover_tools()]
    (folder / "shout.py").write_text(FILE.format(name="shout"), encoding="utf-8")
    (folder / "whisper").mkdir()
    (folder / "whisper" / "__init__.py").write_text(FILE.format(name="whisper"), encoding="utf-8")
    assert {tool.name for tool in discover_tools()} == {*before, "shout", "whisper"}
    assert Toolbox(discover_tools()).run("whisper", Request(" 嘘 ", "zh")).text == "嘘"


def test_a_tool_that_is_not_named_as_its_folder_is_refused(folder: Path) -> None:
    (folder / "shout.py").write_text(FILE.format(name="whisper"), encoding="utf-8")
    with pytest.raises(ValueError, match="bot/tools/shout holds a tool named 'whisper'; expected 'shout'"):
        discover_tools()


def test_two_with_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two tools are named 'echo'"):
        Toolbox([echo(), echo("other"), echo()])


def test_a_tool_is_opened_when_first_used_and_only_once() -> None:
    opened: list[str] = []
    toolbox = Toolbox([echo("one", opened=opened), echo("two", opened=opened)])
    assert [tool.name for tool in toolbox] == ["one", "two"]
    assert opened == []
    together = threading.Barrier(8)

    def ask(number: int) -> str:
        together.wait()
        return toolbox.run("two", Request(f"第{number}", "zh")).text

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(ask, range(8)))
    assert said == [f"第{number}|zh|None" for number in range(8)]
    assert opened == ["two"]


@pytest.mark.parametrize(
    ("request_", "takes", "reason"),
    [
        (Request("", "en"), "text", "There is no text yet"),
        (Request("\u200b ", "zh"), "image+text", "这里还没有文字"),
        (Request("六个字符太多", "zh"), "text", "有 6 个字符，这个工具一次最多读 5 个"),
        (Request("sixsix", "en"), "text", "That is 6 characters; this tool reads at most 5"),
        (Request("", "zh"), "image", "这里还没有图片"),
        (Request("red?", "en"), "image+text", "There is no picture yet"),
    ],
)
def test_what_a_tool_cannot_use_is_refused_before_it_is_opened(request_: Request, takes: Takes, reason: str) -> None:
    opened: list[str] = []
    with pytest.raises(ToolError, match=reason):
        Toolbox([echo(takes=takes, opened=opened)]).run("echo", request_)
    assert opened == []


def test_a_picture_alone_is_enough_where_no_text_is_taken() -> None:
    assert Toolbox([echo(takes="image")]).run("echo", Request("", "en", b"png")).text == "|en|b'png'"


def test_an_unknown_tool_is_answered_with_those_there_are() -> None:
    toolbox = Toolbox([echo(), echo("other")])
    with pytest.raises(ToolError, match="The tools are: echo, other"):
        toolbox.run("sing", Request("la", "en"))
    with pytest.raises(ToolError, match="没有叫「唱歌」的工具"):
        toolbox.run("唱歌", Request("啦", "zh"))


@pytest.mark.parametrize(("language", "said"), [("zh", "请换一张"), ("en", "please try another")])
def test_a_picture_that_cannot_be_opened_is_said_for_every_tool(language: Language, said: str) -> None:
    def unreadable(request: Request) -> Result:
        raise PictureError("cut short 截断", "damaged")

    tool = Tool("look", WORDS, WORDS, WORDS, "image", (), lambda: unreadable)
    with pytest.raises(ToolError, match=said):
        Toolbox([tool]).run("look", Request("", language, b"x"))
