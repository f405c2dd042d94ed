"""python -m pytest tests/retrieval/passages/test_quote.py"""

from __future__ import annotations

import pytest

from retrieval.passages.answer_type import is_unanswered
from retrieval.passages.choose_quote import choose_quote
from retrieval.passages.unit import list_units


def quote(question: str, passage: str, best: str) -> tuple[str, str]:
    units = list_units(passage)
    place = next(number for number, unit in enumerate(units) if best in unit.text)
    found = choose_quote(question, passage, units, place)
    assert found.before + found.stored + found.after == passage
    return found.text, found.stored


def test_a_row_says_the_names_of_its_columns() -> None:
    table = "四种模式如下。\n模式 | 噪声 | 续航\n安静 | 55 分贝 | 180 分钟\n强力 | 67 分贝 | 90 分钟"
    assert quote("安静模式多吵", table, "安静") == ("安静：噪声 55 分贝，续航 180 分钟", "安静 | 55 分贝 | 180 分钟")
    plain = "Bin | Collected\nGrey | Monday\nBlue | Wednesday"
    assert quote("when is blue", plain, "Blue")[0] == "Blue: Collected Wednesday"


def test_a_short_paragraph_is_quoted_whole_and_of_a_long_one_the_sentence() -> None:
    short = "主机保修两年，电池保修一年。耗材不在保修范围内。"
    assert quote("电池保修多久", short, "主机")[0] == short
    long = "The warranty lasts two years. " + "Parts are listed in the appendix of this manual at the end. " * 12
    assert quote("how long is the warranty", long.strip(), "two years")[0] == "The warranty lasts two years."


def test_a_sentence_that_leans_on_the_one_before_takes_it_along() -> None:
    filler = "请保持安静，不要在阅览室里打电话，也不要占座。" * 5
    text = f"每本书可以续借一次。但是已被预约的图书不能续借。{filler}"
    assert quote("预约的书能续借吗", text, "但是")[0] == "每本书可以续借一次。但是已被预约的图书不能续借。"


def test_of_numbered_steps_all_are_quoted_where_a_way_is_asked_for() -> None:
    steps = "连接手机：\n1. 下载 App。\n2. 长按按键三秒。\n3. 输入密码。\n只支持 2.4GHz。"
    assert quote("怎么连接手机", steps, "长按")[0] == "1. 下载 App。\n2. 长按按键三秒。\n3. 输入密码。"
    assert quote("要按几秒", steps, "长按")[0] == "2. 长按按键三秒。"
    assert quote("怎么连接手机", steps, "连接手机")[0].startswith("连接手机：\n1. 下载 App。")


@pytest.mark.parametrize(
    ("question", "unit", "expected"),
    [
        ("这个药一盒多少钱", "就医时请带上药盒。", True),
        ("办证要多少押金", "普通证免押金。", False),
        ("how much is express shipping", "Express: Cost 11.90 euros, Time 1 to 2 working days", False),
        ("how much is the excess in the basic plan", "Excess per claim: Basic 150, Plus 75, Premium 0", False),
        ("how much is a new filter", "Change the filter every two months.", True),
        ("图书馆几点关门", "周一闭馆整理，九点开门。", False),
        ("when do salaries get paid", "A part of the salary is saved.", True),
        ("what happens when i am out", "The carrier leaves it with a neighbour.", False),
        ("这台机器多重", "请勿让儿童骑坐在机器上。", True),
        ("可以带狗吗", "宠物谢绝入内。", False),
    ],
)
def test_whether_what_is_asked_for_is_there(question: str, unit: str, expected: bool) -> None:
    assert is_unanswered(question, unit) is expected
