"""python -m pytest tests/bot/test_vectors_elsewhere.py

Vectors that are kept elsewhere: Milvus for real, and a server that is away when it is wanted.
"""

import asyncio
import logging
from pathlib import Path

import numpy as np
import pytest

from bot.build import build, load_calibration
from bot.knowledge import Knowledge
from bot.settings import Settings, SettingsError
from bot.sources.knowledge import KnowledgeSource
from bot.types import Context, Message
from data import paths
from data.records import Language
from retrieval.dense_index import DenseIndex
from retrieval.hybrid import Hybrid
from retrieval.milvus import Milvus, MilvusVectorIndex
from retrieval.postings import Floats
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.vectors import Keys, LocalVectorIndex, UnreachableError


@pytest.fixture(scope="module")
def model() -> SentenceEncoder:
    return SentenceEncoder(paths.artifacts_dir() / ENCODER)


class Server:
    """Vectors that outlive whoever uses them, and that are away while it says so."""

    def __init__(self, width: int) -> None:
        self.away = False
        self.indexes = [LLMSource(self, width) for _ in range(2)]

    def meaning(self, model: SentenceEncoder) -> DenseIndex:
        phrasings, replies = self.indexes
        return DenseIndex(model, phrasings, replies)


class LLMSource(LocalVectorIndex):
    def __init__(self, server: Server, width: int) -> None:
        super().__init__(width)
        self.server = server

    def reach(self) -> None:
        if self.server.away:
            raise UnreachableError("The vectors cannot be reached.")

    @property
    def size(self) -> int:
        self.reach()
        return super().size

    def add(self, keys: Keys, vectors: Floats) -> None:
        self.reach()
        super().add(keys, vectors)

    def remove(self, keys: Keys) -> None:
        self.reach()
        super().remove(keys)

    def clear(self) -> None:
        self.reach()
        super().clear()

    def search(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        self.reach()
        return super().search(queries, count)


def learn_entries(home: Path) -> Knowledge:
    knowledge = Knowledge(home / "knowledge.db")
    knowledge.add(["怎么重置密码", "忘记密码了"], "在设置里点「重置密码」。", "zh")
    knowledge.add(["how do I reset my password"], "Open Settings and choose Reset password.", "en")
    for number in range(20):
        knowledge.add([f"第{number}号教室在哪里", f"where is room {number}"], f"第{number}号教室在{number}楼。", "zh")
    return knowledge


def start_source(home: Path, model: SentenceEncoder, server: Server) -> KnowledgeSource:
    source = KnowledgeSource(
        Knowledge(home / "knowledge.db"), load_calibration(), lambda: server.meaning(model), home / "entries", "v1"
    )
    source.refresh()
    return source


def best(source: KnowledgeSource, question: str, language: Language) -> str:
    found = asyncio.run(source.propose(Context(Message(question), language)))
    return max(found, key=lambda one: one.score).text if found else ""


def by_meaning(server: Server, model: SentenceEncoder, text: str) -> float:
    """The cosine of the nearest phrasing."""
    _, cosines = server.indexes[0].search(model.encode_replies([text]), 1)
    return float(cosines[0, 0])


def test_while_they_are_away_words_answer_and_afterwards_they_catch_up(
    tmp_path: Path, model: SentenceEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(model.width)
    knowledge = learn_entries(tmp_path)
    source = start_source(tmp_path, model, server)
    assert server.meaning(model).sizes == [43, 22]
    server.away = True
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert best(source, "忘记密码怎么办", "zh") == "在设置里点「重置密码」。"
    assert caplog.text.count("only by words") == 1
    knowledge.add(["食堂几点开门", "when does the canteen open"], "食堂七点开门。", "zh")
    gone = next(entry for entry in knowledge.entries() if "Reset" in entry.reply)
    knowledge.forget(gone.id)
    assert best(source, "食堂几点开门", "zh") == "食堂七点开门。"
    assert best(source, "how do I reset my password", "en") != gone.reply
    server.away = False
    assert best(source, "食堂几点开门", "zh") == "食堂七点开门。"
    assert server.meaning(model).sizes == [44, 22]
    assert by_meaning(server, model, "食堂几点开门") > 0.99
    assert by_meaning(server, model, "how do I reset my password") < 0.99


def test_a_start_without_them_answers_and_fills_them_when_they_come(tmp_path: Path, model: SentenceEncoder) -> None:
    server = Server(model.width)
    server.away = True
    knowledge = learn_entries(tmp_path)
    source = start_source(tmp_path, model, server)
    assert best(source, "reset my password", "en") == "Open Settings and choose Reset password."
    assert not (tmp_path / "entries").exists(), "what is not complete is not written down as if it were"
    server.away = False
    assert best(source, "reset my password", "en") == "Open Settings and choose Reset password."
    assert server.meaning(model).sizes == [43, 22]
    assert (tmp_path / "entries" / "current").exists()
    server.away = True
    again = start_source(tmp_path, model, server)
    knowledge.add(["几点熄灯"], "十一点熄灯。", "zh")
    assert best(again, "几点熄灯", "zh") == "十一点熄灯。"
    server.away = False
    assert best(again, "几点熄灯", "zh") == "十一点熄灯。"
    assert by_meaning(server, model, "几点熄灯") > 0.99


def test_vectors_that_were_lost_there_are_made_again_at_the_next_start(tmp_path: Path, model: SentenceEncoder) -> None:
    learn_entries(tmp_path).close()
    start_source(tmp_path, model, Server(model.width))
    empty = Server(model.width)
    start_source(tmp_path, model, empty)
    assert empty.meaning(model).sizes == [43, 22]


def test_nothing_that_is_behind_is_written_as_if_it_were_complete(model: SentenceEncoder) -> None:
    server = Server(model.width)
    meaning = server.meaning(model)
    server.away = True
    meaning.clear()
    assert meaning.is_stale
    with pytest.raises(OSError, match="could not be put where they belong"):
        meaning.save()
    found = Hybrid(load_calibration(), meaning).search("你好 hello", "zh")
    assert found == []
    assert meaning.search(["你好"], 3, 3) is None


def test_what_words_find_is_measured_as_if_the_vectors_were_at_hand(tmp_path: Path, model: SentenceEncoder) -> None:
    server = Server(model.width)
    index = Hybrid(load_calibration(), server.meaning(model)).update(learn_entries(tmp_path).entries())
    asked: list[tuple[str, Language]] = [("忘记密码了", "zh"), ("how do I reset my password", "en")]
    for question, language in asked:
        here = index.search(question, language)[0]
        server.away = True
        there = index.search(question, language)[0]
        server.away = False
        assert (there.entry, there.question) == (here.entry, here.question)
        assert there.features["reply_meaning"] == pytest.approx(here.features["reply_meaning"], abs=0.01)
        assert there.features["meaning_ahead"] >= here.features["meaning_ahead"] - 0.01, "only a rival may be missing"
        assert there.probability > 0.9


def test_a_bot_whose_milvus_does_not_answer_starts_and_answers(tmp_path: Path) -> None:
    async def run() -> list[str]:
        bot = build(Settings(home=tmp_path, vectors="http://127.0.0.1:9"))
        # Nothing here is about time: a busy machine must not make an answer late.
        bot.knowledge_source.deadline = 60.0
        await bot.open()
        replies = [await bot.engine.answer(Message(text), "en") for text in ("什么是卷积神经网络", "what is an LSTM")]
        await bot.close()
        return [reply.kind for reply in replies]

    assert asyncio.run(run()) == ["answer", "answer"]


def test_a_bot_with_its_vectors_in_milvus(tmp_path: Path, model: SentenceEncoder) -> None:
    """The same engine as a cluster's, in a file."""
    milvus = Milvus(str(tmp_path / "vectors.db"))
    phrasings, replies = indexes = [MilvusVectorIndex(milvus, name, model.width) for name in ("phrasings", "replies")]
    meaning = DenseIndex(model, phrasings, replies)
    source = KnowledgeSource(learn_entries(tmp_path), load_calibration(), lambda: meaning, tmp_path / "entries", "v1")
    source.refresh()
    assert [index.size for index in indexes] == [43, 22]
    assert best(source, "忘记密码怎么办", "zh") == "在设置里点「重置密码」。"
    keys, cosines = phrasings.search(model.encode_replies(["怎么重置密码", "where is room 7"]), 2)
    assert cosines[:, 0] == pytest.approx(np.ones(2), abs=1e-3)
    assert np.all(cosines[:, 1] < 0.999)
    assert np.all(keys >= 0)
    milvus.close()


@pytest.mark.parametrize("address", ["milvus.example.org:19530", "vectors", "ftp://host/x.db", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="KANLIAO_VECTORS is not an address of Milvus: expected http://HOST:19530"):
        Settings.from_env({"KANLIAO_VECTORS": address})


@pytest.mark.parametrize("address", ["http://127.0.0.1:19530", "https://me:geheim@milvus:443", "数据/vectors.db"])
def test_an_address_is_read(address: str) -> None:
    assert Settings.from_env({"KANLIAO_VECTORS": address}).vectors == address


def test_without_the_extra_the_setting_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install '\.\[milvus\]'"):
        build(Settings(home=tmp_path, vectors="http://127.0.0.1:19530"))
