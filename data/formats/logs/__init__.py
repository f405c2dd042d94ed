"""Logs of conversations, of this bot or another: one module for each format; looked at, recognised, read as dialogues."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from data.formats import sheet
from data.formats.errors import FormatError, RejectedRow
from data.formats.logs import dialogue_text, journal, messages, table, tracker
from data.formats.logs.byte_range import ByteRange, Tick, detect_head_encoding, read_head
from data.formats.parlai import parse_fields
from data.records import LoggedDialog

__all__ = ["LOG_FORMATS", "SPLIT_AT", "ByteRange", "FormatError", "RejectedRow", "read_log", "recognise_log"]

LOG_FORMATS: dict[str, Callable[[ByteRange, Tick], Iterator[LoggedDialog | RejectedRow]]] = {
    "journal": journal.read,
    "messages": messages.read_messages,
    "sharegpt": messages.read_sharegpt,
    "parlai": dialogue_text.read,
    "rasa": tracker.read,
    "table": table.read_text,
    "sheet": table.read_sheet,
}
"""The name of each format and what reads a stretch of a file of it."""

SPLIT_AT: dict[str, bytes] = {"messages": b"", "sharegpt": b"", "parlai": dialogue_text.DONE}
"""The formats whose files may be read in stretches: what the line before a cut must hold."""

_KEYS = (
    ("messages", re.compile(r'"messages"\s*:\s*\[')),
    ("sharegpt", re.compile(r'"conversations"\s*:\s*\[')),
    ("rasa", re.compile(r'"events"\s*:\s*\[|"event"\s*:\s*"\w+"')),
    ("journal", re.compile(r'"conversation"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*"kind"\s*:\s*"\w+"')),
)
_OLE = b"\xd0\xcf\x11\xe0"


def recognise_log(path: Path) -> str:
    """The name of the format, one of LOG_FORMATS, from what the file holds. Raises FormatError for no log, OSError."""
    first = read_head(path)
    if first.startswith(_OLE):
        raise FormatError(
            f"{path.name} is an old or password-protected Office file. Save it as .xlsx without a password."
        )
    if first.startswith(b"PK\x03\x04"):
        sheet.refuse_archive(path, "a log")
        return "sheet"
    text = first.decode(detect_head_encoding(path.name, first), "replace").lstrip("\ufeff \t\r\n")
    if text[:1] in ("{", "["):
        found = [(match.start(), name) for name, pattern in _KEYS if (match := pattern.search(text))]
        if found:
            return min(found)[1]
        raise FormatError(
            f"{path.name} holds JSON, but no conversations: expected objects with messages (OpenAI), conversations (ShareGPT), "
            "events (Rasa) or the lines of a journal of this bot.."
        )
    line = text.partition("\n")[0]
    if "text" in parse_fields(line) and ("\t" in line or line.startswith("text:")):
        return "parlai"
    if table.is_header(line):
        return "table"
    raise FormatError(
        f"{path.name} begins with {line[:60]!r}, which no log does: expected JSONL or JSON, ParlAI text (text:…), or a table "
        "whose first row names conversation, speaker and text (or 会话, 说话人, 内容). Name the format if it is one of "
        f"{', '.join(LOG_FORMATS)}."
    )


def read_log(span: ByteRange, name: str, tick: Tick = lambda _: None) -> Iterator[LoggedDialog | RejectedRow]:
    """The conversations of the stretch, and a Refusal for each line or row that is none; streamed.

    Raises FormatError for a file that is no such thing at all, ValueError for an unknown name.
    """
    if name not in LOG_FORMATS:
        raise ValueError(f"There is no log format {name!r}; expected one of {', '.join(LOG_FORMATS)}.")
    return LOG_FORMATS[name](span, tick)
