"""python -m pytest tests/bot/test_reports.py"""

import json
import os
from pathlib import Path

import pytest

from bot.journal import Journal
from bot.reports import KEPT, Reports
from bot.serialization import reply_to_dict
from bot.types import Reply
from evaluation.options import Options
from evaluation.pipeline import evaluate
from evaluation.task import Task
from tests.evaluation.logs import make_conversations, write_log

ANSWER = reply_to_dict(Reply("一种循环神经网络", "answer", "zh"))


def journal(folder: Path, *said: str) -> Journal:
    """A journal with one conversation for each text; the text is the conversation's id as well."""
    kept = Journal(folder)
    for text in said:
        event = {"kind": "turn", "number": 0, "edited": False, "text": text, "picture": None, "reply": ANSWER}
        assert kept.write(text, event)
    return kept


def make(reports: Reports, log: Path, own: bool, against: tuple[Path, ...] = ()) -> str:
    task = Task((log,), reports.begin(), Options(), old_logs=against)
    result = evaluate(task)
    assert reports.finish(task, own, result["counts"]["turns"])
    return task.folder.name


def list_ids(reports: Reports) -> set[str]:
    return {one.id for one in reports.list_kept()}


def test_deleting_a_conversation_removes_only_what_quotes_it(tmp_path: Path) -> None:
    reports = Reports(tmp_path / "evaluations")
    both = make(reports, _folder(journal(tmp_path / "both", "删掉 me", "留下 me")), own=True)
    other = make(reports, _folder(journal(tmp_path / "other", "留下 me")), own=True)
    foreign = make(reports, write_log(tmp_path / "log.jsonl", make_conversations(2)), own=False)
    reports.delete_quoting("删掉 me")
    assert list_ids(reports) == {other, foreign}
    assert reports.find_file(both, "report.html") is None
    assert reports.find_file(other, "turns.jsonl") is not None
    reports.delete_quoting("留下 me")
    assert list_ids(reports) == {foreign}


def test_a_report_that_compares_with_an_older_log_quotes_that_as_well(tmp_path: Path) -> None:
    reports = Reports(tmp_path / "evaluations")
    older = _folder(journal(tmp_path / "older", "旧的 old"))
    (file,) = older.glob("??/*.jsonl")
    made = make(reports, write_log(tmp_path / "log.jsonl", make_conversations(2)), False, (file,))
    reports.delete_quoting("unknown")
    assert list_ids(reports) == {made}
    reports.delete_quoting("旧的 old")
    assert list_ids(reports) == set()


def test_what_is_deleted_while_a_report_is_made_is_not_in_it(tmp_path: Path) -> None:
    reports = Reports(tmp_path / "evaluations")
    task = Task((_folder(journal(tmp_path / "journal", "删掉 me", "留下 me")),), reports.begin(), Options())
    evaluate(task)
    Reports(tmp_path / "evaluations").delete_quoting("删掉 me")
    assert not reports.finish(task, True, 2)
    assert not task.folder.exists()


def test_reports_outlive_a_restart_and_the_newest_few_are_kept(tmp_path: Path) -> None:
    reports = Reports(tmp_path / "evaluations")
    log = write_log(tmp_path / "对话 <b>.jsonl", make_conversations(1))
    made = []
    for place in range(KEPT + 2):
        made.append(make(reports, log, own=False))
        about = tmp_path / "evaluations" / made[-1] / "about.json"
        about.write_text(json.dumps({**json.loads(about.read_text("utf-8")), "made": 1000.0 + place}), "utf-8")
    later = Reports(tmp_path / "evaluations")
    later.remove_expired()
    found = later.list_kept()
    assert [one.id for one in found] == made[:1:-1]
    assert (found[0].files, found[0].turns) == (("对话 <b>.jsonl",), 4)


def test_a_report_of_an_earlier_version_is_listed_and_knows_whom_it_quotes(tmp_path: Path) -> None:
    reports = Reports(tmp_path / "evaluations")
    id = make(reports, _folder(journal(tmp_path / "journal", "删掉 me")), own=True)
    for name in ("about.json", "quoted.txt"):
        (tmp_path / "evaluations" / id / name).unlink()
    assert [(one.id, one.files, one.turns) for one in reports.list_kept()] == [(id, (), 1)]
    reports.delete_quoting("someone else's")
    assert list_ids(reports) == {id}
    reports.delete_quoting("删掉 me")
    assert list_ids(reports) == set()


def test_what_a_crash_left_half_made_is_not_shown_and_goes_after_a_day(tmp_path: Path) -> None:
    reports = Reports(tmp_path / "evaluations")
    half = reports.begin()
    (half / "report.html").write_text("half", "utf-8")
    assert reports.list_kept() == []
    assert reports.find_file(half.name, "report.html") is None
    reports.remove_expired()
    assert half.exists()
    os.utime(half, (1000, 1000))
    reports.remove_expired()
    assert not half.exists()


@pytest.mark.parametrize(
    ("id", "name"), [("..", "report.html"), ("a" * 32, "../report.html"), ("A" * 32, "report.html")]
)
def test_only_files_of_reports_are_found(id: str, name: str, tmp_path: Path) -> None:
    (tmp_path / ("a" * 32)).mkdir()
    (tmp_path / "report.html").write_text("secret", "utf-8")
    assert Reports(tmp_path).find_file(id, name) is None


def _folder(kept: Journal) -> Path:
    return kept._folder
