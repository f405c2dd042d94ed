"""The command of both names, its conditions and its bot. Run: pytest tests/evaluation/test_command_line.py"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import __main__ as bot_command
from bot.evaluation_command import INTERFACE
from data.records import Language
from evaluation import __main__ as evaluation_command
from evaluation.bot_interface import Answer, BotInterface, BotReply
from evaluation.fail_if import parse_condition
from evaluation.options import EvaluationError
from tests.evaluation.logs import make_conversations, write_log

ROOT = Path(__file__).parent.parent.parent
FILES = ("report.json", "turns.jsonl", "unanswered.csv", "report.html")
opened: list[str] = []


async def answer_unknown(text: str, history: Sequence[tuple[str, str]], language: Language) -> BotReply:
    return BotReply("没有这一条 nothing here", "unknown")


@contextmanager
def open_stub() -> Iterator[Answer]:
    opened.append("open")
    yield answer_unknown
    opened.append("closed")


def run_stub_cases(path: Path, out: Path | None) -> int:
    opened.append(f"{path.name} {out}")
    return 3


STUB = BotInterface(("早上八点", "At eight."), open_stub, run_stub_cases)
STUB_NAME = "tests.evaluation.test_command_line:STUB"


@pytest.mark.parametrize("masking", [[], ["--no-mask"]])
def test_both_commands_write_print_and_return_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], masking: list[str]
) -> None:
    log = write_log(tmp_path / "对话.jsonl", make_conversations(30))
    printed = []
    for name, main, command in (("bot", bot_command.main, ["evaluate"]), ("evaluation", evaluation_command.main, [])):
        out = tmp_path / name
        condition = ["--fail-if", "fallback_rate>0.01", "--fail-if", "unsafe_rate>0"]
        assert main([*command, str(log), "--out", str(out), *condition, *masking]) == 1
        text = capsys.readouterr()
        printed.append((text.out.replace(str(out), "OUT"), text.err))
    assert printed[0] == printed[1]
    assert "FAILED: fallback_rate > 0.01" in printed[0][1]
    for file in FILES:
        assert (tmp_path / "bot" / file).read_bytes() == (tmp_path / "evaluation" / file).read_bytes()
    assert evaluation_command.load_bot(evaluation_command.DEFAULT_BOT) is INTERFACE


@pytest.mark.parametrize(
    "arguments", [[], ["x.jsonl"], ["x.jsonl", "--cases", "c.yaml"], ["--cases", "c.yaml", "--human"]]
)
def test_arguments_that_do_not_go_together_are_refused_by_both(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    messages = []
    for main, command in ((bot_command.main, ["evaluate"]), (evaluation_command.main, [])):
        with pytest.raises(SystemExit) as raised:
            main([*command, *arguments])
        assert raised.value.code == 2
        messages.append(capsys.readouterr().err.rpartition("error: ")[2])
    assert messages[0] == messages[1] != ""


def test_another_bot_is_replayed_and_its_fallback_texts_are_known(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "几点开门 when"}, {"role": "assistant", "content": "早上八点"}]
    log = write_log(tmp_path / "log.jsonl", [{"id": str(number), "messages": messages} for number in range(50)])
    out = tmp_path / "out"
    opened.clear()
    assert evaluation_command.main([str(log), "--out", str(out), "--replay", "5", "--interface", STUB_NAME]) == 0
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["metrics"]["fallback_rate"]["value"] == 1.0
    assert (report["comparison"]["new"], report["comparison"]["aligned"]) == ("today", 5)
    assert report["comparison"]["replayed"]["fallback_rate"]["value"] == 1.0
    assert evaluation_command.main([str(log), "--out", str(out), "--interface", ""]) == 0
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["metrics"]["fallback_rate"]["value"] == 0.0
    assert opened == ["open", "closed"]


def test_cases_go_to_the_bot_with_the_folder_of_their_report(tmp_path: Path) -> None:
    opened.clear()
    cases = str(tmp_path / "cases.yaml")
    assert evaluation_command.main(["--cases", cases, "--interface", STUB_NAME]) == 3
    assert evaluation_command.main(["--cases", cases, "--out", str(tmp_path), "--interface", STUB_NAME]) == 3
    assert opened == ["cases.yaml None", f"cases.yaml {tmp_path}"]


@pytest.mark.parametrize(
    ("bot", "reason"),
    [("", "need a bot"), ("nowhere:BOT", "nowhere"), ("evaluation.task:Task", "BotInterface"), (":", "MODULE:NAME")],
)
def test_a_bot_that_is_none_is_refused_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bot: str, reason: str
) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(1))
    assert evaluation_command.main([str(log), "--out", str(tmp_path / "out"), "--replay", "--interface", bot]) == 1
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_condition_fails_the_command_and_names_the_number(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(30))
    command = [sys.executable, "-m", "evaluation", str(log), "--out", str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}

    def run_with(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    failed = run_with("--fail-if", "fallback_rate>0.01", "--fail-if", "turns<5")
    assert failed.returncode == 1
    assert "FAILED: fallback_rate > 0.01" in failed.stderr
    assert "fallback_rate" in failed.stdout
    assert run_with("--fail-if", "fallback_rate.low>90%").returncode == 0
    wrong = run_with("--fail-if", "falback>1")
    assert wrong.returncode == 1
    assert "fallback_rate" in wrong.stderr
    assert "Traceback" not in wrong.stderr + failed.stderr


@pytest.mark.parametrize("text", ["fallback_rate", "fallback_rate ~ 3", "> 0.2", "nothing>1", "change.nothing<0"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError, match="expected"):
        parse_condition(text)
