"""Read requests to a model with its responses: OpenAI's Chat Completions and Responses, Anthropic, Gemini, LangSmith, Langfuse.

A request holds what was said before as well; a response ends it with a reply.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from data.formats.logs.content import read_content
from data.formats.logs.conversation import Conversation
from data.formats.logs.message import find_speaker, is_message, is_message_list, read_facts, read_message, read_messages
from data.formats.logs.speakers import BOT, NEITHER, USER, find_side
from data.formats.logs.utterance import LogUtterance, parse_facts
from data.records import Place

_REQUESTS = ("request", "inputs", "input", "prompt", "req", "request_body", "requestBody", "body")
_RESPONSES = (
    "response",
    "outputs",
    "output",
    "completion",
    "res",
    "response_body",
    "responseBody",
    "choices",
    "generations",
    "candidates",
)
_ASKED = (
    "messages",
    "input",
    "contents",
    "prompt",
    "question",
    "query",
    "text",
    "user_input",
    "input_text",
    "message",
    "instruction",
    "human_input",
    "chat_history",
)
_REPLIED = (
    "choices", "output", "output_text", "candidates", "generations", "messages", "message", "content", "answer",
    "response", "text",
    "completion", "result", "reply", "kwargs", "outputs", "generated_text", "data",
)  # fmt: skip
_DEPTH = 8


def unpack_json(value: Any) -> Any:
    """Return the value of a string that holds a JSON object or array; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def is_request(value: Mapping[str, Any]) -> bool:
    """Return whether the object has a request (or messages) and its response, of which one is more than a plain text."""
    response = next((value[key] for key in _RESPONSES if value.get(key) not in (None, "")), None)
    if response is None:
        return False
    if is_message_list(value.get("messages")):
        return _find_reply(unpack_json(response)) is not None
    request = next((value[key] for key in _REQUESTS if value.get(key) not in (None, "")), None)
    if request is None:
        return False
    request, response = unpack_json(request), unpack_json(response)
    if not isinstance(request, (dict, list)) and not isinstance(response, (dict, list)):
        return False  # two texts are a question and an answer
    return bool(_find_asked(request)) and _find_reply(response) is not None


def read_request(value: Mapping[str, Any], place: Place) -> Iterator[Conversation]:
    """Yield the conversation that a request and its response make."""
    asked: list[LogUtterance] = []
    if isinstance(value.get("messages"), list):
        asked = read_messages(value["messages"], place.row)
    if not asked:
        asked = next((said for key in _REQUESTS if (said := _find_asked(unpack_json(value.get(key)), place.row))), [])
    replies = (_find_reply(unpack_json(value.get(key)), place.row) for key in _RESPONSES)
    reply = next((found for found in replies if found is not None), None)
    if reply is not None and not (asked and asked[-1].speaker == reply.speaker and asked[-1].text == reply.text):
        asked.append(reply)
    facts = dict(read_facts({key: fact for key, fact in value.items() if key not in (*_REQUESTS, *_RESPONSES)}) or {})
    facts = {key: fact for key, fact in facts.items() if fact is not None}
    for key in ("feedback", "feedback_stats", "scores"):
        if "liked" not in facts and isinstance(value.get(key), (dict, list)):
            facts.update(_read_feedback(value[key]))
    facts.pop("time", None)
    yield Conversation(find_conversation_id(value), asked, place, facts, is_request=True)


def find_conversation_id(value: Mapping[str, Any]) -> str:
    """Return the id of the conversation that an object belongs to, or nothing; not that of the object itself."""
    for holder in (value, value.get("metadata"), value.get("extra")):
        if isinstance(holder, dict):
            for key in ("conversation_id", "conversationId", "session_id", "sessionId", "thread_id", "threadId"):
                if isinstance(holder.get(key), (str, int)) and holder[key] != "":
                    return str(holder[key])
    return ""


def _read_feedback(given: Any) -> dict[str, Any]:
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict):
            score = next((one[key] for key in ("score", "rating", "value", "thumb") if one.get(key) is not None), None)
            if score is not None and (facts := parse_facts({"liked": score})):
                return facts
    return {}


def _find_asked(value: Any, row: int = 0, depth: int = 0) -> list[LogUtterance]:
    """Return what a request says, in order; a plain text is said by the person."""
    if isinstance(value, str):
        return [LogUtterance(USER, value, row)] if value.strip() else []
    if depth > _DEPTH:
        return []
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], list):
            return _find_asked(value[0], row, depth + 1)  # LangChain: a batch of one
        return read_messages(value, row) if is_message_list(value) else []
    if not isinstance(value, dict):
        return []
    for key in _ASKED:
        if key in value and (found := _find_asked(value[key], row, depth + 1)):
            return found
    if isinstance(body := value.get("body"), (dict, str)):
        return _find_asked(unpack_json(body), row, depth + 1)
    return [message] if is_message(value) and (message := read_message(value, row)) is not None else []


def _find_reply(value: Any, row: int = 0, depth: int = 0) -> LogUtterance | None:
    """Return what a response says: of several choices the first, of several messages the last of the bot."""
    if isinstance(value, str):
        return LogUtterance(BOT, value, row) if value.strip() else None
    if depth > _DEPTH:
        return None
    if isinstance(value, list):
        items = [item for item in value if isinstance(item, (dict, list))]
        spoken = [
            item
            for item in items
            if (isinstance(item, dict) and item.get("type") == "message") or _is_said_by_bot(item)
        ]
        for item in reversed(spoken):
            if (found := _find_reply(item, row, depth + 1)) is not None:
                return found
        if any(isinstance(item, dict) and find_speaker(item) is not None for item in items):
            return None
        text, _ = read_content(value)
        if text:
            return LogUtterance(BOT, text, row)
        return next((found for item in items if (found := _find_reply(item, row, depth + 1)) is not None), None)
    if not isinstance(value, dict):
        return None
    speaker = find_speaker(value)
    if speaker is not None and find_side(speaker) in (USER, NEITHER):
        return None
    if is_message(value) and (message := read_message(value, row)) is not None and message.text:
        message.speaker = BOT
        return message
    if isinstance(value.get("refusal"), str) and value["refusal"]:
        return LogUtterance(BOT, value["refusal"], row)
    for key in _REPLIED:
        if key in value and (found := _find_reply(value[key], row, depth + 1)) is not None:
            return found
    if isinstance(body := value.get("body"), (dict, str)):
        return _find_reply(unpack_json(body), row, depth + 1)
    text, _ = read_content(value)
    return LogUtterance(BOT, text, row) if text else None


def _is_said_by_bot(value: object) -> bool:
    return isinstance(value, dict) and (name := find_speaker(value)) is not None and find_side(name) == BOT
