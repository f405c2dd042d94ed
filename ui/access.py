"""Who is asking: a secret cookie for each browser, a password where one is set, and no other host's name."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Role = Literal["user", "administrator"]

SECRET = "kanliao_browser"
PASS = "kanliao_pass"
_YEAR = 365 * 86400
_FETCH = re.compile(r"/gradio_api/(file=\w+:/|proxy=)", re.IGNORECASE)
_OPEN_PATHS = ("/login", "/healthz")
_GUESSES, _WINDOW = 10, 600.0
# Whatever got into the page, the browser loads nothing from elsewhere, sends nothing elsewhere, and tells nobody the address.
# Gradio needs scripts inside the page and makes functions from text.
_HEADERS = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def owner_of(cookies: Mapping[str, str]) -> str:
    """The owner in the store: the SHA-256 of the browser's secret, so that the store never holds what opens it.

    Raises PermissionError if the browser sent none: its first request sets it, so only a program that keeps no cookies has none.
    """
    secret = cookies.get(SECRET, "")
    if len(secret) < 32:
        raise PermissionError("the browser sent no cookie; allow cookies for this page and load it again")
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass
class Access:
    """The passwords, if any. Without one everybody who reaches the page is the administrator: it is their own machine."""

    password: str | None
    admin_password: str | None
    _guesses: dict[str, list[float]] = field(default_factory=dict)
    _proofs: dict[Role, str] = field(init=False)

    def __post_init__(self) -> None:
        # A proof outlives a restart and ends with its password: nothing is stored anywhere. It is dear to compute, so that
        # whoever sees one cannot try passwords against it, and those of the two roles tell nothing about each other.
        self._proofs = {
            role: hashlib.scrypt(password.encode(), salt=f"kanliao {role}".encode(), n=2**14, r=8, p=1).hex()
            for role, password in self._passwords()
        }

    def role(self, cookies: Mapping[str, str]) -> Role | None:
        """What the holder of the cookies may do; None if a password is wanted first."""
        if not self.password and not self.admin_password:
            return "administrator"
        given = cookies.get(PASS, "").encode()
        return next((role for role, proof in self._proofs.items() if hmac.compare_digest(given, proof.encode())), None)

    def enter(self, visitor: str, guess: str) -> tuple[Role, str] | None:
        """The role a password opens and the cookie that proves it, or None if it is wrong."""
        for role, password in self._passwords():
            if hmac.compare_digest(guess.encode(), password.encode()):
                self._guesses.pop(visitor, None)
                return role, self._proofs[role]
        self._guesses.setdefault(visitor, []).append(time.monotonic())
        return None

    def tired_of(self, visitor: str) -> bool:
        """Whether the visitor guessed wrong too often lately."""
        now = time.monotonic()
        recent = [at for at in self._guesses.get(visitor, ()) if now - at < _WINDOW]
        if recent:
            self._guesses[visitor] = recent
        else:
            self._guesses.pop(visitor, None)
        return len(recent) >= _GUESSES

    def _passwords(self) -> list[tuple[Role, str]]:
        given: tuple[tuple[Role, str | None], ...] = (("administrator", self.admin_password), ("user", self.password))
        return [(role, password) for role, password in given if password]


class Door:
    """Everything passes here first: a request under another host's name, without a password, or without a cookie."""

    def __init__(self, app: ASGIApp, access: Access, hosts: tuple[str, ...] | None) -> None:
        self._app = app
        self._access = access
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self._hosts is not None and _host(headers.get("host", "")) not in self._hosts:
            # A page of another site whose name was made to point here would otherwise speak with our cookies.
            await _answer(send, 421, "This address is not served under that name.")
            return
        # The standard library's parser gives up at a cookie it does not like, and other programs on this machine set such.
        cookies = cookie_parser(headers.get("cookie", ""))
        path: str = scope["path"]
        if _FETCH.search(path):
            # Gradio would fetch any address for whoever asks.
            await _answer(send, 404, "Nothing is fetched from elsewhere.")
            return
        if path not in _OPEN_PATHS and self._access.role(cookies) is None:
            if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
                await _answer(send, 303, "", {"location": "/login"})
            else:
                await _answer(send, 401, "A password is needed: open /login.")
            return
        known = SECRET in cookies

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = MutableHeaders(scope=message)
                fields.update(_HEADERS)
                if not known:
                    secure = scope.get("scheme") == "https"
                    fields.append("set-cookie", _cookie(SECRET, secrets.token_urlsafe(32), secure))
            await send(message)

        await self._app(scope, receive, dressed)


def pass_cookie(value: str, secure: bool) -> str:
    """The Set-Cookie value that keeps a browser's password proof."""
    return _cookie(PASS, value, secure)


def _cookie(name: str, value: str, secure: bool) -> str:
    return f"{name}={value}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


def _host(header: str) -> str:
    if header.startswith("["):
        return header.partition("]")[0].lstrip("[")
    return header.partition(":")[0].lower()


async def _answer(send: Send, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
    fields = {"content-type": "text/plain; charset=utf-8", **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": text.encode()})
