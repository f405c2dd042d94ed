"""python -m pytest tests/bot/test_documents.py"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, KnowledgeError
from bot.knowledge.document_learning import learn_document, list_learnable
from data.formats.errors import FormatError
from data.records import Pair, Place
from tests.bot.encoder import HashEncoder

RULES = (
    "# 读者规则\n\n## 押金\n\n普通证不收押金。\n\n## 逾期\n\n图书逾期不收滞纳金。\n\n"
    "## Food\n\nDrinks with a lid are allowed.\n"
)


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    return Knowledge(tmp_path / "knowledge.db")


def learn(knowledge: Knowledge, folder: Path, text: str, name: str = "规则.md") -> object:
    (folder / name).write_text(text, encoding="utf-8")
    return learn_document(knowledge, folder / name, HashEncoder())


def test_a_document_is_listed_with_its_passages(knowledge: Knowledge, tmp_path: Path) -> None:
    report = learn(knowledge, tmp_path, RULES)
    assert (report.passages, report.added, report.removed) == (3, 3, 0)  # type: ignore[attr-defined]
    (document,) = knowledge.documents.list_documents()
    assert (document.file, document.pages, document.passages, document.edited) == ("规则.md", None, 3, 0)
    found = knowledge.documents.list_passages("规则.md")
    assert [(stored.passage.heading, stored.passage.text) for stored in found] == [
        (("读者规则", "押金"), "普通证不收押金。"),
        (("读者规则", "逾期"), "图书逾期不收滞纳金。"),
        (("读者规则", "Food"), "Drinks with a lid are allowed."),
    ]
    _, stored, vectors = knowledge.documents.snapshot(HashEncoder.version)
    assert set(vectors) == {each.id for each in stored}
    assert knowledge.documents.snapshot("another")[2] == {}


def test_a_changed_document_replaces_its_own_passages_only(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    learn(knowledge, tmp_path, "# Terms\n\nReturns within 30 days.\n", "terms.md")
    before = {stored.passage.text: stored.id for stored in knowledge.documents.list_passages("规则.md")}
    report = learn(knowledge, tmp_path, RULES.replace("普通证不收押金。", "普通证押金一百元。"))
    assert (report.passages, report.added, report.removed) == (3, 1, 1)  # type: ignore[attr-defined]
    after = {stored.passage.text: stored.id for stored in knowledge.documents.list_passages("规则.md")}
    assert after["图书逾期不收滞纳金。"] == before["图书逾期不收滞纳金。"]
    assert "普通证不收押金。" not in after
    assert len(knowledge.documents.list_passages("terms.md")) == 1


def test_only_new_passages_are_encoded(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    encoder = HashEncoder()
    (tmp_path / "规则.md").write_text(RULES + "\n## 新增\n\n包裹存入储物柜。\n", encoding="utf-8")
    learn_document(knowledge, tmp_path / "规则.md", encoder)
    assert encoder.encoded == ["读者规则 新增", "新增：包裹存入储物柜。"]


def test_what_a_person_edited_stays(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    first, second, third = (stored.id for stored in knowledge.documents.list_passages("规则.md"))
    knowledge.documents.edit(first, "普通证不收押金，珍藏证收五百元。")
    knowledge.documents.edit(third, "")
    # The document changes just there, drops another passage, and keeps the third.
    changed = RULES.replace("普通证不收押金。", "普通证不收任何押金。").replace("## 逾期\n\n图书逾期不收滞纳金。\n", "")
    report = learn(knowledge, tmp_path, changed)
    assert report.kept == (first,)  # type: ignore[attr-defined]
    assert [(stored.id, stored.passage.text) for stored in knowledge.documents.list_passages("规则.md")] == [
        (first, "普通证不收押金，珍藏证收五百元。"),
        (third, ""),
    ]
    # Learned once more, nothing is reported again.
    assert learn(knowledge, tmp_path, changed).kept == ()  # type: ignore[attr-defined]
    assert {stored.id for stored in knowledge.documents.snapshot("x")[1]} == {first}
    assert second not in {stored.id for stored in knowledge.documents.list_passages()}


def test_an_edited_passage_of_a_dropped_section_stays(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    id = knowledge.documents.list_passages("规则.md")[1].id
    knowledge.documents.edit(id, "逾期超过六十天停借三十天。")
    report = learn(knowledge, tmp_path, "# 读者规则\n\n## 押金\n\n普通证不收押金。\n")
    assert report.kept == (id,)  # type: ignore[attr-defined]
    assert "逾期超过六十天停借三十天。" in [
        stored.passage.text for stored in knowledge.documents.list_passages("规则.md")
    ]


def test_deleting_by_document(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    learn(knowledge, tmp_path, "# Terms\n\nReturns within 30 days.\n", "terms.md")
    with pytest.raises(KnowledgeError, match=r"Did you mean terms\.md"):
        knowledge.documents.delete("term.md")
    assert knowledge.documents.delete("terms.md") == 1
    assert [document.file for document in knowledge.documents.list_documents()] == ["规则.md"]
    connection = sqlite3.connect(tmp_path / "knowledge.db")
    assert connection.execute("SELECT count(*) FROM passage_vectors").fetchone() == (3,)
    connection.close()


def test_what_cannot_be_edited_is_said(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    with pytest.raises(KnowledgeError, match="no passage 'none'"):
        knowledge.documents.edit("none", "x")
    id = knowledge.documents.list_passages()[0].id
    with pytest.raises(KnowledgeError, match="at most 4000"):
        knowledge.documents.edit(id, "长" * 4001)


def test_backup_and_restore_bring_documents_back(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    knowledge.learn([Pair("几点开门？", "九点。", Place("a.csv", 2))], "a.csv")
    id = knowledge.documents.list_passages()[0].id
    knowledge.documents.edit(id, "普通证不收押金，改过。")
    before = knowledge.documents.list_passages()
    knowledge.backup(tmp_path / "b.jsonl")
    knowledge.documents.delete("规则.md")
    knowledge.restore(tmp_path / "b.jsonl")
    assert knowledge.documents.list_passages() == before
    assert knowledge.documents.list_documents()[0].edited == 1
    other = Knowledge(tmp_path / "other.db")
    other.restore(tmp_path / "b.jsonl")
    assert [stored.passage for stored in other.documents.list_passages()] == [stored.passage for stored in before]


def test_a_backup_without_documents_is_read_by_an_older_version(knowledge: Knowledge, tmp_path: Path) -> None:
    knowledge.backup(tmp_path / "b.jsonl")
    assert json.loads((tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()[0])["version"] == 2


def test_a_knowledge_of_before_there_were_documents_is_opened(tmp_path: Path) -> None:
    knowledge = Knowledge(tmp_path / "old.db")
    knowledge.learn([Pair("When do you open?", "At nine.", Place("a.csv", 2))], "a.csv")
    knowledge.close()
    connection = sqlite3.connect(tmp_path / "old.db")
    for table in ("passage_vectors", "passages", "documents", "passage_revision"):
        connection.execute(f"DROP TABLE {table}")
    connection.commit()
    connection.close()
    again = Knowledge(tmp_path / "old.db")
    assert again.documents.list_documents() == []
    assert again.count() == 1
    learn(again, tmp_path, RULES)
    assert len(again.documents.list_passages()) == 3


def test_a_document_counts_as_the_owners(knowledge: Knowledge, tmp_path: Path) -> None:
    assert knowledge.choices.switches()["course"].why == "no own entries"
    learn(knowledge, tmp_path, RULES)
    assert knowledge.choices.switches()["course"].why == "own entries"
    knowledge.documents.delete("规则.md")
    assert knowledge.choices.switches()["course"].why == "no own entries"


def test_an_interrupt_while_encoding_changes_nothing(knowledge: Knowledge, tmp_path: Path) -> None:
    learn(knowledge, tmp_path, RULES)
    before = knowledge.documents.list_passages()
    (tmp_path / "规则.md").write_text("# Other\n\nAnother text.\n", encoding="utf-8")

    def interrupt(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn_document(knowledge, tmp_path / "规则.md", HashEncoder(), progress=interrupt)
    assert knowledge.documents.list_passages() == before


def test_a_folder_holds_documents_and_pairs(tmp_path: Path) -> None:
    folder = tmp_path / "docs 文档"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "规则.md").write_text(RULES, encoding="utf-8")
    (folder / "faq.csv").write_text("question,answer\nopen?,nine\n", encoding="utf-8")
    (folder / "qa.txt").write_text("问：几点开门？\n答：九点。\n", encoding="utf-8")
    found = [(path.name, name) for path, name in list_learnable([folder])]
    assert found == [("faq.csv", None), ("qa.txt", None), ("规则.md", "docs 文档/sub/规则.md")]
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="holds no file"):
        list(list_learnable([tmp_path / "empty"]))
