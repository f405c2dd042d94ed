"""Replies of a large language model outside this process.

It is reached over the OpenAI-compatible chat completions protocol, at an address from the settings. It answers from what was
found and cites it; every sentence is checked before it is shown.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from bot.llm.endpoint import Endpoint, EndpointClient
from bot.llm.events import LLMError
from bot.llm.evidence import NumberedSource, list_sources, number_sources
from bot.llm.prompt import ChatMessages, build_answer, build_talk
from bot.llm.sentences import Sentence, SentenceCutter
from bot.llm.support import SupportChecker
from bot.llm.thinking import ThinkingFilter
from bot.types import Candidate, Context, Evidence
from data.text.clean import clean

_LOG = logging.getLogger(__name__)
_MAX_REPLY = 4_000
"""Characters of a reply; a longer one is an error."""
_CUT = "…"
"""Ends a reply that the endpoint cut off at its length."""
_NOTHING = re.compile(r"\W*(?:none|无|没有)\W*", re.IGNORECASE)
"""What the prompt asks for where the sources do not answer."""


class LLMSource:
    """Ask the endpoint for a reply, as a whole (`propose`) or as a stream (`write`).

    Nothing is sent before one of the two is called, and nothing at all without evidence unless free talk is allowed. A response
    that is too large, or not of the expected form, fails this turn of the source only.
    """

    name = "remote"
    """What stands in stored conversations and journals."""

    def __init__(
        self,
        client: EndpointClient | Endpoint,
        score: float,
        checker: SupportChecker | None = None,
        least: float = 0.0,
        may_talk: bool = True,
        bot_name: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Use an endpoint.

        Args:
            client: The endpoint, or what sends requests to it.
            score: The probability, in [0, 1], that every reply is given until a ranker replaces it.
            checker: Checks sentences against the sources that they cite; None for a model that only talks.
            least: The least score of a candidate that is evidence.
            may_talk: Whether the model may write without evidence.
            bot_name: Returns the owner's name for the bot, if there is one.
        """
        self._client = EndpointClient(client) if isinstance(client, Endpoint) else client
        self.deadline = self._client.endpoint.longest
        self._score = score
        self._checker = checker
        self._least = least
        self._may_talk = may_talk
        self._bot_name = bot_name
        # Until a first reply has shown whether this server leaves out the opening tag of its thoughts.
        self._should_hold = True

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return one candidate, or none if there is nothing to answer from.

        Raises:
            LLMError: The endpoint gave no usable reply.
        """
        async with aclosing(self.write(context)) as pieces:
            text = "".join([piece async for piece in pieces])
        if not text:
            return []
        evidence = Evidence(model=self._client.endpoint.model)
        return [Candidate(self.add_sources(text, context), self.name, self._score, evidence)]

    async def write(self, context: Context) -> AsyncGenerator[str, None]:
        """Yield the pieces of a reply: whole checked sentences, or in free talk what the endpoint sends.

        Closing the iterator closes the connection.

        Raises:
            LLMError: The endpoint gave no usable reply, or stopped in the middle of one.
        """
        sources = self._number_sources(context)
        is_answered = False
        if sources and self._checker is not None:
            messages = build_answer(context, sources, self._bot_name())
            async with aclosing(self._write_checked(messages, sources, context)) as sentences:
                async for sentence in sentences:
                    is_answered = True
                    yield sentence
        if self._may_talk and not is_answered:
            async with aclosing(self._write_freely(build_talk(context, self._bot_name()))) as pieces:
                async for piece in pieces:
                    yield piece

    def add_sources(self, text: str, context: Context) -> str:
        """Return the text of a reply with the sources that it cites listed under it.

        The numbers are those of the prompt, so the list of a growing text only grows.
        """
        listed = list_sources(text, self._number_sources(context), context.language) if self._checker else ""
        return f"{text}\n\n{listed}" if listed else text

    def check_model(self) -> None:
        """Log a warning if the endpoint does not list the model. This blocks."""
        self._client.check_model()

    def _number_sources(self, context: Context) -> tuple[NumberedSource, ...]:
        return number_sources(context.found, self._least)

    async def _write_checked(
        self, messages: ChatMessages, sources: Sequence[NumberedSource], context: Context
    ) -> AsyncGenerator[str, None]:
        """Yield the sentences that rest on what they cite; the others are dropped."""
        cutter, written, dropped = SentenceCutter(), "", 0
        async with aclosing(self._read(messages)) as pieces:
            async for piece, is_cut in pieces:
                sentences = cutter.feed(piece) if piece else cutter.finish()
                for sentence in sentences:
                    # A reply that was cut off ends at its last whole sentence.
                    if is_cut and not sentence.is_whole:
                        continue
                    shown = await asyncio.to_thread(self._check, sentence, sources, context)
                    if not shown:
                        dropped += 1
                    elif shown not in written:
                        gap = _get_gap(written, sentence, context)
                        written += gap + shown
                        yield gap + shown
        if dropped:
            _LOG.info("%d of the model's sentences were not supported by what they cite and were dropped", dropped)

    def _check(self, sentence: Sentence, sources: Sequence[NumberedSource], context: Context) -> str:
        """Return the sentence with the numbers of the sources that support it; empty if there are none.

        A sentence without a number is compared with each source.
        """
        assert self._checker is not None
        claim = clean(sentence.claim)
        if not claim or _NOTHING.fullmatch(claim):
            return ""
        message = context.message.text
        cited = [source for source in sources if source.number in sentence.cited]
        alone = [
            source
            for source in (cited if sentence.cited else sources)
            if self._checker.is_supported(claim, [source], message)
        ]
        if not alone and len(cited) > 1 and self._checker.is_supported(claim, cited, message):
            alone = cited
        if not sentence.cited:
            alone = alone[:1]
        return clean(sentence.show(tuple(source.number for source in alone))) if alone else ""

    async def _write_freely(self, messages: ChatMessages) -> AsyncGenerator[str, None]:
        raw, shown, is_cut = "", 0, False
        async with aclosing(self._read(messages)) as pieces:
            async for piece, is_last_cut in pieces:
                raw, is_cut = raw + piece, is_last_cut
                # The next piece may change the last character: add an accent, or the second half of an emoji.
                if ready := clean(raw)[shown:-1]:
                    shown += len(ready)
                    yield ready
        rest = clean(raw)[shown:]
        if is_cut and not re.search(r"[。！？.!?…]\W*$", rest):
            rest += _CUT
        if rest:
            yield rest

    async def _read(self, messages: ChatMessages) -> AsyncGenerator[tuple[str, bool], None]:
        """Yield the pieces of a reply without what the model thinks, then an empty one and whether the length cut it off.

        Raises:
            LLMError: There is no reply, or it is too long.
        """
        thinking = ThinkingFilter(hold=self._should_hold)
        text, thought, finish = "", 0, None
        async with aclosing(self._client.stream(messages)) as deltas:
            async for delta in deltas:
                thought += delta.thought
                finish = delta.finish or finish
                was_unopened = thinking.is_unopened
                piece = thinking.feed(delta.text)
                if thinking.is_unopened and not was_unopened and text:
                    self._should_hold = True
                    raise LLMError(
                        "the endpoint's reasoning ended without having begun; what follows is held back from now on"
                    )
                text += piece
                if len(text) > _MAX_REPLY:
                    raise LLMError(f"the endpoint goes on after {_MAX_REPLY} characters")
                if piece:
                    yield piece, False
        if piece := thinking.finish():
            text += piece
            if len(text) > _MAX_REPLY:
                raise LLMError(f"the endpoint gave a reply of more than {_MAX_REPLY} characters")
            yield piece, False
        # A server that leaves the opening tag out does so always.
        self._should_hold = thinking.is_unopened
        if not clean(text):
            reason = _explain_nothing(thought + thinking.thought, finish)
            _LOG.warning("No reply of the larger model: %s", reason)
            raise LLMError(reason)
        if thought:
            _LOG.debug("%d characters of reasoning were left out", thought)
        yield "", finish == "length"


def _get_gap(written: str, sentence: Sentence, context: Context) -> str:
    """Return the white space before a sentence."""
    if not written:
        return ""
    if "\n" in sentence.gap:
        return "\n\n" if sentence.gap.count("\n") > 1 else "\n"
    return sentence.gap[:1] or ("" if context.language == "zh" else " ")


def _explain_nothing(thought: int, finish: str | None) -> str:
    if thought:
        return (
            f"the endpoint gave an empty reply: its tokens went into {thought} characters of reasoning; raise "
            "KANLIAO_REMOTE_TOKENS or switch the model's reasoning off"
        )
    if finish == "content_filter":
        return "the endpoint gave an empty reply: its own filter stopped it"
    return "the endpoint gave an empty reply"
