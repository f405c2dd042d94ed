"""Replies of tools, to messages that ask for one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.tool import Request, Tool, ToolError
from bot.toolbox import Toolbox
from bot.types import Candidate, Context, Evidence


class ToolSource:
    """Answer a message with every tool that is confident that it is meant."""

    name = "tooled"
    """What stands in stored conversations and journals."""
    deadline = 3.0

    def __init__(self, toolbox: Toolbox, min_confidence: float = 0.5) -> None:
        """Use the tools of a toolbox.

        Args:
            toolbox: The tools.
            min_confidence: In [0, 1]; a tool with a lower confidence is not run.
        """
        self._toolbox = toolbox
        self._min_confidence = min_confidence

    async def load(self, context: Context) -> None:
        """Load the tools that the message asks for.

        Raises:
            ArtifactError: A file of a tool is missing or damaged.
        """
        for tool, _ in self._find_tools(context):
            await asyncio.to_thread(self._toolbox.load, tool.name)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return one candidate for each tool that the message asks for.

        The score is the tool's confidence and the evidence names the tool. If the tool cannot use its input, the candidate
        is the sentence in which the tool says so.
        """
        found = self._find_tools(context)
        return [await asyncio.to_thread(self._run, tool, confidence, context) for tool, confidence in found]

    def _find_tools(self, context: Context) -> list[tuple[Tool, float]]:
        rated = ((tool, tool.confidence(context.message)) for tool in self._toolbox)
        return [(tool, confidence) for tool, confidence in rated if confidence >= self._min_confidence]

    def _run(self, tool: Tool, confidence: float, context: Context) -> Candidate:
        try:
            result = self._toolbox.run(tool.name, Request(context.message.text, context.language))
            text = f"{result.text}\n{result.note}" if result.note else result.text
        except ToolError as error:
            text = str(error)
        return Candidate(text, self.name, confidence, Evidence(tool=tool.name))
