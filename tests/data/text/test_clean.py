"""python -m pytest tests/data/text/test_clean.py"""

import pytest

from data.text.clean import clean, fold, simplify


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("你好\u200b，世\u2060界\ufeff", "你好，世界"),
        ("hel\u00adlo\u200e \u202ereversed\u202c", "hello reversed"),
        ("bell\x07 null\x00 escape\x1b[31m", "bell null escape[31m"),
        ("第一行\r\n第二行\r第三行", "第一行\n第二行\n第三行"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("  tabs\tand   spaces　全角空格  ", "tabs and spaces 全角空格"),
        ("def f():\n\treturn  1  \n    # 注释", "def f():\n    return 1\n    # 注释"),
        ("   \n  缩进", "缩进"),
        ("cafe\u0301", "café"),
        ("half \ud800 surrogate", "half surrogate"),
        ("", ""),
        ("\u200b\u200d\ufe0f\x00", ""),
    ],
)
def test_what_cannot_be_seen_is_dropped(given: str, kept: str) -> None:
    assert clean(given) == kept


@pytest.mark.parametrize("emoji", ["👩‍💻", "👍🏽", "❤️", "🇨🇳", "😀"])
def test_emoji_stay_whole(emoji: str) -> None:
    assert clean(f"好 {emoji} good") == f"好 {emoji} good"


def test_html_is_text_like_any_other() -> None:
    assert clean("<script>alert('你好')</script>") == "<script>alert('你好')</script>"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＲＮＮ與ＬＳＴＭ的區別？", "rnn与lstm的区别?"),
        ("機器學習", "机器学习"),
        ("HELLO，World", "hello,world"),
        ("①２３", "123"),
        ("好耶👍🏽", "好耶👍"),
        ("哈哈哈哈哈哈", "哈哈"),
        ("sooooo good", "soo good"),
        ("Straße", "strasse"),
    ],
)
def test_what_means_the_same_folds_to_the_same(one: str, other: str) -> None:
    assert fold(one) == other == fold(other)


def test_digits_are_never_shortened() -> None:
    assert fold("1000000 和 7777") == "1000000 和 7777"


def test_traditional_characters_are_simplified_by_phrase() -> None:
    assert simplify("乾燥的頭髮，發現皇后在後面") == "干燥的头发，发现皇后在后面"


@pytest.mark.parametrize("text", ["今天　天气\u200b怎样？？？", "WHAT's  up\t你好 👩‍💻", "İstanbul ﬁn ½ ㎏"])
def test_cleaning_and_folding_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert fold(fold(text)) == fold(text)
