"""Replies of a larger model outside this process, reached over the OpenAI-compatible protocol at an address from the settings."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.messages import Translations
from bot.types import Candidate, Context, Turn
from data.text.clean import clean

INSTRUCTION: Translations = {
    "zh": "你是看聊，一个友好的聊天助手。请用中文回答，像平时说话一样，最多三句。不知道的事就直说不知道。",
    "en": "You are Kanliao, a friendly chat assistant. Answer in English, as people talk, in three sentences at most. If you do "
    "not know something, say so.",
}
_TURNS = 6
_CHARACTERS = 2_000  # of each text that is sent
_TOKENS = 300  # of the reply that is asked for
_BYTES = 1 << 20  # read of one response
_REPLY = 4_000  # characters of a reply that still is one
_LONGEST = 10  # times the deadline that a reply may go on being written


class RemoteError(Exception):
    """An endpoint that gave no reply that can be used. Says neither what was sent, nor the key, nor what came back."""


@dataclass(frozen=True)
class Endpoint:
    """Where the model is: an address that ends before /chat/completions, the model's name, the key, and seconds to wait."""

    address: str
    model: str
    key: str | None = field(default=None, repr=False)
    deadline: float = 10.0


class Remote:
    """The source and the writer that ask the endpoint. Nothing is sent before one of the two is called.

    No redirect is followed, no proxy or netrc of the environment is used, and a response of another size or form than a
    reply's is an error of this turn.
    """

    name = "remote"

    def __init__(self, endpoint: Endpoint, score: float) -> None:
        """score is the probability that every reply is given, for as long as no ranker has learned a better one."""
        self.deadline = endpoint.deadline
        self._endpoint = endpoint
        self._score = score
        # Reading the certificates takes a while, and an address without TLS needs none.
        self._trust = ssl.create_default_context() if endpoint.address.startswith("https:") else False

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """One candidate. Raises RemoteError."""
        async with self._asked(context, stream=False) as response:
            body = b"".join([part async for part in _limited(response)])
        raw = _content(_parsed(body), "message")
        if len(raw) > _REPLY:
            raise RemoteError(f"the endpoint gave a reply of {len(raw)} characters; expected at most {_REPLY}")
        text = clean(raw)
        if not text:
            raise RemoteError("the endpoint gave an empty reply")
        return [Candidate(text, self.name, self._score)]

    async def write(self, context: Context) -> AsyncIterator[str]:
        """The pieces of a reply as the endpoint sends them; closing the iterator closes the connection. Raises RemoteError."""
        until = time.monotonic() + _LONGEST * self.deadline
        raw, shown = "", 0
        async with self._asked(context, stream=True) as response, aclosing(_deltas(response)) as deltas:
            async for delta in deltas:
                raw += delta
                if len(raw) > _REPLY:
                    raise RemoteError(f"the endpoint goes on after {_REPLY} characters")
                # The last character may yet be joined by another: an accent, or the second half of an emoji.
                if piece := clean(raw)[shown:-1]:
                    shown += len(piece)
                    yield piece
                if time.monotonic() > until:
                    raise RemoteError(f"the endpoint was still writing after {_LONGEST * self.deadline:g} s")
        if not clean(raw):
            raise RemoteError("the endpoint gave an empty reply")
        if piece := clean(raw)[shown:]:
            yield piece

    @asynccontextmanager
    async def _asked(self, context: Context, stream: bool) -> AsyncIterator[httpx.Response]:
        """The response, once its head says that it holds what was asked for."""
        kind = "text/event-stream" if stream else "application/json"
        # What is not compressed cannot unpack to a thousand times its size.
        headers = {"Accept": kind, "Accept-Encoding": "identity"}
        if self._endpoint.key is not None:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        asked = {
            "model": self._endpoint.model,
            "messages": messages(context),
            "max_tokens": _TOKENS,
            "stream": stream,
        }
        address = f"{self._endpoint.address.rstrip('/')}/chat/completions"
        try:
            async with (
                httpx.AsyncClient(verify=self._trust, timeout=self.deadline, trust_env=False) as client,
                client.stream("POST", address, json=asked, headers=headers) as response,
            ):
                if response.status_code != 200:
                    raise RemoteError(f"the endpoint answered with status {response.status_code}; expected 200")
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise RemoteError("the endpoint compressed its response, which it was asked not to")
                given = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if given != kind:
                    raise RemoteError(f"the endpoint gave {given[:60] or 'no content type'!r}; expected {kind}")
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            # Its words may repeat what was sent.
            raise RemoteError(f"the endpoint could not be reached or broke off ({type(error).__name__})") from None


def messages(context: Context) -> list[dict[str, str]]:
    """The conversation as the protocol has it: an instruction, the last turns that were answered, and the message."""
    said = [{"role": "system", "content": INSTRUCTION[context.language]}]
    for turn in [turn for turn in context.turns if _answered(turn)][-_TURNS:]:
        said.append({"role": "user", "content": turn.message.text[:_CHARACTERS]})
        said.append({"role": "assistant", "content": turn.reply.text[:_CHARACTERS]})
    return [*said, {"role": "user", "content": context.message.text[:_CHARACTERS]}]


def _answered(turn: Turn) -> bool:
    # A model that reads "I don't know that one" goes on saying it.
    return turn.reply.kind == "answer" and bool(turn.message.text.strip() and turn.reply.text.strip())


async def _limited(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > _BYTES:
            raise RemoteError(f"the endpoint gave more than {_BYTES} bytes")
        yield part


async def _deltas(response: httpx.Response) -> AsyncGenerator[str, None]:
    """The texts of the events of a stream, up to its end. WHATWG HTML, Server-sent events, section 9.2.6, as far as used."""
    rest, ended = b"", False
    async with aclosing(_limited(response)) as parts:
        async for part in parts:
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                data = line.removeprefix(b"data:").strip()
                if not line.startswith(b"data:") or not data:
                    continue
                if data == b"[DONE]":
                    return
                event = _parsed(data)
                if event.get("choices") == []:
                    continue  # the tokens that were used, counted
                if text := _content(event, "delta"):
                    yield text
                ended = ended or bool(event["choices"][0].get("finish_reason"))
    if not ended:
        raise RemoteError("the endpoint broke off in the middle of a reply")


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise RemoteError("the endpoint gave something that is no JSON object")
    return parsed


def _content(event: dict[str, Any], part: str) -> str:
    """The text of the first choice; empty where there is none yet."""
    try:
        content = event["choices"][0][part].get("content")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise RemoteError(f"the endpoint gave a JSON object without choices[0].{part}") from None
    if content is None:
        return ""
    if not isinstance(content, str):
        raise RemoteError(f"the endpoint gave {type(content).__name__} as the text of a reply")
    # Half of a surrogate pair, which JSON can spell, is no character.
    return content.encode("utf-8", "replace").decode()
