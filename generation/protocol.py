"""Requests of the OpenAI-compatible protocol, parsed from JSON.

Invalid ones are refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast, get_args

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]

_SKIPPED_ROLES = ("tool", "function")
_TEXT_PARTS = ("text", "input_text", "output_text")
_MOST_TOKENS = 4096
_TOKENS = 256
_STOPS = 4


class RequestError(Exception):
    """A request is refused. status is the HTTP status, code a short word for programs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class ChatMessage:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class Request:
    """A chat completion to generate.

    Args:
        messages: The conversation; the last message is the user's.
        tokens: The most tokens of the reply.
        temperature: 0 takes the most probable token at each step; None leaves it to the model.
        top_p: 0 takes the most probable token too; None leaves it to the model.
        stops: The reply ends before the first of these strings.
        stream: Whether the reply is sent piece by piece.
        include_usage: Whether a stream ends with the number of tokens.
    """

    messages: tuple[ChatMessage, ...]
    tokens: int = _TOKENS
    temperature: float | None = None
    top_p: float | None = None
    stops: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False


@dataclass(frozen=True)
class Finish:
    """Why a reply ended, and the number of tokens read and written, if known."""

    reason: FinishReason
    read: int | None = None
    written: int | None = None


TokenStream = Generator[str | Finish, None, None]
"""The pieces of a reply as they are written; the last part is the Ending. Closing it ends the work."""


class ChatModel(Protocol):
    """A model that generates replies."""

    name: str

    def write(self, request: Request, stopped: Callable[[], bool]) -> TokenStream:
        """Generate a reply; stopped is called between tokens.

        Raises:
            ValueError: The model cannot process the request; raised before the first piece.
        """
        ...


def read_request(body: bytes, name: str) -> Request:
    """Parse the JSON of a chat completion.

    Args:
        body: The body of the HTTP request.
        name: The name of the model that is served.

    Raises:
        RequestError: The request is invalid or names another model.
    """
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        # Also a number of thousands of digits.
        raise RequestError(400, "invalid_json", "the body is not JSON") from None
    if not isinstance(raw, dict):
        raise RequestError(400, "invalid_json", f"the body is {_name_type(raw)}; expected an object")
    model = raw.get("model")
    if model != name:
        raise RequestError(404, "model_not_found", f"model is {_quote(model)}; the only one here is {name!r}")
    if raw.get("n") is not None and (raw["n"] != 1 or isinstance(raw["n"], bool)):
        raise RequestError(400, "invalid_value", f"n is {_quote(raw['n'])}; one reply is written at a time")
    stops = raw.get("stop")
    stops = [] if stops is None else [stops] if isinstance(stops, str) else stops
    if not isinstance(stops, list) or len(stops) > _STOPS or not all(isinstance(stop, str) and stop for stop in stops):
        raise RequestError(400, "invalid_value", f"stop is {_quote(raw['stop'])}; expected at most {_STOPS} strings")
    stream = raw.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise RequestError(400, "invalid_value", f"stream is {_quote(stream)}; expected true or false")
    options = raw.get("stream_options")
    if not isinstance(options, dict | None):
        raise RequestError(400, "invalid_value", f"stream_options is {_quote(options)}; expected an object")
    include = (options or {}).get("include_usage")
    if include is not None and not isinstance(include, bool):
        given = _quote(include)
        raise RequestError(400, "invalid_value", f"stream_options.include_usage is {given}; expected true or false")
    return Request(
        _messages(raw.get("messages")),
        _read_tokens(raw),
        _number(raw, "temperature", 0, 2),
        _number(raw, "top_p", 0, 1),
        tuple(stops),
        bool(stream),
        bool(stream and include),
    )


def _read_tokens(raw: Mapping[str, Any]) -> int:
    """Return the most tokens of the reply: a number that is too large is clamped, and a negative one means no limit."""
    tokens = None
    # The first is the newer name and wins.
    for named in ("max_completion_tokens", "max_tokens"):
        if raw.get(named) is not None:
            clamped = _clamp_tokens(named, raw[named])
            tokens = clamped if tokens is None else tokens
    return _TOKENS if tokens is None else tokens


def _clamp_tokens(named: str, given: Any) -> int:
    # JSON does not tell 12 from 12.0, and some clients send the second.
    whole = isinstance(given, int | float) and not isinstance(given, bool) and _is_finite(given) and given == int(given)
    if not whole:
        raise RequestError(400, "invalid_value", f"{named} is {_quote(given)}; expected a whole number")
    return _MOST_TOKENS if given < 0 else min(max(int(given), 1), _MOST_TOKENS)


def _messages(raw: object) -> tuple[ChatMessage, ...]:
    if not isinstance(raw, list) or not raw:
        raise RequestError(
            400, "invalid_value", f"messages is {_name_type(raw)}; expected a list of at least one message"
        )
    said = []
    for place, message in enumerate(raw):
        role = message.get("role") if isinstance(message, dict) else None
        if role in _SKIPPED_ROLES or (role == "assistant" and message.get("content") is None):
            # Agents send their calls of tools and what these gave; a model without tools cannot read them.
            continue
        role = "system" if role == "developer" else role
        if role not in get_args(Role):
            roles = ", ".join(get_args(Role))
            raise RequestError(
                400, "invalid_value", f"messages[{place}].role is {_quote(role)}; expected one of {roles}"
            )
        said.append(ChatMessage(cast(Role, role), _text(message.get("content"), place)))
    if not said or said[-1].role != "user":
        last = f"the {said[-1].role}'s" if said else "a tool's"
        raise RequestError(400, "invalid_value", f"the last message is {last}; expected one of the user")
    return tuple(said)


def _text(content: object, place: int) -> str:
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = [part.get("text") if isinstance(part, dict) and part.get("type") in _TEXT_PARTS else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise RequestError(
            400, "invalid_value", f"messages[{place}].content is {_name_type(content)}; expected text, and nothing else"
        )
    # JSON can hold half of a surrogate pair, which is not a character.
    return "".join(map(str, texts)).encode("utf-8", "replace").decode()


def _number(raw: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    given = raw.get(name)
    if given is None:
        return None
    right = isinstance(given, int | float) and not isinstance(given, bool)
    if not right or not _is_finite(given) or not least <= given <= most:
        raise RequestError(
            400, "invalid_value", f"{name} is {_quote(given)}; expected a number from {least:g} to {most:g}"
        )
    return float(given)


def _is_finite(given: float) -> bool:
    # A whole number may be too large for a float.
    return isinstance(given, int) or math.isfinite(given)


def _quote(given: object) -> str:
    return json.dumps(given, ensure_ascii=False)[:80]


def _name_type(given: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "missing or null"}
    return names.get(type(given), "a number")


def apply_stop(parts: TokenStream, stops: Sequence[str]) -> TokenStream:
    """Yield the pieces up to the first of the stop strings; no part of one is yielded."""
    held, most = "", max(map(len, stops), default=1)
    for part in parts:
        if isinstance(part, Finish):
            if held:
                yield held
            yield part
            return
        held += part
        if found := [place for place in map(held.find, stops) if place >= 0]:
            if first := held[: min(found)]:
                yield first
            yield Finish("stop")
            return
        # The end of what is held back may begin a stop string.
        if free := held[: len(held) - (most - 1)] if most > 1 else held:
            yield free
            held = held[len(free) :]
