"""A chat completion as an HTTP response: whole or as a stream of events, ended when its client goes away."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, closing, suppress
from typing import Any

from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from generation.protocol import ChatModel, Finish, Request, apply_stop

_LOG = logging.getLogger(__name__)
_MAX_AHEAD = 32
"""Pieces that a model may be ahead of its client."""
_POLL = 0.1
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Proxies that buffer would turn a stream into one piece."""


def build_error(status: int, code: str, message: str) -> Response:
    """Return an error in the protocol's form."""
    return JSONResponse({"error": describe_error(status, code, message)}, status)


def describe_error(status: int, code: str, message: str) -> dict[str, str | None]:
    """Return the error object of the protocol."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    # JSON can hold half of a surrogate pair, which is not a character.
    return {"message": message.encode("utf-8", "replace").decode(), "type": kind, "param": None, "code": code}


class CompletionQueue:
    """Generates one reply at a time, first come, first served."""

    def __init__(self, model: ChatModel) -> None:
        self.model = model
        self._turn = asyncio.Lock()

    async def write(self, request: Request, gone: asyncio.Event) -> AsyncGenerator[str | Finish, None]:
        """Yield the pieces of a reply, then its end; nothing more once the client is gone.

        Raises:
            ValueError: The model cannot process the request.
            RuntimeError: The model failed.
        """
        acquired = asyncio.ensure_future(self._turn.acquire())
        if not await _wait(acquired, gone):
            if not acquired.cancel() and not acquired.cancelled():
                self._turn.release()
            return
        stopped = threading.Event()
        # A model that is faster than its client waits for it, and does not keep the loop from seeing that the client has gone.
        free = threading.Semaphore(_MAX_AHEAD)
        parts: asyncio.Queue[str | Finish | BaseException] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def work() -> None:
            def put(part: str | Finish | BaseException) -> None:
                with suppress(RuntimeError):  # the loop is closed: the server has ended
                    loop.call_soon_threadsafe(parts.put_nowait, part)

            try:
                with closing(self.model.write(request, stopped.is_set)) as written:
                    for part in apply_stop(written, request.stops):
                        while not free.acquire(timeout=_POLL):
                            if stopped.is_set():
                                return
                        put(part)
                        if stopped.is_set():
                            return
            except (ValueError, RuntimeError) as error:
                put(error)
            except Exception as error:  # a library's own kinds
                put(RuntimeError(f"{type(error).__name__}: {error}"))

        working = loop.run_in_executor(None, work)
        # The model is free when its thread has ended, not when its client has gone.
        working.add_done_callback(lambda _: self._turn.release())
        try:
            while True:
                following = asyncio.ensure_future(parts.get())
                if not await _wait(following, gone):
                    following.cancel()
                    return
                part = following.result()
                free.release()
                if isinstance(part, BaseException):
                    raise part
                yield part
                if isinstance(part, Finish):
                    return
        finally:
            stopped.set()


async def _wait(work: asyncio.Future[Any], gone: asyncio.Event) -> bool:
    """Wait for the work; return false if the client goes first."""
    leaving = asyncio.ensure_future(gone.wait())
    try:
        await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
    return work.done() and not gone.is_set()


class Completion(Response):
    """The response that a request for a chat completion gets."""

    def __init__(self, queue: CompletionQueue, request: Request) -> None:
        super().__init__()
        self._queue = queue
        self._request = request
        self._about = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion.chunk" if request.stream else "chat.completion",
            "created": int(time.time()),
            "model": queue.model.name,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the reply as it is generated."""
        gone = asyncio.Event()
        watching = asyncio.ensure_future(_watch(receive, gone))
        try:
            async with aclosing(self._queue.write(self._request, gone)) as parts:
                await (self._stream if self._request.stream else self._send_whole)(parts, scope, receive, send)
        except OSError:
            gone.set()
        finally:
            watching.cancel()
            if gone.is_set():
                _LOG.info("the client went away")

    async def _send_whole(
        self, parts: AsyncGenerator[str | Finish, None], scope: Scope, receive: Receive, send: Send
    ) -> None:
        text, finish = "", None
        try:
            async for part in parts:
                if isinstance(part, Finish):
                    finish = part
                else:
                    text += part
        except (ValueError, RuntimeError) as error:
            await self._refuse(error)(scope, receive, send)
            return
        if finish is None:
            return
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": finish.reason}
        usage = _count(finish)
        await JSONResponse({**self._about, "choices": [choice], **({"usage": usage} if usage else {})})(
            scope, receive, send
        )

    async def _stream(
        self, parts: AsyncGenerator[str | Finish, None], scope: Scope, receive: Receive, send: Send
    ) -> None:
        # An error before the first piece can still set the HTTP status.
        try:
            first = await anext(parts, None)
        except (ValueError, RuntimeError) as error:
            await self._refuse(error)(scope, receive, send)
            return
        if first is None:
            return
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        headers += [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

        async def send_event(event: Mapping[str, Any] | str) -> None:
            data = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
            body = b"data: " + data.encode("utf-8", "replace") + b"\n\n"
            await send({"type": "http.response.body", "body": body, "more_body": True})

        async def send_delta(delta: Mapping[str, str], reason: str | None = None) -> None:
            usage = {"usage": None} if self._request.include_usage else {}
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            await send_event({**self._about, "choices": [choice], **usage})

        await send_delta({"role": "assistant", "content": ""})
        part: str | Finish | None = first
        try:
            while part is not None:
                if isinstance(part, Finish):
                    await send_delta({}, part.reason)
                    if self._request.include_usage and (usage := _count(part)):
                        await send_event({**self._about, "choices": [], "usage": usage})
                    await send_event("[DONE]")
                else:
                    await send_delta({"content": part})
                part = await anext(parts, None)
        except (ValueError, RuntimeError) as error:
            _LOG.error("the model failed: %s", error)
            await send_event({"error": describe_error(500, "server_error", "the model failed")})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _refuse(self, error: Exception) -> Response:
        if isinstance(error, ValueError):
            return build_error(400, "context_length_exceeded", str(error))
        _LOG.error("the model failed: %s", error)
        return build_error(500, "server_error", "the model failed; see the server's log")


async def _watch(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _count(finish: Finish) -> dict[str, int]:
    """Return the number of tokens; empty if it is not known."""
    if finish.read is None or finish.written is None:
        return {}
    return {
        "prompt_tokens": finish.read,
        "completion_tokens": finish.written,
        "total_tokens": finish.read + finish.written,
    }
