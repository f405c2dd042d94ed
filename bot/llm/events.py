"""The events of a chat completion, in the dialects of the servers that speak the protocol.

Read and tried: Ollama, llama.cpp, LM Studio, vLLM and OpenAI.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

_REASONING = ("reasoning", "reasoning_content", "reasoning_text", "thinking")
"""Fields in which servers send what a model thinks: Ollama and vLLM the first, llama.cpp and DeepSeek the second."""
_THINKING_PARTS = ("thinking", "reasoning")
_TEXT_PARTS = ("text", "output_text")


class LLMError(Exception):
    """The endpoint gave no usable reply.

    The text holds neither what was sent, nor the key, nor what came back.
    """


class LLMTimeoutError(LLMError, TimeoutError):
    """The endpoint took longer than it may."""


class ReportedError(LLMError):
    """The endpoint said why it gives no reply; said is its own message, for the server's log alone."""

    def __init__(self, text: str, said: str) -> None:
        super().__init__(text)
        self.said = said


@dataclass(frozen=True)
class Delta:
    """One step of a reply.

    Attributes:
        text: What the reply goes on with; may be empty.
        thought: How many characters of reasoning came in fields of their own.
        finish: Why the reply ended, or None while it goes on.
        tokens: How many tokens were written in all, where the endpoint says it.
    """

    text: str = ""
    thought: int = 0
    finish: str | None = None
    tokens: int | None = None


def parse_delta(data: bytes | str, part: str = "delta") -> Delta:
    """Return what an event holds, or with part "message" a whole reply.

    Raises:
        ReportedError: It holds an error.
        LLMError: It is not a chat completion.
    """
    event = parse_object(data)
    if said := find_error(event):
        raise ReportedError("the endpoint reported an error; its message is in the server's log", said)
    tokens = _count_tokens(event.get("usage"))
    choices = event.get("choices")
    if choices in (None, []) and ("usage" in event or choices == []):
        return Delta(tokens=tokens)  # the count of used tokens
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise LLMError(f"the endpoint gave a JSON object without choices[0].{part}")
    choice = choices[0]
    finish = choice.get("finish_reason") or None
    given = choice.get(part)
    if given is None:
        # A last event may lack it; a whole reply may not.
        if part == "delta" and (finish or tokens is not None or part in choice):
            return Delta(finish=finish, tokens=tokens)
        raise LLMError(f"the endpoint gave a JSON object without choices[0].{part}")
    if not isinstance(given, dict):
        raise LLMError(f"the endpoint gave {type(given).__name__} as choices[0].{part}")
    text, thought = _read_content(given.get("content"))
    thought += sum(len(value) for name in _REASONING if isinstance(value := given.get(name), str))
    return Delta(text, thought, str(finish) if finish else None, tokens)


def _read_content(content: object) -> tuple[str, int]:
    """Return the text, and the number of characters of reasoning beside it."""
    if content is None:
        return "", 0
    if isinstance(content, str):
        # JSON can hold half of a surrogate pair, which is not a character.
        return content.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), 0
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        texts = [str(part.get("text") or "") for part in content if part.get("type") in _TEXT_PARTS]
        thought = [part for part in content if part.get("type") in _THINKING_PARTS]
        return "".join(texts), len(json.dumps(thought)) if thought else 0
    raise LLMError(f"the endpoint gave {type(content).__name__} as the text of a reply")


def _count_tokens(usage: object) -> int | None:
    count = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) else None


def parse_object(data: bytes | str) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        LLMError: It is something else.
    """
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise LLMError("the endpoint gave something that is not a JSON object")
    return parsed


def find_error(event: Mapping[str, Any]) -> str | None:
    """Return the message of an error, nested as most servers send it or flat as older ones of vLLM do; None if it is none."""
    error = event.get("error")
    if isinstance(error, dict):
        return str(error.get("message") or error.get("code") or error.get("type") or "no message")
    if error:
        return str(error)
    if event.get("object") == "error":
        return str(event.get("message") or "no message")
    if "choices" not in event and (detail := event.get("detail")):
        return json.dumps(detail, ensure_ascii=False) if isinstance(detail, Sequence | Mapping) else str(detail)
    return None


async def read_deltas(parts: AsyncIterator[bytes]) -> AsyncGenerator[Delta, None]:
    """Yield the steps of a stream of server-sent events, up to its end.

    Only the part of the format that chat completions use is read.

    Source: WHATWG HTML, Server-sent events, section 9.2.6.

    Raises:
        LLMError: It breaks off in the middle, or holds something else.
    """
    ended = False
    async with aclosing(_read_lines(parts)) as lines:
        async for line in lines:
            data = line.removeprefix(b"data:").strip()
            if not line.startswith(b"data:") or not data:
                continue
            if data.startswith(b"[DONE]"):
                return
            delta = parse_delta(data)
            ended = ended or delta.finish is not None
            yield delta
    if not ended:
        raise LLMError("the endpoint broke off in the middle of a reply")


async def _read_lines(parts: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line
    # The last event may lack the empty line after it.
    if rest:
        yield rest
