"""What people write into files of questions, kind by kind. Run: pytest tests/data/formats/test_variants.py"""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from data.documents import is_document
from data.formats import (
    ColumnChoice,
    FormatError,
    Reading,
    RejectedRow,
    UnknownColumnsError,
    read_pairs,
    translate,
)
from data.formats.number_format import render_number
from data.records import Pair

RETURN = ("怎么退货", "七天内")
HOW = ("How do I return?", "Within 7 days")


def read(
    tmp_path: Path, name: str, data: str | bytes, reading: Reading | None = None
) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """Return the pairs, and the row and the reason of each refused row."""
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    items = list(read_pairs(path, reading=reading))
    pairs = [(item.question, item.reply) for item in items if isinstance(item, Pair)]
    return pairs, [(item.place.row, str(item.why)) for item in items if isinstance(item, RejectedRow)]


@pytest.mark.parametrize(
    "header",
    [
        "提问,答复", "问题（必填）,答案（必填）", "* 问题,* 答案", "标准问题,标准答案", "用户问题,机器人回复", "問題,答案", "常见问题,回答内容", "咨询内容,客服回复",
        "知识标题,内容", "标题,正文", "主题,内容", "指令,输出", "关键词,回复", "用户,客服", "FAQ标题,答案(默认)", "售后问题,参考话术", "Questions,Answers",
        "Question (required),Answer (required)", "faq_question,faq_answer", "questionText,answerText", "User Query,Bot Response",
        "prompt,completion", "instruction,output", "input,target", "query,response", "title,body", "Subject,Body (HTML)", "human,assistant",
        "Customer Question,Suggested Answer", "Pregunta,Respuesta", "Frage,Antwort", "Question:,Answer:", "_question,_answer", "q,a",
    ],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_headers_as_people_write_them(tmp_path: Path, header: str, delimiter: str) -> None:
    rows = [header.split(","), list(RETURN), list(HOW)]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert read(tmp_path, "faq.csv", text) == ([RETURN, HOW], [])


@pytest.mark.parametrize(
    "header",
    [
        "text,label", "物品,规格", "name,description", "Title,Description", "编号,问题分类", "是否有答案,问题编号", "user,text", "index,content",
        "question,answer 1,answer 2", "问题,答案一,答案二", "Begriff,Erklärung", "question,wrong answer", "追问,引导问题",
    ],
)  # fmt: skip
def test_a_header_that_leaves_a_doubt_is_shown_and_never_learned(tmp_path: Path, header: str) -> None:
    text = f"{header}\n{','.join(['怎么退货', '七天内', 'x'][: header.count(',') + 1])}\n"
    with pytest.raises(UnknownColumnsError) as refused:
        read(tmp_path, "faq.csv", text)
    assert refused.value.names == tuple(header.split(","))
    assert header.split(",")[0] in str(refused.value)
    assert "答案" in translate(refused.value, "zh")


def test_a_person_names_the_columns(tmp_path: Path) -> None:
    text = "场合,情形,话语\n门口,停车场在哪里,在楼后面。\n"
    for choice in (
        ColumnChoice("情形", "话语"),
        ColumnChoice("2", "3"),
        ColumnChoice("B", "C"),
        ColumnChoice("#2", "#3"),
    ):
        assert read(tmp_path, "faq.csv", text, Reading(choice))[0] == [("停车场在哪里", "在楼后面。")]
    assert len(read(tmp_path, "faq.csv", text, Reading(ColumnChoice("2", "3", False)))[0]) == 2
    with pytest.raises(FormatError, match="no column '7'"):
        read(tmp_path, "faq.csv", text, Reading(ColumnChoice("2", "7")))
    data = json.dumps([{"ask": "怎么退货", "say": "七天内"}])
    with pytest.raises(UnknownColumnsError, match="ask, say"):
        read(tmp_path, "faq.json", data)
    assert read(tmp_path, "faq.json", data, Reading(ColumnChoice("ask", "say")))[0] == [RETURN]


@pytest.mark.parametrize(
    ("header", "row", "pairs"),
    [
        ("问题,答案,Question,Answer", "怎么退货,七天内,How do I return?,Within 7 days", [RETURN, HOW]),
        ("问题（中文）,Question (English),答案（中文）,Answer (English)", "怎么退货,How do I return?,七天内,Within 7 days", [RETURN, HOW]),
        ("question_en,answer_en,question_zh,answer_zh", "How do I return?,Within 7 days,怎么退货,七天内", [HOW, RETURN]),
        ("相似问题1,相似问题2,相似问题3,问题,答案", "如何退货,,退货流程,怎么退货,七天内", [RETURN, ("如何退货", "七天内"), ("退货流程", "七天内")]),
        ("q,a,indexes", "怎么退货,七天内,如何退货,退货流程", [RETURN, ("如何退货", "七天内"), ("退货流程", "七天内")]),
        ("分段标题（选填）,分段内容（必填，问题答案）,问题（选填，单元格内一行一个）", "怎么退货,七天内,", [RETURN]),
        ("instruction,input,output", "翻译,你好,hello", [("翻译\n你好", "hello")]),
        ("title,description,body", "How do I return?,About returns,<p>Within <b>7</b> days</p>", [HOW]),
        ("question,similar questions,answer", 'a?,"[""b c"", ""d e""]",x', [("a?", "x"), ("b c", "x"), ("d e", "x")]),
    ],
)  # fmt: skip
def test_columns_that_belong_together(tmp_path: Path, header: str, row: str, pairs: list[tuple[str, str]]) -> None:
    assert read(tmp_path, "faq.csv", f"{header}\n{row}\n") == (pairs, [])


@pytest.mark.parametrize(
    ("cell", "phrasings"),
    [
        ("如何退货;退货流程；我要退", ["如何退货", "退货流程", "我要退"]),
        ("how to return | return an item", ["how to return", "return an item"]),
        ("如何开票、发票怎么开", ["如何开票", "发票怎么开"]),
        ("1. 如何退货\n2. 退货流程", ["如何退货", "退货流程"]),
        ("红、黄、蓝色的有吗", ["红、黄、蓝色的有吗"]),
        ("A|B", ["A|B"]),
    ],
)
def test_separators_only_where_that_is_what_they_are(tmp_path: Path, cell: str, phrasings: list[str]) -> None:
    pairs, _ = read(tmp_path, "faq.csv", f'问题,相似问题,答案\n怎么退货,"{cell}",七天内\n')
    assert [question for question, _ in pairs] == ["怎么退货", *phrasings]


@pytest.mark.parametrize(
    ("row", "pairs"),
    [
        ("Hi, how are you?,Fine", [("Hi, how are you?", "Fine")]),
        ("How do I return?,Go to orders, choose return", [("How do I return?", "Go to orders, choose return")]),
        ("怎么退货？,七天内,原包装,可申请", [("怎么退货？", "七天内,原包装,可申请")]),
        ("怎么退货,七天内,可申请", []),
        ("price of a,b,10", []),
        ('"How, then?",So,more', []),
    ],
)
def test_unquoted_commas_are_joined_or_refused_by_line(tmp_path: Path, row: str, pairs: list[tuple[str, str]]) -> None:
    found, refused = read(tmp_path, "faq.csv", f"question,answer\n{row}\n")
    assert found == pairs
    assert [number for number, _ in refused] == ([] if pairs else [2])
    assert all("cuts it apart" in why for _, why in refused)


@pytest.mark.parametrize(
    ("text", "pairs", "refused"),
    [
        ('q1,"open\nq2,"a2"\nq3,a3\n', [("q2", "a2"), ("q3", "a3")], [2]),
        ('q1,"line\ntwo ""quoted"""\nq3,a3\n', [("q1", 'line\ntwo "quoted"'), ("q3", "a3")], []),
        ('q1,"line\nhas "quotes" in it\nlast"\nq3,a3\n', [("q3", "a3")], [2]),
        ('"北京"是哪里,首都\n"say "hi" now",b\n', [('"北京"是哪里', "首都"), ('say "hi" now', "b")], []),
        ('15" screen?,yes\n', [('15" screen?', "yes")], []),
        ('q1, "a, b"\n', [("q1", "a, b")], []),
    ],
)
def test_quotation_marks(tmp_path: Path, text: str, pairs: list[tuple[str, str]], refused: list[int]) -> None:
    found, why = read(tmp_path, "faq.csv", f"question,answer\n{text}")
    assert (found, [number for number, _ in why]) == (pairs, refused)


ZH = "问题,答案\n怎么退货,七天内在订单页申请\n"
TW = "問題,答案\n怎麼開發票,在訂單頁點「申請發票」。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_of_simplified_chinese(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "faq.csv", ZH.encode(encoding))[0] == [("怎么退货", "七天内在订单页申请")]


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "cp950", "big5hkscs", "gbk", "utf-16-le"])
def test_encodings_of_traditional_chinese(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "faq.csv", TW.encode(encoding))[0] == [("怎麼開發票", "在訂單頁點「申請發票」。")]


