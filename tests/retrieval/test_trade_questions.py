"""python -m pytest tests/retrieval/test_trade_questions.py"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from data.corpora import ask, xpersona
from data.corpora.ask import AskItem
from data.records import LANGUAGES, Dialog, Utterance
from retrieval import trade_questions
from retrieval.trade_questions import WRITTEN, Trade, generate_trades

FOLDERS = {
    "replies": {"zh", "en", "detail_zh", "detail_en", "beyond_zh", "beyond_en"},
    "vague": {"language", "question", "items"},
    "follow": {"language", "previous", "question", "item"},
}


def written() -> Iterator[tuple[str, str, int, Mapping[str, Any]]]:
    for folder in FOLDERS:
        for path in sorted((WRITTEN / folder).glob("*.jsonl")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield folder, path.name, number, json.loads(line)


def test_what_was_written_for_the_trades_fits_together() -> None:
    rows = list(written())
    items = {name: sum(one[:2] == ("replies", name) for one in rows) for _, name, _, _ in rows}
    assert len(items) >= 40
    for folder, name, number, row in rows:
        place = f"{folder}/{name}:{number}"
        assert row.keys() >= FOLDERS[folder], place
        if folder == "replies":
            assert all(str(row[field]).strip() for field in FOLDERS[folder]), place
        else:
            assert row["language"] in LANGUAGES, place
            named = (
                row["items"]
                if folder == "vague"
                else [one for one in (row["previous"], row["item"]) if one is not None]
            )
            assert all(0 <= one < items[name] for one in named), place
            assert row["question"].strip(), place
            assert folder == "follow" or len(set(named)) > 1, place


@pytest.fixture
def trades(monkeypatch: pytest.MonkeyPatch) -> list[Trade]:
    def item(domain: str, number: int) -> AskItem:
        return AskItem(
            domain,
            {"zh": f"{domain}第{number}件事怎么办理", "en": f"how is matter {number} of {domain} done"},
            {
                "zh": (f"想办{domain}第{number}件事", f"{domain}{number}咋办"),
                "en": (f"I want {domain} {number}", f"{domain} {number}?"),
            },
            {"zh": (f"{domain}第{number}件事办完没有",), "en": (f"is matter {number} of {domain} over",)},
        )

    items = [item(domain, number) for domain in ("bank", "shop") for number in range(12)]
    talk = [Dialog(str(number), (Utterance("user", f"你好 hello {number}"),)) for number in range(20)]
    monkeypatch.setattr(ask, "read", lambda: iter(items))
    monkeypatch.setattr(ask, "is_held_out", lambda domain: domain == "shop")
    monkeypatch.setattr(xpersona, "read", lambda language: iter(talk))
    monkeypatch.setattr(trade_questions, "_read_written", lambda folder, domain: [])
    return list(generate_trades(kept=False))


def test_each_trade_is_three_knowledges_and_only_trades_that_may_be_learned_from(trades: list[Trade]) -> None:
    assert [trade.name for trade in trades] == ["bank zh", "bank en", "bank both"]
    assert [{entry.language for entry in trade.entries} for trade in trades[:2]] == [{"zh"}, {"en"}]
    assert list(generate_trades(kept=False)) == trades, "the same every time"


def test_questions_name_the_entries_that_answer_them_and_near_ones_name_none(trades: list[Trade]) -> None:
    for trade in trades:
        ids = {entry.id for entry in trade.entries}
        stored = {question for entry in trade.entries for question in entry.questions}
        kinds = {one.kind for one in trade.questions}
        assert kinds >= {"same", "near", "off topic", "small talk", "slip", "dressed"}
        for one in trade.questions:
            assert one.entries <= ids
            assert bool(one.entries) == (one.kind not in ("near", "near across", "off topic", "small talk"))
            assert one.kind != "same" or one.question not in stored
        assert all("shop" in one.question for one in trade.questions if one.kind == "off topic")
    across = [one for trade in trades[:2] for one in trade.questions if one.kind == "across"]
    assert {one.language for one in across} == {"zh", "en"}
