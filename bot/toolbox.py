"""Find the tools in bot/tools, load each on its first use, and run them."""

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
    """The tools that can be run, by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        """Collect tools.

        Raises:
            ValueError: Two tools have the same name.
        """
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are named {tool.name!r}; a name belongs to one tool: rename one of them")
            self._tools[tool.name] = tool
        self._loaded: dict[str, Run] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def run(self, name: str, request: Request) -> Result:
        """Run a tool.

        This blocks, and the first run loads what the tool needs. Safe in threads.

        Raises:
            ToolError: The tool is unknown, the text is empty or too long, the picture is missing or unreadable, or the tool
                cannot use the input.
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
            if len(text) > tool.max_length:
                raise ToolError(TEXT_TOO_LONG[language].format(given=len(text), most=tool.max_length))
        if "image" in tool.takes and not request.picture:
            raise ToolError(NO_PICTURE[language])
        self.load(name)
        try:
            return self._loaded[name](replace(request, text=text))
        except PictureError:
            raise ToolError(UNREADABLE[language]) from None

    def load(self, name: str) -> None:
        """Load a tool unless it is loaded. This blocks.

        Raises:
            ArtifactError: A file of the tool is missing or damaged.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._tools[name].load()


def discover_tools() -> list[Tool]:
    """Return every tool in bot/tools, sorted by name.

    Raises:
        ValueError: A tool has another name than its folder.
    """
    tools: list[Tool] = []
    for module in pkgutil.iter_modules(bot.tools.__path__):
        tool = importlib.import_module(f"bot.tools.{module.name}").TOOL
        if tool.name != module.name:
            raise ValueError(f"bot/tools/{module.name} holds a tool named {tool.name!r}; expected {module.name!r}")
        tools.append(tool)
    return tools
