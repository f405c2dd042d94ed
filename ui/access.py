"""Who is asking: a secret cookie for each browser, a password where one is set, and no other host's name."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Role = Literal["user", "administrator"]

SECRET = "kanliao_browser"
PASS = "kanliao_pass"
_YEAR = 365 * 86400
_FETCH = re.compile(r"/gradio_api/(file=\w+:/|proxy=)", re.IGNORECASE)
_OPEN_PATHS = ("/login", "/logout", "/healthz")
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


class EndedSessions:
    """The sessions that somebody logged out of, as lines of a file that the processes of one home share; or in memory alone."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: set[str] = set()
        self._size = 0

    def add(self, session: str) -> None:
        """End the session, for every process and after a restart; where the disk takes nothing, for this process."""
        self._known.add(session)
        if self._file is not None:
            with suppress(OSError):
                descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(descriptor, f"{session}\n".encode())
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)

    def __contains__(self, session: str) -> bool:
        with suppress(OSError):
            if self._file is not None and (size := self._file.stat().st_size) != self._size:
                self._known.update(self._file.read_text("ascii", "replace").split())
                self._size = size
        return session in self._known


@dataclass
class Access:
    """The passwords, if any. Without one everybody who reaches the page is the administrator: it is their own machine.

    ended is the file that keeps which sessions were logged out of.
    """

    password: str | None
    admin_password: str | None
    ended: Path | None = None
    _guesses: dict[str, list[float]] = field(default_factory=dict)
    _keys: dict[Role, bytes] = field(init=False)
    _ended: EndedSessions = field(init=False)

    def __post_init__(self) -> None:
        self._ended = EndedSessions(self.ended)
        # A session is a random number signed with a key made from the password: it outlives a restart and ends with its
        # password or by logging out. The key is costly to compute, so that whoever sees a cookie cannot try passwords
        # against it, and those of the two roles tell nothing about each other.
        self._keys = {
            role: hashlib.scrypt(password.encode(), salt=f"kanliao {role}".encode(), n=2**14, r=8, p=1)
            for role, password in self._passwords()
        }

    @property
    def has_passwords(self) -> bool:
        """Whether there is anything to log out of."""
        return bool(self.password or self.admin_password)

    def role(self, cookies: Mapping[str, str]) -> Role | None:
        """What the holder of the cookies may do; None if a password is wanted first."""
        if not self.has_passwords:
            return "administrator"
        session, _, given = cookies.get(PASS, "").partition(".")
        for role in self._keys:
            if hmac.compare_digest(given.encode(), self._sign(role, session).encode()):
                return None if session in self._ended else role
        return None

    def enter(self, visitor: str, guess: str) -> tuple[Role, str] | None:
        """The role a password opens and the cookie that proves it, or None if it is wrong."""
        for role, password in self._passwords():
            if hmac.compare_digest(guess.encode(), password.encode()):
                self._guesses.pop(visitor, None)
                session = secrets.token_hex(16)
                return role, f"{session}.{self._sign(role, session)}"
        self._guesses.setdefault(visitor, []).append(time.monotonic())
        return None

    def leave(self, cookies: Mapping[str, str]) -> bool:
        """End the session of the cookies, wherever else a copy of them may be; False if they open nothing."""
        if not self.has_passwords or self.role(cookies) is None:
            return False
        self._ended.add(cookies[PASS].partition(".")[0])
        return True

    def _sign(self, role: Role, session: str) -> str:
        return hmac.new(self._keys[role], session.encode("utf-8", "replace"), "sha256").hexdigest()

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


def expired_pass_cookie(secure: bool) -> str:
    """The Set-Cookie value that makes a browser drop its password proof."""
    return _cookie(PASS, "", secure).replace(f"Max-Age={_YEAR}", "Max-Age=0")


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
