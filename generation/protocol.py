"""What the OpenAI-compatible protocol asks of a model, read from JSON and refused where it cannot be done."""

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
    """A request that is not answered. status is that of HTTP, code is a short word for programs."""

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
    """What is to be written: after which messages, at most how many tokens, how freely, and up to which strings.

    A temperature of 0 takes the most probable token each time; None leaves it, and top_p, to the model.
    """

    messages: tuple[ChatMessage, ...]
    tokens: int = _TOKENS
    temperature: float | None = None
    top_p: float | None = None
    stops: tuple[str, ...] = ()
    stream: bool = False


@dataclass(frozen=True)
class Finish:
    """Why a reply ended, and how many tokens were read and written, where that is known."""

    reason: FinishReason
    read: int | None = None
    written: int | None = None


TokenStream = Generator[str | Finish, None, None]
"""The pieces of a reply as they are written; the last part is the Ending. Closing it ends the work."""


class ChatModel(Protocol):
    """A model that writes replies."""

    name: str

    def write(self, request: Request, stopped: Callable[[], bool]) -> TokenStream:
        """A reply. Asks stopped between tokens. Raises ValueError, before the first part, for what the model cannot take."""
        ...


def read_request(body: bytes, name: str) -> Request:
    """The request that the JSON of a chat completion asks for. name is the model's. Raises RequestError."""
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
    if not isinstance(stops, list) or len(stops) > _STOPS or not all(isinstance(one, str) and one for one in stops):
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
    for place, one in enumerate(raw):
        role = one.get("role") if isinstance(one, dict) else None
        if role not in get_args(Role):
            roles = ", ".join(get_args(Role))
            raise RequestError(
                400, "invalid_value", f"messages[{place}].role is {_quote(role)}; expected one of {roles}"
            )
        said.append(ChatMessage(cast(Role, role), _text(one.get("content"), place)))
    if said[-1].role != "user":
        raise RequestError(400, "invalid_value", f"the last message is the {said[-1].role}'s; expected one of the user")
    return tuple(said)


def _text(content: object, place: int) -> str:
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = [one.get("text") if isinstance(one, dict) and one.get("type") == "text" else None for one in parts]
    if not all(isinstance(text, str) for text in texts):
        raise RequestError(
            400, "invalid_value", f"messages[{place}].content is {_name_type(content)}; expected text, and nothing else"
        )
    # Half of a surrogate pair, which JSON can spell, is no character.
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
    """The parts up to the first of the strings, no part of which is given."""
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
        # What is held back may be the beginning of one of them.
        if free := held[: len(held) - (most - 1)] if most > 1 else held:
            yield free
            held = held[len(free) :]
