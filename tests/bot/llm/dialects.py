"""How five servers speak the protocol: their streams, their errors, their lists of models.

Written from their documentation and from what was seen of them; each function plays one reply.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.bot.sources.endpoint import Call

Play = Callable[[Call], None]


def send_events(call: Call, *events: Mapping[str, Any] | str, done: bool = True) -> None:
    call.head(kind="text/event-stream")
    for event in (*events, *(("[DONE]",) if done else ())):
        data = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
        call.send(f"data: {data}\n\n".encode())


def chunk(delta: Mapping[str, Any] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": finish} | ({} if delta is None else {"delta": delta})
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **more,
    }


def play_ollama(call: Call, *texts: str, reasoning: str = "", finish: str = "stop") -> None:
    """The role in every chunk, reasoning in a field named so, and no blank delta."""
    thoughts = [chunk({"role": "assistant", "content": "", "reasoning": part}) for part in reasoning]
    said = [chunk({"role": "assistant", "content": text}) for text in texts]
    send_events(call, *thoughts, *said, chunk({"role": "assistant", "content": ""}, finish))


def play_llama_cpp(call: Call, *texts: str, reasoning: str = "", finish: str = "stop") -> None:
    """A null content first, reasoning_content, timings in the last chunk, which has an empty delta."""
    thoughts = [chunk({"reasoning_content": part}) for part in reasoning]
    said = [chunk({"content": text}) for text in texts]
    last = chunk({}, finish, timings={"predicted_n": 3}, usage={"completion_tokens": 3, "prompt_tokens": 9})
    send_events(call, chunk({"role": "assistant", "content": None}), *thoughts, *said, last)


def play_lm_studio(call: Call, *texts: str, reasoning: str = "", finish: str = "stop") -> None:
    """Events with a name, carriage returns, an empty finish_reason on the way, a last chunk without a delta."""
    call.head(kind="text/event-stream; charset=utf-8")
    events = [chunk({"reasoning": part}, "") for part in reasoning] + [chunk({"content": text}, "") for text in texts]
    for event in [*events, chunk(None, finish)]:
        call.send(b"event: message\r\ndata: " + json.dumps(event).encode() + b"\r\n\r\n")
    call.send(b"data: [DONE]\r\n\r\n")


def play_vllm(call: Call, *texts: str, reasoning: str = "", finish: str = "stop") -> None:
    """A chunk of usage without choices, comments in between, reasoning beside an empty content."""
    call.head(kind="text/event-stream; charset=utf-8")
    call.send(b": ping\n\n")
    thoughts = [chunk({"content": "", "reasoning_content": part, "tool_calls": []}) for part in reasoning]
    for event in [
        chunk({"role": "assistant", "content": ""}),
        *thoughts,
        *(chunk({"content": text}) for text in texts),
    ]:
        call.send(b"data: " + json.dumps({**event, "usage": None}).encode() + b"\n\n: ping\n\n")
    for event in (chunk({"content": ""}, finish), {**chunk({}), "choices": [], "usage": {"completion_tokens": 3}}):
        call.send(b"data: " + json.dumps(event).encode() + b"\n\n")
    call.send(b"data: [DONE]\n\n")


def play_openai(call: Call, *texts: str, reasoning: str = "", finish: str = "stop") -> None:
    """A refusal field, obfuscation, and a last event with no line behind it."""
    role = chunk({"role": "assistant", "content": "", "refusal": None}, obfuscation="x8")
    call.head(kind="text/event-stream; charset=utf-8")
    said = [chunk({"reasoning_content": part}) for part in reasoning] + [chunk({"content": text}) for text in texts]
    for event in (role, *said, chunk({}, finish)):
        call.send(b"data: " + json.dumps(event).encode() + b"\n\n")
    call.send(b"data: [DONE]")


DIALECTS: dict[str, Callable[..., None]] = {
    "Ollama": play_ollama,
    "llama.cpp": play_llama_cpp,
    "LM Studio": play_lm_studio,
    "vLLM": play_vllm,
    "OpenAI": play_openai,
}

ERRORS: dict[str, tuple[int, Any, str]] = {
    "Ollama": (
        404,
        {"error": {"message": 'model "qwen3" not found, try pulling it first', "type": "not_found_error"}},
        'model "qwen3" not found, try pulling it first',
    ),
    "llama.cpp": (
        501,
        {"error": {"code": 501, "message": "This server does not support that", "type": "not_supported_error"}},
        "This server does not support that",
    ),
    "LM Studio": (400, {"error": "Model unloaded."}, "Model unloaded."),
    "vLLM before 0.10.1": (
        400,
        {"object": "error", "message": "This model's maximum context length is 64 tokens", "type": "BadRequestError"},
        "maximum context length is 64 tokens",
    ),
    "vLLM": (
        404,
        {"error": {"message": "The model `m` does not exist.", "code": 404}},
        "The model `m` does not exist.",
    ),
    "OpenAI": (
        429,
        {
            "error": {
                "message": "You exceeded your current quota",
                "type": "insufficient_quota",
                "code": "insufficient_quota",
            }
        },
        "You exceeded your current quota",
    ),
    "a proxy": (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
}
"""The status, the body, and what of it belongs into the server's log."""


def fail(status: int, body: Any) -> Play:
    def play(call: Call) -> None:
        call.head(status)
        call.send(json.dumps(body).encode())

    return play
