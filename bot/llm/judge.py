"""A larger model as a judge: of what was found it names one candidate, or none. Nothing that it writes is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import aclosing

from bot.llm.endpoint import EndpointClient
from bot.llm.events import LLMError
from bot.llm.evidence import describe_source
from bot.llm.prompt import build_judge
from bot.llm.thinking import ThinkingFilter
from bot.types import Candidate, Context

_NUMBER = re.compile(r"(?<![\d.])\d{1,3}(?![\d.]*\d)")
_NONE = re.compile(r"\b(?:none|neither|no one)\b|无|没有|都不", re.IGNORECASE)
_SPELLED = {
    word: number
    for number, words in enumerate(("zero 零 〇", "one 一", "two 二", "three 三", "four 四", "five 五"))
    for word in words.split()
}
_SPELLED_WORD = re.compile(r"\b(?:zero|one|two|three|four|five)\b|[零〇一二三四五]")
_MAX_SPELLED = 20
_MAX_REPLY = 400
"""Characters of the reply that are read; a model that explains itself at such length was not asked to."""


class LLMJudge:
    """Asks the endpoint which of some candidates answers a message."""

    name = "judge"

    def __init__(self, client: EndpointClient, reviews: bool = False) -> None:
        """Use an endpoint.

        Args:
            client: Sends the requests.
            reviews: Whether it is also asked about what the bot would answer by itself, and may withhold it.
        """
        self.reviews = reviews
        self.model = client.endpoint.model
        self.deadline = client.endpoint.longest
        self._client = client

    def check_model(self) -> None:
        """Log a warning if the endpoint does not list the model. This blocks."""
        self._client.check_model()

    async def choose(self, context: Context, candidates: Sequence[Candidate]) -> int | None:
        """Return the place of the candidate that answers the message; None if none of them does.

        Raises:
            LLMError: The endpoint gave no number that stands for one of them.
        """
        found = [describe_source(candidate, number) for number, candidate in enumerate(candidates, 1)]
        sources = [source for source in found if source is not None]
        thinking, reply, thought = ThinkingFilter(hold=True), "", 0
        async with aclosing(self._client.stream(build_judge(context, sources), temperature=0)) as deltas:
            async for delta in deltas:
                reply += thinking.feed(delta.text)
                thought += delta.thought
        reply += thinking.finish()
        if not reply.strip() and (thought or thinking.thought):
            raise LLMError(
                "the judge spent all its tokens on reasoning; raise KANLIAO_REMOTE_TOKENS or switch the model's reasoning off"
            )
        number = read_number(reply, len(candidates))
        if number is None:
            raise LLMError(f"the judge gave no number from 0 to {len(candidates)}")
        return number - 1 if number else None


def read_number(reply: str, most: int) -> int | None:
    """Return the number that a judge's reply names; None if there is none, or more than one.

    >>> read_number("2", 5), read_number("Answer: [3].", 5), read_number("none", 5), read_number("1 or 2", 5), read_number("9", 5)
    (2, 3, 0, None, None)
    """
    text = reply.strip()[:_MAX_REPLY]
    numbers = {int(number) for number in _NUMBER.findall(text)}
    if not numbers and len(text) <= _MAX_SPELLED:
        # Spelled out, as small models like it: 第二条 and "two".
        numbers = {_SPELLED[word] for word in _SPELLED_WORD.findall(text.lower())}
    if _NONE.search(text) and len(text) <= _MAX_SPELLED:
        return 0 if numbers <= {0, 1} else None  # "none of them", 没有一条
    if not numbers:
        return 0 if _NONE.search(text) else None
    if len(numbers) > 1:
        return None
    number = numbers.pop()
    return number if number <= most else None
