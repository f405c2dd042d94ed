"""A report stays what it was, to the last digit. Run: pytest tests/evaluation/test_golden_report.py"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.evaluation.logs import evaluate_log, make_conversations, write_log

GOLDEN = json.loads((Path(__file__).parent / "golden_report.json").read_text("utf-8"))
"""What one conversation after the other gave, counted turn by turn, before counting went in batches."""


@pytest.mark.parametrize("more", [{}, {"shard_bytes": 8_000}, {"shard_bytes": 8_000, "workers": "2"}], ids=str)
def test_a_report_is_what_it_was(tmp_path: Path, more: dict[str, object]) -> None:
    log = write_log(tmp_path / "golden.jsonl", make_conversations(40))
    report = json.loads(json.dumps(evaluate_log(log, tmp_path / "out", **more)))
    kept = {name: report[name] for name in GOLDEN["report"]}
    kept["counts"].pop("undecided")
    assert kept == GOLDEN["report"]
    turns = [json.loads(line) for line in (tmp_path / "out" / "turns.jsonl").read_text("utf-8").splitlines()]
    assert turns == GOLDEN["turns"]


def test_the_map_shows_each_question_once(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(40))
    one, other = (evaluate_log(log, tmp_path / name, shard_bytes=size) for name, size in (("a", 8_000), ("b", 10**7)))
    points = one["map"]
    assert points == other["map"]
    assert len(points) == len({turn["message"] for turn in GOLDEN["turns"]})
    assert sum(point["count"] for point in points) == len(GOLDEN["turns"])
    fallbacks = sum("fallback" in turn["tags"] for turn in GOLDEN["turns"])
    assert sum(point["unanswered"] for point in points) == fallbacks > 0
    assert all(0 <= point[axis] <= 1 for point in points for axis in "xy")


def test_thresholds_and_confusions_are_counted(tmp_path: Path) -> None:
    candidates = [
        {"text": "七天", "score": 0.85, "label": 0, "entry": "e1"},
        {"text": "十天", "score": 0.35, "label": 1, "entry": "e2"},
    ]
    messages = [
        {"role": "user", "content": "怎么退货"},
        {"role": "assistant", "content": "七天", "candidates": candidates},
    ]
    log = write_log(tmp_path / "log.jsonl", [{"id": str(number), "messages": messages} for number in range(3)])
    report = evaluate_log(log, tmp_path / "out")
    (confusion,) = report["confusions"]
    assert (confusion["count"], confusion["chosen"]["entry"], confusion["right"]["entry"]) == (3, "e1", "e2")
    bins = report["thresholds"]
    assert [(bin["right"], bin["wrong"]) for bin in bins if bin["right"] or bin["wrong"]] == [(3, 0), (0, 3)]
    assert (bins[0]["answered"], bins[4]["answered"], bins[4]["answered_right"]) == (6, 3, 0)