@pytest.mark.parametrize(
    "row",
    ["Où est la gare?,À côté de l’hôtel", "¿Dónde está?,Aquí – en la calle…", "Don’t you?,Yes", "Größe?,Die große"],
)
def test_western_text_in_windows_1252(tmp_path: Path, row: str) -> None:
    question, reply = row.split(",")
    assert read(tmp_path, "faq.csv", f"question,answer\n{row}\n".encode("cp1252"))[0] == [(question, reply)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("вопрос,ответ\nГде офис?,На улице Ленина\n", "cp1251"),
        ("question,answer\nNení to příliš?,Ano řeka žlutý\n", "cp1250"),
        ("質問,回答\n営業時間は何時ですか,九時から六時まで\n", "shift_jis"),
        ("質問,回答\n営業時間は何時ですか,九時から六時まで\n", "euc_jp"),
        ("질문,답변\n영업 시간은 언제입니까,아홉시\n", "euc_kr"),
        ("question,answer\nCafé ouvert?,Oui\n", "mac-roman"),
    ],
)
def test_an_encoding_that_is_not_certain_is_refused_by_line(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(FormatError, match=r"faq.csv is not text in UTF-8.* on line \d.*Save it as UTF-8"):
        read(tmp_path, "faq.csv", text.encode(encoding))


def test_text_that_was_spoilt_before_is_refused(tmp_path: Path) -> None:
    spoilt = "退货".encode().decode("cp1252", "replace")
    pairs, refused = read(tmp_path, "faq.csv", f"question,answer\n{spoilt},ok\n????,??????\nfine?,yes\n")
    assert (pairs, [row for row, _ in refused]) == ([("fine?", "yes")], [2, 3])
    with pytest.raises(FormatError, match="invalid bytes in it, the first on line 3"):
        read(tmp_path, "faq.csv", codecs.BOM_UTF8[:0] + ZH.encode() + b"\xe4\xbd,x\n" + ZH.encode())


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("问：怎么退货\n答：七天内\n\n问题2：开票？\n答案2：勾选\n", [RETURN, ("开票？", "勾选")]),
        ("问：怎么退货 答：七天内\n", [RETURN]),
        ("【问】怎么退货\n【答】七天内\n", [RETURN]),
        ("1. Q: How do I return?\n   A: Within 7 days\n", [HOW]),
        ("Question: How do I return?\nAnswer: Within 7 days\nand a bit.\n", [(HOW[0], "Within 7 days\nand a bit.")]),
        ("Q: How do I return?\nQ: Returns?\nA: Within 7 days\n", [HOW, ("Returns?", HOW[1])]),
        ("用户：怎么退货\n客服：七天内\n", [RETURN]),
        ("**Q: How do I return?**\n\nA: Within 7 days\n", [HOW]),
        ("Q: How do I return?\nWithin 7 days\n\nQ: And?\nSo\n", [HOW, ("And?", "So")]),
    ],
)
@pytest.mark.parametrize("name", ["faq.txt", "faq.md"])
def test_marked_text(tmp_path: Path, name: str, text: str, pairs: list[tuple[str, str]]) -> None:
    assert read(tmp_path, name, text) == (pairs, [])
    assert not is_document(tmp_path / name)


