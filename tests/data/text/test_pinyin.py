"""python -m pytest tests/data/text/test_pinyin.py"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.text.pinyin import load_readings, pair_syllables, read_pinyin, read_syllables


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("退宽多旧", "退款多久"),
        ("冲值", "充值"),
        ("提线", "提现"),
        ("身请", "申请"),
        ("帐号", "账号"),
        ("发漂", "发票"),
    ],
)
def test_what_sounds_the_same_has_the_same_syllables(slip: str, meant: str) -> None:
    assert read_syllables(slip) == read_syllables(meant)
    assert pair_syllables(slip) == pair_syllables(meant)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("tuikuan duojiu daozhang", "tui kuan duo jiu dao zhang"),
        ("tuikuanduojiu", "tui kuan duo jiu"),
        ("zenme chongzhi", "zen me chong zhi"),
        ("xi'an", "xi an"),
        ("xian", ""),
        ("how do i get a refund", ""),
        ("cancel my order", ""),
        ("退款 tuikuan", ""),
        ("", ""),
    ],
)
def test_letters_are_read_as_pinyin_where_all_of_them_are(typed: str, read: str) -> None:
    assert read_pinyin(typed) == read.split()


def test_pinyin_sounds_like_the_characters() -> None:
    assert pair_syllables("tuikuan daozhang") == pair_syllables("退款到账") == ["tui kuan", "kuan dao", "dao zhang"]
    assert pair_syllables("refund policy") == []


_CHARACTERS = sorted(load_readings())


@given(st.lists(st.sampled_from(_CHARACTERS), min_size=2, max_size=8))
def test_parted_pinyin_of_any_characters_is_read_back(characters: list[str]) -> None:
    of = [load_readings()[character] for character in characters]
    assert read_pinyin("'".join(of)) == of == read_syllables("".join(characters))
