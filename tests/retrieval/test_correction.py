"""python -m pytest tests/retrieval/test_correction.py"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.segment import SEGMENTER, stem
from data.text.standardize import standardize
from retrieval.correction import Corrector
from retrieval.paraphrase.infer import open_judge

STORED = [
    "可以退款吗", "退款多久到账", "怎么申请发票", "怎么充值", "怎么提现", "电子发票怎么下载", "忘记密码怎么办", "会员怎么续费",
    "how do I cancel my order?", "How do I return an item?", "how do I turn off notifications", "when do you deliver",
    "refund for a damaged order",
]  # fmt: skip


@pytest.fixture(scope="module")
def words() -> frozenset[str]:
    return open_judge().words


@pytest.fixture(scope="module")
def corrector(words: frozenset[str]) -> Corrector:
    return Corrector(map(standardize, STORED), words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("可以退宽吗", "可以退款吗"),
        ("退宽多旧", "退款多久"),
        ("怎么身请发票", "怎么申请发票"),
        ("怎么冲值", "怎么充值"),
        ("怎么提线", "怎么提现"),
        ("电子发漂怎么下载", "电子发票怎么下载"),
        ("tuikuan duojiu", "退款多久"),
        ("keyituikuanma", "可以退款吗"),
        ("zenme chongzhi", "怎么充值"),
        ("can i cancle my oder", "can i cancel my order"),
        ("how do i retrun it", "how do i return it"),
        ("trun off notificatons", "turn off notifications"),
        ("refnud please", "refund please"),
    ],
)
def test_a_slip_becomes_the_word_of_the_knowledge(corrector: Corrector, typed: str, meant: str) -> None:
    assert corrector.correct(standardize(typed)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "退款要多久", "怎么申请退款", "请假怎么申请", "虽然如此", "新冲印的照片", "能便宜点吗", "北京怎么走", "她是谁", "",
        "i returned the car", "the border is closed", "a scent, not an odor", "win the cup", "ces 2026", "what's new in 2.10",
        "me too", "can he", "e0042",
    ],
)  # fmt: skip
def test_what_is_right_stays_as_it_is(corrector: Corrector, text: str) -> None:
    assert corrector.correct(text) == text


def test_without_knowledge_nothing_is_corrected() -> None:
    empty = Corrector([])
    for text in ("可以退宽吗", "tuikuan duojiu", "can i cancle my oder", "", "😀"):
        assert empty.correct(text) == text


@pytest.fixture(scope="module")
def dictionary(words: frozenset[str]) -> dict[str, list[str]]:
    SEGMENTER.load()
    known = SEGMENTER._tokenizer.FREQ.trie.keys()
    chinese = [word for word in known if len(word) > 1 and min(word) >= "\u4e00" and max(word) <= "\u9fff"]
    english = [word for word in words if word.isascii() and word.isalpha() and stem(word) == word]
    return {"zh": sorted(chinese), "en": sorted(english)}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_of_the_dictionary_is_ever_touched(
    corrector: Corrector, dictionary: dict[str, list[str]], language: str
) -> None:
    assert len(dictionary[language]) > 5_000

    @settings(max_examples=1_000, deadline=None, derandomize=True)
    @given(st.sampled_from(dictionary[language]))
    def check(word: str) -> None:
        assert corrector.correct(word) == word

    check()
