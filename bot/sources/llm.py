"""Replies of a large language model outside this process.

It is reached over the OpenAI-compatible chat completions protocol, at an address from the settings.
"""

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

SYSTEM_PROMPT: Translations = {
    "zh": "你是看聊，一个友好的聊天助手。请用中文回答，像平时说话一样，最多三句。不知道的事就直说不知道。",
    "en": "You are Kanliao, a friendly chat assistant. Answer in English, as people talk, in three sentences at most. If you do "
    "not know something, say so.",
}
_MAX_TURNS = 6
_MAX_TEXT = 2_000
"""Characters of each text that is sent."""
_MAX_TOKENS = 300
"""Tokens of the reply that is requested."""
_MAX_BYTES = 1 << 20
"""Bytes that are read of one response."""
_MAX_REPLY = 4_000
"""Characters of a reply; a longer one is an error."""
_MAX_DEADLINES = 10
"""How many deadlines a streamed reply may take in all."""


class LLMError(Exception):
    """The endpoint gave no usable reply.

    The text holds neither what was sent, nor the key, nor what came back.
    """


@dataclass(frozen=True)
class Endpoint:
    """Where the model is served.

    Attributes:
        address: The URL up to and without /chat/completions.
        model: The name of the model.
        key: The API key, if one is needed.
        deadline: Seconds to wait for the next bytes of a response.
    """

    address: str
    model: str
    key: str | None = field(default=None, repr=False)
    deadline: float = 10.0


