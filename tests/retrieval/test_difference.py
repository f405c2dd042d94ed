"""python -m pytest tests/retrieval/test_difference.py"""

import pytest

from retrieval.contrast.difference import Difference, find_choice, find_difference


@pytest.mark.parametrize(
    ("message", "question", "asked", "known"),
    [
        ("iPhone14换电池多少钱", "iPhone 15 换电池多少钱？", "iPhone14", "iPhone 15"),
        ("iPhone 14 battery price?", "How much is a battery for the iPhone 15?", "iPhone 14", "iPhone 15"),
        ("支持七天退货吗", "支持 3 天退货吗", "7天", "3 天"),
        ("can I return it within 30 days", "Can I return an item within 7 days?", "30 days", "7 days"),
        ("错误 E0043 怎么办", "错误 E-0042 怎么办", "E0043", "E-0042"),
        ("how do I fix err 1002", "How do I fix ERR-1001?", "err 1002", "ERR-1001"),
        ("v2.11 怎么升级", "v2.10 怎么升级", "2.11", "2.10"),
        ("小孩洗牙多少钱", "成人洗牙多少钱？", "小孩", "成人"),
        ("how much is a cleaning for my kids", "How much is a cleaning for adults?", "kids", "adults"),
        ("周三几点开门", "周一几点开门？", "周三", "周一"),
        ("When do you close on Fridays?", "When do you close on Sundays?", "Fridays", "Sundays"),
        ("红色的有货吗", "蓝色的有货吗", "红色", "蓝色"),
        ("what is the Check-in time?", "What is the check-out time?", "Check-in", "check-out"),
        ("用 Skrill 付款可以吗", "用 Klarna 付款可以吗？", "Skrill", "Klarna"),
    ],
)
def test_the_one_thing_that_differs_is_named_as_it_was_typed(
    message: str, question: str, asked: str, known: str
) -> None:
    found = find_difference(message, question)
    assert found is not None
    assert (found.asked, found.known) == (asked, known)


@pytest.mark.parametrize(
    ("message", "question"),
    [
        # The same, typed in another way.
        ("三天内能退吗", "3天内能退吗？"),
        ("iphone15pro 多少钱", "iPhone 15 Pro 多少钱"),
        ("24年社保交多少", "2024年社保交多少"),
        ("指定19点送达", "能指定7点送达吗？"),
        # Only one of them says it.
        ("几点开门", "周末几点开门？"),
        ("is there a room for 2 people", "Is there a room?"),
        # Nothing else in common.
        ("iPhone 14 的屏幕多大", "7 天内能退货吗"),
        ("can children swim here", "What discount do adults get on tickets?"),
        # Which stands for which is unknown.
        ("2 到 3 天能到吗", "5 到 7 天能到吗"),
        ("你好", "hello"),
        ("", ""),
    ],
)
def test_what_is_no_single_difference_is_not_named(message: str, question: str) -> None:
    assert find_difference(message, question) is None


@pytest.mark.parametrize(
    ("questions", "choice"),
    [
        (["成人洗牙多少钱？", "儿童洗牙多少钱？"], ("成人", "儿童")),
        (["How much is an adult ticket?", "How much is a child ticket?"], ("adult", "child")),
        (["红色有货吗", "蓝色有货吗", "黑色有货吗"], ("红色", "蓝色", "黑色")),
        (["iPhone 15 battery price", "iPhone 14 battery price"], ("iPhone 15", "iPhone 14")),
        (["成人洗牙多少钱？", "儿童洗牙多少钱？", "周末几点开门？"], None),
        (["怎么退货？", "几点开门？"], None),
        (["几点开门？"], None),
    ],
)
def test_what_several_stored_questions_differ_in_is_a_choice(
    questions: list[str], choice: tuple[str, ...] | None
) -> None:
    assert find_choice(questions) == choice


def test_the_kind_says_how_it_may_be_put_into_a_sentence() -> None:
    assert find_difference("Friday opening hours", "Sunday opening hours") == Difference("Friday", "Sunday", "side")
    assert find_difference("iPhone 14 screen", "iPhone 15 screen") == Difference("iPhone 14", "iPhone 15", "number")
