"""Read logs of conversations, of this bot or another, one module for each family of formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from data.formats import sheet
from data.formats.errors import FormatError, RejectedRow, reject_row, shorten
from data.formats.logs import chat_text, dialogue_text, journal, json_log, sql_dump, table, tracker
from data.formats.logs.assignment import SAMPLED, SpeakerError, Speakers, SpeakerSurvey, UndecidedRow
from data.formats.logs.byte_range import ByteRange, Tick, detect_head_encoding, open_unpacked, read_head
from data.formats.logs.conversation import Conversation
from data.formats.logs.message import is_message_list
from data.formats.logs.objects import read_objects
from data.formats.logs.utterance import build_dialog
from data.formats.parlai import parse_fields
from data.records import LoggedDialog

__all__ = [
    "LOG_FORMATS", "SPLIT_AT", "ByteRange", "FormatError", "RejectedRow", "SpeakerError", "Speakers", "UndecidedRow",
    "find_speakers",
    "read_log", "recognise_log",
]  # fmt: skip

LOG_FORMATS: dict[str, Callable[[ByteRange, Tick], Iterator[LoggedDialog | Conversation | RejectedRow]]] = {
    "journal": journal.read,
    "messages": json_log.read_whole,
    "sharegpt": json_log.read_whole,
    "parlai": dialogue_text.read,
    "rasa": tracker.read,
    "table": table.read_text,
    "sheet": table.read_sheet,
    "sql": table.read_sql,
    "text": chat_text.read,
    **dict.fromkeys(json_log.NAMES, json_log.read),
}
"""The name of each format and the function that reads a byte range of a file."""

SPLIT_AT: dict[str, bytes] = {"messages": b"", "sharegpt": b"", "parlai": dialogue_text.DONE}
"""The formats whose files can be split, and what the line before a split must contain."""

_JOURNAL = re.compile(r'"conversation"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*"kind"\s*:\s*"\w+"')
_OLE = b"\xd0\xcf\x11\xe0"
_LOOKED_FOR = (
    "JSON or JSONL with conversations (messages, conversations, mapping, chat_messages, turns, events, "
    "requests with responses, question "
    "and answer), CSV, TSV or XLSX with a header (conversation, speaker and text, or 会话, 说话人 and "
    "内容; or question and answer), a chat as "
    "text with who speaks before each message (WhatsApp, WeChat, 用户：…), ParlAI text (text:…), or an SQL dump"
)
_HEAD_OBJECTS = 50
_SAMPLED_ROWS = 50_000


def recognise_log(path: Path) -> str:
    """Return the name of a log's format, one of LOG_FORMATS, from its content.

    Raises:
        FormatError: The file is not a log in a known format.
        OSError: It cannot be read.
    """
    first = read_head(path)
    if first.startswith(_OLE):
        raise FormatError(
            f"{path.name} is an old or password-protected Office file. Save it as .xlsx without a password."
        )
    if first.startswith(b"PK\x03\x04"):
        with open_unpacked(path) as unpacked:
            sheet.refuse_archive(unpacked, "a log")
        return "sheet"
    text = first.decode(detect_head_encoding(path.name, first), "replace").lstrip("\ufeff \t\r\n")
    if text[:1] == "{" or (text[:1] == "[" and text[1:].lstrip()[:1] in ("{", "[", '"')):
        return _recognise_json(path, text)
    lines = [line for line in text.split("\n") if line.strip()]
    fields = parse_fields(lines[0])
    if "text" in fields and ("\t" in lines[0] or lines[0].startswith("text:")):
        return "parlai"
    if sql_dump.is_sql_dump(text):
        return "sql"
    if table.find_header(lines) is not None:
        return "table"
    if chat_text.is_chat_text(text):
        return "text"
    raise FormatError(
        f"{path.name} begins with {lines[0].strip()[:60]!r}, which no log begins with; looked for "
        f"{_LOOKED_FOR}. Name the format if it is one "
        f"of {', '.join(LOG_FORMATS)}: --format NAME."
    )


def _recognise_json(path: Path, text: str) -> str:
    if _JOURNAL.search(text[:4096]) and '"messages"' not in text[:4096]:
        return "journal"
    keys: list[str] = []
    why = ""
    for _, value in islice(read_objects(ByteRange(path), lambda _: None), _HEAD_OBJECTS):
        if isinstance(value, RejectedRow):
            why = why or f" (line {value.place.row}: {value.why})"
            continue
        if isinstance(value, list):
            if (
                is_message_list(value)
                or any(isinstance(one, dict) and json_log.name_shape(one) for one in value[:20])
                or any(map(is_message_list, value[:20]))
            ):
                return "json"
            continue
        if _is_rasa(value):
            return "rasa"
        if all(key in value for key in journal.KEYS):
            return "journal"
        if (name := json_log.name_shape(value)) is not None:
            return name
        keys = keys or [key[:40] for key in value][:12]
    shown = f" under {', '.join(keys)}" if keys else ""
    raise FormatError(
        f"{path.name} holds JSON, but no conversations were found{shown}{why[:200]}; looked for lists of "
        f"messages with a speaker (role, from, sender, "
        "author, speaker) and a text (content, value, text, message, body) under messages, conversations, "
        "conversation, dialog, turns, "
        "history, chat_messages, mapping (ChatGPT), chat (Open WebUI), events (Rasa), conversation_parts "
        "(Intercom) and the like, for "
        "requests with responses, for question with answer, and for the lines of a journal of this bot."
    )


def _is_rasa(value: dict[str, Any]) -> bool:
    events = value.get("events")
    if isinstance(events, list):
        return any(isinstance(event, dict) and isinstance(event.get("event"), str) for event in events[:20])
    if isinstance(value.get("event"), str):
        return value["event"] in ("user", "bot", "action", "session_started", "slot") or "sender_id" in value
    trackers = [
        one for held in value.values() for one in (held if isinstance(held, list) else [held]) if isinstance(one, dict)
    ]
    return bool(trackers) and all(isinstance(one.get("events"), list) and _is_rasa(one) for one in trackers[:3])


def find_speakers(path: Path, name: str, given: Speakers | None = None) -> Speakers:
    """Return who speaks for which side in a file.

    The first conversations are looked at; the rest of the file as well, if the words of their speakers do not tell.

    Args:
        path: The file.
        name: Its format, one of LOG_FORMATS.
        given: Names that are known.

    Raises:
        SpeakerError: It cannot be told.
        FormatError: The file does not have the format.
    """
    given = given or Speakers()
    survey = _survey(ByteRange(path, most=_SAMPLED_ROWS), name, given, SAMPLED)
    if survey is None:
        return given
    if survey.needs_all:
        survey = _survey(ByteRange(path), name, given, None) or survey
    return survey.decide()


def _survey(span: ByteRange, name: str, given: Speakers, most: int | None) -> SpeakerSurvey | None:
    """Return what the conversations say of their speakers; None for a format that names the sides itself."""
    if name in ("journal", "parlai"):
        return None
    survey = SpeakerSurvey(given)
    for found in LOG_FORMATS[name](span, lambda _: None):
        if isinstance(found, Conversation):
            survey.add(found)
            if most is not None and survey.conversations >= most:
                break
    return survey


def read_log(
    span: ByteRange, name: str, tick: Tick = lambda _: None, speakers: Speakers | None = None
) -> Iterator[LoggedDialog | RejectedRow]:
    """Yield the conversations of a byte range, and a RejectedRow for each that is invalid or whose speakers cannot be told.

    Args:
        span: The file, or a part of it.
        name: The format, one of LOG_FORMATS.
        tick: Called with the number of bytes that were read since the last call.
        speakers: Who speaks for which side, from find_speakers.

    Raises:
        FormatError: The file does not have the format.
        ValueError: There is no format of that name.
    """
    if name not in LOG_FORMATS:
        raise ValueError(f"There is no log format {name!r}; expected one of {', '.join(LOG_FORMATS)}.")
    speakers = speakers or Speakers()
    last, repeated = 0, 0
    for found in LOG_FORMATS[name](span, tick):
        if not isinstance(found, Conversation):
            yield found
            continue
        if not found.id:
            # Several conversations without an id may stand on one line.
            repeated = repeated + 1 if found.place.row == last else 0
            last = found.place.row
            found.id = f"{found.place}#{repeated + 1}" if repeated else str(found.place)
        yield _build(found, speakers)


def _build(conversation: Conversation, speakers: Speakers) -> LoggedDialog | RejectedRow:
    place = conversation.place
    shown = next((utterance.text for utterance in conversation.said), "")
    try:
        said = speakers.assign(conversation)
    except SpeakerError as error:
        return UndecidedRow(place, shorten(shown), str(error))
    dialog = build_dialog(conversation.id, said, place)
    return dialog or reject_row(place, shown, "nobody says anything: no turn of a user or an assistant")
