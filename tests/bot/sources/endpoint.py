"""A real HTTP server that acts as an OpenAI-compatible endpoint, well or badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Call:
    """One request as it came, and the means to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
        self.path = handler.path
        self.headers = dict(handler.headers)
        length = int(handler.headers.get("Content-Length") or 0)
        self.body: dict[str, Any] = json.loads(handler.rfile.read(length) or b"{}")
        self.gone = threading.Event()
        self._handler = handler
        self._over = over

    def head(self, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """Send the status and the headers."""
        self._handler.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def send(self, data: bytes) -> bool:
        """Send some of the body; false once nobody listens."""
        try:
            self._handler.wfile.write(data)
            self._handler.wfile.flush()
        except OSError:
            self.gone.set()
        return not self.gone.is_set()

    def send_reply(self, text: object) -> None:
        """Send a valid reply in one piece."""
        self.head()
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        self.send(json.dumps({"object": "chat.completion", "choices": [choice]}).encode())

    def delta(self, text: str | None, finish: str | None = None) -> bool:
        """Send one event of a stream."""
        choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
        event = {"object": "chat.completion.chunk", "choices": [choice]}
        return self.send(b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n")

    def send_stream(self, *texts: str) -> None:
        """Send a valid reply as a stream."""
        self.head(kind="text/event-stream; charset=utf-8")
        for text in texts:
            self.delta(text)
        self.delta(None, "stop")
        self.send(b"data: [DONE]\n\n")

    def answer(self, *texts: str) -> None:
        """Send a reply, as a stream if the request asks for one."""
        if self.body.get("stream"):
            self.send_stream(*texts)
        else:
            self.send_reply("".join(texts))

    def wait(self, seconds: float) -> bool:
        """Wait; return whether the server is ending."""
        return self._over.wait(seconds)


class FakeEndpoint:
    """A context manager that runs the server; `play` answers each request, and `calls` are all requests."""

    def __init__(self, play: Callable[[Call], None]) -> None:
        self.calls: list[Call] = []
        over = self._over = threading.Event()
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = Call(self, over)
                calls.append(call)
                play(call)

            do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> FakeEndpoint:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
