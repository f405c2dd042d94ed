"""python -m pytest tests/bot/sources/test_documents.py"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.choosing import choose
from bot.knowledge import Knowledge
from bot.knowledge.document_learning import learn_document
from bot.quoting import show_surroundings
from bot.rules import Rules
from bot.serialization import turn_from_json, turn_to_json
from bot.sources.documents import DocumentSource
from bot.types import Candidate, Context, Evidence, Message, Quotation, Reply, Turn
from bot.versions import retry
from data.records import Language
from retrieval.passages.features import Measures
from retrieval.passages.weights import PassageWeights
from tests.bot.encoder import HashEncoder

RULES = Rules(answer_threshold=0.8, ambiguity_margin=0.1, passage_threshold=0.7, passage_offer_threshold=0.3)
WEIGHTS = PassageWeights({"meaning": 1.0, "grams": 2.0}, {"meaning": 4.0, "grams": 8.0}, -4.0, 0.7, 0.3)
MANUAL = (
    "# 手册\n\n## 保修\n\n主机保修两年。电池保修一年。\n\n## 清洁\n\n请用干布擦拭机身。\n\n"
    "## Delivery\n\nExpress delivery costs 11.90 euros. Islands pay 9 euros more.\n"
)


def make_source(folder: Path) -> tuple[Knowledge, DocumentSource]:
    knowledge = Knowledge(folder / "knowledge.db")
    source = DocumentSource(
        knowledge.documents, HashEncoder(), lambda: Measures(lambda word: 0.5, lambda word: None), WEIGHTS
    )
    return knowledge, source


def learn(knowledge: Knowledge, folder: Path, text: str) -> None:
    (folder / "手册.md").write_text(text, encoding="utf-8")
    learn_document(knowledge, folder / "手册.md", HashEncoder())


def propose(source: DocumentSource, text: str, language: Language) -> list[Candidate]:
    async def run() -> list[Candidate]:
        context = Context(Message(text), language)
        await source.load(context)
        return list(await source.propose(context))

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("question", "language", "sentence", "place"),
    [
        ("请问主机保修几年？", "zh", "主机保修两年。电池保修一年。", "——《手册.md》“保修”"),
        ("What does express delivery cost?", "en", "Express delivery costs 11.90 euros.", "— 手册.md, “Delivery”"),
    ],
)
def test_the_sentence_is_quoted_with_its_place(
    tmp_path: Path, question: str, language: Language, sentence: str, place: str
) -> None:
    knowledge, source = make_source(tmp_path)
    learn(knowledge, tmp_path, MANUAL)
    best = propose(source, question, language)[0]
    quotation = best.evidence.quotation
    assert quotation is not None
    assert sentence in quotation.text
    assert best.text == f"“{quotation.text}”\n{place}"
    assert (quotation.file, quotation.heading[0], best.evidence.file) == ("手册.md", "手册", "手册.md")
    assert (
        quotation.before + quotation.text + quotation.after
        == knowledge.documents.find_passage(quotation.passage).passage.text
    )
    assert f"【{quotation.text}】" in show_surroundings(quotation)
    assert sum(best.evidence.features.values()) != 0


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    knowledge, source = make_source(tmp_path)
    assert propose(source, "主机保修几年", "zh") == []
    learn(knowledge, tmp_path, MANUAL)
    first = propose(source, "主机保修几年", "zh")[0].evidence.quotation
    assert first is not None
    knowledge.documents.edit(first.passage, "主机保修五年。")
    assert "主机保修五年。" in propose(source, "主机保修几年", "zh")[0].text
    knowledge.documents.edit(first.passage, "")
    assert all("主机" not in candidate.text for candidate in propose(source, "主机保修几年", "zh"))
    knowledge.documents.delete("手册.md")
    assert propose(source, "主机保修几年", "zh") == []


def quoted(score: float, text: str = "主机保修两年。") -> Candidate:
    quotation = Quotation("m-1", "手册.pdf", text, ("手册", "保修"), 3, "前文。", "后文。")
    return Candidate(f"“{text}”", "documents", score, Evidence(file="手册.pdf", quotation=quotation))


def stored(score: float, file: str = "faq.csv", question: str = "手机保修几年？") -> Candidate:
    return Candidate("一年。", "retrieved", score, Evidence(entry="faq-1", file=file, row=2, question=question))


def reply(*candidates: Candidate, text: str = "主机保修几年") -> Reply:
    ranked = sorted(candidates, key=lambda candidate: -candidate.score)
    return choose(ranked, Context(Message(text), "zh"), RULES)


def test_an_entry_that_answers_comes_before_a_passage() -> None:
    said = reply(stored(0.85), quoted(0.99))
    assert (said.kind, said.text) == ("answer", "一年。")
    assert said.chosen is not None
    assert said.candidates[said.chosen].evidence.entry == "faq-1"


def test_a_greeting_comes_before_a_passage() -> None:
    greeting = Candidate(
        "你好！", "retrieved", 0.97, Evidence(entry="hi", file="starter/courtesy/courtesy.toml", row=1, question="你好")
    )
    assert reply(greeting, quoted(0.95), text="你好").text == "你好！"


def test_a_sure_passage_answers_where_no_entry_does() -> None:
    said = reply(stored(0.4), quoted(0.75))
    assert (said.kind, said.text, said.chosen) == ("answer", "“主机保修两年。”", 0)
    assert [suggestion.entry for suggestion in said.suggestions] == ["faq-1"]


def test_an_unsure_passage_is_offered_and_a_far_one_is_not_shown() -> None:
    said = reply(stored(0.1), quoted(0.5))
    assert (said.kind, said.chosen) == ("offer", 0)
    assert said.text == "这个我拿不准，《手册.pdf》第 3 页，“保修”里也许有你要的：\n“主机保修两年。”"
    assert reply(quoted(0.2)).kind == "unknown"
    # A stored question that is likelier is offered itself.
    likelier = reply(stored(0.6), quoted(0.5))
    assert likelier.chosen is not None
    assert likelier.candidates[likelier.chosen].evidence.entry == "faq-1"


def test_a_written_reply_does_not_take_the_place_of_an_offered_passage() -> None:
    written = Candidate("哈哈，是呀。", "written", 0.9)
    assert reply(written, quoted(0.5)).kind == "offer"
    assert reply(written, quoted(0.1)).text == "哈哈，是呀。"


def test_a_retry_quotes_the_next_passage_as_a_guess() -> None:
    turn = Turn(0, Message("主机保修几年"), reply(quoted(0.9), quoted(0.4, "电池保修一年。")), 0.0)
    again = retry(turn, RULES)
    assert (again.reply.kind, again.reply.chosen) == ("offer", 1)
    assert "电池保修一年。" in again.reply.text
    assert retry(again, RULES).reply.kind == "unknown"


def test_a_quotation_is_stored_with_the_turn() -> None:
    turn = Turn(0, Message("主机保修几年"), reply(quoted(0.9)), 0.0)
    assert turn_from_json(turn_to_json(turn)) == turn


def test_a_turn_of_before_there_were_documents_is_read() -> None:
    turn = Turn(0, Message("手机保修几年"), reply(stored(0.9)), 0.0)
    line = turn_to_json(turn)
    assert '"quotation":null' in line
    assert turn_from_json(line.replace(',"quotation":null', "")) == turn
