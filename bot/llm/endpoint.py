"""The client of an OpenAI-compatible endpoint: one request at a time, bounded in time and size."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.llm.events import (
    Delta,
    LLMError,
    LLMTimeoutError,
    ReportedError,
    find_error,
    parse_delta,
    parse_object,
    read_deltas,
)  # fmt: skip
from data.text.clean import clean

_LOG = logging.getLogger(__name__)
_MAX_BYTES = 1 << 20
"""Bytes that are read of one response."""
_MAX_SAID = 300
"""Characters of the endpoint's own message that are logged."""
_MAX_DEADLINES = 10
"""How many deadlines a reply may take in all, once it has begun."""
_MAX_CONNECT = 10.0
_POLL = 0.5
"""Seconds between two attempts while the endpoint loads its model."""
_KEY_LIKE = re.compile(r"(?i)\b(?:sk|pk|key|token|bearer)[-_ :]+(?=\S*\d)[\w.~+/=*-]{8,}")
# What some endpoints refuse: the parameter, and what is sent in its place, if anything.
_REFUSED: Mapping[str, str | None] = {"max_tokens": "max_completion_tokens", "temperature": None}


@dataclass(frozen=True)
class Endpoint:
    """Where the model is served.

    Attributes:
        address: The URL up to and without /chat/completions.
        model: The name of the model.
        key: The API key, if one is needed.
        deadline: Seconds to wait for each further piece of a reply.
        first_wait: Seconds to wait for the first piece, which includes loading the model.
        tokens: The most tokens of a reply, reasoning included.
        options: Further fields of every request.
    """

    address: str
    model: str
    key: str | None = field(default=None, repr=False)
    deadline: float = 10.0
    first_wait: float = 60.0
    tokens: int = 600
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def longest(self) -> float:
        """The most seconds that a reply can take."""
        return self.first_wait + _MAX_DEADLINES * self.deadline


