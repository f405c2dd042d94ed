"""python -m pytest tests/bot/test_questions.py"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.__main__ import main
from bot.knowledge import Knowledge
from bot.questions import Question, QuestionError, build_record, build_turns, list_suggestions, read_questions
from bot.types import Candidate, Evidence, Reply, Suggestion
from data.records import Pair, Place


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    pairs = [
        Pair("周六几点开门？", "周六 9:00 开门。", Place("faq.csv", 2)),
        Pair("When do you open on Sunday?", "On Sunday at 10:00.", Place("faq.csv", 3)),
    ]
    knowledge.learn(pairs, "faq.csv")
    yield knowledge
    knowledge.close()


def test_each_line_is_a_question_or_says_what_is_wrong() -> None:
    lines = [
        '\ufeff{"question": "那周末呢？", "history": [["几点开门", "九点"]], "language": "zh", "kind": "follow"}\n'.encode(),
        b"\n",
        b'{"question": "12?", "language": "mixed"}',
        b"nonsense",
        b'["question"]',
        b'{"question": "  "}',
        b'{"question": "q", "history": [["one"]]}',
        b'{"question": "q", "history": "x"}',
        b'{"question": "q", "language": "fr"}',
        "{'question': '问'}".encode("gbk"),
    ]
    read = list(read_questions(lines))
    assert read[:2] == [(1, Question("那周末呢？", (("几点开门", "九点"),), "zh")), (3, Question("12?"))]
    wrong = {number: str(error) for number, error in read[2:] if isinstance(error, QuestionError)}
    assert list(wrong) == [4, 5, 6, 7, 8, 9, 10]
    for number, part in {
        4: "not JSON",
        5: '["question"]',
        6: "not empty",
        7: "pair 1",
        8: "a list of",
        9: "zh or en",
    }.items():
        assert part in wrong[number]


@pytest.mark.parametrize(
    ("message", "reply", "row"),
    [
        ("星期六营业吗", "周六 9:00 开门。", 2),
        ("星期六营业吗", "周六几点开门?", 2),
        ("sunday?", "On Sunday at 10:00.", 3),
        ("sunday?", "when do you open on SUNDAY?", 3),
    ],
)
def test_a_reply_of_the_history_carries_its_entry(known: Knowledge, message: str, reply: str, row: int) -> None:
    (turn,) = build_turns(known, Question("？", ((message, reply),)))
    assert turn.message.text == message
    assert turn.reply.chosen == 0
    evidence = turn.reply.candidates[0].evidence
    entry = known.entry(evidence.entry or "")
    assert (entry.place.row, turn.reply.text, evidence.question) == (row, entry.reply, entry.questions[0])
    assert turn.reply.language == entry.language


def test_another_reply_of_the_history_stands_as_it_is(known: Knowledge) -> None:
    turns = build_turns(known, Question("？", (("你好", "你好呀，有什么可以帮你？"), ("hi there", "Hello!"))))
    assert [(turn.number, turn.reply.text, turn.reply.candidates, turn.reply.language) for turn in turns] == [
        (0, "你好呀，有什么可以帮你？", (), "zh"),
        (1, "Hello!", (), "en"),
    ]


def test_what_is_offered_stands_among_the_suggestions() -> None:
    candidates = tuple(
        Candidate(f"reply {id}", "retrieved", score, Evidence(entry=id, question=question))
        for id, question, score in (("a", "问甲", 0.4), ("b", "question b", 0.3), ("c", "问甲", 0.1))
    )
    offered = (Suggestion("b", "question b"), Suggestion("a", "问甲"), Suggestion("", "unknown"))
    asked = Reply("?", "ask", "zh", candidates, suggestions=offered)
    assert list_suggestions(asked) == [
        {"entry": "b", "question": "question b"},
        {"entry": "a", "question": "问甲"},
        {"entry": None, "question": "unknown"},
    ]
    shown = Reply("reply a", "ask", "zh", candidates, chosen=0, suggestions=offered[:1])
    assert [one["entry"] for one in list_suggestions(shown)] == ["a", "b"]
    record = build_record("q", shown)
    assert (record["entry"], record["probability"], record["kind"]) == (None, None, "ask")
    answered = build_record("q", Reply("reply a", "answer", "en", candidates, chosen=0))
    assert (answered["entry"], answered["probability"], answered["suggestions"]) == ("a", 0.4, [])


def test_a_file_of_questions_is_answered_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "家 home"
    monkeypatch.setenv("KANLIAO_HOME", str(home))
    questions = ["什么是卷积神经网络？", "What is an LSTM?"]
    lines = [json.dumps({"question": text}, ensure_ascii=False) for text in questions]
    given = "\n".join([lines[0], "{}", lines[1]]) + "\n"
    file = tmp_path / "问题.jsonl"
    file.write_text(given, encoding="utf-8")
    assert main(["ask", "--file", str(file), "--json"]) == 1
    said = capsys.readouterr()
    records = [json.loads(line) for line in said.out.splitlines()]
    assert [(one["line"], one["question"], one["kind"]) for one in records] == [
        (1, questions[0], "answer"),
        (3, questions[1], "answer"),
    ]
    assert {"text", "entry", "probability", "suggestions", "language"} <= set(records[0])
    assert f"{file}:2: question is missing" in said.err
    assert not list(home.glob("conversations*"))
    # From standard input, for people, and nothing wrong with it.
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(lines[1].encode())))
    assert main(["ask", "--file", "-"]) == 0
    assert f"> {questions[1]}\n{records[1]['text']}" in capsys.readouterr().out


def test_a_file_without_questions_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KANLIAO_HOME", str(tmp_path / "home"))
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    assert main(["ask", "--file", str(tmp_path / "empty.jsonl")]) == 1
    assert "has no questions" in capsys.readouterr().err
    assert main(["ask", "--file", str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl" in capsys.readouterr().err
