"""Follow-ups that change a question. Run: pytest tests/retrieval/test_change.py"""

from __future__ import annotations

import pytest

from data.text.standardize import standardize
from retrieval.change import EntryWords, compare_change

ADULT = EntryWords.of("成人洗牙多少钱？", ["成人洗牙多少钱？", "大人洗牙价格"], "成人洗牙 120 元。")
CHILD = EntryWords.of("儿童洗牙多少钱？", ["儿童洗牙多少钱？", "小孩洗牙价格"], "儿童洗牙 80 元。")
HOURS = EntryWords.of("周六几点开门？", ["周六几点开门？"], "九点。")
SHIPS = {
    land: EntryWords.of(f"Do you ship to {land}?", [f"Do you ship to {land}?"], "Yes.")
    for land in ("Singapore", "Malaysia")
}
STUDENT = EntryWords.of("Is there a discount for students?", ["Is there a discount for students?"], "10 % with a card.")


@pytest.mark.parametrize(
    ("message", "previous", "entry"),
    [
        ("那小孩的呢", ADULT, CHILD),
        ("儿童呢？", ADULT, CHILD),
        ("And Malaysia?", SHIPS["Singapore"], SHIPS["Malaysia"]),
        ("what about to Singapore", SHIPS["Malaysia"], SHIPS["Singapore"]),
    ],
)
def test_the_entry_that_asks_the_same_of_what_is_named_is_meant(
    message: str, previous: EntryWords, entry: EntryWords
) -> None:
    assert compare_change(standardize(message), previous, entry, is_same=False) == "named"


@pytest.mark.parametrize(
    ("message", "previous", "entry"),
    [
        ("那周六呢", ADULT, HOURS),
        ("老人的呢", ADULT, CHILD),
        ("那小孩的颜色呢", ADULT, CHILD),
        ("and to Vietnam?", SHIPS["Singapore"], SHIPS["Malaysia"]),
        ("and for students?", SHIPS["Singapore"], STUDENT),
    ],
)
def test_another_frame_or_an_unknown_name_is_no_change(message: str, previous: EntryWords, entry: EntryWords) -> None:
    assert compare_change(standardize(message), previous, entry, is_same=False) == ""


@pytest.mark.parametrize(
    ("message", "previous", "change"),
    [
        ("and for teachers?", STUDENT, "unsaid"),
        ("老人的呢", ADULT, "unsaid"),
        ("是 120 元吗", ADULT, ""),
        ("so with a card?", STUDENT, ""),
    ],
)
def test_what_the_answered_entry_says_nothing_of_is_told(message: str, previous: EntryWords, change: str) -> None:
    assert compare_change(standardize(message), previous, previous, is_same=True) == change