class LLMSource:
    """Ask the endpoint for a reply, as a whole (`propose`) or as a stream (`write`).

    Nothing is sent before one of the two is called. No redirect is followed, and no proxy or netrc of the environment is used.
    A response that is too large, or not of the expected form, fails this turn of the source only.
    """

    name = "remote"
    """What stands in stored conversations and journals."""

    def __init__(self, endpoint: Endpoint, score: float) -> None:
        """Use an endpoint.

        Args:
            endpoint: Where the model is served.
            score: The probability, in [0, 1], that every reply is given until a ranker replaces it.
        """
        self.deadline = endpoint.deadline
        self._endpoint = endpoint
        self._score = score
        # Loading the certificates is slow, and an address without TLS needs none.
        self._trust = ssl.create_default_context() if endpoint.address.startswith("https:") else False

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return one candidate.

        Raises:
            LLMError: The endpoint gave no usable reply.
        """
        async with self._post(context, stream=False) as response:
            body = b"".join([part async for part in _read_limited(response)])
        raw = _get_content(_parse_object(body), "message")
        if len(raw) > _MAX_REPLY:
            raise LLMError(f"the endpoint gave a reply of {len(raw)} characters; expected at most {_MAX_REPLY}")
        text = clean(raw)
        if not text:
            raise LLMError("the endpoint gave an empty reply")
        return [Candidate(text, self.name, self._score)]

    async def write(self, context: Context) -> AsyncIterator[str]:
        """Yield the pieces of a reply as the endpoint sends them.

        Closing the iterator closes the connection.

        Raises:
            LLMError: The endpoint gave no usable reply, or stopped in the middle of one.
        """
        until = time.monotonic() + _MAX_DEADLINES * self.deadline
        raw, shown = "", 0
        async with self._post(context, stream=True) as response, aclosing(_read_deltas(response)) as deltas:
            async for delta in deltas:
                raw += delta
                if len(raw) > _MAX_REPLY:
                    raise LLMError(f"the endpoint goes on after {_MAX_REPLY} characters")
                # The next piece may change the last character: add an accent, or the second half of an emoji.
                if piece := clean(raw)[shown:-1]:
                    shown += len(piece)
                    yield piece
                if time.monotonic() > until:
                    raise LLMError(f"the endpoint was still writing after {_MAX_DEADLINES * self.deadline:g} s")
        if not clean(raw):
            raise LLMError("the endpoint gave an empty reply")
        if piece := clean(raw)[shown:]:
            yield piece

    @asynccontextmanager
    async def _post(self, context: Context, stream: bool) -> AsyncIterator[httpx.Response]:
        """Send the request and yield the response.

        Its status and headers are checked before.
        """
        kind = "text/event-stream" if stream else "application/json"
        # An uncompressed response cannot expand to a thousand times its size.
        headers = {"Accept": kind, "Accept-Encoding": "identity"}
        if self._endpoint.key is not None:
            headers["Authorization"] = f"Bearer {self._endpoint.key}"
        body = {
            "model": self._endpoint.model,
            "messages": build_messages(context),
            "max_tokens": _MAX_TOKENS,
            "stream": stream,
        }
        address = f"{self._endpoint.address.rstrip('/')}/chat/completions"
        try:
            async with (
                httpx.AsyncClient(verify=self._trust, timeout=self.deadline, trust_env=False) as client,
                client.stream("POST", address, json=body, headers=headers) as response,
            ):
                if response.status_code != 200:
                    raise LLMError(f"the endpoint answered with status {response.status_code}; expected 200")
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise LLMError("the endpoint compressed its response, which it was asked not to")
                given = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if given != kind:
                    raise LLMError(f"the endpoint gave {given[:60] or 'no content type'!r}; expected {kind}")
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            # The message of the error may repeat what was sent.
            raise LLMError(f"the endpoint could not be reached or broke off ({type(error).__name__})") from None


def build_messages(context: Context) -> list[dict[str, str]]:
    """Build the messages of the request.

    They are the system prompt, the last answered turns, and the message.
    """
    made = [{"role": "system", "content": SYSTEM_PROMPT[context.language]}]
    for turn in [turn for turn in context.turns if _is_answered(turn)][-_MAX_TURNS:]:
        made.append({"role": "user", "content": turn.message.text[:_MAX_TEXT]})
        made.append({"role": "assistant", "content": turn.reply.text[:_MAX_TEXT]})
    return [*made, {"role": "user", "content": context.message.text[:_MAX_TEXT]}]


def _is_answered(turn: Turn) -> bool:
    # A model that reads "I don't know that one" in the conversation keeps saying it.
    return turn.reply.kind == "answer" and bool(turn.message.text.strip() and turn.reply.text.strip())


async def _read_limited(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > _MAX_BYTES:
            raise LLMError(f"the endpoint gave more than {_MAX_BYTES} bytes")
        yield part


async def _read_deltas(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Yield the texts of the events of a stream, up to its end.

    Only the part of the format that chat completions use is read.

    Source: WHATWG HTML, Server-sent events, section 9.2.6.
    """
    rest, ended = b"", False
    async with aclosing(_read_limited(response)) as parts:
        async for part in parts:
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                data = line.removeprefix(b"data:").strip()
                if not line.startswith(b"data:") or not data:
                    continue
                if data == b"[DONE]":
                    return
                event = _parse_object(data)
                if event.get("choices") == []:
                    continue  # the count of used tokens
                if text := _get_content(event, "delta"):
                    yield text
                ended = ended or bool(event["choices"][0].get("finish_reason"))
    if not ended:
        raise LLMError("the endpoint broke off in the middle of a reply")


def _parse_object(data: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise LLMError("the endpoint gave something that is not a JSON object")
    return parsed


def _get_content(event: dict[str, Any], part: str) -> str:
    """Return the text of the first choice; empty if there is none yet."""
    try:
        content = event["choices"][0][part].get("content")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise LLMError(f"the endpoint gave a JSON object without choices[0].{part}") from None
    if content is None:
        return ""
    if not isinstance(content, str):
        raise LLMError(f"the endpoint gave {type(content).__name__} as the text of a reply")
    # JSON can hold half of a surrogate pair, which is not a character.
    return content.encode("utf-8", "replace").decode()
