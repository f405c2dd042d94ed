"""A reply that is written live, piece by piece: joined to clauses, filtered, and ended when the person stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from bot.components import Citing, Writer
from bot.types import Context
from data.records import Language

Result = TypeVar("Result")

Passes = Callable[[str, str, Language, str], bool]
"""Whether a text that a source wrote so far may be shown: source, text, language, conversation."""
NoteFailure = Callable[[str, str, str], None]
"""Notes that a source failed: conversation, source, error."""

_CLAUSE_ENDS = frozenset("。！？；，.!?;,\n")


class LiveWriting:
    """Runs the writers one after the other until one of them has written something.

    Args:
        writers: In the order in which they are tried.
        note_failure: Told of a writer that raises.
        passes: The filter over what was written, called with the text so far; None lets everything pass, piece by piece.
        max_buffered_tokens: How many pieces are held back at most until their clause ends.
    """

    def __init__(
        self, writers: Sequence[Writer], note_failure: NoteFailure, passes: Passes | None, max_buffered_tokens: int
    ) -> None:
        self.writers = writers
        self._note_failure = note_failure
        self._passes = passes
        self._max_buffered_tokens = max_buffered_tokens

    async def write(
        self, context: Context, stop: asyncio.Event, conversation: str, failed: list[str]
    ) -> AsyncGenerator[str, None]:
        """Yield the text so far after each part, with the sources that it cites.

        A writer whose text does not pass the filter ends there.

        Args:
            context: The message and what a writer may know about it.
            stop: Ends the writing when it is set.
            conversation: The id under which failures are noted.
            failed: Gets the names of the writers that failed.
        """
        for writer in self.writers:
            written = ""
            pieces = self._read_pieces(writer, context, stop, conversation, failed)
            clauses = pieces if self._passes is None else self._join_clauses(pieces, stop)
            async with aclosing(pieces), aclosing(clauses):
                async for clause in clauses:
                    text = written + clause
                    if self._passes and not self._passes(writer.name, text, context.language, conversation):
                        break
                    written = text
                    yield writer.add_sources(text, context) if isinstance(writer, Citing) else text
            if written or stop.is_set():
                return

    async def _join_clauses(self, pieces: AsyncGenerator[str, None], stop: asyncio.Event) -> AsyncGenerator[str, None]:
        """Yield the pieces joined to clauses.

        A long one comes in parts, and one that a stop cuts short does not come.
        """
        held, count = "", 0
        async for piece in pieces:
            held, count = held + piece, count + 1
            is_full = count >= self._max_buffered_tokens
            end = len(held) if is_full else max(map(held.rfind, _CLAUSE_ENDS)) + 1
            if end:
                yield held[:end]
                held, count = held[end:], 0
        if held and not stop.is_set():
            yield held

    async def _read_pieces(
        self, writer: Writer, context: Context, stop: asyncio.Event, conversation: str, failed: list[str]
    ) -> AsyncGenerator[str, None]:
        pieces = aiter(writer.write(context))
        try:
            while not stop.is_set():
                piece = await run_unless_stopped(asyncio.ensure_future(anext(pieces)), stop)
                if piece is None:
                    return
                yield piece
        except StopAsyncIteration:
            pass
        except Exception as error:
            failed.append(writer.name)
            self._note_failure(conversation, writer.name, f"{type(error).__name__}: {error}")
        finally:
            if close := getattr(pieces, "aclose", None):
                await close()


async def run_unless_stopped(work: asyncio.Future[Result], stop: asyncio.Event) -> Result | None:
    """Return the result of the work, or None if stop came first.

    The work is cancelled then, and has ended on return.
    """
    stopping = asyncio.create_task(stop.wait())
    waiting: set[asyncio.Future[Any]] = {work, stopping}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        stopping.cancel()
        if not work.done():
            work.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await work
