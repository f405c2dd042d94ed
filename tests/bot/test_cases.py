"""python -m pytest tests/bot/test_cases.py"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.case_report import run_cases
from bot.cases import list_missing, read_cases
from bot.choosing import suggest
from bot.knowledge import Knowledge
from bot.types import Candidate, Evidence, Kind, Message, Reply, Turn
from data.records import Language, Pair, Place
from evaluation.options import EvaluationError

CASES = """
- name: 周末
  question: 周六营业吗
  history: [[平时几点开门, 平时几点开门？]]
  language: zh
  entry: 周六几点开门？
  contains: 9:00
  not_contains: [18:15, "no"]
- question: Do you sell bread?
  must_refuse: yes
- question: 几点开门
  must_ask: true
  offered: [周六几点开门？, 平时几点开门？]
"""


@pytest.fixture
def knowledge(tmp_path: Path) -> Iterator[Knowledge]:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    pairs = [("平时几点开门？", "平时 8:30 开门。"), ("周六几点开门？", "周六 9:00 开门。")]
    knowledge.learn([Pair(*pair, Place("faq.csv", row)) for row, pair in enumerate(pairs, start=2)], "faq.csv")
    yield knowledge
    knowledge.close()


def write_cases(folder: Path, text: str, name: str = "cases.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def make_reply(knowledge: Knowledge, kind: Kind, question: str, *offers: str) -> Reply:
    candidates = []
    for text in (question, *offers):
        (entry,) = knowledge.find_all(text)
        evidence = Evidence(entry=entry.id, question=entry.questions[0])
        candidates.append(Candidate(entry.reply, "retrieved", 0.9, evidence))
    is_answer = kind == "answer"
    return Reply(
        candidates[0].text if is_answer else "哪一个？",
        kind,
        "zh",
        tuple(candidates),
        chosen=0 if is_answer else None,
        suggestions=() if is_answer else tuple(suggest(one) for one in candidates),
    )


class Bot:
    """Answers each question with the reply that was laid down for it, and keeps the turns it was shown."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.replies, self.turns = replies, list[Turn]()

    async def __call__(self, message: Message, language: Language, turns: Sequence[Turn]) -> Reply:
        self.turns += turns
        return self.replies[message.text]


def build_right_replies(knowledge: Knowledge) -> dict[str, Reply]:
    return {
        "周六营业吗": make_reply(knowledge, "answer", "周六几点开门？"),
        "Do you sell bread?": Reply("I don't know that one.", "unknown", "en"),
        "几点开门": make_reply(knowledge, "ask", "平时几点开门？", "周六几点开门？"),
    }