class EndpointClient:
    """Sends requests to an endpoint and reads its replies.

    No redirect is followed, and no proxy or netrc of the environment is used. A response that is too large, or not of the
    expected form, is an LLMError. What the endpoint says of an error goes to the log, bounded and without the key.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        # Loading the certificates is slow, and an address without TLS needs none.
        self._trust = ssl.create_default_context() if endpoint.address.startswith("https:") else False
        self._refused: set[str] = set()

    async def stream(
        self, messages: Sequence[Mapping[str, str]], temperature: float | None = None
    ) -> AsyncGenerator[Delta, None]:
        """Yield the steps of a reply as the endpoint sends them.

        Closing the iterator closes the connection.

        Raises:
            LLMError: The endpoint gave no usable reply, or stopped in the middle of one.
        """
        try:
            async with aclosing(self._read_in_time(messages, temperature)) as deltas:
                async for delta in deltas:
                    yield delta
        except ReportedError as error:
            _LOG.warning("The endpoint reported: %s", self.mask(error.said))
            raise LLMError(str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            if isinstance(error, LLMError):
                raise
            # The message of the error may repeat what was sent.
            raise LLMError(f"the endpoint could not be reached or broke off ({type(error).__name__})") from None

    async def _read_in_time(
        self, messages: Sequence[Mapping[str, str]], temperature: float | None
    ) -> AsyncGenerator[Delta, None]:
        first = time.monotonic() + self.endpoint.first_wait
        end = time.monotonic() + self.endpoint.longest
        has_begun, statuses = False, list[int]()
        async with aclosing(self._read(messages, temperature, first, statuses)) as deltas:
            while True:
                left = (min(self.endpoint.deadline, end - time.monotonic())) if has_begun else first - time.monotonic()
                if left <= 0:
                    raise LLMTimeoutError(self._say_late(has_begun, has_begun, statuses))
                try:
                    async with asyncio.timeout(left):
                        delta = await anext(deltas)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    if isinstance(error, LLMError):
                        raise
                    is_over = time.monotonic() >= end
                    raise LLMTimeoutError(self._say_late(has_begun, is_over, statuses)) from None
                has_begun = has_begun or bool(delta.text or delta.thought or delta.finish)
                yield delta

    def _say_late(self, has_begun: bool, is_over: bool, statuses: Sequence[int]) -> str:
        if is_over:
            return f"the endpoint was still writing after {self.endpoint.longest:g} s"
        if has_begun:
            return f"the endpoint sent nothing more for {self.endpoint.deadline:g} s"
        if statuses[-1:] == [503]:
            return f"the endpoint is still loading its model after {self.endpoint.first_wait:g} s (status 503)"
        return f"the endpoint sent nothing within {self.endpoint.first_wait:g} s"

    async def _read(
        self, messages: Sequence[Mapping[str, str]], temperature: float | None, first: float, statuses: list[int]
    ) -> AsyncGenerator[Delta, None]:
        """Yield the steps of the first response that is one; statuses gets those of all."""
        while True:
            body = self._build_body(messages, temperature)
            async with self._post(body) as response:
                statuses.append(response.status_code)
                if response.status_code == 200:
                    async with aclosing(self._read_response(response)) as deltas:
                        async for delta in deltas:
                            yield delta
                    return
                said = await self._read_error(response)
                status = response.status_code
                wait = _POLL if status == 503 else 0.0
                if status == 503 and time.monotonic() + wait > first:
                    raise LLMTimeoutError(self._say_late(False, False, statuses))
                if status != 503 and not (status == 400 and self._learn_refused(said, body)):
                    _LOG.warning("The endpoint answered with status %d: %s", status, self.mask(said) or "no message")
                    raise LLMError(f"the endpoint answered with status {status}; expected 200")
            await asyncio.sleep(wait)

    def _build_body(self, messages: Sequence[Mapping[str, str]], temperature: float | None) -> dict[str, Any]:
        given = {"max_tokens": self.endpoint.tokens, "temperature": temperature}
        body: dict[str, Any] = {"model": self.endpoint.model, "messages": list(messages), "stream": True}
        for name, value in given.items():
            sent = _REFUSED[name] if name in self._refused else name
            if value is not None and sent is not None:
                body[sent] = value
        return body | dict(self.endpoint.options)

    def _learn_refused(self, said: str, body: Mapping[str, Any]) -> bool:
        """Return whether the endpoint refuses a parameter that it need not get; it is not sent again."""
        refused = {name for name in _REFUSED if name in body and re.search(rf"\b{name}\b", said)} - self._refused
        self._refused |= refused
        return bool(refused)

    @asynccontextmanager
    async def _post(self, body: Mapping[str, Any]) -> AsyncIterator[httpx.Response]:
        # An uncompressed response cannot expand to a thousand times its size.
        headers = {"Accept": "text/event-stream, application/json", "Accept-Encoding": "identity", **self._authorize()}
        address = f"{self.endpoint.address.rstrip('/')}/chat/completions"
        # How long a piece may take is measured above, since comments and empty events come in between.
        limit = httpx.Timeout(self.endpoint.longest, connect=min(_MAX_CONNECT, self.endpoint.first_wait))
        async with (
            httpx.AsyncClient(verify=self._trust, timeout=limit, trust_env=False) as client,
            client.stream("POST", address, json=body, headers=headers) as response,
        ):
            yield response

    def _authorize(self) -> dict[str, str]:
        return {} if self.endpoint.key is None else {"Authorization": f"Bearer {self.endpoint.key}"}

    async def _read_response(self, response: httpx.Response) -> AsyncGenerator[Delta, None]:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise LLMError("the endpoint compressed its response, which it was asked not to")
        given = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if given == "application/json":
            # Some endpoints do not stream and send the whole reply.
            body = b"".join([part async for part in _read_limited(response)])
            yield parse_delta(body, "message")
            return
        if given != "text/event-stream":
            raise LLMError(f"the endpoint gave {given[:60] or 'no content type'!r}; expected text/event-stream")
        async with aclosing(_read_limited(response)) as parts, aclosing(read_deltas(parts)) as deltas:
            async for delta in deltas:
                yield delta

    async def _read_error(self, response: httpx.Response) -> str:
        """Return the endpoint's own message; empty if it gives none that can be read."""
        try:
            body = b"".join([part async for part in _read_limited(response)])
            return find_error(parse_object(body)) or ""
        except (LLMError, httpx.HTTPError):
            return ""

    def mask(self, said: str) -> str:
        """Return what an endpoint said in one line, at most 300 characters, without the key or anything like one."""
        text = said
        if key := self.endpoint.key:
            text = text.replace(key, "***")
        text = " ".join(_KEY_LIKE.sub("***", clean(text[: 4 * _MAX_SAID])).split())
        return text if len(text) <= _MAX_SAID else text[:_MAX_SAID] + "…"

    def check_model(self) -> None:
        """Log a warning if the endpoint does not list the model, naming those that it lists.

        An endpoint without a list, or one that is away, is not refused: it may come later.
        """
        address = f"{self.endpoint.address.rstrip('/')}/models"
        try:
            with httpx.Client(verify=self._trust, timeout=3.0, trust_env=False) as client:
                response = client.get(address, headers=self._authorize())
            listed = parse_object(response.content) if response.status_code == 200 else {}
        except (httpx.HTTPError, httpx.InvalidURL, OSError, LLMError) as error:
            _LOG.warning(
                "The endpoint KANLIAO_REMOTE cannot be asked for its models now (%s). Messages that need it are answered without "
                "it until it can be reached.",
                type(error).__name__,
            )
            return
        if response.status_code != 200:
            self._explain_status(response)
            return
        models = listed.get("data")
        names = (
            [str(model.get("id")) for model in models if isinstance(model, dict)] if isinstance(models, list) else []
        )
        if names and not any(_is_same_model(self.endpoint.model, name) for name in names):
            _LOG.warning(
                "KANLIAO_REMOTE_MODEL is %r, which the endpoint does not list. It has: %s.",
                self.endpoint.model,
                self.mask(", ".join(names)),
            )

    def _explain_status(self, response: httpx.Response) -> None:
        if response.status_code in (404, 405, 501):
            if not re.search(r"/v\d+/?$", self.endpoint.address):
                _LOG.warning(
                    "KANLIAO_REMOTE has no list of models at /models (status %d). Most servers expect /v1 at the end of the "
                    "address.",
                    response.status_code,
                )
            return
        said = ""
        with suppress(LLMError):
            said = find_error(parse_object(response.content[:_MAX_BYTES])) or ""
        _LOG.warning(
            "The endpoint KANLIAO_REMOTE answered with status %d when it was asked for its models: %s",
            response.status_code,
            self.mask(said) or "no message",
        )


def _is_same_model(wanted: str, listed: str) -> bool:
    """Return whether a listed name is the wanted one: Ollama adds :latest, and llama.cpp gives the path of a file."""
    return listed in (wanted, f"{wanted}:latest") or listed.replace("\\", "/").rsplit("/", 1)[-1] == wanted


async def _read_limited(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > _MAX_BYTES:
            raise LLMError(f"the endpoint gave more than {_MAX_BYTES} bytes")
        yield part
