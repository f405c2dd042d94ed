"""python -m pytest tests/data/formats/test_faq.py"""

import codecs
import tracemalloc
from pathlib import Path

import pytest

from data.formats import FormatError, RejectedRow, read_pairs
from data.formats.columns import escape_formula, unescape_formula
from data.records import Pair, Place

HEADED = "问题,答案\n什么是CNN,一种网络\nwhat is a CNN,a network\n"
PAIRS = [("什么是CNN", "一种网络"), ("what is a CNN", "a network")]


def read(tmp_path: Path, data: str | bytes) -> list[Pair | RejectedRow]:
    path = tmp_path / "faq.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_pairs(path))


def texts(items: list[Pair | RejectedRow]) -> list[tuple[str, str]]:
    assert all(isinstance(item, Pair) for item in items), items
    return [(item.question, item.reply) for item in items if isinstance(item, Pair)]


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("gbk", b""),
        ("gb18030", b""),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end(tmp_path: Path, encoding: str, bom: bytes, end: str) -> None:
    items = read(tmp_path, bom + HEADED.replace("\n", end).encode(encoding))
    assert texts(items) == PAIRS
    assert [item.place for item in items] == [Place("faq.csv", 2), Place("faq.csv", 3)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("question", "answer"),
        ("Questions", "Reply"),
        ("Q", "A"),
        ("问题", "答案"),
        ("問題", "回答"),
        ("问句", "回复"),
        (" 问 ", "答"),
        ("标准问", "ＡＮＳＷＥＲ"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_header_and_delimiter_in_any_order(tmp_path: Path, question: str, answer: str, delimiter: str) -> None:
    rows = [(answer, "note", question), *((reply, "备注, note; x", asked) for asked, reply in PAIRS)]
    data = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    assert texts(read(tmp_path, data)) == PAIRS


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_two_columns_need_no_header(tmp_path: Path, delimiter: str) -> None:
    items = read(tmp_path, "".join(delimiter.join(pair) + "\n" for pair in PAIRS))
    assert texts(items) == PAIRS
    assert items[0].place.row == 1


def test_the_delimiter_is_the_one_that_makes_pairs(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "what is a CNN;a network\nwhat is an RNN;a loop, more or less\n"))[1] == (
        "what is an RNN",
        "a loop, more or less",
    )


def test_phrasings_in_one_cell_and_in_columns_of_similar_questions(tmp_path: Path) -> None:
    data = (
        "问题,相似问,答案,similar questions\n"
        '"什么是CNN||CNN是什么",介绍CNN,一种网络,\n'
        '"what is a CNN\nwhat does CNN mean",,a network,"define CNN || CNN?"\n'
    )
    assert texts(read(tmp_path, data)) == [
        ("什么是CNN", "一种网络"),
        ("CNN是什么", "一种网络"),
        ("介绍CNN", "一种网络"),
        ("what is a CNN", "a network"),
        ("what does CNN mean", "a network"),
        ("define CNN ", "a network"),
        (" CNN?", "a network"),
    ]


def test_rows_are_the_physical_lines_on_which_they_begin(tmp_path: Path) -> None:
    data = 'question,answer\n\nq1,"one\ntwo\n\nthree"\n , \n问2,答2\nq3,"""quoted"", 引用"\n'
    items = read(tmp_path, data)
    assert texts(items) == [("q1", "one\ntwo\n\nthree"), ("问2", "答2"), ("q3", '"quoted", 引用')]
    assert [item.place.row for item in items] == [3, 8, 9]


def test_bad_rows_are_refused_one_by_one_and_the_rest_is_read(tmp_path: Path) -> None:
    data = f"question,answer\n什么是CNN,\n,a network\n{'长' * 501},答\nq,{'a' * 4001}\nalone\nwhat is a CNN,a network\n"
    items = read(tmp_path, data)
    refused = [item for item in items if isinstance(item, RejectedRow)]
    assert [(item.place.row, item.why.split(";")[0]) for item in refused] == [
        (2, "the reply is empty"),
        (3, "the question is empty"),
        (4, "the question has 501 characters"),
        (5, "the reply has 4001 characters"),
        (6, "no such column: the row has 1 of them, the reply stands in number 2"),
    ]
    assert refused[0].given == "什么是CNN"
    assert len(refused[2].given) == 80
    assert texts([items[-1]]) == [("what is a CNN", "a network")]


def test_a_quotation_mark_that_is_never_closed_costs_its_row_not_the_file(tmp_path: Path) -> None:
    items = read(tmp_path, 'question,answer\n问1,答1\nq2,"never closed\n' + "又一行,and another line\n" * 10_000)
    assert texts(items[:1]) == [("问1", "答1")]
    assert isinstance(items[1], RejectedRow)
    assert items[1].place == Place("faq.csv", 3)
    assert "quotation mark" in items[1].why


@pytest.mark.parametrize("data", ["question,answer\n", "问题,答案\n,\n", "question,answer"])
def test_a_header_without_rows_is_refused(tmp_path: Path, data: str) -> None:
    with pytest.raises(FormatError, match="no rows"):
        read(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("question,notes\nhi,there\n", "no such column as a reply"),
        ("编号,答案,备注\n1,你好,无\n", "no such column as a question"),
        ("one,two,three\n一,二,三\n", "3 columns"),
    ],
)
def test_a_header_that_does_not_say_enough_is_refused(tmp_path: Path, data: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read(tmp_path, data)


def test_ten_thousand_rows(tmp_path: Path) -> None:
    data = "question,answer\n" + "".join(f"问题 {n} question,回答 {n} reply\n" for n in range(10_000))
    items = read(tmp_path, data.encode("gb18030"))
    assert len(items) == 10_000
    assert items[-1] == Pair("问题 9999 question", "回答 9999 reply", Place("faq.csv", 10_001))


def test_rows_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    rows = "".join(f"问题 {n},answer {n},{'a column of notes ' * 100}\n" for n in range(3000))
    path.write_text("question,answer,notes\n" + rows, encoding="utf-8")
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_pairs(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 3000
    assert peak < path.stat().st_size / 2


@pytest.mark.parametrize(
    "cell", ["=1+1", "+86 10", "-5", "@user", "\tx", "\rx", "'=1", "''-x", "it's", "'quoted'", "", "你好"]
)
def test_a_disarmed_cell_begins_no_formula_and_comes_back(cell: str) -> None:
    assert not escape_formula(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unescape_formula(escape_formula(cell)) == cell


def test_only_the_application_s_own_table_is_rearmed(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "question,answer\n'+1' 是什么意思,'-1\n")) == [("'+1' 是什么意思", "'-1")]
    own = "id,language,question,reply,file,row\nx-1,zh,\"'+1 是什么\na||b 是什么\",'-1,f.csv,2\n"
    assert texts(read(tmp_path, own)) == [("+1 是什么", "-1"), ("a||b 是什么", "-1")]