@pytest.mark.parametrize("name", ["cases.yaml", "cases.json"])
def test_cases_that_hold(knowledge: Knowledge, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    text = CASES
    if name.endswith(".json"):
        text = json.dumps(
            [
                {
                    "question": "周六营业吗",
                    "history": [["平时几点开门", "平时几点开门？"]],
                    "entry": ["周六几点开门？"],
                    "contains": "9:00",
                },
                {"question": "Do you sell bread?", "must_refuse": True},
                {"question": "几点开门", "must_ask": True, "offered": "周六几点开门？"},
            ]
        )
    bot = Bot(build_right_replies(knowledge))
    assert run_cases(write_cases(tmp_path, text, name), None, knowledge, bot) == 0
    assert "3 cases: 3 passed, 0 failed." in capsys.readouterr().out
    # The history names the entry that was answered.
    assert [turn.reply.text for turn in bot.turns] == ["平时 8:30 开门。"]


def test_cases_that_fail_say_what_came_instead(
    knowledge: Knowledge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weekday = make_reply(knowledge, "answer", "平时几点开门？")
    replies = {"周六营业吗": weekday, "Do you sell bread?": weekday, "几点开门": weekday}
    out = tmp_path / "out"
    assert run_cases(write_cases(tmp_path, CASES.replace("周末", "<b>周末</b>")), out, knowledge, Bot(replies)) == 1
    said = capsys.readouterr().out
    (saturday,), (other,) = knowledge.find_all("周六几点开门？"), knowledge.find_all("平时几点开门？")
    assert "FAILED <b>周末</b>" in said
    assert "cases.yaml:2)" in said
    assert f"expected: the answer of {saturday.id}; a text with '9:00'" in said
    assert f"came:     answer · {other.id} · 平时 8:30 开门。" in said
    assert "expected: no answer" in said
    assert "expected: a question back, or an offer" in said
    assert "3 cases: 0 passed, 3 failed." in said
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["counts"] == {"cases": 3, "passed": 0, "failed": 3}
    assert report["cases"][1]["missing"] == ["no answer"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;周末&lt;/b&gt;" in page
    assert "<b>周末" not in page


def test_a_reply_that_was_late_proves_nothing(knowledge: Knowledge, tmp_path: Path) -> None:
    case = read_cases(write_cases(tmp_path, "- {question: 面包, must_refuse: true}"), knowledge)[0]
    assert list_missing(case, Reply("…", "late", "zh")) == ["a reply in time"]
    assert list_missing(case, Reply("…", "unknown", "zh")) == []


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("", "cases.yaml", "no list of cases"),
        ("question: x", "cases.yaml", "no list of cases"),
        ("- question: [", "cases.yaml", "cannot be read"),
        ("- 你好\n", "cases.yaml:1", "你好"),
        ("- question: x\n  must_refuse: true\n- entry: y\n", "cases.yaml:3", "question is missing"),
        ("- question: x\n", "cases.yaml:1", "nothing is expected"),
        ("- question: x\n  must_refuse: false\n", "cases.yaml:1", "nothing is expected"),
        ("- question: x\n  must_refuse: perhaps\n", "cases.yaml:1", "true or false"),
        ("- question: x\n  entry: 没有这一条\n", "cases.yaml:1", "没有这一条"),
        ("- question: x\n  contains: []\n", "cases.yaml:1", "a list of texts"),
        ("- question: x\n  contain: y\n", "cases.yaml:1", "contain is unknown"),
        ("- question: x\n  contains: y\n  contains: z\n", "cases.yaml:3", "twice"),
        ("- question: x\n  entry: 周六几点开门？\n  must_refuse: true\n", "cases.yaml:1", "keep one"),
        ("- question: x\n  history: [[a]]\n  must_ask: true\n", "cases.yaml:1", "pair 1"),
    ],
)
def test_a_wrong_file_is_named_by_line(
    knowledge: Knowledge, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, where: str, why: str
) -> None:
    path = write_cases(tmp_path, text)
    with pytest.raises(EvaluationError) as raised:
        read_cases(path, knowledge)
    assert where in str(raised.value)
    assert why in str(raised.value)
    assert run_cases(path, None, knowledge, Bot({})) == 2
    assert where in capsys.readouterr().err


def test_a_case_of_json_is_named_by_its_number(knowledge: Knowledge, tmp_path: Path) -> None:
    path = write_cases(tmp_path, '[{"question": "x", "must_refuse": true}, {"question": ""}]', "cases.json")
    with pytest.raises(EvaluationError, match=r"cases\.json, case 2"):
        read_cases(path, knowledge)


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KANLIAO_HOME", str(tmp_path / "home"))
    text = "- question: 什么是卷积神经网络？\n  contains: 卷积\n- question: What is an LSTM?\n  contains: xyz\n"
    path = write_cases(tmp_path, text)
    assert main(["evaluate", "--cases", str(path)]) == 1
    assert "2 cases: 1 passed, 1 failed." in capsys.readouterr().out
    for arguments in (["evaluate"], ["evaluate", "x.jsonl"], ["evaluate", "x.jsonl", "--cases", str(path)]):
        with pytest.raises(SystemExit) as raised:
            main(arguments)
        assert raised.value.code == 2
        assert "--" in capsys.readouterr().err
