"""Read conversations from JSON of any known shape: an object for each, a list or rows of messages, wrappers around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick
from data.formats.logs.chat_exports import (
    is_chatgpt,
    is_oasst,
    is_openwebui,
    is_openwebui_feedback,
    read_chatgpt,
    read_oasst,
    read_openwebui,
    read_openwebui_feedback,
)
from data.formats.logs.conversation import Conversation
from data.formats.logs.grouping import Grouped, Row, group_rows
from data.formats.logs.helpdesk import (
    find_dialogflow_session,
    is_dialogflow,
    is_intercom,
    is_zendesk,
    read_dialogflow,
    read_intercom,
    read_zendesk,
)
from data.formats.logs.message import (
    is_message,
    is_message_list,
    is_said_by_nobody,
    read_message,
    read_messages,
    read_plain_messages,
)
from data.formats.logs.objects import read_objects
from data.formats.logs.pairs import find_pair_id, is_arena, is_pair, read_arena, read_pair
from data.formats.logs.requests import is_request, read_request
from data.formats.logs.utterance import LogUtterance, parse_facts
from data.records import Place

Found = Conversation | Row

_MESSAGE_KEYS = (
    "messages", "conversations", "conversation", "chat_messages", "dialog", "dialogue", "dialogs", "turns",
    "utterances", "items", "chat_history",
    "history", "full_conversation", "transcript", "activities", "contents", "entries", "chat", "log", "content",
    "msgs", "thread", "msg_list",
    "message_list", "chat_content", "data", "events", "对话", "对话详情", "对话内容", "消息", "聊天记录", "消息列表",
)  # fmt: skip
_IDS = (
    "id", "uuid", "conversation_id", "conversationId", "conversation", "session_id", "sessionId", "thread_id",
    "threadId", "dialogue_id",
    "dialog_id", "chat_id", "chatId", "conversation_hash", "question_id", "sender_id",
)  # fmt: skip
_GROUPS = (
    "conversation", "conversation_id", "conversationId", "session_id", "sessionId", "session", "thread_ts",
    "thread_id", "threadId", "chat_id", "chatId",
    "dialogue_id", "dialog_id", "message_tree_id", "ticket_id", "room_id", "roomId", "channel_id", "会话", "会话id",
    "会话ID", "对话id",
)  # fmt: skip
_RATINGS = frozenset("rating feedback liked thumbs satisfaction score 评分 评价 用户评价 满意度".split())
_RESPONSES = frozenset("response choices output outputs completion chosen generations".split())
_MAX_DEPTH = 4
_NOTHING = "nobody says anything: no message of a person or a bot"

Shape = tuple[str, Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any], Place], Iterator[Conversation]]]
SHAPES: tuple[Shape, ...] = (
    ("chatgpt", is_chatgpt, read_chatgpt),
    ("openwebui", is_openwebui, read_openwebui),
    ("openwebui", is_openwebui_feedback, read_openwebui_feedback),
    ("intercom", is_intercom, read_intercom),
    ("zendesk", is_zendesk, read_zendesk),
    ("arena", is_arena, read_arena),
    ("oasst", is_oasst, read_oasst),
    ("requests", is_request, read_request),
)
"""The forms of an object that need more than the generic reader: name, test, reader; the first that fits is taken."""

NAMES = (
    "chatgpt", "anthropic", "openwebui", "intercom", "zendesk", "arena", "oasst", "requests", "dialogflow",
    "langchain", "slack", "discord",
    "telegram", "botframework", "pairs", "json",
)  # fmt: skip
"""The names of the formats that `read` reads, beside messages and sharegpt."""


def name_shape(value: Mapping[str, Any], depth: int = 0) -> str | None:
    """Return the name of an object's format; None if it holds no conversation that is known."""
    for key, name in (("messages", "messages"), ("conversations", "sharegpt")):
        if key in value and is_message_list(value[key]) and not is_request(value):
            return _name_product(value, value[key]) or name
    for name, matches, _ in SHAPES:
        if matches(value):
            return name
    if is_dialogflow(value):
        return "dialogflow"
    if "chat_messages" in value:
        return "anthropic"
    if is_message(value):
        return _name_product(value, [value]) or "json"
    if _find_messages(value) is not None:
        return "json"
    if is_pair(value):
        return "pairs"
    inner = next((held for _, held in _find_inner(value, depth)), None)
    inner_name = name_shape(inner, depth + 1) if isinstance(inner, dict) else None
    return inner_name if inner_name in NAMES else None if inner is None else "json"


