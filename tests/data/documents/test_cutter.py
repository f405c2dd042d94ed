"""python -m pytest tests/data/documents/test_cutter.py"""

from __future__ import annotations

from pathlib import Path

import pytest

from data.documents import cut_passages, is_document, list_files
from data.documents.block import Block, Document
from data.documents.cutter import MAX_SIZE, measure_size


def test_a_passage_knows_its_headings_and_page() -> None:
    blocks = (
        Block("heading", "手册", 1, 1),
        Block("text", "请先阅读。", page=1),
        Block("heading", "保修", 2, 2),
        Block("heading", "期限", 3, 2),
        Block("text", "主机保修两年。", page=3),
        Block("heading", "Contact", 2, 4),
        Block("text", "Call us.", page=4),
    )
    found = cut_passages(Document("a.pdf", blocks, 4))
    assert [(passage.heading, passage.page, passage.text) for passage in found] == [
        (("手册",), 1, "请先阅读。"),
        (("手册", "保修", "期限"), 3, "主机保修两年。"),
        (("手册", "Contact"), 4, "Call us."),
    ]


@pytest.mark.parametrize(
    "sentence",
    ["退货须在签收后七天内提出，商品应保持完好。", "Returns must be asked for within seven days of delivery. "],
)
def test_long_text_is_cut_between_sentences_and_nothing_is_lost(sentence: str) -> None:
    text = (sentence * 60).strip()
    found = cut_passages(Document("a.txt", (Block("text", text),)))
    assert len(found) > 3
    assert all(measure_size(passage.text) <= MAX_SIZE for passage in found)
    assert all(passage.text.endswith(("。", ".")) for passage in found)
    assert "".join("".join(passage.text.split()) for passage in found) == "".join(text.split())


def test_a_text_without_any_end_of_sentence_is_cut_all_the_same() -> None:
    for text in ("无标点" * 400, "x" * 3000, "word " * 900):
        found = cut_passages(Document("a.txt", (Block("text", text),)))
        assert all(measure_size(passage.text) <= MAX_SIZE for passage in found)
        assert "".join("".join(passage.text.split()) for passage in found) == "".join(text.split())


def test_each_part_of_a_long_table_has_the_header() -> None:
    rows = (("城市", "标准"), *((f"城市{number}", f"{number} 元每晚，含早餐和服务费") for number in range(60)))
    found = cut_passages(Document("a.md", (Block("table", rows=rows),)))
    assert len(found) > 2
    assert all(passage.text.startswith("城市 | 标准\n") for passage in found)
    assert sum(passage.text.count("\n") for passage in found) == 60


def test_the_sentence_that_leads_to_a_list_goes_with_it() -> None:
    blocks = [
        Block("text", "前言。" * 55),
        Block("text", "以下情况可以退票："),
        *(Block("item", f"- 情况{n}" + "说明" * 9) for n in range(4)),
    ]
    found = cut_passages(Document("a.md", tuple(blocks)))
    assert found[-1].text.startswith("以下情况可以退票：\n- 情况0")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.txt", "本规则适用于全体读者，请大家遵守。\n\n开放时间为九点。", True),
        ("b.txt", "The pool opens at nine.\nChildren must be watched.\n", True),
        ("c.txt", "问：几点开门？\n答：九点。\n\n问：几点关门？\n答：六点。\n", False),
        ("d.txt", "Q: When do you open?\nA: At nine.\n", False),
        ("e.txt", "question\tanswer\nopen?\tnine\n", False),
        ("f.txt", "几点开门\t九点\n几点关门\t六点\n", False),
        ("g.md", "# 常见问题\n\n**问：** 几点开门？\n\n**答：** 九点。\n", False),
        ("h.md", "| 问题 | 答案 |\n|---|---|\n| 几点开门 | 九点 |\n", False),
        ("i.md", "# Rules\n\nNo dogs.\n\n| Day | Open |\n|---|---|\n| Monday | 9 to 5 |\n", True),
        ("j.html", "<p>Q: Open?</p><p>A: Nine.</p>", False),
        ("k.html", "<h1>Rules</h1><p>No dogs.</p>", True),
        ("l.csv", "a,b\n", False),
        ("m.txt", "text:hello\tlabels:hi\tepisode_done:True\n", False),
    ],
)
def test_documents_are_told_from_questions_and_replies(tmp_path: Path, name: str, text: str, expected: bool) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert is_document(tmp_path / name) is expected


def test_a_folder_is_gone_through_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.md", "a/规则.txt", ".hidden.md", ".git/c.md", "~$open.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [path.relative_to(tmp_path).as_posix() for path in list_files(tmp_path)] == ["a/规则.txt", "b.md"]
