"""Read the exports of help desks and bot platforms: Intercom, Zendesk, Dialogflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from data.formats.logs.content import read_content, strip_html
from data.formats.logs.conversation import Conversation
from data.formats.logs.message import read_messages
from data.formats.logs.speakers import BOT, USER
from data.formats.logs.utterance import LogUtterance, parse_facts, parse_time
from data.records import Place


def is_intercom(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a conversation of Intercom."""
    return "conversation_parts" in value or (isinstance(value.get("source"), dict) and "body" in value["source"])


def read_intercom(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation: its source, then its parts; notes among colleagues are left out."""
    parts = value.get("conversation_parts")
    if isinstance(parts, dict):
        parts = parts.get("conversation_parts")
    said: list[LogUtterance] = []
    for part in (value.get("source") or value.get("conversation_message"), *(parts if isinstance(parts, list) else ())):
        if not isinstance(part, dict) or part.get("part_type") in ("note", "note_and_reopen"):
            continue
        author = part.get("author")
        kind = author.get("type") if isinstance(author, dict) else None
        body = part.get("body")
        if not isinstance(kind, str) or not isinstance(body, str) or not strip_html(body):
            continue
        time = parse_time(part.get("created_at") or (value.get("created_at") if not said else None))
        said.append(
            LogUtterance(USER if kind in ("user", "lead", "contact") else BOT, strip_html(body), place.row, time)
        )
    rating = value.get("conversation_rating")
    facts: dict[str, Any] = {}
    if isinstance(rating, dict) and isinstance(rating.get("rating"), int):
        stars = rating["rating"]
        facts = {"liked": True if stars >= 4 else False if stars <= 2 else None}
        if isinstance(rating.get("remark"), str):
            facts["reason"] = rating["remark"]
    yield Conversation(str(value.get("id") or ""), said, place, facts)


def is_zendesk(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a chat or a ticket of Zendesk."""
    history = value.get("history")
    is_chat = isinstance(history, list) and any(
        isinstance(one, dict) and ("msg" in one or "sender_type" in one) for one in history[:20]
    )
    return is_chat or _find_comments(value) is not None


def _find_comments(value: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    comments = value.get("comments")
    if isinstance(comments, dict):
        comments = comments.get("comments")
    if not isinstance(comments, list) or not comments:
        return None
    if not all(isinstance(one, dict) and "author_id" in one for one in comments):
        return None
    return comments


def read_zendesk(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation of a chat, or of the public comments of a ticket, whose requester is the person."""
    comments = _find_comments(value)
    held = value.get("ticket")
    ticket: Mapping[str, Any] = held if isinstance(held, dict) else value
    id = str(value.get("id") or ticket.get("id") or "")
    rating = value.get("rating") or value.get("satisfaction_rating") or ticket.get("satisfaction_rating")
    if isinstance(rating, dict):
        rating = rating.get("score")
    facts = parse_facts({"liked": rating}) if rating not in (None, "", "unoffered", "offered") else None
    if isinstance(comment := value.get("comment"), str) and facts:
        facts["reason"] = comment
    if comments is None:
        yield Conversation(
            id, read_messages([_name_nick(one) for one in value["history"]], place.row), place, facts or {}
        )
        return
    requester = ticket.get("requester_id") or value.get("requester_id")
    said = [
        LogUtterance(
            str(one["author_id"]) if requester is None else USER if one["author_id"] == requester else BOT,
            strip_html(str(one.get("plain_body") or one.get("body") or one.get("html_body") or "")),
            place.row,
            parse_time(one.get("created_at")),
        )
        for one in comments
        if one.get("public") is not False
    ]
    yield Conversation(id, said, place, facts or {})


def _name_nick(event: object) -> object:
    # An agent's nick is agent:NUMBER, a visitor's is visitor:NUMBER; the name is that of a person.
    if isinstance(event, dict) and "sender_type" not in event and isinstance(event.get("nick"), str):
        return {**event, "sender_type": event["nick"].partition(":")[0]}
    return event


def is_dialogflow(value: Mapping[str, Any]) -> bool:
    """Return whether the object is a conversation, a turn or a response of Dialogflow (ES or CX)."""
    if isinstance(value.get("interactions"), list):
        return any(
            isinstance(one, dict) and ("request" in one or "response" in one) for one in value["interactions"][:5]
        )
    return _find_result(value) is not None and _read_query(value) is not None


def read_dialogflow(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation; a turn by itself belongs to that of its session."""
    turns = value.get("interactions")
    ordered = [one for one in turns if isinstance(one, dict)] if isinstance(turns, list) else [dict(value)]
    times = [parse_time(one.get("createTime") or one.get("create_time")) for one in ordered]
    if len(ordered) > 1 and None not in times and times == sorted(times, key=lambda time: -(time or 0)):
        ordered, times = ordered[::-1], times[::-1]  # Dialogflow CX lists the newest first
    said: list[LogUtterance] = []
    for turn, time in zip(ordered, times, strict=True):
        if asked := _read_query(turn):
            said.append(
                LogUtterance(
                    USER, asked, place.row, time or parse_time(turn.get("timestamp") or turn.get("request_time"))
                )
            )
        if reply := _read_fulfillment(turn):
            facts = {"kind": "unknown"} if _is_fallback(turn) else None
            said.append(LogUtterance(BOT, reply, place.row, None, facts))
    yield Conversation(find_dialogflow_session(value), said, place)


def find_dialogflow_session(value: Mapping[str, Any]) -> str:
    """Return the name of the session."""
    for key in ("name", "conversation_name", "session", "sessionId", "session_id", "conversationId", "id"):
        if isinstance(value.get(key), str) and value[key]:
            return str(value[key])
    return ""


def _find_result(turn: Mapping[str, Any]) -> dict[str, Any] | None:
    response = turn.get("response")
    holders = (turn, response if isinstance(response, dict) else {})
    for holder in holders:
        for key in ("queryResult", "query_result", "result"):
            if isinstance(result := holder.get(key), dict):
                return result
    return None


def _read_query(turn: Mapping[str, Any]) -> str | None:
    result = _find_result(turn) or {}
    for key in ("queryText", "query_text", "text", "transcript", "resolvedQuery", "resolved_query"):
        if isinstance(result.get(key), str) and result[key]:
            return str(result[key])
    request = turn.get("request") or turn.get("queryInput") or turn.get("query_input")
    return _find_text(request, ("queryInput", "query_input", "text", "input")) if isinstance(request, dict) else None


def _find_text(value: Any, keys: tuple[str, ...], depth: int = 0) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, dict) and depth < 6:
        return next(
            (found for key in keys if key in value and (found := _find_text(value[key], keys, depth + 1))), None
        )
    return None


def _read_fulfillment(turn: Mapping[str, Any]) -> str | None:
    result = _find_result(turn) or {}
    for key in ("fulfillmentText", "fulfillment_text"):
        if isinstance(result.get(key), str) and result[key]:
            return str(result[key])
    messages = next(
        (
            result[key]
            for key in (
                "responseMessages",
                "response_messages",
                "fulfillmentMessages",
                "fulfillment_messages",
                "fulfillment",
            )
            if result.get(key)
        ),
        None,
    )
    if isinstance(messages, dict):
        return _find_text(messages, ("speech", "text"))
    texts = [text for message in messages if (text := read_content(message)[0])] if isinstance(messages, list) else []
    return "\n".join(texts) or None


def _is_fallback(turn: Mapping[str, Any]) -> bool:
    result = _find_result(turn) or {}
    intent = result.get("intent")
    if isinstance(intent, dict) and intent.get("isFallback") is True:
        return True
    match = result.get("match")
    return isinstance(match, dict) and match.get("matchType") == "NO_MATCH"
