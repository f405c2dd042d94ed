"""The endpoint's manners in five dialects. Run: python -m pytest tests/bot/llm/test_endpoint.py"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from bot.llm.endpoint import Endpoint, EndpointClient
from bot.llm.events import LLMError, LLMTimeoutError
from bot.llm.thinking import ThinkingFilter
from bot.sources.llm import LLMSource
from bot.types import Context, Message
from tests.bot.llm.dialects import DIALECTS, ERRORS, chunk, fail, send_events
from tests.bot.sources.endpoint import Call, FakeEndpoint

KEY = "sk-geheim-0123456789"
CONTEXT = Context(Message("在吗"), "zh")


def create_endpoint(address: str, **more: Any) -> Endpoint:
    return Endpoint(address, "m", KEY, **{"deadline": 5.0, "first_wait": 5.0, **more})


def propose(address: str, **more: Any) -> str:
    (candidate,) = asyncio.run(LLMSource(create_endpoint(address, **more), 0.4).propose(CONTEXT))
    return candidate.text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_is_read_and_its_reasoning_left_out(dialect: str) -> None:
    with FakeEndpoint(
        lambda call: DIALECTS[dialect](call, "秋", "天 ", "is nice.", reasoning="嗯, let me see")
    ) as endpoint:
        assert propose(endpoint.address) == "秋天 is nice."


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reasoning_that_ate_the_tokens_is_named(dialect: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        FakeEndpoint(lambda call: DIALECTS[dialect](call, reasoning="长" * 50, finish="length")) as endpoint,
        pytest.raises(LLMError, match="its tokens went into 50 characters of reasoning; raise KANLIAO_REMOTE_TOKENS"),
    ):
        propose(endpoint.address)
    assert "50 characters of reasoning" in caplog.text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_reply_that_was_cut_off_is_marked(dialect: str) -> None:
    with FakeEndpoint(lambda call: DIALECTS[dialect](call, "首先，", "open the", finish="length")) as endpoint:
        assert propose(endpoint.address) == "首先，open the…"
    with FakeEndpoint(lambda call: DIALECTS[dialect](call, "首先，", "打开它。", finish="length")) as endpoint:
        assert propose(endpoint.address) == "首先，打开它。"


@pytest.mark.parametrize("dialect", ERRORS)
def test_what_the_endpoint_says_of_an_error_is_logged(dialect: str, caplog: pytest.LogCaptureFixture) -> None:
    status, body, said = ERRORS[dialect]
    with FakeEndpoint(fail(status, body)) as endpoint, pytest.raises(LLMError) as caught:
        propose(endpoint.address)
    assert str(caught.value) == f"the endpoint answered with status {status}; expected 200"
    assert said in caplog.text


@pytest.mark.parametrize(
    "said", [f"bad key {KEY}", f"Bearer {KEY}", "Incorrect API key provided: sk-abcd1234efgh5678", f"{KEY} " * 500]
)
def test_no_key_is_logged_and_no_long_text(said: str, caplog: pytest.LogCaptureFixture) -> None:
    events = [chunk({"content": "嗯"}), {"error": {"message": said, "type": "server_error"}}]
    for play in (fail(401, {"error": {"message": said}}), lambda call: send_events(call, *events)):
        caplog.clear()
        with FakeEndpoint(play) as endpoint, pytest.raises(LLMError):
            propose(endpoint.address)
        assert KEY not in caplog.text
        assert "sk-abcd1234efgh5678" not in caplog.text
        assert "***" in caplog.text
        assert len(caplog.messages[0]) < 400


def test_503_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    asked: list[Call] = []

    def play(call: Call) -> None:
        asked.append(call)
        if len(asked) < 3:
            fail(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})(call)
        else:
            call.answer("好了。")

    with FakeEndpoint(play) as endpoint:
        assert propose(endpoint.address) == "好了。"
    assert not caplog.messages
    with (
        FakeEndpoint(fail(503, {"error": {"message": "Loading model"}})) as endpoint,
        pytest.raises(LLMTimeoutError, match="still loading its model"),
    ):
        propose(endpoint.address, first_wait=0.7)


def test_the_first_piece_may_take_longer_than_the_others() -> None:
    def play(call: Call, first: float, second: float) -> None:
        call.head(kind="text/event-stream")
        call.delta(None)
        call.wait(first)
        call.delta("嗯")
        call.wait(second)
        call.delta("。", "stop")

    with FakeEndpoint(lambda call: play(call, 4.0, 0.0)) as endpoint:
        assert propose(endpoint.address, deadline=3.0, first_wait=60.0) == "嗯。"
    with (
        FakeEndpoint(lambda call: play(call, 0.0, 20.0)) as endpoint,
        pytest.raises(LLMTimeoutError, match=r"sent nothing more for 0\.6 s"),
    ):
        propose(endpoint.address, deadline=0.6, first_wait=20.0)


def test_a_parameter_that_is_refused_is_sent_no_more() -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."

    def play(call: Call) -> None:
        if "max_tokens" in call.body:
            fail(400, {"error": {"message": said, "param": "max_tokens"}})(call)
        else:
            call.answer("好")

    with FakeEndpoint(play) as endpoint:
        assert propose(endpoint.address, tokens=77, options={"reasoning_effort": "none"}) == "好"
    refused, accepted = endpoint.calls
    assert refused.body["max_tokens"] == accepted.body["max_completion_tokens"] == 77
    assert accepted.body["reasoning_effort"] == "none"


def test_an_endpoint_that_does_not_stream_is_read_too() -> None:
    with FakeEndpoint(lambda call: call.send_reply("整个。")) as endpoint:
        assert propose(endpoint.address) == "整个。"


@pytest.mark.parametrize("tags", [("<think>", "</think>"), ("<THINKING>", "</THINKING>"), ("◁think▷", "◁/think▷")])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 1000])
def test_thoughts_are_never_shown_however_they_are_cut(tags: tuple[str, str], size: int) -> None:
    text = f"{tags[0]}\n用户在打招呼 <b> a < b, [think about it.\n{tags[1]}\n\n你好！ 1 < 2 <think it over>{tags[0]}hm"
    thinking = ThinkingFilter()
    pieces = [thinking.feed(text[place : place + size]) for place in range(0, len(text), size)]
    assert ("".join(pieces) + thinking.finish()).strip() == "你好！ 1 < 2 <think it over>"
    assert thinking.thought > 20


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_thoughts_whose_opening_tag_is_in_the_prompt_are_not_shown(size: int) -> None:
    text = "The user greets me. 我该问好。\n</think>\n\nHello there."
    with FakeEndpoint(
        lambda call: call.send_stream(*(text[place : place + size] for place in range(0, len(text), size)))
    ) as endpoint:
        source = LLMSource(create_endpoint(endpoint.address), 0.4)
        for _ in range(2):
            (candidate,) = asyncio.run(source.propose(CONTEXT))
            assert candidate.text == "Hello there."


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        (["qwen3:latest", "m:latest"], None),
        (["/models/m"], None),
        (
            ["qwen3", "llama3.2"],
            "KANLIAO_REMOTE_MODEL is 'm', which the endpoint does not list. It has: qwen3, llama3.2.",
        ),
    ],
)
def test_the_list_of_models_is_checked(listed: list[str], words: str | None, caplog: pytest.LogCaptureFixture) -> None:
    def play(call: Call) -> None:
        assert call.path == "/v1/models"
        call.head()
        call.send(json.dumps({"object": "list", "data": [{"id": name} for name in listed]}).encode())

    with FakeEndpoint(play) as endpoint:
        EndpointClient(create_endpoint(endpoint.address)).check_model()
    assert caplog.messages == ([words] if words else [])


def test_an_endpoint_without_a_list_or_away_is_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with FakeEndpoint(fail(404, {})) as endpoint:
        EndpointClient(create_endpoint(endpoint.address)).check_model()
        assert not caplog.messages
        EndpointClient(create_endpoint(endpoint.address.removesuffix("/v1"))).check_model()
        assert "expect /v1 at the end" in caplog.text
    EndpointClient(create_endpoint(endpoint.address)).check_model()
    assert "cannot be asked for its models now" in caplog.messages[-1]
    with FakeEndpoint(fail(401, {"error": {"message": f"no: {KEY}"}})) as endpoint:
        EndpointClient(create_endpoint(endpoint.address)).check_model()
    assert caplog.messages[-1].endswith("asked for its models: no: ***")
