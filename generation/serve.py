"""Serve a model over the OpenAI-compatible protocol. Needs no torch.

GET /v1/models, GET /v1/models/{id} and POST /v1/chat/completions; /openapi.json describes them.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import socket
import sys
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from generation import openapi
from generation.completion import Completion, CompletionQueue, build_error
from generation.protocol import ChatModel, RequestError, read_request

_LOG = logging.getLogger(__name__)
_BYTES = 1 << 20
_PATHS = "GET /v1/models, GET /v1/models/{id} and POST /v1/chat/completions"
_GRACE = 2
"""Seconds that replies may go on when the server is to end."""


class ServeError(Exception):
    """A model cannot be served, or a port cannot be opened.

    The message says what to do.
    """


class Server:
    """An HTTP server of one model, which generates one reply at a time."""

    def __init__(self, model: ChatModel, host: str = "127.0.0.1", port: int = 8091, key: str | None = None) -> None:
        """Open the port.

        Raises:
            ServeError: Other machines could reach the server without a key, or the port cannot be opened.
        """
        require_key(host, key)
        self.is_local = is_loopback(host)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self._socket.listen()
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise ServeError(f"{host} port {port} cannot be opened ({error}). Use another --port.") from error
        app = build_app(model, key, self.is_local)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(config)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        """Return the port that is open."""
        return int(self._socket.getsockname()[1])

    @property
    def address(self) -> str:
        """Return the base address for clients, up to /v1."""
        name = self._socket.getsockname()[0]
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}/v1"

    def serve(self) -> None:
        """Answer requests until `stop` or a signal."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Make `serve` return soon."""
        self._server.should_exit = True


def require_key(host: str, key: str | None) -> None:
    """Raise ServeError if other machines could reach the server without a key."""
    if not is_loopback(host) and not key:
        raise ServeError(
            f"{host} can be reached by other machines, and no key is set. Set KANLIAO_SERVE_KEY, or use --host 127.0.0.1."
        )


def is_loopback(host: str) -> bool:
    """Return whether the name or address belongs to this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def build_app(model: ChatModel, key: str | None = None, is_local: bool = True) -> FastAPI:
    """Return the application that serves a model.

    Args:
        model: Generates the replies, one at a time.
        key: What callers have to know, or None.
        is_local: Whether only this machine can reach the server, so that it answers to no other name.
    """
    app = FastAPI(title=model.name, version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    queue = CompletionQueue(model)
    card = {"id": model.name, "object": "model", "created": 0, "owned_by": "local"}
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": words, "content": {"application/json": {"schema": openapi.ERROR}}}
        for status, words in (
            (400, "The request is invalid."),
            (401, "The key is wrong."),
            (403, "The server was called by another machine's name."),
            (404, "There is no such model."),
            (413, "The body is too large."),
            (415, "The body is not JSON."),
            (500, "The model failed."),
        )
    }

    @app.get("/v1/models", responses=_describe(openapi.MODELS, answers, 401, 403))
    async def list_models() -> dict[str, Any]:
        """List the model."""
        return {"object": "list", "data": [card]}

    @app.get("/v1/models/{id:path}", responses=_describe(openapi.MODEL, answers, 401, 403, 404))
    async def get_model(id: str) -> dict[str, Any]:
        """Return the model of that name."""
        if id.strip("/") != model.name:
            raise RequestError(
                404, "model_not_found", f"there is no model {id[:80]!r}; the only one here is {model.name!r}"
            )
        return card

    body = {"required": True, "content": {"application/json": {"schema": openapi.build_request_schema(model.name)}}}

    @app.post(
        "/v1/chat/completions",
        responses=_describe(openapi.COMPLETION, answers, 400, 401, 403, 404, 413, 415, 500, stream=True),
        openapi_extra={"requestBody": body},
        response_model=None,
    )
    async def complete(request: Request) -> Response:
        """Generate the reply to a conversation."""
        return Completion(queue, read_request(await _read_body(request), model.name))

    app.add_exception_handler(RequestError, _refuse)
    app.add_exception_handler(HTTPException, _refuse_path)
    app.add_middleware(_Guard, key=key, is_local=is_local)
    return app


def _describe(
    schema: openapi.Schema, answers: dict[int | str, dict[str, Any]], *statuses: int, stream: bool = False
) -> dict[int | str, dict[str, Any]]:
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if stream:
        # The events are several, and a schema would be held against each of their fields.
        content["text/event-stream"] = {}
    return {200: {"description": "The answer.", "content": content}, **{status: answers[status] for status in statuses}}


async def _read_body(request: Request) -> bytes:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # Browsers ask for permission before they send JSON to another site, and this server never grants it.
        raise RequestError(415, "unsupported_media_type", f"Content-Type is {kind[:80]!r}; expected application/json")
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > _BYTES:
                raise RequestError(413, "too_large", f"the body has more than {_BYTES} bytes; send less at a time")
    except ClientDisconnect:
        _LOG.info("the client went away")
        raise RequestError(400, "invalid_json", "the body did not come to its end") from None
    return body


async def _refuse(request: Request, error: Exception) -> Response:
    refusal = cast(RequestError, error)
    return build_error(refusal.status, refusal.code, str(refusal))


async def _refuse_path(request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    given = f"{request.method[:20]} {request.url.path[:200]}"
    code = "method_not_allowed" if refusal.status_code == 405 else "not_found"
    response = build_error(refusal.status_code, code, f"there is no {given}; there is {_PATHS}")
    for name, value in (refusal.headers or {}).items():
        response.headers[name] = value
    return response


class _Guard:
    """Lets a request through that has the key and calls this server by a name of its own, and drops a slash at its end."""

    def __init__(self, app: ASGIApp, key: str | None, is_local: bool) -> None:
        self._app = app
        self._key = key
        self._is_local = is_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._find_refusal(Request(scope))
        if refusal is not None:
            response = build_error(refusal.status, refusal.code, str(refusal))
            if refusal.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            await response(scope, receive, send)
            return
        path = scope["path"].rstrip("/") or "/"
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    def _find_refusal(self, request: Request) -> RequestError | None:
        try:
            host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
        except ValueError:
            host = ""
        if self._is_local and not is_loopback(host):
            # DNS rebinding: a page of another site whose name resolves to this machine sends its own name.
            return RequestError(403, "forbidden", f"this server is not {host[:80]!r}; call it by its address")
        if self._key:
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, f"Bearer {self._key}".encode()):
                return RequestError(
                    401, "invalid_api_key", "expected the header Authorization: Bearer KEY, with this server's key"
                )
        return None


def serve(model: ChatModel, host: str, port: int, key: str | None) -> None:
    """Serve until interrupted.

    Raises:
        ServeError: As `Server` does.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    with Server(model, host, port, key) as server:
        _LOG.info(
            "%s is served at %s; the bot asks it with KANLIAO_REMOTE=%s KANLIAO_REMOTE_MODEL=%s",
            model.name,
            server.address,
            server.address,
            model.name,
        )
        with suppress(KeyboardInterrupt):
            server.serve()
