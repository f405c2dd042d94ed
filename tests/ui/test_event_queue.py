"""Nobody can take what others need: the queue and its streams. Run: pytest tests/ui/test_event_queue.py"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
import httpx
import pytest
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from gradio.data_classes import PredictBodyInternal

from tests.ui.events import Visitor
from tests.ui.serving import Served, serve_page
from ui.auth import SECRET
from ui.event_queue import RUNNING_PER_VISITOR, UNREAD_PER_VISITOR, UNREAD_S, EventQueue
from ui.event_stream import add_stream_route
from ui.offline import OfflineBlocks
from ui.translations import TRANSLATIONS

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.anyio]

ALICE, BOB = "a" * 40, "b" * 40


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


def _create_visitor(page: Served) -> Visitor:
    visitor = Visitor(page.address)
    visitor.look()
    visitor.http.get("/conversation/none.jsonl")
    return visitor


def _join_queue(visitor: Visitor, session: str, element: str, event: str, values: list[Any]) -> httpx.Response:
    ids = {one["id"]: one["props"].get("elem_id") for one in visitor.config["components"]}
    number = next(
        one["id"]
        for one in visitor.config["dependencies"]
        if any((ids.get(id) or "", name) == (element, event) for id, name in one["targets"]) and one["backend_fn"]
    )
    body = {"data": values, "fn_index": number, "session_hash": session}
    return visitor.http.post("/en/gradio_api/queue/join", json=body)


def test_an_open_tab_holds_no_stream(page: Served) -> None:
    visitor = _create_visitor(page)
    try:
        assert visitor.config["connect_heartbeat"] is False
        queued = [one for one in visitor.config["dependencies"] if any(name == "tick" for _, name in one["targets"])]
        assert [one["queue"] for one in queued] == [False]
        assert visitor.send("", "tick")["output"]["data"][0]["visible"] is False
    finally:
        visitor.close()


def test_what_one_visitor_leaves_unread_keeps_no_other_waiting(page: Served) -> None:
    # What 200 tabs send when they load, and 400 slow messages, of which nobody reads an answer.
    hog, other = _create_visitor(page), _create_visitor(page)
    try:
        with ThreadPoolExecutor(8) as pool:
            loads = pool.map(lambda _: _join_queue(hog, secrets.token_hex(8), "", "load", []).status_code, range(200))
            assert set(loads) <= {200, 429}
            texts: list[Any] = [{"text": text, "files": []} for text in ("slowly", "慢慢") * 200]
            slow = pool.map(
                lambda text: _join_queue(hog, secrets.token_hex(8), "box", "submit", [text, ""]).status_code, texts
            )
            assert set(slow) <= {200, 429}
        answer = other.send("box", "submit", {"text": "什么是 LSTM", "files": []}, "")
        assert answer["success"], answer
        assert other.http.get("/healthz").status_code == 200
    finally:
        hog.close()
        other.close()


@pytest.fixture
async def blocks() -> OfflineBlocks:
    # Made inside the loop it runs in: gradio would make a loop of its own and leave it open.
    with OfflineBlocks(words=TRANSLATIONS["en"], analytics_enabled=False) as made:
        box = gr.Textbox()
        box.submit(_echo, box, box, api_visibility="private", concurrency_limit=None)
    assert isinstance(made, OfflineBlocks)
    made.queue(api_open=False)
    return made


async def _echo(text: str) -> str:
    await asyncio.sleep(0)
    return text


@pytest.fixture
async def address(blocks: OfflineBlocks) -> AsyncIterator[str]:
    app = FastAPI()
    add_stream_route(app, {"en": blocks.event_queue})
    gr.mount_gradio_app(app, blocks, path="/en", ssr_mode=False, run_history=False, mcp_server=False)
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([door]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_every_quick_message_of_a_tab_is_answered(address: str, blocks: OfflineBlocks) -> None:
    # As Gradio's page does: a stream is opened when there is none, and closed when the server says so.
    session, count = secrets.token_hex(8), 200
    sent, answered, streams = set[str](), set[str](), list[asyncio.Task[None]]()
    is_open = False
    client = httpx.AsyncClient(base_url=address, cookies={SECRET: ALICE}, trust_env=False, timeout=30)

    async def read() -> None:
        nonlocal is_open
        async with client.stream("GET", "/en/gradio_api/queue/data", params={"session_hash": session}) as stream:
            async for line in stream.aiter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    answered.add(message["event_id"])
                if message.get("msg") == "close_stream":
                    is_open = False
                    return

    async with client:
        for place in range(count):
            body = {"data": [f"词 word {place}"], "fn_index": next(iter(blocks.fns)), "session_hash": session}
            joined = await client.post("/en/gradio_api/queue/join", json=body)
            sent.add(joined.json()["event_id"])
            if not is_open:
                is_open = True
                streams.append(asyncio.create_task(read()))
        await asyncio.wait_for(asyncio.gather(*streams), 30)
    assert answered == sent
    assert len(streams) > 1, "no stream ended: this shows nothing"


def _request(cookie: str | None) -> Request:
    headers = [(b"cookie", f"{SECRET}={cookie}".encode())] if cookie else []
    return Request({"type": "http", "headers": headers, "method": "POST", "path": "/"})


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def queue(clock: Clock, blocks: OfflineBlocks) -> EventQueue:
    made = blocks.event_queue
    assert isinstance(made, EventQueue)
    made._clock = clock
    made.active_jobs = [None] * 40
    return made


async def _push(queue: EventQueue, session: str, cookie: str | None) -> tuple[bool, Any, Any]:
    body = PredictBodyInternal(session_hash=session, data=["你好"], fn_index=next(iter(queue.blocks.fns)))
    return await queue.push(body, _request(cookie), None)


async def test_a_visitor_has_a_few_running_and_others_come_first(queue: EventQueue) -> None:
    for place in range(20):
        await _push(queue, f"a{place}", ALICE)
    taken = []
    for place in range(RUNNING_PER_VISITOR):
        found = queue.get_events()
        assert found
        queue.active_jobs[place] = found[0]
        taken.append(found[0][0].session_hash)
    assert taken == [f"a{place}" for place in range(RUNNING_PER_VISITOR)]
    assert queue.get_events() is None
    await _push(queue, "b", BOB)
    found = queue.get_events()
    assert found
    assert found[0][0].session_hash == "b"


async def test_a_visitor_with_too_much_unread_is_told_to_wait_and_others_are_not(queue: EventQueue) -> None:
    for place in range(UNREAD_PER_VISITOR):
        assert (await _push(queue, f"a{place % 50}", ALICE))[0]
    with pytest.raises(HTTPException) as refused:
        await _push(queue, "a", ALICE)
    assert refused.value.status_code == 429
    assert str(UNREAD_PER_VISITOR) in refused.value.detail
    assert (await _push(queue, "b", BOB))[0]


async def test_what_nobody_reads_is_dropped_and_what_is_read_stays(queue: EventQueue, clock: Clock) -> None:
    await _push(queue, "unread", ALICE)
    await _push(queue, "read", BOB)
    clock.now = UNREAD_S
    await queue.mailboxes["read"].get()
    clock.now = UNREAD_S + 1
    queue.drop_unread()
    assert list(queue.mailboxes) == ["read"]
    assert list(queue.pending_event_ids_session) == ["read"]
    assert [event.session_hash for one in queue.event_queue_per_concurrency_id.values() for event in one.queue] == [
        "read"
    ]
    assert len(queue.event_ids_to_events) == 1


async def test_a_session_belongs_to_one_browser(queue: EventQueue) -> None:
    await _push(queue, "a", ALICE)
    with pytest.raises(HTTPException) as refused:
        await _push(queue, "a", BOB)
    assert refused.value.status_code == 403
    accepted, said, _ = await _push(queue, "c", None)
    assert not accepted
    assert "cookie" in str(said)
    assert "c" not in queue.mailboxes


async def test_a_check_takes_the_way_of_a_turn_and_leaves_nothing(queue: EventQueue) -> None:
    next(iter(queue.blocks.fns.values())).concurrency_id = "turn"
    checking = asyncio.create_task(queue.check())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    found = queue.get_events()
    assert found
    (probe,) = found[0]
    assert not probe.alive
    queue.event_queue_per_concurrency_id["turn"].current_concurrency += 1
    await queue.process_events([probe], False, 0.0, probe.fn)
    await checking
    assert len(queue) == 0
    assert not queue.mailboxes
    assert queue.event_queue_per_concurrency_id["turn"].current_concurrency == 0


async def test_a_check_that_no_worker_takes_does_not_end_and_leaves_nothing(queue: EventQueue) -> None:
    next(iter(queue.blocks.fns.values())).concurrency_id = "turn"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.check(), 0.05)
    assert len(queue) == 0
