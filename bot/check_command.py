"""`python -m bot check`: which of the owner's own questions would be found, and which entries are confusable."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.build import Bot
from retrieval.self_check import Confusable, SelfCheck

_SHOWN = 20


def run(bot: Bot, as_json: bool, advance: Callable[[float], object]) -> None:
    """Print what came of asking the owner's entries their own questions.

    Args:
        bot: A bot that is ready to answer.
        as_json: Whether to print one JSON object instead of lines.
        advance: Is told the share that is done, from 0 to 1.

    Raises:
        KnowledgeError: The knowledge cannot be read.
    """
    check = bot.knowledge_source.check(bot.engine.rules.answer_threshold, advance)
    if as_json:
        print(json.dumps(build_record(check), ensure_ascii=False, indent=2))
        return
    if not check.entries:
        print("There is no entry of your own yet. Take some in: python -m bot learn FILE")
        return
    print(f"{check.entries} entries of yours.")
    if check.asked:
        rest = check.asked - check.answered - check.offered - check.wrong
        print(
            f"{check.asked} phrasings were taken out, one an entry, and asked: {check.answered} answered right, {check.offered} "
            f"offered as a button, {check.wrong} answered by another entry, {rest} not found."
        )
    if check.confusable:
        print(f"\n{len(check.confusable)} pairs that customers may confuse; say in each question what sets it apart:")
        for pair in check.confusable[:_SHOWN]:
            print(f"  {pair.probability:4.0%}  {pair.entry.questions[0]}  /  {pair.other.questions[0]}")
        _print_rest(len(check.confusable))
    if check.alone:
        print(f"\n{len(check.alone)} entries have one phrasing only; add others in a column `similar` (其他问法):")
        for entry in check.alone[:_SHOWN]:
            print(f"  {entry.place}  {entry.questions[0]}")
        _print_rest(len(check.alone))


def _print_rest(count: int) -> None:
    if count > _SHOWN:
        print(f"  and {count - _SHOWN} more; --json lists all")


def build_record(check: SelfCheck) -> dict[str, Any]:
    """Return a check as JSON has it; entries are named by their ids."""

    def describe(pair: Confusable) -> dict[str, Any]:
        questions = [pair.entry.questions[0], pair.other.questions[0]]
        return {
            "entries": [pair.entry.id, pair.other.id], "questions": questions, "probability": round(pair.probability, 3)
        }  # fmt: skip

    return {
        "entries": check.entries,
        "asked": check.asked,
        "answered": check.answered,
        "offered": check.offered,
        "wrong": check.wrong,
        "confusable": [describe(pair) for pair in check.confusable],
        "alone": [{"entry": entry.id, "question": entry.questions[0]} for entry in check.alone],
    }
