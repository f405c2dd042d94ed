"""The sheet that two people grade. Run: pytest tests/evaluation/test_review_sheet.py"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from evaluation import __main__ as evaluation_command
from evaluation.options import EvaluationError
from evaluation.review_sheet import grade_sheet, read_rubric
from tests.evaluation.logs import make_conversations, write_log


def grade(sheet: Path, first: list[str], second: list[str]) -> None:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    places = [place for place, title in enumerate(rows[0]) if title.startswith("正确")]
    for row, one, other in zip(rows[1:], first, second, strict=False):
        row[places[0]], row[places[1]] = one, other
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def test_a_sample_is_written_graded_and_read_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, out, rubric = (
        write_log(tmp_path / "log.jsonl", make_conversations(30)),
        tmp_path / "out",
        tmp_path / "rubric.txt",
    )
    rubric.write_text("# 怎么评 how to grade\n正确：对，错\n", "utf-8")
    command = [str(log), "--out", str(out), "--interface", "", "--sample", "50", "--rubric", str(rubric)]
    assert evaluation_command.main(command) == 0
    sheet = out / "review.csv"
    before = sheet.read_bytes()
    assert evaluation_command.main(command) == 0
    assert sheet.read_bytes() == before
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 50
    assert all(row["message"] and row["reply"] for row in rows)
    # 20 both right, 15 both wrong, 5 and 10 differ: Cohen 1960 gives 0.4.
    grade(sheet, ["对"] * 25 + ["错"] * 25, ["对"] * 20 + ["错"] * 5 + ["对"] * 10 + ["错"] * 15)
    capsys.readouterr()
    assert evaluation_command.main(["--graded", str(sheet), "--out", str(out), "--interface", ""]) == 0
    assert "Cohen's kappa 0.40" in capsys.readouterr().out
    found = json.loads((out / "review.json").read_text("utf-8"))["criteria"]["正确"]
    assert found["kappa"] == pytest.approx(0.4)
    assert found["low"] < 0.4 < found["high"]
    assert (found["table"], found["agreement"]) == ([[20, 5], [10, 15]], 0.7)
    assert len(found["disagreements"]) == 15


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("a,b\n1,2\n", "no sheet of a review"),
        ("message,正确 (对 / 错) 1,正确 (对 / 错) 2\n怎么退货,对,也许\n", "也许"),
        ("message,正确 (对 / 错) 1,正确 (对 / 错) 2\nhow,对,\n", "graded by both"),
    ],
)
def test_a_sheet_that_cannot_be_graded_is_refused(tmp_path: Path, rows: str, why: str) -> None:
    sheet = tmp_path / "review.csv"
    sheet.write_text(rows, "utf-8")
    with pytest.raises(EvaluationError, match=why):
        grade_sheet(sheet)
    assert evaluation_command.main(["--graded", str(sheet), "--interface", ""]) == 1


@pytest.mark.parametrize("text", ["", "correct\n", "correct: right\n", "a: 1, 2\na: 1, 2\n"])
def test_a_rubric_without_criteria_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rubric.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(EvaluationError, match="expected"):
        read_rubric(path)
