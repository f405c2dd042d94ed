"""Test cases: questions with what an owner expects, from a YAML or JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.evaluation_adapter import EngineAnswer
from bot.knowledge import Knowledge, KnowledgeError
from bot.questions import Question, QuestionError, build_turns, get_answer, list_suggestions, parse_question
from bot.types import Message, Reply
from evaluation.options import EvaluationError

TEXTS = ("entry", "contains", "not_contains", "offered")
SWITCHES = ("must_refuse", "must_ask")
KEYS = ("name", "question", "history", "language", *TEXTS, *SWITCHES)
EXPECTED = (
    "expected a list of cases, each with question and at least one of entry, contains, not_contains, must_refuse, must_ask "
    "and offered"
)


@dataclass(frozen=True)
class Case:
    """A question and what is expected of its reply.

    `entry` and `offered` are ids of entries.

    entry: one of them must be given as the answer; empty where any may. contains and not_contains are pieces of the reply's text.
    must_refuse: no answer may be given. must_ask: the bot must ask back or offer something. offered: of each of its groups, one
    entry must be among the suggestions. place says where the case stands in its file.
    """

    name: str
    place: str
    question: Question
    entry: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    must_refuse: bool = False
    must_ask: bool = False
    offered: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """A case, the reply it got, and which expectations the reply does not meet.

    Nothing is missing if the case passes.
    """

    case: Case
    reply: Reply
    missing: tuple[str, ...]


def read_cases(path: Path, knowledge: Knowledge) -> list[Case]:
    """Return the cases in the file, entries looked up in the knowledge.

    Raises EvaluationError, naming the line or the case, for a file that is no list of cases, and OSError, KnowledgeError.
    """
    text = path.read_bytes()
    try:
        decoded = text.decode("utf-8-sig")
        if path.suffix.lower() == ".json":
            values, lines = json.loads(decoded), []
        else:
            # Every scalar stays the text that was written: 18:15 and 2026-01-01 are no numbers here, and "no" is no boolean.
            values, lines = (
                yaml.load(decoded, yaml.BaseLoader),
                _list_case_lines(yaml.compose(decoded, yaml.BaseLoader), path),
            )
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise EvaluationError(f"{path} cannot be read ({' '.join(str(error).split())}); {EXPECTED}.") from error
    if not isinstance(values, list) or not values:
        raise EvaluationError(f"{path} holds no list of cases; {EXPECTED}.")
    cases = []
    for number, value in enumerate(values, start=1):
        place = f"{path}:{lines[number - 1]}" if lines else f"{path}, case {number}"
        try:
            cases.append(_parse_case(value, number, place, knowledge))
        except (ValueError, KnowledgeError) as error:
            raise EvaluationError(f"{place}: {error}.") from error
    return cases


def _list_case_lines(node: Any, path: Path) -> list[int]:
    """Return the line of each case.

    Raises:
        EvaluationError: A key stands twice; YAML would drop the first silently.
    """
    if not isinstance(node, yaml.SequenceNode):
        return []
    for case in node.value:
        seen: set[str] = set()
        for key, _ in case.value if isinstance(case, yaml.MappingNode) else ():
            if key.value in seen:
                where = f"{path}:{key.start_mark.line + 1}"
                raise EvaluationError(f"{where}: {key.value} stands here twice; give it a list instead.")
            seen.add(str(key.value))
    return [case.start_mark.line + 1 for case in node.value]


def _parse_case(value: Any, number: int, place: str, knowledge: Knowledge) -> Case:
    if not isinstance(value, Mapping):
        raise ValueError(f"this is {value!r}; {EXPECTED}")
    if unknown := [str(key) for key in value if key not in KEYS]:
        raise ValueError(f"{', '.join(unknown)} is unknown; expected {', '.join(KEYS)}")
    try:
        question = parse_question({key: value[key] for key in ("question", "history", "language") if key in value})
    except QuestionError as error:
        raise ValueError(str(error)) from error
    texts = {key: _parse_texts(key, value[key]) for key in TEXTS if key in value}
    switches = {key: _parse_switch(key, value[key]) for key in SWITCHES if key in value}
    if not texts and not any(switches.values()):
        raise ValueError("nothing is expected of the reply; add one of entry, contains, must_refuse, must_ask, offered")
    if "entry" in texts and any(switches.values()):
        raise ValueError(
            "entry is expected as the answer, and must_refuse or must_ask that there is none; keep one of them"
        )
    name = value.get("name") or question.text
    return Case(
        name=str(name) if isinstance(name, str) else f"case {number}",
        place=place,
        question=question,
        entry=tuple(id for text in texts.get("entry", ()) for id in _find_entries(knowledge, text)),
        contains=texts.get("contains", ()),
        not_contains=texts.get("not_contains", ()),
        must_refuse=switches.get("must_refuse", False),
        must_ask=switches.get("must_ask", False),
        offered=tuple(_find_entries(knowledge, text) for text in texts.get("offered", ())),
    )


def _parse_texts(key: str, value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(text, str) and text.strip() for text in values):
        raise ValueError(f"{key} is {value!r}; expected a text, or a list of texts")
    return tuple(values)


def _parse_switch(key: str, value: Any) -> bool:
    if str(value).lower() not in ("true", "yes", "false", "no"):
        raise ValueError(f"{key} is {value!r}; expected true or false")
    return str(value).lower() in ("true", "yes")


def _find_entries(knowledge: Knowledge, text: str) -> tuple[str, ...]:
    """Return the ids of the entries with one of these ids or questions."""
    found = [entry.id for entry in knowledge.find_all(text)]
    if not found:
        raise ValueError(f"there is no entry with the id or the question {text!r}; write either as it is stored")
    return tuple(found)


async def answer_cases(
    cases: Sequence[Case], knowledge: Knowledge, answer: EngineAnswer, progress: Callable[[float], object]
) -> list[CaseResult]:
    """Return the results of the cases, put to the bot one after the other.

    Nothing is stored.

    progress is told the share that is done, from 0 to 1.
    """
    results = []
    for number, case in enumerate(cases, start=1):
        turns = build_turns(knowledge, case.question)
        reply = await answer(Message(case.question.text), case.question.language, turns)
        results.append(CaseResult(case, reply, tuple(list_missing(case, reply))))
        progress(number / len(cases))
    return results


def list_missing(case: Case, reply: Reply) -> list[str]:
    """Return what was expected of the reply and is missing, each as a phrase."""
    if reply.kind == "late":
        return ["a reply in time"]
    given = get_answer(reply)
    offers = list_suggestions(reply)
    offered = {offer["entry"] for offer in offers}
    found = []
    if case.entry and (given is None or given.evidence.entry not in case.entry):
        found.append(f"the answer of {' or '.join(case.entry)}")
    found += [f"a text with {piece!r}" for piece in case.contains if piece not in reply.text]
    found += [f"a text without {piece!r}" for piece in case.not_contains if piece in reply.text]
    if case.must_refuse and given is not None:
        found.append("no answer")
    if case.must_ask and (given is not None or (reply.kind not in ("ask", "offer") and not offers)):
        found.append("a question back, or an offer")
    found += [f"an offer of {' or '.join(ids)}" for ids in case.offered if offered.isdisjoint(ids)]
    return found
