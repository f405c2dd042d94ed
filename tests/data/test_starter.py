"""python -m pytest tests/data/test_starter.py"""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from data.formats.starter import PARTS, find_part, read_starter
from data.text.clean import clean, fold
from data.text.language import language_of

FOLDER = Path(__file__).parent.parent.parent / "data" / "starter"
FILES = sorted(FOLDER.rglob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_entry_is_whole_in_both_languages(file: Path) -> None:
    for raw in tomllib.loads(file.read_text(encoding="utf-8"))["entry"]:
        assert set(raw) == {"id", "intent", "zh", "en"}, raw["id"]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", raw["id"])
        for language in ("zh", "en"):
            assert set(raw[language]) == {"questions", "reply"}, raw["id"]
            assert len(raw[language]["questions"]) >= 4, raw["id"]
            assert language_of(raw[language]["reply"], "zh" if language == "en" else "en") == language, raw["id"]
            for text in (*raw[language]["questions"], raw[language]["reply"]):
                assert clean(text) == text, (raw["id"], text)


def test_there_are_at_least_1200_pairs_and_as_many_in_each_language() -> None:
    entries = list(read_starter(FOLDER))
    assert len(entries) >= 1200
    assert len({entry.id for entry in entries}) == len(entries)
    assert set(Counter(entry.language for entry in entries).values()) == {len(entries) // 2}


def test_no_question_belongs_to_two_entries() -> None:
    owners: dict[str, set[str]] = {}
    for entry in read_starter(FOLDER):
        for question in entry.questions:
            owners.setdefault(re.sub(r"[\W_]+", "", fold(question)), set()).add(entry.id.rsplit(".", 1)[0])
    assert {question: ids for question, ids in owners.items() if len(ids) > 1} == {}


def test_no_two_replies_are_near_copies() -> None:
    def shingles(text: str) -> set[str]:
        folded = re.sub(r"[\W_]+", "", fold(text))
        return {folded[place : place + 4] for place in range(max(1, len(folded) - 3))}

    for language in ("zh", "en"):
        made = [(entry.id, shingles(entry.reply)) for entry in read_starter(FOLDER) if entry.language == language]
        near = [
            (one, other)
            for place, (one, first) in enumerate(made)
            for other, second in made[place + 1 :]
            if len(first & second) > 0.5 * len(first | second)
        ]
        assert near == []


def test_names_of_the_files_are_places(tmp_path: Path) -> None:
    places = [entry.place for entry in read_starter(FOLDER)]
    assert {place.file for place in places} == {f"starter/{file.parent.name}/{file.name}" for file in FILES}
    assert min(place.row for place in places) == 1


def test_every_text_belongs_to_a_part_and_every_part_has_both_languages() -> None:
    found = {(find_part(entry.place.file), entry.language) for entry in read_starter(FOLDER)}
    assert found == {(part, language) for part in PARTS for language in ("zh", "en")}
