"""Authenticate requests.

Each browser has a secret cookie; passwords are optional; the host name is checked.
"""

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
_FETCH_PATH = re.compile(r"/gradio_api/(file=\w+:/|proxy=)", re.IGNORECASE)
_PUBLIC_PATHS = ("/login", "/logout", "/healthz")
_MAX_GUESSES, _WINDOW_S = 10, 600.0
# Even if foreign HTML gets into the page, the browser loads nothing from other hosts, sends nothing to them, and does not tell
# them the address. Gradio needs inline scripts and makes functions from text.
_HEADERS = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def derive_owner(cookies: Mapping[str, str]) -> str:
    """Return the owner id of a browser, the SHA-256 of its secret.

    So the store never holds the secret itself.

    Raises:
        PermissionError: The browser sent no secret. The first response sets it, so only a program that keeps no cookies has
            none.
    """
    secret = cookies.get(SECRET, "")
    if len(secret) < 32:
        raise PermissionError("the browser sent no cookie; allow cookies for this page and load it again")
    return hashlib.sha256(secret.encode()).hexdigest()


class RevokedSessions:
    """The sessions that were logged out of.

    They are the lines of a file that the processes of one home share; without a file they are in memory only.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: set[str] = set()
        self._size = 0

    def add(self, session: str) -> None:
        """Revoke a session for every process and after a restart.

        If the file cannot be written, it is revoked for this process only.
        """
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
class Authenticator:
    """Check passwords and sessions.

    Without any password everybody who reaches the page is the administrator: it is their own machine.

    Attributes:
        password: The password of users, if any.
        admin_password: The password of the administrator, if any.
        revoked_file: The file of the sessions that were logged out of.
    """

    password: str | None
    admin_password: str | None
    revoked_file: Path | None = None
    _guesses: dict[str, list[float]] = field(default_factory=dict)
    _keys: dict[Role, bytes] = field(init=False)
    _revoked: RevokedSessions = field(init=False)

    def __post_init__(self) -> None:
        self._revoked = RevokedSessions(self.revoked_file)
        # A session is a random number signed with a key derived from the password. It survives a restart and ends when the
        # password changes or by logging out. The key is slow to compute, so that nobody can try passwords against a stolen
        # cookie; the keys of the two roles are independent.
        self._keys = {
            role: hashlib.scrypt(password.encode(), salt=f"kanliao {role}".encode(), n=2**14, r=8, p=1)
            for role, password in self._passwords()
        }

    @property
    def has_passwords(self) -> bool:
        """Whether there is a password, and so something to log out of."""
        return bool(self.password or self.admin_password)

    def find_role(self, cookies: Mapping[str, str]) -> Role | None:
        """Return the role of a session; None if the password is needed first."""
        if not self.has_passwords:
            return "administrator"
        session, _, given = cookies.get(PASS, "").partition(".")
        for role in self._keys:
            if hmac.compare_digest(given.encode(), self._sign(role, session).encode()):
                return None if session in self._revoked else role
        return None

    def authenticate(self, visitor: str, guess: str) -> tuple[Role, str] | None:
        """Return the role of a password and the value of the session cookie.

        It is None if the password is wrong.

        Args:
            visitor: The network address, by which wrong guesses are counted.
            guess: The password as typed.
        """
        for role, password in self._passwords():
            if hmac.compare_digest(guess.encode(), password.encode()):
                self._guesses.pop(visitor, None)
                session = secrets.token_hex(16)
                return role, f"{session}.{self._sign(role, session)}"
        self._guesses.setdefault(visitor, []).append(time.monotonic())
        return None

    def log_out(self, cookies: Mapping[str, str]) -> bool:
        """Revoke the session of the cookies, and so of every copy of them.

        Return whether there was one.
        """
        if not self.has_passwords or self.find_role(cookies) is None:
            return False
        self._revoked.add(cookies[PASS].partition(".")[0])
        return True

    def _sign(self, role: Role, session: str) -> str:
        return hmac.new(self._keys[role], session.encode("utf-8", "replace"), "sha256").hexdigest()

    def is_rate_limited(self, visitor: str) -> bool:
        """Return whether the visitor has guessed wrong too often: 10 times within 600 s."""
        now = time.monotonic()
        recent = [at for at in self._guesses.get(visitor, ()) if now - at < _WINDOW_S]
        if recent:
            self._guesses[visitor] = recent
        else:
            self._guesses.pop(visitor, None)
        return len(recent) >= _MAX_GUESSES

    def _passwords(self) -> list[tuple[Role, str]]:
        given: tuple[tuple[Role, str | None], ...] = (("administrator", self.admin_password), ("user", self.password))
        return [(role, password) for role, password in given if password]


class AuthMiddleware:
    """Check the host name, the path, the session and the cookie of every request.

    A missing cookie of the browser is set.
    """

    def __init__(self, app: ASGIApp, auth: Authenticator, hosts: tuple[str, ...] | None) -> None:
        self._app = app
        self._auth = auth
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with status 303, 401, 404 or 421."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self._hosts is not None and _parse_host(headers.get("host", "")) not in self._hosts:
            # DNS rebinding: a page of another site whose name was made to resolve to this host would send our cookies.
            await _respond(send, 421, "This address is not served under that name.")
            return
        # The standard library's parser stops at an invalid cookie, and other programs on this machine set such cookies.
        cookies = cookie_parser(headers.get("cookie", ""))
        path: str = scope["path"]
        if _FETCH_PATH.search(path):
            # Server-side request forgery: gradio would fetch any address for any visitor.
            await _respond(send, 404, "Nothing is fetched from elsewhere.")
            return
        if path not in _PUBLIC_PATHS and self._auth.find_role(cookies) is None:
            if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
                await _respond(send, 303, "", {"location": "/login"})
            else:
                await _respond(send, 401, "A password is needed: open /login.")
            return
        has_secret = SECRET in cookies

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = MutableHeaders(scope=message)
                fields.update(_HEADERS)
                if not has_secret:
                    secure = scope.get("scheme") == "https"
                    fields.append("set-cookie", _build_cookie(SECRET, secrets.token_urlsafe(32), secure))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def build_pass_cookie(value: str, secure: bool) -> str:
    """Return the Set-Cookie value of a session."""
    return _build_cookie(PASS, value, secure)


def build_expired_pass_cookie(secure: bool) -> str:
    """Return the Set-Cookie value that makes a browser drop its session."""
    return _build_cookie(PASS, "", secure).replace(f"Max-Age={_YEAR}", "Max-Age=0")


def _build_cookie(name: str, value: str, secure: bool) -> str:
    return f"{name}={value}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


def _parse_host(header: str) -> str:
    if header.startswith("["):
        return header.partition("]")[0].lstrip("[")
    return header.partition(":")[0].lower()


async def _respond(send: Send, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
    fields = {"content-type": "text/plain; charset=utf-8", **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": text.encode()})
