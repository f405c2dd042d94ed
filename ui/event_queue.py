"""Gradio's event queue with limits for each visitor.

Sessions that nobody reads are dropped.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from fastapi import HTTPException, Request
from gradio.queueing import Event, Queue

from ui.auth import SECRET, derive_owner

# Workers are coroutines, so many of them are cheap; the limit is how many turns the machine can answer.
WORKERS = 128
RUNNING_PER_VISITOR = 8
UNREAD_PER_VISITOR = 256
MAX_SESSIONS = 1000
UNREAD_S = 60.0
CLOSE_S = 3.0

_TOO_MANY = "You have {most} requests under way. Wait until some of them are answered."
_BUSY = "Too many visitors are waiting for an answer. Try again in a minute."
NO_COOKIE = "The browser sent no cookie; allow cookies for this page and load it again."
_FOREIGN = "This session belongs to another browser. Load the page again."


class Mailbox(asyncio.Queue[Any]):
    """The unread messages of one session, which is one open tab."""

    def __init__(self, visitor: str, clock: Callable[[], float]) -> None:
        super().__init__()
        self.visitor = visitor
        self._clock = clock
        self.used = clock()
        self.closing: asyncio.Event | None = None

    async def get(self) -> Any:
        """Return the next message."""
        self.used = self._clock()
        message = await super().get()
        self.used = self._clock()
        return message

    def touch(self) -> None:
        """Restart the time without a reader."""
        self.used = self._clock()


class EventQueue(Queue):
    """The queue of one page.

    Gradio's own queue has a fixed number of workers for all visitors and keeps the messages of an event forever if nobody
    reads them. Here a visitor (one browser's cookie) has at most RUNNING_PER_VISITOR events running and UNREAD_PER_VISITOR
    unread. The visitor with the fewest running events is served next. A session that nobody has read for UNREAD_S seconds is
    dropped.
    """

    def __init__(self, *args: Any, clock: Callable[[], float] = time.monotonic, **named: Any) -> None:
        super().__init__(*args, **named)
        self._clock = clock
        self.mailboxes: dict[str, Mailbox] = {}
        # Gradio's cache of sessions evicts the oldest, even if it is being read.
        self.pending_messages_per_session = self.mailboxes  # type: ignore[assignment]

    def start(self) -> None:
        """Start the workers and the regular dropping of unread sessions."""
        super().start()  # type: ignore[no-untyped-call]
        self._dropping = asyncio.get_running_loop().create_task(self._drop_regularly())

    async def push(self, body: Any, request: Any, username: str | None) -> tuple[bool, Any, Any]:
        """Put an event into the queue.

        Raises:
            HTTPException: The visitor, or everybody, must wait; the text is a sentence for the person.
        """
        visitor = identify_visitor(request)
        if visitor is None:
            return False, NO_COOKIE, "error"
        session = body.session_hash or ""
        if (
            sum(len(self.pending_event_ids_session.get(key, ())) for key in self._list_sessions(visitor))
            >= UNREAD_PER_VISITOR
        ):
            raise HTTPException(429, _TOO_MANY.format(most=UNREAD_PER_VISITOR))
        await self.open_mailbox(session, visitor)
        accepted = await super().push(body, request, username)
        if not accepted[0] and not self.pending_event_ids_session.get(session):
            self.drop(session)
        return accepted

    async def open_mailbox(self, session: str, visitor: str) -> Mailbox:
        """Return the mailbox of a session, a new one if there is none.

        Raises:
            HTTPException: The session is another visitor's, or there is no room for a new one.
        """
        while (mailbox := self.mailboxes.get(session)) and mailbox.closing:
            # The browser was told that the stream ends but has not closed it yet, so it would not open another one.
            await mailbox.closing.wait()
        if mailbox and mailbox.visitor != visitor:
            raise HTTPException(403, _FOREIGN)
        if mailbox is None:
            self._make_room()
            mailbox = self.mailboxes[session] = Mailbox(visitor, self._clock)
        mailbox.touch()
        return mailbox

    def _list_sessions(self, visitor: str) -> list[str]:
        return [session for session, mailbox in self.mailboxes.items() if mailbox.visitor == visitor]

    def _make_room(self) -> None:
        if len(self.mailboxes) < MAX_SESSIONS:
            return
        oldest = min(self.mailboxes, key=lambda session: self.mailboxes[session].used)
        if self._clock() - self.mailboxes[oldest].used <= UNREAD_S / 3:
            raise HTTPException(503, _BUSY)
        self.drop(oldest)

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """Return the event that runs next.

        It is the first one of a visitor with the fewest events running.
        """
        running = Counter(identify_visitor(event.request) for job in self.active_jobs for event in job or ())
        queues = [
            queue
            for queue in self.event_queue_per_concurrency_id.values()
            if queue.concurrency_limit is None or queue.current_concurrency < queue.concurrency_limit
        ]
        for queue in random.sample(queues, len(queues)):
            counts = [running[identify_visitor(event.request)] for event in queue.queue]
            if counts and (fewest := min(counts)) < RUNNING_PER_VISITOR:
                return [queue.queue.pop(counts.index(fewest))], False, queue.concurrency_id
        return None

    def drop(self, session: str) -> None:
        """Drop a session: its running events stop at their next step.

        Its waiting events and messages are removed.
        """
        for job in self.active_jobs:
            for event in job or ():
                if event.session_hash == session:
                    event.alive = False
        for queue in self.event_queue_per_concurrency_id.values():
            for event in [event for event in queue.queue if event.session_hash == session]:
                queue.queue.remove(event)
                self.event_ids_to_events.pop(event._id, None)
        self.pending_event_ids_session.pop(session, None)
        self.mailboxes.pop(session, None)

    def drop_unread(self) -> None:
        """Drop the sessions that nobody has read for UNREAD_S seconds."""
        now = self._clock()
        for session in [key for key, mailbox in self.mailboxes.items() if now - mailbox.used > UNREAD_S]:
            self.drop(session)

    async def _drop_regularly(self) -> None:
        while not self.stopped:
            await asyncio.sleep(UNREAD_S / 6)
            self.drop_unread()

    async def check(self) -> None:
        """Wait until a worker has taken a probe of each kind of event.

        Workers take a probe as they take a visitor's event.
        """
        await asyncio.gather(*(self._check(fn) for fn in self._list_kinds()))

    def _list_kinds(self) -> list[Any]:
        kinds = {fn.concurrency_id: fn for fn in self.blocks.fns.values() if fn.concurrency_id == "turn"}
        return list(kinds.values())

    async def _check(self, fn: Any) -> None:
        self.create_event_queue_for_fn(fn)
        waiting = self.event_queue_per_concurrency_id[fn.concurrency_id].queue
        probe = Probe(fn)
        waiting.append(probe)
        try:
            await probe.taken.wait()
        finally:
            if probe in waiting:
                waiting.remove(probe)

    async def process_events(self, events: list[Event], batch: bool, begin_time: float, fn: Any) -> None:
        """Run the events; a probe only learns that a worker has taken it."""
        for event in events:
            if isinstance(event, Probe):
                event.taken.set()
        await super().process_events(events, batch, begin_time, fn)

    async def reset_iterators(self, event_id: str) -> None:
        """Close the iterators of an event; before the first visitor there are none."""
        if self.server_app is not None:
            await super().reset_iterators(event_id)

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Return nothing.

        Gradio would summarize all past events with pandas after each event, for a page that is not served.
        """
        return {}


class Probe(Event):
    """An event without a visitor, which does nothing when a worker takes it."""

    def __init__(self, fn: Any) -> None:
        super().__init__(None, fn, Request({"type": "http", "headers": []}), None)
        self.alive = False
        self.taken = asyncio.Event()


def identify_visitor(request: Request) -> str | None:
    """Return the owner id of the browser that sent the request.

    It is None without a cookie.
    """
    if SECRET not in request.cookies:
        return None
    try:
        return derive_owner(request.cookies)
    except PermissionError:
        return None
