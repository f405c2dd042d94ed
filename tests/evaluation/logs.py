"""Logs for the tests of the evaluation, written as people have them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from evaluation.options import Options
from evaluation.pipeline import evaluate
from evaluation.task import Task

ZH = ("图书馆几点开门", "怎么退货", "运费多少钱", "你会唱歌吗", "今天天气怎么样", "什么是卷积神经网络")
EN = (
    "when does the library open",
    "how do I return it",
    "what is the fee",
    "can you sing",
    "how is the weather",
    "what is a CNN",
)


def make_conversation(number: int, chance: random.Random, turns: int = 4) -> dict[str, Any]:
    """One conversation in OpenAI's form with what a log may say beside it: time, source, latency, marks, references."""
    asked = ZH if number % 2 else EN
    messages: list[dict[str, Any]] = []
    time = 1_700_000_000 + number * 3_600
    for _ in range(turns):
        place = chance.randrange(len(asked))
        known = chance.random() > 0.2
        reply = f"{asked[place]}：答案 {place}" if number % 2 else f"The answer to {asked[place]} is {place}."
        unknown = "这个我不知道。" if number % 2 else "Sorry, I don't know that."
        time += 30
        messages.append({"role": "user", "content": asked[place], "time": time})
        said: dict[str, Any] = {
            "role": "assistant",
            "content": reply if known else unknown,
            "source": chance.choice(["retrieved", "written"]),
            "latency": round(chance.expovariate(1 / 80), 3),
            "references": [reply],
            "candidates": [
                {"text": reply, "score": round(chance.random(), 3), "label": 1, "entry": f"e{place}"},
                {"text": "别的 other", "score": round(chance.random(), 3), "label": 0, "entry": "e9"},
            ],
        }
        if chance.random() < 0.4:
            said["feedback"] = "like" if known and chance.random() < 0.9 else "dislike"
        messages.append(said)
    return {"id": f"对话-{number}", "messages": messages}


def make_conversations(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """That many of them."""
    chance = random.Random(seed)
    return [make_conversation(number, chance) for number in range(count)]


def write_log(path: Path, dialogs: list[dict[str, Any]]) -> Path:
    """The conversations as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in dialogs), "utf-8")
    return path


def evaluate_log(log: Path, folder: Path, **more: Any) -> dict[str, Any]:
    """What report.json holds for the log."""
    options = Options(
        **{
            name: more.pop(name)
            for name in ("mask_personal_data", "log_format", "has_human_replies", "fallback_texts")
            if name in more
        }
    )
    return evaluate(Task((log,), folder, options, **more))
