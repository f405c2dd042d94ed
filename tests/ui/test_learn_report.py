"""What the page says of a learned file. Run: pytest tests/ui/test_learn_report.py"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from data.records import LANGUAGES, Language, Pair, Place
from ui.knowledge_import import describe_report
from ui.translations import TRANSLATIONS


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    yield knowledge
    knowledge.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_replaced_and_kept_replies_are_named(known: Knowledge, language: Language) -> None:
    words = TRANSLATIONS[language]
    old = [Pair("会员一年多少钱", "298 元", Place("a.csv", 2)), Pair("年费多少", "298 元", Place("a.csv", 3))]
    known.learn(old, "a.csv")
    mine = known.add(["When do you close?"], "At ten.")
    new = [
        Pair("会员一年多少钱", "398 元", Place("b.csv", 2)),
        Pair("When do you close?", "At nine.", Place("b.csv", 3)),
        Pair("几点开门", "八点", Place("b.csv", 4)),
        Pair("几点开门", "九点", Place("b.csv", 5)),
    ]
    report = known.learn(new, "b.csv")
    (left,) = known.find_all("年费多少")
    text = "\n".join(describe_report(report, "b.csv", words, language))
    place = {"place": "b.csv:2", "entry_place": "a.csv:2", "question": "会员一年多少钱", "other": "298 元"}
    for said in (
        words.learned.format(file="b.csv", taken=0, merged=0, replaced=1, refused=2),
        f"{words.refused_rows}:\n  b.csv:4: ",
        f"{words.replaced_rows}:\n  {words.replaced_row.format(**place)}",
        words.left_over.format(entry=left.id, questions="年费多少"),
        f"{words.kept_rows}:\n  b.csv:3",
        mine.id,
    ):
        assert said in text


def test_a_report_without_disagreements_is_one_line(known: Knowledge) -> None:
    report = known.learn([Pair("几点开门", "八点", Place("a.csv", 2))], "a.csv")
    assert len(describe_report(report, "a.csv", TRANSLATIONS["zh"], "zh")) == 1
    assert len(describe_report(report, "a.csv", TRANSLATIONS["en"], "en")) == 1
