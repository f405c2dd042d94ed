"""Validate the requests to the pages before gradio reads them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import gradio as gr
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.event_queue import NO_COOKIE, identify_visitor

MAX_BYTES = 8_000_000
MAX_DEPTH = 32
# The largest whole number that is exact in JavaScript; no index, page or turn is larger.
MAX_NUMBER = 2**53
_API = re.compile(r"/(?P<language>\w+)/gradio_api/(?P<path>.*)", re.DOTALL)
# The paths that the pages use. Gradio has more: other ways to call an event, and tools for developers.
_SERVED = re.compile(
    r"(info|app_id|startup-events|theme\.css|queue/(join|data)|run/predict|cancel|reset|upload|upload_progress)/?|file[=/].*",
    re.DOTALL,
)
_EVENTS = ("queue/join", "run/predict")
_SESSION = re.compile(r"[\w-]{1,64}")
_SURROGATES = re.compile("[\ud800-\udfff]")


class RequestError(ValueError):
    """A request is refused: the HTTP status, and a sentence as the text."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class RequestCheck:
    """Pass on what the pages send, and refuse everything else.

    A refusal has status 4xx and a sentence.
    """

    def __init__(self, app: ASGIApp, pages: Mapping[str, gr.Blocks]) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body checked, or refuse it."""
        found = _API.fullmatch(scope["path"]) if scope["type"] == "http" else None
        page = self._pages.get(found["language"]) if found else None
        if found is None or page is None:
            await self._app(scope, receive, send)
            return
        path = found["path"].rstrip("/")
        try:
            if not _SERVED.fullmatch(path):
                raise RequestError(404, "There is nothing at this address.")
            if scope["method"] != "POST" or path == "upload":
                await self._app(scope, receive, send)
                return
            body = parse_body(await _read(receive))
            if path in _EVENTS and identify_visitor(Request(scope)) is None:
                raise RequestError(400, NO_COOKIE)
            if path in _EVENTS:
                body = check_event(body, page)
            elif path == "cancel":
                body = check_cancel(body)
        except RequestError as error:
            await _refuse(send, error)
            return
        content = json.dumps(body, ensure_ascii=False).encode()
        kept = [field for field in scope["headers"] if field[0] not in (b"content-length", b"content-type")]
        fields = [(b"content-length", str(len(content)).encode()), (b"content-type", b"application/json")]
        given: list[Message] = [{"type": "http.request", "body": content}]

        async def replay() -> Message:
            return given.pop() if given else await receive()

        await self._app({**scope, "headers": [*kept, *fields]}, replay, send)


def parse_body(content: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Each lone surrogate is replaced by U+FFFD, as Unicode recommends.

    Raises:
        RequestError: The content is not a JSON object, a number is too large, or the nesting is too deep.
    """
    try:
        body = json.loads(content, parse_constant=_refuse_constant)
    except RequestError:
        raise
    except RecursionError:
        raise RequestError(400, f"The lists and objects of the body are nested more than {MAX_DEPTH} deep.") from None
    except ValueError:
        raise RequestError(400, "The body is not valid JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise RequestError(400, f"The body is a JSON {_name_type(body)}; an object was expected.")
    repaired: dict[str, Any] = _repair(body, 0)
    return repaired


def check_event(body: dict[str, Any], page: gr.Blocks) -> dict[str, Any]:
    """Return the fields of an event of the page, and only these.

    Raises:
        RequestError: A field is missing or has another type.
    """
    number, data, session = body.get("fn_index"), body.get("data"), body.get("session_hash")
    fn = page.fns.get(number) if type(number) is int else None
    if fn is None or fn.fn is None:
        raise RequestError(400, "fn_index names no event of this page.")
    if not isinstance(data, list) or len(data) != len(fn.inputs):
        raise RequestError(400, f"data was expected to be a list of {len(fn.inputs)} values.")
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise RequestError(400, "session_hash was expected to be 1 to 64 letters, digits, hyphens or underscores.")
    trigger, event = body.get("trigger_id"), body.get("event_data")
    if trigger is not None and type(trigger) is not int:
        raise RequestError(400, "trigger_id was expected to be a whole number.")
    # A changed field also sends its value here. The pages only read events that are objects.
    said = event if isinstance(event, dict) else None
    return {"fn_index": number, "data": data, "session_hash": session, "trigger_id": trigger, "event_data": said}


def check_cancel(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that cancel an event, and only these.

    Raises:
        RequestError: A field is missing or has another type.
    """
    number, session, event = body.get("fn_index"), body.get("session_hash"), body.get("event_id")
    if type(number) is not int or not isinstance(session, str) or not isinstance(event, str):
        raise RequestError(400, "fn_index (a whole number), session_hash and event_id (texts) were expected.")
    return {"fn_index": number, "session_hash": session, "event_id": event}


def _repair(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise RequestError(400, f"The lists and objects of the body are nested more than {MAX_DEPTH} deep.")
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_SURROGATES.sub("\ufffd", key): _repair(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_repair(part, depth + 1) for part in value]
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        raise RequestError(400, f"A whole number of the body is beyond {MAX_NUMBER}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError(400, "A number of the body is too large.")
    return value


def _refuse_constant(name: str) -> Any:
    raise RequestError(400, f"{name} is not a number that JSON knows.")


def _name_type(value: Any) -> str:
    kinds = {list: "list", str: "text", type(None): "null", bool: "truth value"}
    return kinds.get(type(value), "number")


async def _read(receive: Receive) -> bytes:
    content = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "The connection ended before the body was complete.")
        content += bytes(message.get("body", b""))
        if len(content) > MAX_BYTES:
            raise RequestError(413, f"The body is longer than {MAX_BYTES} bytes.")
        if not message.get("more_body"):
            return content


async def _refuse(send: Send, error: RequestError) -> None:
    content = json.dumps({"detail": str(error)}).encode()
    fields = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": error.status, "headers": fields})
    await send({"type": "http.response.body", "body": content})