def test_markdown_tables_and_headings(tmp_path: Path) -> None:
    table = "# FAQ\n\n| 问题 | 答案 |\n|:--|--:|\n| 怎么退货 | 七天内 |\n| a \\| b? | x<br>y |\n\n| 物 | 数 |\n|-|-|\n| 1 | 2 |\n"
    reading = Reading()
    assert read(tmp_path, "faq.md", table, reading)[0] == [RETURN, ("a | b?", "x\ny")]
    assert "the table on line 8 names no questions" in "\n".join(reading.notes)
    headings = (
        "# FAQ\n\nintro\n\n## How do I return?\n\nWithin 7 days\n\n### Note\n\nKeep it.\n\n## 1. 怎么退货\n\n七天内\n"
    )
    pairs, refused = read(tmp_path, "faq.md", headings)
    assert pairs == [(HOW[0], "Within 7 days\n\nNote\n\nKeep it."), RETURN]
    assert [row for row, _ in refused] == [1]
    (tmp_path / "manual.md").write_text("# Manual\n\nThis is a manual.\n\n## Setup\n\nDo it.\n", encoding="utf-8")
    assert is_document(tmp_path / "manual.md")
    (tmp_path / "letter.txt").write_text("Hello, this is a letter.\nWe write to you, dear reader.\n", encoding="utf-8")
    assert is_document(tmp_path / "letter.txt")


