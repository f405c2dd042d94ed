"""python -m pytest tests/retrieval/contrast/test_features.py"""

from __future__ import annotations

import pytest

from retrieval.contrast import features, rival
from retrieval.contrast.features import measure_contrast
from retrieval.contrast.rival import measure_rival
from retrieval.contrast.slots import parse_slots


def contrast(query: str, phrasing: str, reply: str = "") -> dict[str, float]:
    asked, stored, answered = (parse_slots(text) for text in (query, phrasing, reply))
    found = measure_contrast(asked, stored, answered, lambda word: 1.0, lambda word: True)
    return dict(zip(features.FEATURES, found, strict=True))


def beside(query: str, own: str, other: str | None) -> dict[str, float]:
    asked, mine = parse_slots(query), parse_slots(own)
    theirs = None if other is None else parse_slots(other)
    return dict(zip(rival.FEATURES, measure_rival(asked, mine, theirs, lambda word: 1.0), strict=True))


@pytest.mark.parametrize(
    ("query", "phrasing", "raised"),
    [
        ("支持7天无理由退货吗", "支持15天无理由退货吗", {"numbers_alone", "numbers_missing", "numbers_differ"}),
        (
            "will it arrive in 3 days",
            "will it arrive in 5 days",
            {"numbers_alone", "numbers_missing", "numbers_differ"},
        ),
        ("支持7天退货吗", "支持退货吗", {"numbers_alone"}),
        ("do you ship", "do you ship within 3 days", {"numbers_missing"}),
        ("蓝色的有货吗", "红色的有货吗", {"opposed"}),
        ("is the blue one in stock", "is the red one in stock", {"opposed"}),
        ("周四开门吗", "周三开门吗", {"opposed"}),
        ("are you open on Sunday", "are you open on Saturday", {"opposed"}),
        ("不能退款吗", "能退款吗", {"negated"}),
        ("can I not return it", "can I return it", {"negated"}),
        ("怎么关闭夜间模式", "怎么打开夜间模式", {"opposed"}),
        ("turn off alerts", "turn on alerts", {"opposed"}),
        ("为什么要登录", "怎么登录", {"why_differs", "kinds_differ"}),
        ("why do I log in", "how do I log in", {"why_differs", "kinds_differ"}),
        ("错误 E-0044", "错误 E-0042", {"codes_alone", "codes_missing"}),
        ("Go 课程多少钱", "Java 课程多少钱", {"latin_alone", "latin_missing"}),
    ],
)
def test_what_sets_look_alikes_apart_is_seen(query: str, phrasing: str, raised: set[str]) -> None:
    seen = contrast(query, phrasing)
    assert {name for name in raised if seen[name] > 0} == raised
    same = contrast(query, query)
    assert not any(same[name] for name in features.FEATURES)


def test_what_the_reply_says_is_not_missing() -> None:
    # "Can I pay with 50 euros" is answered by a reply that names 50.
    for query, phrasing, reply in (
        ("满50元免费停车吗", "停车免费吗", "消费满 50 元免费停车。"),
        ("is it 5 euros", "is it free", "5 euros."),
    ):
        assert contrast(query, phrasing)["numbers_alone"] == 1
        assert contrast(query, phrasing, reply)["numbers_alone"] == 0
        assert contrast(query, phrasing, reply)["query_alone"] < contrast(query, phrasing)["query_alone"]


def test_words_of_one_side_alone_are_weighed_by_rarity() -> None:
    query, phrasing, reply = (parse_slots(text) for text in ("怎么退款", "怎么充值", ""))
    weights = {"怎么": 0.1, "退款": 0.9, "充值": 0.4}
    found = measure_contrast(query, phrasing, reply, weights.__getitem__, {"怎么"}.__contains__)
    named = dict(zip(features.FEATURES, found, strict=True))
    assert named["query_alone"] == pytest.approx(0.9)
    assert named["query_alone_most"] == 0.9
    assert named["phrasing_alone"] == pytest.approx(0.8)
    assert named["phrasing_alone_most"] == 0.4
    assert named["query_unknown"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("query", "own", "other"),
    [
        ("票多少钱", "大人票多少钱", "小孩票多少钱"),
        ("opening hours", "opening hours on Saturday", "opening hours on Sunday"),
        ("换电池多少钱", "iPhone 15 换电池多少钱", "iPhone 14 换电池多少钱"),
        ("what does the error mean", "what does error E-0042 mean", "what does error E-0043 mean"),
    ],
)
def test_what_sets_two_entries_apart_and_was_not_asked_must_be_asked_back(query: str, own: str, other: str) -> None:
    assert beside(query, own, other)["rival_unasked"] >= 1
    assert beside(own, own, other)["rival_unasked"] == 0
    assert beside(own, own, other)["own_asked"] > beside(own, own, other)["rival_asked"] == 0
    assert beside(own, other, own)["rival_asked"] > 0


def test_alone_nothing_sets_it_apart_from_others() -> None:
    assert set(beside("票多少钱", "大人票多少钱", None).values()) == {0.0}
    twin = beside("is it free", "is it free", "is it free")
    assert (twin["rival_alike"], twin["rival_covers"], twin["rival_unasked"]) == (1, 1, 0)