def _name_product(holder: Mapping[str, Any], messages: list[Any]) -> str | None:
    first = next((one for one in messages if isinstance(one, dict)), {})
    author = first.get("author")
    if (
        "from_id" in first
        or (first.get("type") == "service" and "actor" in first)
        or holder.get("type") in ("personal_chat", "bot_chat")
    ):
        return "telegram"
    if isinstance(author, dict) and ("isBot" in author or "discriminator" in author):
        return "discord"
    if isinstance(first.get("ts"), str):
        return "slack"
    if isinstance(first.get("from"), dict) and ("conversation" in first or "channelId" in first):
        return "botframework"
    if "lc" in first or (
        isinstance(first.get("data"), dict) and first.get("type") in ("human", "ai", "system", "tool")
    ):
        return "langchain"
    return None


def read(span: ByteRange, tick: Tick) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations of any known shape; messages in rows are grouped by their conversation."""
    yield from join_repeated(_group(span, _find(span, tick)))


def read_whole(span: ByteRange, tick: Tick) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations of a log with one in each object; a message by itself is rejected."""
    for found in _find(span, tick):
        if isinstance(found, tuple):
            _, row, value = found
            yield reject_row(Place(span.path.name, row), _show(value), "a message by itself among whole conversations")
        else:
            yield found


def _find(span: ByteRange, tick: Tick) -> Iterator[Found | RejectedRow]:
    name = span.path.name
    for row, value in read_objects(span, tick):
        place = Place(name, row)
        if isinstance(value, RejectedRow):
            yield value
        elif isinstance(value, list):
            if is_message_list(value):
                yield Conversation("", read_messages(value, row), place)
            else:
                yield from _read_wrapped({"": value}, place, 0)
        else:
            yield from read_object(value, place)


def _group(span: ByteRange, found: Iterator[Found | RejectedRow]) -> Iterator[Conversation | RejectedRow]:
    groups: Iterator[Grouped | Conversation | RejectedRow] = group_rows(found)
    for group in groups:
        if not isinstance(group, tuple):
            yield group
            continue
        id, rows = group
        place = Place(span.path.name, rows[0][0])
        said: list[LogUtterance] = []
        facts: dict[str, Any] = {}
        messages = [value for _, value in rows]
        if all(is_message(value) or is_ignored(value) for value in messages):
            for row, value in rows:
                message = read_message(value, row)
                if message is not None:
                    said.append(message)
            _restore_order(said)
        else:
            for row, value in rows:
                reader = read_dialogflow if is_dialogflow(value) else read_pair
                for part in reader(value, Place(span.path.name, row)):
                    said += part.attach_facts(part.said)
        if said:
            yield Conversation(id, said, place, facts)
        elif not all(is_ignored(value) or is_said_by_nobody(value) for value in messages):
            yield reject_row(place, _show(messages[0]), _NOTHING)


def _restore_order(said: list[LogUtterance]) -> None:
    """Reverse messages of which each is earlier than the one before, as in exports with the newest first."""
    times = [utterance.time for utterance in said if utterance.time is not None]
    if len(times) == len(said) > 1 and times[0] > times[-1] and times == sorted(times, reverse=True):
        said.reverse()


def is_ignored(value: Mapping[str, Any]) -> bool:
    """Return whether the object is an event of a chat that nobody says: joining, typing, a call of a tool."""
    return (
        isinstance(value.get("type"), str)
        and not is_message(value)
        and not is_dialogflow(value)
        and not is_pair(value)
        and not any(True for _ in _find_inner(value, 0))
    )


def read_object(value: Mapping[str, Any], place: Place, depth: int = 0) -> Iterator[Found | RejectedRow]:
    """Yield what one object holds: conversations, or a row that belongs to one, or why it holds none."""
    messages = value.get("messages")
    if type(messages) is list and messages and not _has_response(value):
        plain = read_plain_messages(messages, place.row)
        if plain:
            yield Conversation(_find_id(value), plain, place, _read_ratings(value))
            return
    if isinstance(messages, list) and not _has_response(value) and is_message_list(messages):
        yield from _read_held(value, messages, place)
        return
    for _, matches, reader in SHAPES:
        if matches(value):
            for conversation in reader(value, place):
                yield conversation if conversation.said else reject_row(place, _show(value), _NOTHING)
            return
    if isinstance(value.get("interactions"), list) and is_dialogflow(value):
        yield from read_dialogflow(value, place)
    elif is_dialogflow(value):
        yield find_dialogflow_session(value), place.row, dict(value)
    elif (found := _find_messages(value)) is not None:
        yield from _read_held(value, found, place)
    elif is_message(value):
        yield _find_group(value), place.row, dict(value)
    elif is_pair(value):
        if id := find_pair_id(value):
            yield id, place.row, dict(value)
        else:
            yield from read_pair(value, place)
    elif is_ignored(value) and depth == 0:
        yield _find_group(value), place.row, dict(value)
    else:
        yield from _read_wrapped(value, place, depth)