@pytest.mark.parametrize(
    ("page", "pairs"),
    [
        ("<html><h1>FAQ</h1><h2>How do I return?</h2><p>Within <b>7</b> days</p></html>", [HOW]),
        (
            "<!doctype html><table><tr><th>问题</th><th>答案</th></tr><tr><td>怎么退货</td><td>七天内</td></tr></table>",
            [RETURN],
        ),
        ("<html><dl><dt>怎么退货</dt><dd>七天内</dd></dl></html>", [RETURN]),
        ("<html><details><summary>How do I return?</summary>Within 7 days</details></html>", [HOW]),
    ],
)
def test_pages(tmp_path: Path, page: str, pairs: list[tuple[str, str]]) -> None:
    assert read(tmp_path, "faq.html", page) == (pairs, [])


CONVERSATION = [
    {"role": "system", "content": "x"},
    {"role": "user", "content": RETURN[0]},
    {"role": "assistant", "content": RETURN[1]},
]


@pytest.mark.parametrize(
    "value",
    [
        {"data": {"list": [{"q": RETURN[0], "a": RETURN[1]}]}},
        {"categories": [{"name": "售后", "questions": [{"question": RETURN[0], "answer": RETURN[1]}]}]},
        [{"messages": CONVERSATION}],
        [{"dialogue": [{"speaker": "顾客", "text": RETURN[0]}, {"speaker": "客服", "text": RETURN[1]}]}],
        [{"conversations": [{"from": "human", "value": RETURN[0]}, {"from": "gpt", "value": RETURN[1]}]}],
        [{"conversation": [{"human": RETURN[0], "assistant": RETURN[1]}]}],
        [CONVERSATION],
        [{"text": f"Human: {RETURN[0]}\n\nAssistant: {RETURN[1]}"}],
        [{"prompt": f"{RETURN[0]}\n\n###\n\n", "completion": RETURN[1]}],
        [{"prompt": RETURN[0], "chosen": RETURN[1], "rejected": "不知道"}],
        [{"title": RETURN[0], "body": f"<p>{RETURN[1]}</p>", "draft": False}],
        [{"question": RETURN[0], "answers": {"text": [RETURN[1]], "answer_start": [0]}}],
        {"@type": "FAQPage", "mainEntity": [{"name": RETURN[0], "acceptedAnswer": {"text": RETURN[1]}}]},
        [["question", "answer"], list(RETURN)],
        {RETURN[0]: RETURN[1]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_shapes_of_json(tmp_path: Path, value: Any, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    assert read(tmp_path, "faq.json", text) == ([RETURN], [])


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"messages": [{"role": "Anna", "content": "hi"}, {"role": "Bob", "content": "yo"}]}, "'Anna', 'Bob'"),
        ({"title": "How?", "body": "so", "draft": True}, "the article is a draft"),
        ({"question": "q?", "answers": [], "is_impossible": True}, "marked as one without an answer"),
    ],
)
def test_objects_that_are_refused(tmp_path: Path, value: Any, why: str) -> None:
    pairs, refused = read(tmp_path, "faq.json", json.dumps([value, {"question": HOW[0], "answer": HOW[1]}]))
    assert pairs == [HOW]
    assert why in refused[0][1]


