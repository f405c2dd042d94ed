"""python -m pytest tests/bot/sources/test_knowledge.py"""

import asyncio
import logging
import math
from pathlib import Path

import pytest

from bot.build import load_calibration
from bot.knowledge import Knowledge
from bot.sources.knowledge import KnowledgeSource
from bot.types import Context, Message
from data import paths
from data.records import Language
from retrieval.dense_index import DenseIndex
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder


@pytest.fixture(scope="module")
def model() -> SentenceEncoder:
    return SentenceEncoder(paths.artifacts_dir() / ENCODER)


def open_source(home: Path, model: SentenceEncoder, reading: str = "v1") -> KnowledgeSource:
    knowledge = Knowledge(home / "knowledge.db")
    source = KnowledgeSource(
        knowledge, load_calibration(), lambda: DenseIndex.open(model, home / "vectors"), home / "entries", reading
    )
    source.refresh()
    return source


def find_best_reply(source: KnowledgeSource, question: str, language: Language) -> str:
    found = asyncio.run(source.propose(Context(Message(question), language)))
    return max(found, key=lambda one: one.score).text if found else ""


async def search_stale_index(source: KnowledgeSource, question: str, language: Language) -> list[str]:
    """What is proposed from the index as it is."""

    async def stay() -> None:
        pass

    source._follow = stay  # type: ignore[method-assign]
    try:
        return [one.text for one in await source.propose(Context(Message(question), language))]
    finally:
        del source._follow


def build_knowledge(home: Path, count: int = 30) -> Knowledge:
    home.mkdir(exist_ok=True)
    knowledge = Knowledge(home / "knowledge.db")
    knowledge.add(["怎么重置密码", "忘记密码了"], "在设置里点「重置密码」。", "zh")
    knowledge.add(["how do I reset my password"], "Open Settings and choose Reset password.", "en")
    for number in range(count):
        knowledge.add([f"第{number}号教室在哪里"], f"第{number}号教室在{number}楼。", "zh")
    return knowledge


def test_the_second_start_opens_what_the_first_has_made(tmp_path: Path, model: SentenceEncoder) -> None:
    build_knowledge(tmp_path).close()
    first = open_source(tmp_path, model)
    generation = (tmp_path / "entries" / "current").read_text(encoding="utf-8")
    second = open_source(tmp_path, model)
    assert (tmp_path / "entries" / "current").read_text(encoding="utf-8") == generation, "nothing was made anew"
    for source in (first, second):
        assert find_best_reply(source, "忘记密码怎么办", "zh") == "在设置里点「重置密码」。"
        assert find_best_reply(source, "reset my password", "en") == "Open Settings and choose Reset password."


@pytest.mark.parametrize(("question", "language"), [("密码忘了", "zh"), ("reset a password", "en")])
def test_start_and_shares_add_up_to_the_score(
    question: str, language: Language, tmp_path: Path, model: SentenceEncoder
) -> None:
    build_knowledge(tmp_path).close()
    found = asyncio.run(open_source(tmp_path, model).propose(Context(Message(question), language)))
    assert len(found) > 1
    for candidate in found:
        features = candidate.evidence.features
        assert features["start"] == pytest.approx(load_calibration().bias, abs=1e-4)
        assert 1 / (1 + math.exp(-sum(features.values()))) == pytest.approx(candidate.score, abs=2e-4)


