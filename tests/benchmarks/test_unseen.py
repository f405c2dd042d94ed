"""python -m pytest tests/benchmarks/test_unseen.py: what is learned from is not what is judged by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.text.clean import fold

ROOT = Path(__file__).parents[2]


def list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield fold(value)
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from list_texts(part)


def read_lines(folder: Path, pattern: str) -> list[Any]:
    files = sorted(folder.glob(pattern))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [("benchmarks/own_faq_owners", "*/questions.jsonl"), ("benchmarks/starter_questions", "test.jsonl")],
)
def test_no_written_question_is_one_of_the_customers(folder: str, pattern: str) -> None:
    learned = set(list_texts(read_lines(ROOT / "retrieval" / "written", "*/*.jsonl")))
    asked = {fold(line["question"]) for line in read_lines(ROOT / folder, pattern)}
    assert len(learned) > 5_000
    assert len(asked) > 200
    assert learned & asked == set()


def test_no_example_of_a_picture_question_is_a_test_line() -> None:
    examples = (ROOT / "bot" / "visual_intent" / "examples.tsv").read_text("utf-8").splitlines()
    learned = {fold(line.rpartition("\t")[2]) for line in examples}
    asked = {fold(line["text"]) for line in read_lines(ROOT / "benchmarks" / "picture_question_lines", "test.jsonl")}
    assert len(learned) > 500
    assert len(asked) > 150
    assert learned & asked == set()
