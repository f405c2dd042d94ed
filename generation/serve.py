"""Serve a model over the OpenAI-compatible protocol. Needs no torch.

It answers GET /v1/models and POST /v1/chat/completions.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import select
import socket
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from generation.protocol import ChatModel, Finish, Request, RequestError, TokenStream, apply_stop, read_request

_BYTES = 1 << 20


class ServeError(Exception):
    """A model cannot be served, or a port cannot be opened.

    The message says what to do.
    """


class Server(ThreadingHTTPServer):
    """An HTTP server of one model, which generates one reply at a time.

    serve_forever() runs until shutdown().
    """

    daemon_threads = True

    def __init__(self, model: ChatModel, host: str = "127.0.0.1", port: int = 8091, key: str | None = None) -> None:
        """Open the port.

        Raises:
            ServeError: Other machines could reach the server without a key, or the port cannot be opened.
        """
        require_key(host, key)
        self.local = is_loopback(host)
        self.model = model
        self.key = key
        self.writing = threading.Semaphore(1)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise ServeError(f"{host} port {port} cannot be opened ({error}). Use another --port.") from error

    @property
    def address(self) -> str:
        """Return the base address for clients, up to /v1."""
        host, port = self.server_address[:2]
        name = host.decode() if isinstance(host, bytes | bytearray) else host
        return f"http://{f'[{name}]' if ':' in name else name}:{port}/v1"


def require_key(host: str, key: str | None) -> None:
    """Raise ServeError if other machines could reach the server without a key."""
    if not is_loopback(host) and not key:
        raise ServeError(
            f"{host} can be reached by other machines, and no key is set. Set KANLIAO_SERVE_KEY, or use --host 127.0.0.1."
        )


def is_loopback(host: str) -> bool:
    """Return whether the name or address belongs to this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "kanliao", ""
    timeout = 60
    error_content_type = "application/json"
    error_message_format = '{"error": {"message": "%(message)s", "type": "invalid_request_error", "code": "%(code)d"}}'

    def do_GET(self) -> None:
        """Answer with the list of models, which has one item."""
        with suppress(ConnectionError, TimeoutError):
            try:
                self._authorize()
                if self.path != "/v1/models":
                    raise RequestError(404, "not_found", f"there is no GET {self.path[:200]}; there is GET /v1/models")
                model = {"id": self.server.model.name, "object": "model", "created": 0, "owned_by": "local"}
                self._send(200, {"object": "list", "data": [model]})
            except RequestError as refusal:
                self._refuse(refusal)

    def do_POST(self) -> None:
        """Answer with a chat completion."""
        with suppress(ConnectionError, TimeoutError):
            try:
                self._authorize()
                if self.path != "/v1/chat/completions":
                    given = self.path[:200]
                    raise RequestError(
                        404, "not_found", f"there is no POST {given}; there is POST /v1/chat/completions"
                    )
                self._complete(read_request(self._read_body(), self.server.model.name))
            except RequestError as refusal:
                self._refuse(refusal)

    def _authorize(self) -> None:
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        except ValueError:
            host = ""
        if self.server.local and not is_loopback(host):
            # DNS rebinding: a page of another site whose name resolves to this machine sends its own name.
            raise RequestError(403, "forbidden", f"this server is not {host[:80]!r}; call it by its address")
        if self.server.key:
            given = self.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, f"Bearer {self.server.key}".encode()):
                raise RequestError(
                    401, "invalid_api_key", "expected the header Authorization: Bearer KEY, with this server's key"
                )

    def _read_body(self) -> bytes:
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            # Browsers ask for permission before they send JSON to another site, and this server never grants it.
            raise RequestError(
                415, "unsupported_media_type", f"Content-Type is {kind[:80]!r}; expected application/json"
            )
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise RequestError(411, "length_required", "expected a Content-Length")
        if len(length) > 9 or int(length) > _BYTES:
            raise RequestError(413, "too_large", f"the body has {length[:20]} bytes; expected at most {_BYTES}")
        return self.rfile.read(int(length))

    def _complete(self, request: Request) -> None:
        while not self.server.writing.acquire(timeout=0.1):
            if self._is_client_gone():
                return
        try:
            with closing(self.server.model.write(request, self._is_client_gone)) as written:
                parts = apply_stop(written, request.stops)
                (self._stream_completion if request.stream else self._send_completion)(parts)
        except (ConnectionError, TimeoutError):
            self.log_message("the client went away")
        except ValueError as error:
            raise RequestError(400, "context_length_exceeded", str(error)) from error
        except RuntimeError as error:
            self.log_error("the model failed: %s", error)
            raise RequestError(500, "server_error", "the model failed; see the server's log") from error
        finally:
            self.server.writing.release()

    def _send_completion(self, parts: TokenStream) -> None:
        *pieces, ending = parts
        if self._is_client_gone():
            self.log_message("the client went away after %d pieces", len(pieces))
            return
        assert isinstance(ending, Finish)
        message = {"role": "assistant", "content": "".join(map(str, pieces))}
        choice = {"index": 0, "message": message, "finish_reason": ending.reason}
        self._send(200, {**self._build_header("chat.completion"), "choices": [choice], **_format_usage(ending)})

    def _stream_completion(self, parts: TokenStream) -> None:
        about = self._build_header("chat.completion.chunk")

        def event(delta: Mapping[str, str], reason: str | None) -> None:
            self._send_event({**about, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

        # An error before the first piece can still set the HTTP status.
        first = next(parts)
        self._send_head(200, "text/event-stream", {"Cache-Control": "no-store"})
        event({"role": "assistant", "content": ""}, None)
        try:
            for count, part in enumerate(chain([first], parts)):
                if self._is_client_gone():
                    self.log_message("the client went away after %d pieces", count)
                    return
                if isinstance(part, Finish):
                    event({}, part.reason)
                else:
                    event({"content": part}, None)
        except (ValueError, RuntimeError) as error:
            self.log_error("the model failed: %s", error)
            self._send_event({"error": {"message": "the model failed", "type": "server_error", "code": "server_error"}})
            return
        self.wfile.write(b"data: [DONE]\n\n")

    def _build_header(self, kind: str) -> dict[str, Any]:
        id = f"chatcmpl-{uuid.uuid4().hex}"
        return {"id": id, "object": kind, "created": int(time.time()), "model": self.server.model.name}

    def _is_client_gone(self) -> bool:
        """Return whether the client has closed the connection.

        A half-closed one counts as closed.
        """
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True

    def _send_event(self, event: Mapping[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n")
        self.wfile.flush()

    def _refuse(self, refusal: RequestError) -> None:
        kind = "server_error" if refusal.status >= 500 else "invalid_request_error"
        self._send(refusal.status, {"error": {"message": str(refusal), "type": kind, "code": refusal.code}})

    def _send(self, status: int, answer: Mapping[str, Any]) -> None:
        data = json.dumps(answer, ensure_ascii=False).encode()
        self._send_head(status, "application/json", {"Content-Length": str(len(data))})
        self.wfile.write(data)

    def _send_head(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _format_usage(ending: Finish) -> dict[str, Any]:
    if ending.read is None or ending.written is None:
        return {}
    total = ending.read + ending.written
    return {"usage": {"prompt_tokens": ending.read, "completion_tokens": ending.written, "total_tokens": total}}


def serve(model: ChatModel, host: str, port: int, key: str | None) -> None:
    """Serve until interrupted.

    Raises:
        ServeError: As `Server` does.
    """
    with Server(model, host, port, key) as server:
        print(
            f"{model.name} is served at {server.address}; the bot asks it with KANLIAO_REMOTE={server.address} "
            f"KANLIAO_REMOTE_MODEL={model.name}",
            file=sys.stderr,
            flush=True,
        )
        with suppress(KeyboardInterrupt):
            server.serve_forever()