def test_merged_cells_hidden_rows_and_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("问题", "答案"), ("怎么退货", "七天内"), ("如何退货", None), ("旧问题", "旧答案")):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    sheet.row_dimensions[4].hidden = True
    book.create_sheet("内部").append(["问题", "答案"])
    book["内部"].append(["密码多少", "不能说"])
    book["内部"].sheet_state = "hidden"
    book.create_sheet("EN").append(["Question", "Answer"])
    book["EN"].append(HOW)
    book.save(tmp_path / "faq.xlsx")
    reading = Reading()
    pairs, refused = read(tmp_path, "faq.xlsx", (tmp_path / "faq.xlsx").read_bytes(), reading)
    assert pairs == [RETURN, ("如何退货", "七天内"), HOW]
    assert [(row, why[:17]) for row, why in refused] == [(4, "the row is hidden")]
    assert "hidden sheets were left out: 内部" in reading.notes
    assert [table.part for table in reading.tables] == ["Sheet", "EN"]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.13, "0%", "13%"), (-5, "0.00_);(0.00)", "(5.00)"), (1299, "[$¥-804]#,##0", "¥1,299"), (123456, '0!.0,"万"', "12.3万"),
        (0.5, "# ?/?", "1/2"), (45931, "[$-804]aaaa", "星期三"), (45931, "d mmm yyyy", "1 Oct 2025"), (0.75, "h:mm AM/PM", "6:00 PM"),
        (0.0625, "[mm]:ss", "90:00"), (0.1 + 0.2, "General", "0.3"), (13800138000, "000 0000 0000", "138 0013 8000"), (7, '00"号"', "07号"),
        (0, '0;-0;"无"', "无"), (12345, "0.00E+00", "1.23E+04"), (1234.5, '#,##0.00 "元/月"', "1,234.50 元/月"), (59, "yyyy-mm-dd", "1900-02-28"),
    ],
)  # fmt: skip
def test_numbers_as_a_sheet_shows_them(value: float, code: str, shown: str) -> None:
    assert render_number(value, code) == shown


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("wide.csv", b",".join([b"c"] * 1_000_000) + b"\n"),
        ("wide.json", b"[" + b",".join([b'{"k":1}'] * 200_000) + b"]"),
        ("deep.json", b"[" * 1_000_000),
        ("tags.html", b"<html>" + b"<a " * 200_000),
        ("rule.md", b"a|b\n" + b"-|" * 500_000 + b"x\n"),
        ("quotes.csv", b"question,answer\n" + b'q,"a\n' * 200_000),
    ],
)
def test_a_file_out_of_all_measure_is_refused_in_a_short_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, name, data)
    assert len(str(refused.value)) < 600
