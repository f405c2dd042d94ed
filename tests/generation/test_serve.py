"""The protocol and its server, with a model that needs no torch. Run: python -m pytest tests/generation/test_serve.py"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from generation.protocol import Finish, Request, TokenStream, apply_stop
from generation.serve import ServeError, Server, is_loopback

KEY = "sk-geheim"
MESSAGES = [{"role": "system", "content": "简短"}, {"role": "user", "content": "你好"}]
ASKED: dict[str, Any] = {"model": "tiny", "messages": MESSAGES}


class ScriptedModel:
    """Says what it was given, and remembers what it was asked."""

    name = "tiny"

    def __init__(self, *parts: str, endless: bool = False, error: Exception | None = None) -> None:
        self._parts = parts
        self.endless = endless
        self._error = error
        self.asked: list[Request] = []
        self.began = threading.Event()
        self.ended = threading.Event()

    def write(self, request: Request, stopped: Callable[[], bool]) -> TokenStream:
        self.asked.append(request)
        self.began.set()
        try:
            yield from self._parts
            if self._error is not None:
                raise self._error
            while self.endless and not stopped():
                yield "啦"
            yield Finish("stop", 7, len(self._parts))
        finally:
            self.ended.set()


@contextmanager
def run_server(model: ScriptedModel, key: str | None = None) -> Iterator[Server]:
    with Server(model, port=0, key=key) as server:
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join()


def call(
    server: Server,
    body: object = None,
    path: str = "/chat/completions",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str, str]:
    """Status, content type and body."""
    address = urlsplit(server.address)
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    data = body if isinstance(body, bytes) else json.dumps(ASKED if body is None else body).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    connection.request(method, address.path + path, None if method == "GET" else data, sent)
    response = connection.getresponse()
    answer = response.status, response.headers.get_content_type(), response.read().decode()
    connection.close()
    return answer


def events(body: str) -> list[Any]:
    return [one if one == "[DONE]" else json.loads(one) for one in (line[6:] for line in body.split("\n\n") if line)]


def test_it_lists_the_model() -> None:
    with run_server(ScriptedModel()) as server:
        status, _, body = call(server, path="/models", method="GET")
    assert status == 200
    assert [one["id"] for one in json.loads(body)["data"]] == ["tiny"]


def test_a_whole_reply() -> None:
    model = ScriptedModel("你好，", "world", "！")
    asked = {**ASKED, "temperature": 0, "top_p": 0.9, "max_completion_tokens": 12, "stop": "\n\n", "user": "ada"}
    with run_server(model) as server:
        status, kind, body = call(server, asked)
    answer = json.loads(body)
    assert (status, kind) == (200, "application/json")
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0] == {
        "index": 0,
        "message": {"role": "assistant", "content": "你好，world！"},
        "finish_reason": "stop",
    }
    assert answer["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    (request,) = model.asked
    assert [(one.role, one.content) for one in request.messages] == [("system", "简短"), ("user", "你好")]
    assert (request.tokens, request.temperature, request.top_p, request.stops) == (12, 0.0, 0.9, ("\n\n",))


def test_a_streamed_reply() -> None:
    with run_server(ScriptedModel("你好，", "world", "！")) as server:
        status, kind, body = call(server, {**ASKED, "stream": True})
    assert (status, kind) == (200, "text/event-stream")
    *given, last = events(body)
    assert last == "[DONE]"
    assert [one["choices"][0]["delta"].get("content") for one in given] == ["", "你好，", "world", "！", None]
    assert given[-1]["choices"][0]["finish_reason"] == "stop"
    assert {one["object"] for one in given} == {"chat.completion.chunk"}


def test_text_may_come_in_parts() -> None:
    parts = [{"type": "text", "text": "看"}, {"type": "text", "text": "聊"}]
    model = ScriptedModel("ok")
    with run_server(model) as server:
        assert call(server, {**ASKED, "messages": [{"role": "user", "content": parts}]})[0] == 200
    assert model.asked[0].messages[0].content == "看聊"


BAD: dict[str, tuple[object, int, str]] = {
    "no JSON": (b"{", 400, "the body is not JSON"),
    "too deep": (b"[" * 200_000, 400, "the body is not JSON"),
    "a list": ([], 400, "the body is a list; expected an object"),
    "another model": ({**ASKED, "model": "别的"}, 404, 'model is "别的"; the only one here is'),
    "no model": ({"messages": MESSAGES}, 404, "model is null"),
    "no messages": ({"model": "tiny"}, 400, "messages is missing or null"),
    "empty messages": ({**ASKED, "messages": []}, 400, "messages is a list; expected a list of at least one"),
    "a strange role": ({**ASKED, "messages": [{"role": "god", "content": ""}]}, 400, 'messages[0].role is "god"'),
    "a role that is no word": ({**ASKED, "messages": [{"role": []}]}, 400, "messages[0].role is []"),
    "a picture": (
        {**ASKED, "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]},
        400,
        "messages[0].content is a list; expected text",
    ),
    "nothing said": ({**ASKED, "messages": [{"role": "user"}]}, 400, "messages[0].content is missing or null"),
    "the wrong last": ({**ASKED, "messages": [{"role": "assistant", "content": "好"}]}, 400, "the last message is"),
    "no number": ({**ASKED, "temperature": "hot"}, 400, 'temperature is "hot"; expected a number from 0 to 2'),
    "not finite": (
        b'{"model": "tiny", "messages": [{"role": "user", "content": "a"}], "top_p": NaN}',
        400,
        "top_p is NaN",
    ),
    "tokens that are no number": ({**ASKED, "max_tokens": True}, 400, "max_tokens is true; expected a whole number"),
    "only a tool's": ({**ASKED, "messages": [{"role": "tool", "content": "5"}]}, 400, "the last message is a tool's"),
    "usage that is no switch": (
        {**ASKED, "stream_options": {"include_usage": {}}},
        400,
        "stream_options.include_usage is {}; expected true or false",
    ),
    "options that are none": (
        {**ASKED, "stream_options": "usage"},
        400,
        'stream_options is "usage"; expected an object',
    ),
    "half a token": ({**ASKED, "max_tokens": 1.5}, 400, "max_tokens is 1.5; expected a whole number"),
    "yes": ({**ASKED, "stream": "yes"}, 400, 'stream is "yes"; expected true or false'),
    "two replies": ({**ASKED, "n": 2}, 400, "n is 2; one reply"),
    "empty stop": ({**ASKED, "stop": [""]}, 400, 'stop is [""]; expected'),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_done_is_said_clearly(bad: str) -> None:
    body, status, words = BAD[bad]
    model = ScriptedModel("好")
    with run_server(model) as server:
        given, kind, answer = call(server, body)
        assert (given, kind) == (status, "application/json")
        assert words in json.loads(answer)["error"]["message"]
        assert model.asked == []
        assert call(server)[0] == 200


@pytest.mark.parametrize(
    ("headers", "path", "method", "status"),
    [
        ({"Content-Type": "text/plain"}, "/chat/completions", "POST", 415),
        ({"Host": "evil.example:80"}, "/chat/completions", "POST", 403),
        ({"Host": ""}, "/models", "GET", 403),
        ({"Host": "[::1"}, "/models", "GET", 403),
        ({}, "/embeddings", "POST", 404),
        ({}, "/../../etc/passwd", "GET", 404),
        ({}, "/models/other", "GET", 404),
        ({}, "/models/tiny", "POST", 405),
        ({}, "/models", "PUT", 405),
        ({}, "/models", "OPTIONS", 405),
    ],
)
def test_only_what_is_offered_is_answered(headers: Mapping[str, str], path: str, method: str, status: int) -> None:
    with run_server(ScriptedModel("好")) as server:
        given, kind, answer = call(server, b"{}", path, method, headers)
    assert (given, kind) == (status, "application/json")
    error = json.loads(answer)["error"]
    assert error["message"]
    assert set(error) == {"message", "type", "param", "code"}


def test_a_body_has_a_limit_also_without_a_length() -> None:
    with run_server(ScriptedModel("好")) as server:
        assert call(server, b" " * (2 << 20))[0] == 413
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=30)
        pieces = (b" " * 65536 for _ in range(40))
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", pieces, kind, encode_chunked=True)
        assert connection.getresponse().status == 413
        connection.close()


@pytest.mark.parametrize("path", ["/models", "/models/", "/models?limit=1", "/models/?a=b"])
def test_a_query_and_a_slash_at_the_end_change_nothing(path: str) -> None:
    with run_server(ScriptedModel("好")) as server:
        assert json.loads(call(server, path=path, method="GET")[2])["data"][0]["id"] == "tiny"
        asked = path.replace("models", "chat/completions")
        assert call(server, path=asked)[0] == 200


@pytest.mark.parametrize("path", ["/models/tiny", "/models/tiny/", "/models/tiny?x=1"])
def test_one_model_can_be_looked_up(path: str) -> None:
    with run_server(ScriptedModel("好")) as server:
        status, _, body = call(server, path=path, method="GET")
    assert (status, json.loads(body)) == (200, {"id": "tiny", "object": "model", "created": 0, "owned_by": "local"})


@pytest.mark.parametrize("include", [True, False])
def test_a_stream_counts_its_tokens_where_that_is_asked(include: bool) -> None:
    with run_server(ScriptedModel("好", "。")) as server:
        _, _, body = call(server, {**ASKED, "stream": True, "stream_options": {"include_usage": include}})
    *given, last = events(body)
    assert last == "[DONE]"
    if not include:
        assert all("usage" not in event for event in given)
        return
    assert given[-1]["choices"] == []
    assert given[-1]["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    assert all(event["usage"] is None for event in given[:-1])


@pytest.mark.parametrize(
    ("given", "tokens"), [(8192, 4096), (10**400, 4096), (-1, 4096), (0, 1), (12.0, 12), (None, 256), (100, 100)]
)
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_the_number_of_tokens_is_clamped(name: str, given: float | None, tokens: int) -> None:
    model = ScriptedModel("好")
    with run_server(model) as server:
        assert call(server, {**ASKED, name: given, "top_p": 0})[0] == 200
    assert (model.asked[0].tokens, model.asked[0].top_p) == (tokens, 0.0)


def test_what_agents_send_is_read_or_skipped() -> None:
    model = ScriptedModel("晴")
    called = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    said = [
        {"role": "developer", "content": "简短"},
        {"role": "user", "content": "天气？"},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "a", "content": "25"},
        {"role": "assistant", "content": "好的，晴。"},
        {"role": "user", "content": [{"type": "input_text", "text": "and tomorrow?"}]},
    ]
    with run_server(model) as server:
        assert call(server, {**ASKED, "messages": said, "tools": []})[0] == 200
    assert [(one.role, one.content) for one in model.asked[0].messages] == [
        ("system", "简短"),
        ("user", "天气？"),
        ("assistant", "好的，晴。"),
        ("user", "and tomorrow?"),
    ]


def test_the_official_client_understands_every_answer() -> None:
    openai = pytest.importorskip("openai")
    with run_server(ScriptedModel("你好，", "world"), KEY) as server:
        with openai.OpenAI(base_url=server.address, api_key=KEY, max_retries=0) as client:
            assert [model.id for model in client.models.list()] == ["tiny"]
            assert client.models.retrieve("tiny").id == "tiny"
            reply = client.chat.completions.create(model="tiny", messages=MESSAGES)
            assert reply.choices[0].message.content == "你好，world"
            assert reply.usage.total_tokens == 9
            stream = client.chat.completions.create(
                model="tiny", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
            )
            chunks = list(stream)
            assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "你好，world"
            assert chunks[-1].usage.total_tokens == 9
            with pytest.raises(openai.NotFoundError, match="the only one here is 'tiny'"):
                client.chat.completions.create(model="other", messages=MESSAGES)
            with pytest.raises(openai.BadRequestError, match="temperature is 9"):
                client.chat.completions.create(model="tiny", messages=MESSAGES, temperature=9)
        with (
            openai.OpenAI(base_url=server.address, api_key="sk-falsch", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.models.list()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8091", "[::1]", "[::1]:8091", "LOCALHOST"])
def test_this_machine_has_several_names(host: str) -> None:
    with run_server(ScriptedModel("好")) as server:
        assert call(server, path="/models", method="GET", headers={"Host": host})[0] == 200


def test_a_key_is_asked_for_everywhere() -> None:
    with run_server(ScriptedModel("好"), KEY) as server:
        for headers in ({}, {"Authorization": "Bearer sk-falsch"}, {"Authorization": KEY}):
            for path, method in (("/models", "GET"), ("/chat/completions", "POST")):
                status, _, body = call(server, None, path, method, headers)
                assert status == 401
                assert KEY not in body
        assert call(server, headers={"Authorization": f"Bearer {KEY}"})[0] == 200


def test_other_machines_need_a_key() -> None:
    with pytest.raises(ServeError, match="KANLIAO_SERVE_KEY"):
        Server(ScriptedModel(), "0.0.0.0", 0)
    with Server(ScriptedModel(), "0.0.0.0", 0, KEY) as server:
        assert not server.is_local
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "[::1]", "localhost", "10.0.0.1", "example.org")] == [
        *(True, True, True, True),
        *(False, False),
    ]


def test_a_port_in_use_is_named() -> None:
    with (
        run_server(ScriptedModel()) as server,
        pytest.raises(ServeError, match=f"port {server.port} cannot be opened"),
    ):
        Server(ScriptedModel(), port=server.port)


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_ends_the_work_and_the_next_is_served(stream: bool) -> None:
    model = ScriptedModel("好", endless=True)
    with run_server(model) as server:
        address = urlsplit(server.address)
        connection = http.client.HTTPConnection(address.netloc, timeout=30)
        body = json.dumps({**ASKED, "stream": stream})
        connection.request("POST", f"{address.path}/chat/completions", body, {"Content-Type": "application/json"})
        if stream:
            assert connection.getresponse().read(20)
        assert model.began.wait(20)
        connection.close()
        assert model.ended.wait(20)
        model.endless = False
        assert call(server)[0] == 200


@pytest.mark.parametrize("stream", [True, False])
def test_a_model_that_fails_says_so(stream: bool) -> None:
    asked = {**ASKED, "stream": stream}
    with run_server(ScriptedModel(error=ValueError("the last message has 900 tokens"))) as server:
        status, _, body = call(server, asked)
        assert status == 400
        assert json.loads(body)["error"]["message"] == "the last message has 900 tokens"
    with run_server(ScriptedModel("半", error=RuntimeError("geheim"))) as server:
        status, _, body = call(server, asked)
        assert status == (200 if stream else 500)
        assert "the model failed" in (events(body)[-1] if stream else json.loads(body))["error"]["message"]
        assert "geheim" not in body
        assert "[DONE]" not in body


@pytest.mark.parametrize(
    ("stops", "text", "reason"),
    [
        ((), "一二三四五", "length"),
        (("三四",), "一二", "stop"),
        (("四五六", "五"), "一二三四", "stop"),
        (("四五六",), "一二三四五", "length"),
        (("一",), "", "stop"),
    ],
)
@pytest.mark.parametrize("pieces", [["一二三四五"], [*"一二三四五"], ["一二三", "四五"]])
def test_nothing_of_a_stop_string_is_given(stops: tuple[str, ...], text: str, reason: str, pieces: list[str]) -> None:
    def parts() -> TokenStream:
        yield from pieces
        yield Finish("length", 1, 5)

    *given, ending = apply_stop(parts(), stops)
    assert "".join(map(str, given)) == text
    assert isinstance(ending, Finish)
    assert ending.reason == reason
    assert all(given)
