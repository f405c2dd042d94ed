"""Read one message of a conversation: who says what, and what the log has beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.formats.columns import normalize_name
from data.formats.logs.content import read_content
from data.formats.logs.speakers import BOT, USER, find_side
from data.formats.logs.utterance import LogUtterance, parse_facts, parse_time

SPEAKER_KEYS = (
    "role", "from", "speaker", "sender_type", "sendertype", "participantrole", "authortype", "usertype",
    "speakertype", "sender", "author",
    "sendername", "fromname", "type", "who", "speakername", "authorname", "nick", "nickname", "username", "name",
    "user", "agent", "actor",
    "direction", "obj", "messagetype", "角色", "说话人", "发言人", "发送者", "发送人", "身份",
)  # fmt: skip
TEXT_KEYS = (
    "content", "text", "value", "msg", "message", "body", "utterance", "parts", "markdown", "html", "内容", "消息", "文本",
)  # fmt: skip
_BOOLEANS = {
    **dict.fromkeys("isbot frombot bot isassistant isai isagent".split(), (BOT, USER)),
    **dict.fromkeys("isuser fromuser ishuman fromcustomer iscustomer isvisitor".split(), (USER, BOT)),
}
_PERSON_KEYS = (
    "role",
    "type",
    "isbot",
    "is_bot",
    "isBot",
    "bot",
    "name",
    "display_name",
    "displayName",
    "nickname",
    "username",
    "id",
    "email",
)
_TYPES_OF_MESSAGES = frozenset(
    """
    message msg text chat.msg chatmsg default reply comment plain image photo file event chat regular conversation
    note textmessage
    usermessage_ service system_ input_text output_text
    """.split()
)
_SAID_BY_NOBODY = frozenset(
    """
    service conversationupdate typing trace endofconversation event handoff invoke messagereaction chat.memberjoin
    chat.memberleave
    chat.rating chat.request.rating chat.comment recipientadd recipientremove call pinnedmessage userjoin channelnamechange
    channelpinnedmessage guildmemberjoin function_call function_call_output reasoning file_search_call web_search_call
    computer_call code_interpreter_call mcp_call custom_tool_call custom_tool_call_output tool_call tool_result delete
    """.split()
)
_SLACK_SERVICE = (
    "channel_",
    "group_",
    "pinned_",
    "unpinned_",
    "reminder_",
    "bot_add",
    "bot_remove",
    "tombstone",
    "huddle_",
)


def find_keys(value: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys of an object by their normalized names."""
    return {normalize_name(key): key for key in value if isinstance(key, str)}


def is_message(value: object) -> bool:
    """Return whether the value is an object that names who speaks and what is said."""
    if not isinstance(value, dict):
        return False
    keys = find_keys(value)
    if not any(key in keys for key in TEXT_KEYS) and "data" not in keys and "kwargs" not in keys:
        return isinstance(value.get("tool_calls"), list) and isinstance(value.get("role"), str)
    return find_speaker(value) is not None


def find_speaker(value: Mapping[str, Any]) -> str | None:
    """Return the name or role of who says a message; of several keys that which tells the side."""
    role = value.get("role")
    if isinstance(role, str) and find_side(role) is not None:
        return role
    keys = find_keys(value)
    for key, (yes, no) in _BOOLEANS.items():
        if isinstance(given := value.get(keys.get(key, "")), bool):
            return yes if given else no
    if value.get("bot_id") or value.get("subtype") == "bot_message":
        return BOT
    first: str | None = None
    for key in SPEAKER_KEYS:
        if key not in keys or keys[key] is None:
            continue
        name = _name_person(value[keys[key]])
        if name is None or (
            key in ("type", "messagetype") and (find_side(name) is None or name.lower() in _TYPES_OF_MESSAGES)
        ):
            continue
        if find_side(name) is not None:
            return name
        first = first or name
    if first is None and isinstance(id := value.get("id"), list) and id and isinstance(id[-1], str):
        return id[-1] if find_side(id[-1]) else None  # LangChain: ["langchain", "schema", "messages", "HumanMessage"]
    return first


def _name_person(given: object) -> str | None:
    if isinstance(given, str):
        return given.strip() or None
    if isinstance(given, bool) or given is None:
        return None
    if isinstance(given, int):
        return str(given)
    if not isinstance(given, dict):
        return None
    for key in ("isBot", "is_bot", "bot"):
        if given.get(key) is True:
            return BOT
    names = [
        str(given[key])
        for key in _PERSON_KEYS
        if isinstance(given.get(key), (str, int)) and not isinstance(given[key], bool)
    ]
    return next((name for name in names if find_side(name) is not None), names[0] if names else None)


