"""The tools: every module of bot/tools, discovered at the start and loaded when first used."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace

import bot.tools
from bot.messages import NO_PICTURE, NO_TEXT, NO_TOOL, TEXT_TOO_LONG, UNREADABLE
from bot.tool import Request, Result, Run, Tool, ToolError
from data.image import PictureError
from data.text.clean import clean


class Toolbox:
    """Tools by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        """Take the tools. Raises ValueError if two have the same name."""
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are named {tool.name!r}; a name belongs to one tool: rename one of them")
            self._tools[tool.name] = tool
        self._open: dict[str, Run] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def run(self, name: str, request: Request) -> Result:
        """Run a tool. Blocks, and the first time loads what the tool needs; safe in threads.

        Raises:
            ToolError: The tool is unknown, the text empty or too long, the picture missing or unreadable, or the tool itself
                cannot use them.
            ArtifactError: A file of the tool is missing or damaged.
        """
        language = request.language
        if name not in self._tools:
            raise ToolError(NO_TOOL[language].format(name=name[:40], names=", ".join(self._tools)))
        tool = self._tools[name]
        text = clean(request.text)
        if "text" in tool.takes:
            if not text:
                raise ToolError(NO_TEXT[language])
            if len(text) > tool.longest:
                raise ToolError(TEXT_TOO_LONG[language].format(given=len(text), most=tool.longest))
        if "image" in tool.takes and not request.picture:
            raise ToolError(NO_PICTURE[language])
        self.load(name)
        try:
            return self._open[name](replace(request, text=text))
        except PictureError:
            raise ToolError(UNREADABLE[language]) from None

    def load(self, name: str) -> None:
        """Load the tool of that name if it is not loaded yet. Blocks; raises ArtifactError."""
        with self._lock:
            if name not in self._open:
                self._open[name] = self._tools[name].open()


def load_tools() -> list[Tool]:
    """Import every tool in bot/tools, in the order of their names. Raises ValueError if one is not named as its module."""
    tools: list[Tool] = []
    for module in pkgutil.iter_modules(bot.tools.__path__):
        tool = importlib.import_module(f"bot.tools.{module.name}").TOOL
        if tool.name != module.name:
            raise ValueError(f"bot/tools/{module.name} holds a tool named {tool.name!r}; expected {module.name!r}")
        tools.append(tool)
    return tools
