"""Files as people have them, each with what must come of it. Run: pytest tests/data/formats/test_cases.py"""

from pathlib import Path

import pytest

from data.formats import Reading, RejectedRow, read_pairs
from data.records import Pair

CASES = Path(__file__).parent / "cases"
RETURN = ("怎么退货", "七天内")
PAGE = ("怎么退货", "七天内在订单页申请")
HTML = ("How do I return?", "Within 7 days")
PLAIN = [
    "10_01_客户问题_标准答案.csv",
    "10_02_标题_内容.csv",
    "10_04_Q_A.csv",
    "10_05_FAQ_Answer.csv",
    "10_07_input_output.csv",
    "10_08_instruction_output.csv",
    "10_10_问题star_答案star.csv",
    "10_11_用户问题_机器人回复.csv",
    "10_14_title_body.csv",
    "10_16_Frage_Antwort.csv",
    "13_cover_sheet.xlsx",
    "13b_hidden_first.xlsx",
]
JSON = [
    "24f_object_wrap.json",
    "24h_oneobject_oneline.json",
    "24i_wrap_oneline.json",
    "24k_query_response.json",
    "24l_messages_roles_cn.json",
    "24n_wildchat.json",
    "24o_belle_human_assistant.json",
    "24q_firefly.json",
]
READ: dict[str, list[tuple[str, str]]] = {
    **{name: [PAGE] for name in PLAIN},
    **{name: [RETURN] for name in JSON},
    "02_big5.csv": [("怎麼開發票", "在訂單頁點「申請發票」。"), ("保固多久", "整機一年。")],
    "05_sepline.csv": [("How long is the warranty?", "One year")],
    "07b_unquoted_commas_zh.csv": [("你会干什么啊？", "我会查天气,汇率,新闻,业务咨询等。"), ("你是谁啊", "我是小智。")],
    "09_maxkb_template.xlsx": [
        *((asked, "七天内在订单页申请退货。") for asked in ("怎么退货", "如何退货", "我要退货")),
        *((asked, "下单时勾选开发票。") for asked in ("能开发票吗", "怎么开票")),
    ],
    "10_13_主问题_相似问题_答案.csv": [PAGE, ("如何退货", PAGE[1])],
    "11_title_row.xlsx": [PAGE, ("怎么开票", "下单时勾选")],
    "15_formula_uncached.xlsx": [RETURN],
    "16_typed_cells.xlsx": [
        ("区号是多少", "010"),
        ("税率是多少", "13%"),
        ("折扣是多少", "85.5%"),
        ("什么时候开业", "2025年10月1日"),
        ("几点关门", "21:30"),
        ("价格多少", "¥1,299.50"),
        ("余额", "0.30"),
        ("工号", "A-0042"),
        ("电话", "400-800-1234"),
        ("电影多长", "2:30"),
        ("活动开始时间", "10/1 9:30"),
        ("订单号", "123456789012346000"),
    ],
    "20b_unclosed.csv": [("When?", "Now"), ("Where?", "Here")],
    "21_separators.csv": [
        *((asked, "七天内") for asked in ("怎么退货", "如何退货", "退货流程", "我要退")),
        *((asked, "勾选") for asked in ("怎么开票", "如何开票", "发票怎么开")),
        *((asked, "10元") for asked in ("运费", "运费多少", "邮费多少")),
        *((asked, "一年") for asked in ("保修", "保修多久", "质保多久")),
    ],
    "21c_tencent.csv": [RETURN, ("如何退货", "七天内"), ("退货流程", "七天内")],
    "24b_alpaca.json": [RETURN, ("翻译成英文\n你好", "hello")],
    "24e_squad.json": [("几天可退货", "七天")],
    "24r_numbers.json": [("客服电话", "4008001234"), ("能退吗", "true")],
    "25e_qa.txt": [("How do I return?", "Within 7 days."), ("Invoice?", "At checkout.")],
    "25f_pairs.txt": [RETURN, ("怎么开票", "下单时勾选")],
    "25h_no_header_comma_in_answer.csv": [("怎么退货", "七天内，可申请"), ("怎么开票", "勾选")],
    "25i_pipe.txt": [HTML],
    "31_zendesk.csv": [HTML],
    "32_intercom.csv": [HTML],
    "37_german_cp1252_silent.csv": [("Für Kinder?", "Für alle"), ("Tür offen?", "Die Tür ist offen")],
    "39_x000d.xlsx": [("怎么退货", "第一步\n第二步")],
}
REFUSED = {
    "15_formula_uncached.xlsx": (2, "the cell B2 is a formula that was never computed"),
    "20b_unclosed.csv": (2, "a cell on line 2 begins with a quotation mark"),
}
NOTED = {
    "07b_unquoted_commas_zh.csv": "inside a cell without quotation marks was kept as part of it (row 2)",
    "11_title_row.xlsx": "row 1 stands above the header and is no question: '客服常见问题汇总（2025版）'",
    "13_cover_sheet.xlsx": "the sheet '说明' names no questions and answers and was left out",
    "13b_hidden_first.xlsx": "hidden sheets were left out: old",
    "16_typed_cells.xlsx": "a number of more than 15 digits lost its last ones",
    "31_zendesk.csv": "HTML was turned into plain text (row 2)",
}


def test_every_case_is_expected() -> None:
    assert sorted(path.name for path in CASES.iterdir()) == sorted(READ)


@pytest.mark.parametrize("name", sorted(READ))
def test_what_comes_of_a_file(name: str) -> None:
    reading = Reading()
    items = list(read_pairs(CASES / name, None, reading))
    assert [(item.question, item.reply) for item in items if isinstance(item, Pair)] == READ[name]
    refused = [(item.place.row, item.why) for item in items if isinstance(item, RejectedRow)]
    if name in REFUSED:
        row, why = REFUSED[name]
        assert [(found, text[: len(why)]) for found, text in refused] == [(row, why)]
    else:
        assert refused == []
    notes = "\n".join(reading.notes)
    assert NOTED.get(name, "") in notes
    assert bool(notes) == (name in NOTED)
    assert all(note.chinese for note in reading.notes)