def _has_response(value: Mapping[str, Any]) -> bool:
    return not _RESPONSES.isdisjoint(value)


def _find_messages(value: Mapping[str, Any]) -> list[Any] | None:
    for key in _MESSAGE_KEYS:
        held = value.get(key)
        if isinstance(held, list) and is_message_list(held):
            return held
        if isinstance(held, dict):
            for inner in _MESSAGE_KEYS:
                if is_message_list(held.get(inner)):
                    return list(held[inner])
    others = [
        held
        for key, held in value.items()
        if key not in _MESSAGE_KEYS and is_message_list(held) and isinstance(held[0], dict)
    ]
    return list(others[0]) if len(others) == 1 else None


def _read_held(value: Mapping[str, Any], messages: list[Any], place: Place) -> Iterator[Conversation | RejectedRow]:
    said = read_messages(messages, place.row)
    if value.get("type") == "bot_chat" and isinstance(value.get("name"), str):  # Telegram
        for utterance in said:
            utterance.speaker = "bot" if utterance.speaker == value["name"] else "user"
    if not said:
        yield reject_row(place, _show(value), _NOTHING)
        return
    yield Conversation(_find_id(value), said, place, _read_ratings(value))


def _find_id(value: Mapping[str, Any]) -> str:
    for key in _IDS:
        if key in value:
            id = value[key]
            if isinstance(id, (str, int)) and id != "":
                return str(id)
    return ""


def _read_ratings(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an object says of its whole conversation."""
    if _RATINGS.isdisjoint(value):
        return {}
    rated = {key: fact for key, fact in value.items() if key in _RATINGS and not isinstance(fact, bool)}
    return {key: fact for key, fact in (parse_facts(rated) or {}).items() if key in ("liked", "stars")}


def _find_group(value: Mapping[str, Any]) -> str:
    for key in _GROUPS:
        given = value.get(key)
        if isinstance(given, dict):
            given = given.get("id")
        if isinstance(given, (str, int)) and not isinstance(given, bool) and given != "":
            return str(given)
    return ""


def _find_inner(value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the id and the value of each conversation that a wrapper holds: {"data": [...]}, {"id 1": {...}, "id 2": {...}}."""
    if depth >= _MAX_DEPTH:
        return
    for key, held in value.items():
        if isinstance(held, list) and any(is_message_list(one) or _has_shape(one, depth) for one in held[:20]):
            for one in held:
                yield "", one
        elif _has_shape(held, depth):
            yield str(key), held


def _has_shape(value: object, depth: int) -> bool:
    return isinstance(value, dict) and name_shape(value, depth + 1) is not None


def _read_wrapped(value: Mapping[str, Any], place: Place, depth: int) -> Iterator[Found | RejectedRow]:
    if depth >= _MAX_DEPTH:
        yield reject_row(place, _show(value), "nested too deep")
        return
    count = 0
    for id, held in _find_inner(value, depth):
        count += 1
        if isinstance(held, list) and is_message_list(held):
            yield Conversation(id, read_messages(held, place.row), place)
        elif isinstance(held, dict):
            for found in read_object(held, place, depth + 1):
                if isinstance(found, Conversation):
                    found.id = found.id or id
                yield found
        else:
            yield reject_row(place, _show(held), "not a JSON object")
    if not count:
        yield reject_row(
            place,
            _show(value),
            "there is no conversation in it that is known: no list of messages, no question with an answer",
        )


def join_repeated(found: Iterator[Conversation | RejectedRow]) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations, without requests that the next one repeats and goes on with."""
    held: Conversation | None = None
    for one in found:
        if isinstance(one, RejectedRow) or not one.is_request:
            if held is not None:
                yield held
                held = None
            yield one
            continue
        if held is not None and not _continues(held, one):
            yield held
        elif held is not None:
            _keep_facts(held, one)
        held = one
    if held is not None:
        yield held


def _continues(earlier: Conversation, later: Conversation) -> bool:
    before, after = ([(one.speaker, one.text) for one in part.said] for part in (earlier, later))
    return len(after) > len(before) and [text for _, text in after[: len(before)]] == [text for _, text in before]


def _keep_facts(earlier: Conversation, later: Conversation) -> None:
    for before, after in zip(earlier.attach_facts(earlier.said), later.said, strict=False):
        if before.facts:
            after.facts = {**before.facts, **(after.facts or {})}


def _show(value: Any) -> str:
    try:
        return (
            json.dumps(value, ensure_ascii=False)[:400]
            if not isinstance(value, dict) or len(value) < 100
            else str(list(value)[:10])
        )
    except (TypeError, ValueError, RecursionError):
        return "…"
