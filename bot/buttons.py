"""The reply to a button: the entry that it stands for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bot import messages
from bot.components import EntrySource, Source
from bot.types import Context, Reply


async def answer_button(
    entry: str, context: Context, sources: Sequence[Source], note_failure: Callable[[str, str], None]
) -> Reply:
    """Return the entry as the answer and nothing beside it.

    So asking back never loops.

    Args:
        entry: The id of the entry whose button was pressed.
        context: What the button showed, and the turns before it.
        sources: Where the entry is looked for.
        note_failure: Told the name of a source that could not be read, and why.
    """
    said = messages.GONE
    for source in sources:
        if not isinstance(source, EntrySource):
            continue
        try:
            found = await asyncio.wait_for(source.find_entry(entry, context), source.deadline)
        except Exception as error:
            note_failure(source.name, f"{type(error).__name__}: {error}")
            said, found = messages.NOT_READ, None
        if found is not None:
            return Reply(found.text, "answer", context.language, (found,), chosen=0, shown_candidates=(0,))
    return Reply(said[context.language], "unknown", context.language)
