"""Replies that a tool gives, where the message asks for the tool."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.tool import Request, Tool, ToolError
from bot.toolbox import Toolbox
from bot.types import Candidate, Context, Evidence


class Tooled:
    """The source that lets tools answer. A message that no tool claims costs a glance of each and gives no candidate."""

    name = "tooled"
    deadline = 3.0

    def __init__(self, toolbox: Toolbox, least: float = 0.5) -> None:
        """least is the claim, in [0, 1], below which a tool is not asked."""
        self._toolbox = toolbox
        self._least = least

    async def load(self, context: Context) -> None:
        """Open the tools that claim the message. Raises ArtifactError."""
        for tool, _ in self._claims(context):
            await asyncio.to_thread(self._toolbox.load, tool.name)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """One candidate for each tool that claims the message; the score is the claim, and the evidence names the tool.

        Where the tool cannot use what it was given, the candidate says so in the tool's own sentence.
        """
        claims = self._claims(context)
        return [await asyncio.to_thread(self._candidate, tool, claim, context) for tool, claim in claims]

    def _claims(self, context: Context) -> list[tuple[Tool, float]]:
        claims = ((tool, tool.wants(context.message)) for tool in self._toolbox)
        return [(tool, claim) for tool, claim in claims if claim >= self._least]

    def _candidate(self, tool: Tool, claim: float, context: Context) -> Candidate:
        try:
            result = self._toolbox.run(tool.name, Request(context.message.text, context.language))
            text = f"{result.text}\n{result.note}" if result.note else result.text
        except ToolError as error:
            text = str(error)
        return Candidate(text, self.name, claim, Evidence(tool=tool.name))