def test_what_changed_since_the_index_was_written_is_found_at_the_next_start(
    tmp_path: Path, model: SentenceEncoder
) -> None:
    knowledge = build_knowledge(tmp_path)
    open_source(tmp_path, model)
    added = knowledge.add(["食堂几点开门"], "食堂七点开门。", "zh")
    gone = next(entry for entry in knowledge.entries() if "重置" in entry.reply)
    knowledge.forget(gone.id)
    again = open_source(tmp_path, model)
    assert find_best_reply(again, "食堂几点开门", "zh") == added.reply
    assert find_best_reply(again, "怎么重置密码", "zh") != gone.reply


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_part_that_was_switched_off_is_not_proposed_even_by_an_index_that_lags(
    tmp_path: Path, model: SentenceEncoder, language: Language
) -> None:
    folder = tmp_path / "starter" / "daily_life"
    folder.mkdir(parents=True)
    (folder / "fun.toml").write_text(
        '[[entry]]\nid = "joke"\n[entry.zh]\nquestions = ["讲个笑话"]\nreply = "从前有座山"\n'
        '[entry.en]\nquestions = ["tell me a joke"]\nreply = "Knock, knock"\n',
        encoding="utf-8",
    )
    knowledge = Knowledge(tmp_path / "knowledge.db")
    knowledge.sync_starter(tmp_path / "starter")
    source = open_source(tmp_path, model)
    question = {"zh": "讲个笑话", "en": "tell me a joke"}[language]
    joke = {"zh": "从前有座山", "en": "Knock, knock"}[language]
    assert find_best_reply(source, question, language) == joke
    knowledge.choices.switch("daily_life", False)
    assert asyncio.run(search_stale_index(source, question, language)) == []
    knowledge.choices.switch("daily_life", True)
    assert find_best_reply(source, question, language) == joke
    knowledge.add(["几点开门"], "九点", "zh")
    knowledge.choices.switch_automatically()
    assert find_best_reply(source, question, language) != joke


@pytest.mark.parametrize("harm", ["entries", "vectors", "vectors gone"])
def test_a_damaged_index_is_named_and_made_again(
    tmp_path: Path, model: SentenceEncoder, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    build_knowledge(tmp_path).close()
    open_source(tmp_path, model)
    if harm == "vectors gone":
        (tmp_path / "vectors" / "phrasings" / "current").unlink()
    else:
        folder = tmp_path / "entries" if harm == "entries" else tmp_path / "vectors" / "replies"
        path = max(folder.glob("*/*.npy"), key=lambda path: path.stat().st_size)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with caplog.at_level(logging.WARNING):
        again = open_source(tmp_path, model)
    assert "is damaged" in caplog.text
    assert find_best_reply(again, "忘记密码怎么办", "zh") == "在设置里点「重置密码」。"
    caplog.clear()
    open_source(tmp_path, model)
    assert not caplog.text, "what was damaged has been written again"


@pytest.mark.parametrize("other", ["another knowledge", "another way of reading"])
def test_an_index_of_something_else_is_not_used(tmp_path: Path, model: SentenceEncoder, other: str) -> None:
    build_knowledge(tmp_path).close()
    open_source(tmp_path, model)
    if other == "another knowledge":
        for path in tmp_path.glob("knowledge.db*"):
            path.unlink()
        knowledge = Knowledge(tmp_path / "knowledge.db")
        # As many changes as before, so that the revisions are the same.
        for number in range(32):
            knowledge.add([f"question number {number}"], f"answer number {number}", "en")
        knowledge.close()
        assert find_best_reply(open_source(tmp_path, model), "question number 7", "en") == "answer number 7"
        assert "密码" not in find_best_reply(open_source(tmp_path, model), "怎么重置密码", "zh")
    else:
        before = (tmp_path / "entries" / "current").read_text(encoding="utf-8")
        open_source(tmp_path, model, "v2")
        assert (tmp_path / "entries" / "current").read_text(encoding="utf-8") != before


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(
    tmp_path: Path, model: SentenceEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    build_knowledge(tmp_path).close()
    (tmp_path / "entries").write_text("a file where the folder should be", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        source = open_source(tmp_path, model)
    assert "could not be written" in caplog.text
    assert find_best_reply(source, "怎么重置密码", "zh") == "在设置里点「重置密码」。"


def test_many_changes_are_written_down(tmp_path: Path, model: SentenceEncoder) -> None:
    knowledge = build_knowledge(tmp_path)
    source = open_source(tmp_path, model)
    before = (tmp_path / "entries" / "current").read_text(encoding="utf-8")
    for number in range(600):
        knowledge.add([f"new question {number}"], f"new answer {number}", "en")
    source.refresh()
    assert (tmp_path / "entries" / "current").read_text(encoding="utf-8") != before
    assert find_best_reply(source, "new question 599", "en") == "new answer 599"
    assert find_best_reply(source, "怎么重置密码", "zh") == "在设置里点「重置密码」。"
