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
        top_p: None leaves it to the model.
        stops: The reply ends before the first of these strings.
        stream: Whether the reply is sent piece by piece.
    """

    messages: tuple[ChatMessage, ...]
    tokens: int = _TOKENS
    temperature: float | None = None
    top_p: float | None = None
    stops: tuple[str, ...] = ()
    stream: bool = False


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
        raise RequestError(400, "invalid_json", "the body is not JSON") from None
    if not isinstance(raw, dict):
        raise RequestError(400, "invalid_json", f"the body is {_name_type(raw)}; expected an object")
    model = raw.get("model")
    if model != name:
        raise RequestError(404, "model_not_found", f"model is {_quote(model)}; the only one here is {name!r}")
    if raw.get("n") not in (None, 1):
        raise RequestError(400, "invalid_value", f"n is {_quote(raw['n'])}; one reply is written at a time")
    stops = raw.get("stop")
    stops = [] if stops is None else [stops] if isinstance(stops, str) else stops
    if not isinstance(stops, list) or len(stops) > _STOPS or not all(isinstance(stop, str) and stop for stop in stops):
        raise RequestError(400, "invalid_value", f"stop is {_quote(raw['stop'])}; expected at most {_STOPS} strings")
    stream = raw.get("stream")
    if stream not in (None, False, True):
        raise RequestError(400, "invalid_value", f"stream is {_quote(stream)}; expected true or false")
    named = "max_completion_tokens" if raw.get("max_completion_tokens") is not None else "max_tokens"
    tokens = _number(raw, named, 1, _MOST_TOKENS, whole=True)
    return Request(
        _messages(raw.get("messages")),
        _TOKENS if tokens is None else int(tokens),
        _number(raw, "temperature", 0, 2),
        _number(raw, "top_p", 0.01, 1),
        tuple(stops),
        bool(stream),
    )


def _messages(raw: object) -> tuple[ChatMessage, ...]:
    if not isinstance(raw, list) or not raw:
        raise RequestError(
            400, "invalid_value", f"messages is {_name_type(raw)}; expected a list of at least one message"
        )
    said = []
    for place, message in enumerate(raw):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in get_args(Role):
            roles = ", ".join(get_args(Role))
            raise RequestError(
                400, "invalid_value", f"messages[{place}].role is {_quote(role)}; expected one of {roles}"
            )
        said.append(ChatMessage(cast(Role, role), _text(message.get("content"), place)))
    if said[-1].role != "user":
        raise RequestError(400, "invalid_value", f"the last message is the {said[-1].role}'s; expected one of the user")
    return tuple(said)


def _text(content: object, place: int) -> str:
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise RequestError(
            400, "invalid_value", f"messages[{place}].content is {_name_type(content)}; expected text, and nothing else"
        )
    # JSON can hold half of a surrogate pair, which is not a character.
    return "".join(map(str, texts)).encode("utf-8", "replace").decode()


def _number(raw: Mapping[str, Any], name: str, least: float, most: float, whole: bool = False) -> float | None:
    given = raw.get(name)
    if given is None:
        return None
    right = isinstance(given, int if whole else int | float) and not isinstance(given, bool)
    if not right or not math.isfinite(given) or not least <= given <= most:
        kind = "a whole number" if whole else "a number"
        raise RequestError(
            400, "invalid_value", f"{name} is {_quote(given)}; expected {kind} from {least:g} to {most:g}"
        )
    return float(given)


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
