"""The bodies that programs send to the pages, checked and put right before Gradio reads them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import gradio as gr
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.event_queue import NO_COOKIE, visitor_of

MOST_BYTES = 8_000_000
MOST_DEPTH = 32
# Browsers count exactly up to here; a larger number is no index, page or turn of anything.
MOST_NUMBER = 2**53
_API = re.compile(r"/(?P<language>\w+)/gradio_api/(?P<path>.*)", re.DOTALL)
# What the pages use. Gradio serves more: other ways to call an event, and tools for developers.
_SERVED = re.compile(
    r"(info|app_id|startup-events|theme\.css|queue/(join|data)|run/predict|cancel|reset|upload|upload_progress)/?|file[=/].*",
    re.DOTALL,
)
_EVENTS = ("queue/join", "run/predict")
_SESSION = re.compile(r"[\w-]{1,64}")
_SURROGATES = re.compile("[\ud800-\udfff]")


class RequestError(ValueError):
    """Carries the status and the sentence with which a request is refused."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class RequestCheck:
    """Lets through what the pages send; answers everything else with status 4xx and a sentence."""

    def __init__(self, app: ASGIApp, pages: Mapping[str, gr.Blocks]) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body checked, or refuse it."""
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
            if path in _EVENTS and visitor_of(Request(scope)) is None:
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
    """Return the JSON object, each lone surrogate in it replaced by U+FFFD, as Unicode recommends.

    Raises RequestError for what is no JSON object, or holds numbers or levels that nothing here can use.
    """
    try:
        body = json.loads(content, parse_constant=_refuse_constant)
    except RequestError:
        raise
    except RecursionError:
        raise RequestError(400, f"The lists and objects of the body are nested more than {MOST_DEPTH} deep.") from None
    except ValueError:
        raise RequestError(400, "The body is not valid JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise RequestError(400, f"The body is a JSON {_kind(body)}; an object was expected.")
    repaired: dict[str, Any] = _repair(body, 0)
    return repaired


def check_event(body: dict[str, Any], page: gr.Blocks) -> dict[str, Any]:
    """Return what an event of the page needs of the body. Raises RequestError where it is missing or of another kind."""
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
    # A field that changes sends its value here once more. What the pages read of an event is an object.
    said = event if isinstance(event, dict) else None
    return {"fn_index": number, "data": data, "session_hash": session, "trigger_id": trigger, "event_data": said}


def check_cancel(body: dict[str, Any]) -> dict[str, Any]:
    """Return what the end of an event needs of the body. Raises RequestError where it is missing or of another kind."""
    number, session, event = body.get("fn_index"), body.get("session_hash"), body.get("event_id")
    if type(number) is not int or not isinstance(session, str) or not isinstance(event, str):
        raise RequestError(400, "fn_index (a whole number), session_hash and event_id (texts) were expected.")
    return {"fn_index": number, "session_hash": session, "event_id": event}


def _repair(value: Any, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise RequestError(400, f"The lists and objects of the body are nested more than {MOST_DEPTH} deep.")
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_SURROGATES.sub("\ufffd", key): _repair(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_repair(part, depth + 1) for part in value]
    if isinstance(value, int) and abs(value) > MOST_NUMBER:
        raise RequestError(400, f"A whole number of the body is beyond {MOST_NUMBER}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError(400, "A number of the body is too large.")
    return value


def _refuse_constant(name: str) -> Any:
    raise RequestError(400, f"{name} is not a number that JSON knows.")


def _kind(value: Any) -> str:
    kinds = {list: "list", str: "text", type(None): "null", bool: "truth value"}
    return kinds.get(type(value), "number")


async def _read(receive: Receive) -> bytes:
    content = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "The connection ended before the body was complete.")
        content += bytes(message.get("body", b""))
        if len(content) > MOST_BYTES:
            raise RequestError(413, f"The body is longer than {MOST_BYTES} bytes.")
        if not message.get("more_body"):
            return content


async def _refuse(send: Send, error: RequestError) -> None:
    content = json.dumps({"detail": str(error)}).encode()
    fields = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": error.status, "headers": fields})
    await send({"type": "http.response.body", "body": content})
