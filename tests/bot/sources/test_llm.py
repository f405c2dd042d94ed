"""An endpoint outside, good and bad, behind a real server. Run: python -m pytest tests/bot/sources/test_llm.py"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.build import build
from bot.components import Source, Writer
from bot.engine import Engine
from bot.llm.endpoint import Endpoint
from bot.llm.events import LLMError
from bot.llm.prompt import load_prompts
from bot.messages import MODEL_FAILED
from bot.ranker.baselines import SourceScores
from bot.rules import Rules
from bot.settings import Settings
from bot.sources.llm import LLMSource
from bot.state import SqliteStore
from bot.types import Context, Kind, Message, Reply, Turn
from data.records import Language
from tests.bot.sources.endpoint import Call, FakeEndpoint

KEY = "sk-geheim-0123456789"
ASKED: list[tuple[str, Language]] = [("你最喜欢哪个季节？", "zh"), ("Which season do you like best?", "en")]


def create_source(address: str, deadline: float = 5.0) -> LLMSource:
    """A source that may talk, past its first reply, which is held back until its end."""
    source = LLMSource(Endpoint(address, "小模型", KEY, deadline, deadline), score=0.4)
    source._should_hold = False
    return source


def turn(number: int, text: str, reply: str, kind: Kind = "answer") -> Turn:
    return Turn(number, Message(text), Reply(reply, kind, "zh"), 0.0)


async def collect_pieces(writer: LLMSource, context: Context) -> list[str]:
    return [piece async for piece in writer.write(context)]


@pytest.mark.parametrize(("text", "language"), ASKED)
def test_it_sends_the_conversation_and_gives_one_candidate(text: str, language: Language) -> None:
    turns = (
        *(turn(number, f"问{number}", f"答{number}") for number in range(8)),
        turn(8, "啊？", "这个我还不知道。", "unknown"),
        turn(9, "长" * 5000, "ok"),
    )
    with FakeEndpoint(lambda call: call.answer("\u200b秋天。", "Autumn!\x07\n")) as endpoint:
        (candidate,) = asyncio.run(create_source(endpoint.address).propose(Context(Message(text), language, turns)))
    assert (candidate.text, candidate.source, candidate.score) == ("秋天。Autumn!", "remote", 0.4)
    (call,) = endpoint.calls
    assert (call.path, call.headers["Authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert (call.body["model"], call.body["stream"]) == ("小模型", True)
    sent = call.body["messages"]
    assert sent[0] == {
        "role": "system",
        "content": load_prompts()["talk"][language].replace("{name}", "看聊" if language == "zh" else "Kanliao"),
    }
    assert [one["role"] for one in sent[1:]] == ["user", "assistant"] * 6 + ["user"]
    assert [one["content"] for one in sent[1:-2:2]] == ["问3", "问4", "问5", "问6", "问7", "长" * 2000]
    assert sent[-1]["content"] == text


def test_no_key_sends_none() -> None:
    with FakeEndpoint(lambda call: call.answer("好")) as endpoint:
        asyncio.run(LLMSource(Endpoint(endpoint.address, "m"), 0.4).propose(Context(Message("在吗"), "zh")))
    assert "Authorization" not in endpoint.calls[0].headers


@pytest.mark.parametrize(("text", "language"), ASKED)
def test_it_writes_as_the_endpoint_does(text: str, language: Language) -> None:
    with FakeEndpoint(lambda call: call.send_stream("秋", "天，", "and ", "why not", "? ")) as endpoint:
        written = asyncio.run(collect_pieces(create_source(endpoint.address), Context(Message(text), language)))
    assert "".join(written) == "秋天，and why not?"
    assert len(written) > 3
    assert endpoint.calls[0].body["stream"] is True


def test_what_comes_in_parts_is_cleaned_as_a_whole() -> None:
    parts = ("\u202ecafe", "\u0301 ", "\x1b👩", "\u200d💻", "\n\n\n\n", "<b>好</b>\u200b")
    with FakeEndpoint(lambda call: call.send_stream(*parts)) as endpoint:
        written = asyncio.run(collect_pieces(create_source(endpoint.address), Context(Message("hi"), "en")))
    assert "".join(written) == "café 👩\u200d💻\n\n<b>好</b>"


def test_a_stream_may_end_without_the_last_word_and_hold_other_events() -> None:
    def play(call: Call) -> None:
        call.head(kind="text/event-stream")
        call.send(b": comment\r\n\r\nevent: message\r\n")
        call.send(b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\r\n\r\n')
        call.delta("好的")
        call.delta(None, "stop")
        call.send(b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n')

    with FakeEndpoint(play) as endpoint:
        assert asyncio.run(collect_pieces(create_source(endpoint.address), Context(Message("行吗"), "zh"))) == [
            "好",
            "的",
        ]


def redirect(call: Call) -> None:
    if call.path.endswith("/elsewhere"):
        call.answer("我在别处")
    else:
        call.head(307, Location="/elsewhere")


def stay_silent(call: Call) -> None:
    call.wait(20)


def echo_key(call: Call) -> None:
    call.head(401)
    call.send(json.dumps({"error": {"message": f"bad key {call.headers['Authorization']}"}}).encode())


def respond(whole: bytes, event: bytes) -> Callable[[Call], None]:
    def play(call: Call) -> None:
        call.head(kind="text/event-stream" if call.body["stream"] else "application/json")
        call.send(b"data: " + event + b"\n\n" if call.body["stream"] else whole)

    return play


def respond_with_content(content: object) -> Callable[[Call], None]:
    given = {"content": content}
    whole, event = ({"choices": [{part: given, "finish_reason": "stop"}]} for part in ("message", "delta"))
    return respond(json.dumps(whole).encode(), json.dumps(event).encode())


def compress(call: Call) -> None:
    call.head(kind="text/event-stream" if call.body["stream"] else "application/json", Content_Encoding="gzip")
    call.send(gzip.compress(b"a" * 50_000_000, 1))


def cut_short(call: Call) -> None:
    call.head(kind="text/event-stream" if call.body["stream"] else "application/json", Content_Length="1000")
    call.send(b"{")


BAD: dict[str, tuple[Callable[[Call], None], str]] = {
    "an error": (lambda call: call.head(500), "status 500"),
    "an error that repeats the key": (echo_key, "status 401"),
    "a redirect": (redirect, "status 307"),
    "slow": (stay_silent, "sent nothing within 0.3 s|gave nothing within"),
    "no JSON": (respond("{好".encode(), "{好".encode()), "not a JSON object"),
    "a JSON list": (respond(b"[1]", b"[1]"), "not a JSON object"),
    "nested too deep": (respond(b"[" * 200_000, b"[" * 200_000), "not a JSON object"),
    "another object": (respond(b'{"no": "x"}', b'{"no": "x"}'), r"without choices\[0\]"),
    "an error in the stream": (
        respond(b'{"error": "x"}', b'{"error": {"message": "out of memory"}}'),
        "reported an error",
    ),
    "no choices": (respond(b'{"choices": []}', b'{"choices": []}'), "broke off"),
    "a number": (respond_with_content(7), "int as the text"),
    "null": (respond_with_content(None), "empty reply"),
    "empty": (respond_with_content(""), "empty reply"),
    "only what cannot be seen": (respond_with_content("\u200b \x00\n"), "empty reply"),
    "a long reply": (respond_with_content("长" * 5000), "4000"),
    "two megabytes": (respond(b" " * (2 << 20), b" " * (2 << 20)), "more than 1048576 bytes"),
    "a web page": (lambda call: call.head(kind="text/html"), "'text/html'; expected"),
    "no content type": (lambda call: call.head(kind=""), "'no content type'; expected"),
    "compressed": (compress, "compressed its response"),
    "cut off": (cut_short, "broke off"),
}


class Bot:
    """An engine on a real store that knows nothing itself, and its journal."""

    def __init__(self, folder: Path, sources: Sequence[Source] = (), writers: Sequence[Writer] = ()) -> None:
        self.events: list[Mapping[str, Any]] = []
        store = SqliteStore(folder / "conversations.db")
        rules = Rules(answer_threshold=0.4, ambiguity_margin=0.1)
        self.engine = Engine(sources, SourceScores(), store, self._note, rules, writers)

    def _note(self, conversation: str, event: Mapping[str, Any]) -> bool:
        self.events.append(event)
        return True

    async def say(self, text: str, language: Language = "zh") -> Reply:
        store = self.engine.store
        await store.open()
        try:
            conversation = (await store.begin("ada", "")).id
            async for update in self.engine.stream("ada", conversation, Message(text), language):
                last = update.turn
            assert last is not None
            assert await store.turns("ada", conversation) == [last]
            return last.reply
        finally:
            await store.close()

    def failures(self) -> list[str]:
        return [event["error"] for event in self.events if event["kind"] == "failure" and event["source"] == "remote"]


def collect_output(caught: pytest.LogCaptureFixture, bot: Bot) -> str:
    return caught.text + json.dumps(bot.events, ensure_ascii=False)


@pytest.mark.parametrize("role", ["source", "writer"])
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_endpoint_costs_one_journal_line_and_never_the_turn(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, bad: str, role: str
) -> None:
    caplog.set_level(logging.DEBUG)
    play, words = BAD[bad]
    with FakeEndpoint(play) as endpoint:
        one = create_source(endpoint.address, 0.3 if bad == "slow" else 60.0)
        bot = Bot(tmp_path, [one] if role == "source" else [], [one] if role == "writer" else [])
        reply = asyncio.run(bot.say("你好吗"))
    # A writer that stalls has written nothing; of a source nobody knows what it would have found.
    assert reply.kind == ("late" if bad == "slow" or role == "writer" else "unknown")
    assert reply.text == MODEL_FAILED["zh"] if role == "writer" else reply.text
    (failure,) = bot.failures()
    assert re.search(words, failure)
    assert len(endpoint.calls) == 1
    assert KEY not in collect_output(caplog, bot)


@pytest.mark.parametrize("role", ["source", "writer"])
def test_an_endpoint_that_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture, role: str) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeEndpoint(lambda call: None) as endpoint:
        address = endpoint.address
    bot = Bot(
        tmp_path,
        [create_source(address)] if role == "source" else [],
        [create_source(address)] if role == "writer" else [],
    )
    reply = asyncio.run(bot.say("are you there", "en"))
    assert (reply.kind, reply.text) == (("late", MODEL_FAILED["en"]) if role == "writer" else ("unknown", reply.text))
    assert bot.failures() == ["LLMError: the endpoint could not be reached or broke off (ConnectError)"]
    assert KEY not in collect_output(caplog, bot)


def test_what_was_written_before_it_stalled_is_kept(tmp_path: Path) -> None:
    def play(call: Call) -> None:
        call.head(kind="text/event-stream")
        call.delta("我觉得是")
        call.wait(20)

    with FakeEndpoint(play) as endpoint:
        bot = Bot(tmp_path, writers=[create_source(endpoint.address, 1.5)])
        reply = asyncio.run(bot.say("你觉得呢"))
    assert (reply.text, reply.kind) == ("我觉得", "answer")
    assert bot.failures() == ["LLMTimeoutError: the endpoint sent nothing more for 1.5 s"]


def write_endlessly(call: Call) -> None:
    call.head(kind="text/event-stream")
    while call.delta("啦" * 5) and not call.wait(0.01):
        pass


def test_one_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.llm.endpoint._MAX_DEADLINES", 0.2)
    with FakeEndpoint(write_endlessly) as endpoint:
        bot = Bot(tmp_path, writers=[create_source(endpoint.address, 1.0)])
        reply = asyncio.run(bot.say("唱歌"))
        assert endpoint.calls[0].gone.wait(10)
    assert set(reply.text) == {"啦"}
    assert bot.failures() == ["LLMTimeoutError: the endpoint was still writing after 1.2 s"]


def test_stop_closes_the_connection(tmp_path: Path) -> None:
    with FakeEndpoint(write_endlessly) as endpoint:
        bot = Bot(tmp_path, writers=[create_source(endpoint.address)])

        async def scene() -> Turn | None:
            store, turn = bot.engine.store, None
            await store.open()
            conversation = (await store.begin("ada", "")).id
            async for update in bot.engine.stream("ada", conversation, Message("唱歌"), "zh"):
                turn = update.turn
                if turn is None and len(update.text) > 20:
                    await bot.engine.stop("ada", conversation)
            await store.close()
            return turn

        turn = asyncio.run(scene())
        assert endpoint.calls[0].gone.wait(10)
    assert turn is not None
    assert turn.reply.stopped
    assert bot.failures() == []


def test_the_bot_asks_it_only_for_what_is_not_stored(tmp_path: Path) -> None:
    may = frozenset({"talk"})
    with FakeEndpoint(lambda call: call.answer("企鹅", "当然", "会走路。")) as endpoint:
        bot = build(Settings(home=tmp_path, remote=endpoint.address, remote_model="m", remote_key=KEY, remote_may=may))

        async def scene() -> list[Reply]:
            await bot.open()
            replies = []
            conversation = (await bot.engine.store.begin("ada", "")).id
            for text in ("什么是卷积神经网络", "企鹅会不会走路去银行取钱"):
                async for update in bot.engine.stream("ada", conversation, Message(text), "zh"):
                    last = update.turn
                assert last is not None
                replies.append(last.reply)
            await bot.close()
            return replies

        stored, written = asyncio.run(scene())
    assert (stored.kind, written.kind) == ("answer", "answer")
    assert stored.candidates[0].source == "retrieved"
    assert written.text == "企鹅当然会走路。"
    (call,) = (call for call in endpoint.calls if call.path.endswith("completions"))
    assert [one["content"] for one in call.body["messages"][1:]] == [
        "什么是卷积神经网络",
        stored.text,
        "企鹅会不会走路去银行取钱",
    ]
    assert KEY not in repr(bot.settings)


def test_the_error_alone_says_what_is_wrong() -> None:
    with FakeEndpoint(lambda call: call.head(500)) as endpoint, pytest.raises(LLMError, match="status 500"):
        asyncio.run(create_source(endpoint.address).propose(Context(Message("hi"), "en")))
