"""Every visible word, in both languages. Run: pytest tests/ui/test_translations.py"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from bot.ranker import features
from bot.settings import Settings
from data.records import LANGUAGES, Language
from retrieval.calibration import START
from retrieval.features import GROUPS
from retrieval.passages.features import GROUPS as PASSAGE_GROUPS
from ui.page import describe_privacy
from ui.translations import TRANSLATIONS, Strings

_HAN = re.compile("[\u4e00-\u9fff]")
_NAMES = [field.name for field in fields(Strings)]


def _list_texts(language: Language, name: str) -> tuple[str, ...]:
    value = getattr(TRANSLATIONS[language], name)
    if isinstance(value, Mapping):
        return tuple(value.values())
    return value if isinstance(value, tuple) else (value,)


def _find_placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_are_words_for_every_language() -> None:
    assert set(TRANSLATIONS) == set(LANGUAGES)


@pytest.mark.parametrize("name", _NAMES)
def test_both_languages_say_it_and_leave_room_for_the_same_values(name: str) -> None:
    chinese, english = _list_texts("zh", name), _list_texts("en", name)
    assert len(chinese) == len(english)
    for said_zh, said_en in zip(chinese, english, strict=True):
        assert said_zh.strip()
        assert said_en.strip()
        assert _find_placeholders(said_zh) == _find_placeholders(said_en)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_a_reply_rests_on_has_words(language: Language) -> None:
    words = TRANSLATIONS[language]
    assert set(words.features) == {START, *GROUPS.values(), *PASSAGE_GROUPS.values(), *features.FEATURES}
    assert len(set(words.features.values())) == len(words.features)
    assert set(words.stages) == {
        *features.CALIBRATED_SOURCES,
        features.LLM_SOURCE,
        "written",
        "ranker",
        "filter",
        "total",
    }


@pytest.mark.parametrize("name", [name for name in _NAMES if name not in ("other_language", "columns")])
def test_each_language_is_written_in_its_own_script(name: str) -> None:
    assert all(_HAN.search(text) for text in _list_texts("zh", name))
    assert not any(_HAN.search(text) for text in _list_texts("en", name))


def test_the_other_language_is_named_in_that_language() -> None:
    assert TRANSLATIONS["zh"].other_language == "English"
    assert TRANSLATIONS["en"].other_language == "中文"


def test_every_word_is_used_and_no_other_file_has_words_of_its_own() -> None:
    folder = Path(__file__).parents[2] / "ui"
    code = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    unused = [name for name in _NAMES if not any(f".{name}" in text for text in code.values())]
    assert unused == []
    assert [name for name, text in code.items() if _HAN.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_nothing_leaves_only_where_nothing_does(language: Language) -> None:
    words = TRANSLATIONS[language]
    assert describe_privacy(Settings(), words) == words.about
    assert (
        describe_privacy(Settings(remote="http://127.0.0.1:9/v1", remote_model="小模型"), words) == words.about_remote
    )
