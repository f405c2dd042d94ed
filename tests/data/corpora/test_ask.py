"""python -m pytest tests/data/corpora/test_ask.py"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data import paths
from data.corpora import ask
from data.paths import CorpusError

ITEM = {
    "d": "shop", "zh": "几点开门", "en": "When do you open?", "same_zh": ["什么时候开门"], "same_en": ["opening time?"],
    "near_zh": ["几点关门"], "near_en": ["When do you close?"],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "find_corpus", lambda name: tmp_path / name)
    (tmp_path / ask.FOLDER).mkdir()
    return tmp_path / ask.FOLDER


def test_every_item_is_read_in_both_languages(folder: Path) -> None:
    lines = json.dumps(ITEM, ensure_ascii=False), json.dumps(ITEM | {"d": "bank"}, ensure_ascii=False)
    (folder / "shop.jsonl").write_text(f"{lines[0]}\n{lines[0]}\n", encoding="utf-8")
    (folder / "bank.jsonl").write_text(f"{lines[1]}\n", encoding="utf-8")
    bank, shop, _ = ask.read()
    assert (bank.domain, shop.domain) == ("bank", "shop")
    assert shop.stored == {"zh": "几点开门", "en": "When do you open?"}
    assert shop.same == {"zh": ("什么时候开门",), "en": ("opening time?",)}
    assert shop.near == {"zh": ("几点关门",), "en": ("When do you close?",)}


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "5", "{}", json.dumps({**ITEM, "same_zh": "开门"}), json.dumps({"d": "shop", "zh": "几点", "en": "when"})],
)  # fmt: skip
def test_a_broken_line_is_named(folder: Path, line: str) -> None:
    (folder / "shop.jsonl").write_text(f"{json.dumps(ITEM)}\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"shop\.jsonl:2 is no item of questions .*restore the file"):
        list(ask.read())


def test_where_there_is_nothing_it_says_what_to_set(folder: Path) -> None:
    with pytest.raises(CorpusError, match="KANLIAO_CORPORA"):
        list(ask.read())


def test_every_fourth_domain_is_kept(folder: Path) -> None:
    for name in "abcdefgh":
        (folder / f"{name}.jsonl").touch()
    assert [name for name in "abcdefgh" if ask.is_held_out(name)] == ["d", "h"]