def is_said_by_nobody(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a notice of a chat application: somebody joined, is typing, a tool was called."""
    kind, subtype = value.get("type"), value.get("subtype")
    if isinstance(kind, str) and kind.lower() in _SAID_BY_NOBODY and not value.get("role"):
        return True
    return isinstance(subtype, str) and subtype.startswith(_SLACK_SERVICE)


def read_message(value: Mapping[str, Any], row: int, speaker: str | None = None) -> LogUtterance | None:
    """Return a message as an utterance; None if nothing is said in it, as in a call of a tool.

    Args:
        value: The object.
        row: The line that it stands on.
        speaker: Who speaks, where the object does not say.
    """
    if is_said_by_nobody(value):
        return None
    name = speaker or find_speaker(value)
    if name is None:
        return None
    text, picture = _read_text(value)
    if text is None:
        return None
    facts = read_facts(value) if len(value) > 2 else None
    if picture:
        facts = {**(facts or {}), "picture": True}
    time = parse_time(facts.get("time")) if facts else None
    return LogUtterance(name, text, row, time, facts)


def _read_text(value: Mapping[str, Any]) -> tuple[str | None, bool]:
    content = value.get("content")
    if isinstance(content, str) and content:
        return content, False
    if isinstance(refusal := value.get("refusal"), str) and refusal and not content:
        return refusal, False
    keys = find_keys(value)
    has_picture = False
    empty: str | None = None
    for key in TEXT_KEYS:
        if key in keys:
            text, picture = read_content(value[keys[key]])
            has_picture = has_picture or picture
            if text:
                return text, has_picture or _has_file(value)
            empty = text if empty is None else empty
    for key in ("data", "kwargs"):  # LangChain
        if isinstance(inner := value.get(key), dict) and (found := _read_text(inner))[0] is not None:
            return found
    if has_picture or _has_file(value):
        return "", True
    if value.get("tool_calls") or value.get("function_call"):
        return None, False
    return empty, False


def _has_file(value: Mapping[str, Any]) -> bool:
    return any(
        bool(value.get(key)) and isinstance(value[key], (list, str, dict))
        for key in ("attachments", "files", "photo", "file", "media_type", "sticker_emoji", "photos", "images")
    )


_PLAIN = frozenset({"role", "content", "from", "value", "text", "type", "id", "sender", "speaker"})


def read_facts(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the fields of a LoggedTurn that an object has beside its text: times, marks, sources."""
    facts = parse_facts(value, _PLAIN)
    if isinstance(annotation := value.get("annotation"), dict):  # Open WebUI
        facts = {**(facts or {}), **(parse_facts(annotation) or {})}
    if isinstance(value.get("ts"), str):  # Slack
        facts = {**(facts or {}), "time": parse_time(value["ts"])}
    return facts


def read_plain_messages(values: Sequence[object], row: int) -> list[LogUtterance] | None:
    """Return what read_messages returns, faster, for messages with a known role and a text; None if one is of another kind."""
    said: list[LogUtterance] = []
    first = last = None
    for value in values:
        if type(value) is not dict:
            return None
        role, text = value.get("role"), value.get("content")
        if type(role) is not str or type(text) is not str or not text or "subtype" in value or find_side(role) is None:
            return None
        if len(value) == 2:
            said.append(LogUtterance(role, text, row))
            continue
        facts = read_facts(value)
        time = parse_time(facts.get("time")) if facts else None
        if time is not None:
            first, last = (time if first is None else first), time
        said.append(LogUtterance(role, text, row, time, facts))
    if first is not None and last is not None and first > last:
        return None  # perhaps the newest message comes first
    return said


def read_messages(values: Sequence[object], row: int) -> list[LogUtterance]:
    """Return what is said in a list of messages, in order. Where no message names its speaker, they are "first" and "second"."""
    said: list[LogUtterance] = []
    if is_unnamed(values):
        for index, value in enumerate(values):
            name = ("first", "second")[index % 2]
            found = (
                LogUtterance(name, value, row) if isinstance(value, str) else read_message(value, row, name)  # type: ignore[arg-type]
            )
            if found is not None:
                said.append(found)
        return said
    for value in values:
        if isinstance(value, dict):
            if (pair := read_pair_message(value, row)) is not None:
                said.extend(pair)
            elif (message := read_message(value, row)) is not None:
                said.append(message)
    times = [utterance.time for utterance in said if utterance.time is not None]
    if len(times) == len(said) > 1 and times[0] > times[-1] and times == sorted(times, reverse=True):
        said.reverse()  # Messenger and others write the newest message first
    return said


def read_pair_message(value: Mapping[str, Any], row: int) -> list[LogUtterance] | None:
    """Return the two utterances of {"human": ..., "assistant": ...}; None if the object is no such pair."""
    if "role" in value or "content" in value or not 2 <= len(value) <= 6:
        return None
    texts = [(key, text) for key, text in value.items() if isinstance(key, str) and isinstance(text, str)]
    sides = [find_side(key) for key, _ in texts]
    if sorted(side for side in sides if side is not None and side in (USER, BOT)) != [BOT, USER]:
        return None
    return [
        LogUtterance(side, text, row)
        for wanted in (USER, BOT)
        for side, (_, text) in zip(sides, texts, strict=True)
        if side == wanted and text.strip()
    ]


def is_unnamed(values: Sequence[object]) -> bool:
    """Return whether no message of the list says who speaks: texts alone, or objects with nothing but a text."""
    if not values:
        return False
    if all(isinstance(value, str) for value in values):
        return True
    return all(
        isinstance(value, dict)
        and find_speaker(value) is None
        and read_pair_message(value, 0) is None
        and any(isinstance(value.get(key), str) for key in ("message", "text", "content", "utterance"))
        for value in values
    )


def is_message_list(values: object) -> bool:
    """Return whether the value is a list of messages of one conversation."""
    if not isinstance(values, list) or not values:
        return False
    head = values[:20]
    known = sum(
        is_message(value) or (isinstance(value, dict) and read_pair_message(value, 0) is not None) for value in head
    )
    return known * 2 >= len(head) or (len(values) > 1 and is_unnamed(values))
