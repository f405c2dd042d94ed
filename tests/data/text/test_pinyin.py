"""python -m pytest tests/data/text/test_pinyin.py"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.text.pinyin import read_pinyin, readings, sound_pairs, syllables


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
    assert syllables(slip) == syllables(meant)
    assert sound_pairs(slip) == sound_pairs(meant)


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
    assert sound_pairs("tuikuan daozhang") == sound_pairs("退款到账") == ["tui kuan", "kuan dao", "dao zhang"]
    assert sound_pairs("refund policy") == []


_CHARACTERS = sorted(readings())


@given(st.lists(st.sampled_from(_CHARACTERS), min_size=2, max_size=8))
def test_parted_pinyin_of_any_characters_is_read_back(characters: list[str]) -> None:
    of = [readings()[character] for character in characters]
    assert read_pinyin("'".join(of)) == of == syllables("".join(characters))
