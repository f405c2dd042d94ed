"""The server-sent event stream in which a tab reads the answers to its events.

It ends with the last answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from gradio.server_messages import CloseStreamMessage, HeartbeatMessage, ProcessCompletedMessage, UnexpectedErrorMessage

from ui.event_queue import CLOSE_S, EventQueue, Mailbox, identify_visitor

HEARTBEAT_S = 15.0
_FIELDS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def add_stream_route(app: FastAPI, queues: Mapping[str, EventQueue]) -> None:
    """Serve the streams of the pages in place of gradio's.

    Call this before the pages are mounted.
    """

    @app.get("/{language}/gradio_api/queue/data")
    async def stream(language: str, request: Request, session_hash: str = "") -> Response:
        queue, visitor = queues.get(language), identify_visitor(request)
        if queue is None or visitor is None:
            return PlainTextResponse("There is no stream here. Allow cookies for this page and load it again.", 404)
        # The browser opens a stream even if the answer came in the one before, sooner than it learned the id of the event.
        mailbox = await queue.open_mailbox(session_hash, visitor)
        return StreamingResponse(read_messages(queue, session_hash, mailbox), 200, _FIELDS, "text/event-stream")


async def read_messages(queue: EventQueue, session: str, mailbox: Mailbox) -> AsyncIterator[str]:
    """Yield the messages of a session until its last event is answered.

    Gradio ends the stream after the last answer. An event that is sent at that moment would stay unanswered, because the
    browser opens no other stream while it believes that this one is open. It closes the connection when it reads the last
    message. So events that come between that message and the closing wait in EventQueue.push, and are answered in the next
    stream.
    """
    unread = queue.pending_event_ids_session
    try:
        while unread.get(session) and queue.mailboxes.get(session) is mailbox and not queue.stopped:
            try:
                message = await asyncio.wait_for(mailbox.get(), HEARTBEAT_S)
            except TimeoutError:
                message = HeartbeatMessage()
            yield _encode(message)
            if isinstance(message, ProcessCompletedMessage):
                unread.get(session, set()).discard(message.event_id or "")
        if queue.stopped or queue.mailboxes.get(session) is not mailbox:
            yield _encode(UnexpectedErrorMessage(message="The connection was lost.", session_not_found=True))
            return
        mailbox.closing = asyncio.Event()
        yield _encode(CloseStreamMessage())
        await asyncio.sleep(CLOSE_S)
    finally:
        if mailbox.closing:
            mailbox.closing.set()
        if queue.mailboxes.get(session) is mailbox:
            queue.drop(session)


def _encode(message: Any) -> str:
    return f"data: {orjson.dumps(message.model_dump(), default=str).decode()}\n\n"
