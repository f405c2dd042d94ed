"""A regression that was planted, a bot that did not change, and today's bot. Run: pytest tests/evaluation/test_comparison.py"""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from data.records import Language, LoggedCandidate
from evaluation.bot_interface import BotReply
from evaluation.options import Options
from evaluation.pipeline import evaluate
from evaluation.replay import sample_dialogs
from evaluation.report import flatten_scores
from evaluation.shards import plan_shards
from evaluation.task import Task
from tests.evaluation.logs import evaluate_log, make_conversations, write_log


def shuffle_replies(dialogs: list[dict[str, Any]], share: float, seed: int = 0) -> list[dict[str, Any]]:
    """The conversations with so large a share of the replies exchanged among themselves."""
    made = copy.deepcopy(dialogs)
    replies = [message for dialog in made for message in dialog["messages"] if message["role"] == "assistant"]
    chance = random.Random(seed)
    taken = chance.sample(replies, round(len(replies) * share))
    for message, text in zip(taken, [taken[-1]["content"], *(one["content"] for one in taken[:-1])], strict=True):
        message["content"] = text
    return made


def strip_references(dialogs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The conversations with nothing beside role and content."""
    return [
        {**dialog, "messages": [{"role": one["role"], "content": one["content"]} for one in dialog["messages"]]}
        for dialog in dialogs
    ]


@pytest.mark.parametrize("bare", [False, True], ids=["references", "no references"])
def test_ten_percent_of_replies_shuffled_are_found_and_no_change_is_none(tmp_path: Path, bare: bool) -> None:
    dialogs = strip_references(make_conversations(150)) if bare else make_conversations(150)
    old = write_log(tmp_path / "old.jsonl", dialogs)
    worse = write_log(tmp_path / "worse.jsonl", shuffle_replies(dialogs, 0.1))
    found = evaluate_log(worse, tmp_path / "found", old_logs=(old,))["comparison"]
    assert (found["aligned"], found["wins"] + found["losses"] + found["ties"]) == (600, 600)
    assert found["losses"] > 3 * found["wins"]
    assert found["metrics"]["quality"]["high"] < 0
    assert found["metrics"]["quality"]["verdict"] == -1
    if not bare:
        assert found["metrics"]["chrf"]["high"] < 0
    assert 5 < len(found["changes"]) == len({one["message"] for one in found["changes"]}) <= 20
    assert abs(found["changes"][0]["difference"]) >= abs(found["changes"][-1]["difference"]) > 0
    unchanged = evaluate_log(old, tmp_path / "same", old_logs=(write_log(tmp_path / "again.jsonl", dialogs),))[
        "comparison"
    ]
    assert (unchanged["wins"], unchanged["losses"], unchanged["ties"], unchanged["changes"]) == (0, 0, 600, [])
    assert all(one["low"] == one["value"] == one["high"] == 0 for one in unchanged["metrics"].values())
    assert flatten_scores({"counts": {}, "metrics": {}, "comparison": found})["change.quality.high"] < 0


def test_logs_with_ids_of_their_own_are_put_together_by_what_was_said(tmp_path: Path) -> None:
    dialogs = make_conversations(40)
    old = write_log(tmp_path / "old.jsonl", dialogs)
    renamed = [{**dialog, "id": f"run2/{number}"} for number, dialog in enumerate(reversed(dialogs))]
    found = evaluate_log(write_log(tmp_path / "new.jsonl", renamed), tmp_path / "out", old_logs=(old,))["comparison"]
    assert found["aligned"] == 160
    strange = strip_references(make_conversations(5, seed=9))
    for dialog in strange:
        dialog["id"] = "other" + dialog["id"]
        dialog["messages"][0]["content"] = "从来没人这样问过"
    none = evaluate_log(write_log(tmp_path / "strange.jsonl", strange), tmp_path / "none", old_logs=(old,))[
        "comparison"
    ]
    assert (none["aligned"], none["wins"], none["losses"], none["changes"]) == (0, 0, 0, [])


def test_a_liked_reply_is_what_the_other_is_held_against(tmp_path: Path) -> None:
    def log(name: str, reply: str, **more: object) -> Path:
        said = [{"role": "user", "content": "几点开门"}, {"role": "assistant", "content": reply, **more}]
        return write_log(tmp_path / name, [{"id": str(n), "messages": said} for n in range(5)])

    found = evaluate_log(log("new", "不知道"), tmp_path / "out", old_logs=(log("old", "早上八点", feedback="赞"),))[
        "comparison"
    ]
    assert (found["losses"], found["metrics"]["quality"]["old"], found["metrics"]["quality"]["new"]) == (5, 1.0, 0.0)
    assert found["changes"][0]["reference"] == "早上八点"


class Parrot:
    """Knows the answers to Chinese questions, and remembers what it was asked after how many turns."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def answer(self, text: str, history: Sequence[tuple[str, str]], language: Language) -> BotReply:
        self.asked.append((text, len(history)))
        await asyncio.sleep(0)
        if text.isascii():
            return BotReply("I don't know that one.", "unknown", latency=2.0)
        reply = f"{text}：答案 7"
        candidate = LoggedCandidate(reply, 0.9, None, "e7", text)
        return BotReply(reply, "answer", 1.0, "retrieved", (candidate,), 0, "e7")


@pytest.mark.parametrize("human", [False, True])
def test_todays_bot_is_asked_again_after_the_turns_that_were(tmp_path: Path, human: bool) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(50))
    parrot = Parrot()
    task = Task((log,), tmp_path / "out", Options(has_human_replies=human), replay_turns=60)
    found = evaluate(task, answer=parrot.answer)["comparison"]
    assert len(parrot.asked) == 60
    assert [turns for _, turns in parrot.asked] == [0, 1, 2, 3] * 15
    again = evaluate(
        Task((log,), tmp_path / "again", Options(has_human_replies=human), replay_turns=60), answer=Parrot().answer
    )["comparison"]
    assert found == again
    if human:
        assert (found["metrics"], found["wins"], found["losses"]) == ({}, 0, 0)
        assert found["replayed"]["chrf"]["count"] == 60
    else:
        assert found["metrics"]["fallback_rate"]["new"] > found["metrics"]["fallback_rate"]["old"]
        assert found["wins"] + found["losses"] + found["ties"] == 60


def test_which_conversations_are_replayed_does_not_depend_on_their_order(tmp_path: Path) -> None:
    dialogs = make_conversations(60)
    one = sample_dialogs(plan_shards([write_log(tmp_path / "one.jsonl", dialogs)], None), 40)
    other = sample_dialogs(plan_shards([write_log(tmp_path / "other.jsonl", dialogs[::-1])], None), 40)
    assert [dialog.id for dialog in one] == [dialog.id for dialog in other]
    assert 40 <= sum(len(dialog.turns) for dialog in one) < 44


def test_the_comparison_is_masked_as_well(tmp_path: Path) -> None:
    def log(name: str, reply: str) -> Path:
        said = [
            {"role": "user", "content": "电话 13812345678"},
            {"role": "assistant", "content": reply, "references": ["打 13812345678"]},
        ]
        return write_log(tmp_path / name, [{"id": "a", "messages": said}])

    evaluate_log(log("new", "不知道"), tmp_path / "out", old_logs=(log("old", "打 13812345678"),))
    report = (tmp_path / "out" / "report.json").read_text("utf-8")
    assert json.loads(report)["comparison"]["changes"][0]["old"] == "打 [phone]"
    assert "13812345678" not in report + (tmp_path / "out" / "report.html").read_text("utf-8")
