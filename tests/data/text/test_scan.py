"""Scans of many texts give what the single texts give. Run: pytest tests/data/text/test_scan.py"""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.metrics.resampling import derive_seed
from data.metrics.tokens import tokens
from data.text.language import detect
from data.text.mask import mask
from data.text.scan import TextScan
from evaluation.fallback_detector import build_batch_detector, build_fallback_detector
from evaluation.word_hashes import WordHashes

PIECES = st.sampled_from(
    (
        "你好 怎么退货 don't it's Ｎｏ ' ’ ， 。 … ① ㎡ ﬁne ß İ ㄱㅏ 가 e\u0301 \u0301 \u00a8 \x00 😀 𠀀 _ 13812345678 "
        "１３８１２３４５６７８ ٣ a@b.co ＠ \u3000 \ud83d ½ naïve Straße 不知道 sorry I can't know CNN 3"
    ).split(" ")
)
TEXTS = st.lists(
    st.one_of(
        st.lists(PIECES, max_size=8).map("".join), st.lists(PIECES, max_size=6).map(" ".join), st.text(max_size=20)
    ),
    min_size=2,
    max_size=12,
)


@settings(deadline=None)
@given(TEXTS)
def test_languages_and_personal_numbers_are_those_of_each_text(texts: list[str]) -> None:
    scan = TextScan(texts)
    assert scan.languages == [detect(text) for text in texts]
    assert [scan.mask(index) for index in range(len(texts))] == [mask(text) for text in texts]


@settings(deadline=None)
@given(TEXTS)
def test_words_are_those_of_each_text(texts: list[str]) -> None:
    texts = texts[: len(texts) // 2 * 2]
    hashes, bounds = WordHashes().hash_replies(TextScan(texts))
    found = [hashes[bounds[place] : bounds[place + 1]].tolist() for place in range(len(texts) // 2)]
    assert found == [[derive_seed(word) for word in tokens(text)] for text in texts[1::2]]
    assert hashes.dtype == np.uint64


@settings(deadline=None)
@given(TEXTS)
def test_fallbacks_are_those_of_each_text(texts: list[str]) -> None:
    known = ["Hm?", "你好"]
    one, many = build_fallback_detector(known), build_batch_detector(known)
    assert many([*texts, None]) == [*map(one, texts), False]
