"""Files of questions: one JSON object a line, each with its earlier turns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.knowledge import Knowledge
from bot.types import Candidate, Evidence, Message, Reply, Turn
from data.records import LANGUAGES, Language
from data.text.clean import clean, fold
from data.text.language import language_of

EXPECTED = (
    'expected one JSON object a line: {"question": "...", "history": [["message", "reply"], ...], "language": "zh" or "en"}; '
    "history and language may be left out"
)
MIXED = "mixed"
"""A language that a file may name where a text has words of both; the text itself decides then."""


class QuestionError(ValueError):
    """A line that is not a question.

    The message says what was given and what is expected.
    """


@dataclass(frozen=True)
class Question:
    """A question to the bot.

    history are the earlier messages with their replies; language counts where the text has none.
    """

    text: str
    history: tuple[tuple[str, str], ...] = ()
    language: Language = "en"


def read_questions(lines: Iterable[bytes]) -> Iterator[tuple[int, Question | QuestionError]]:
    """Yield each line's number, from 1, with its question or the error in it.

    Blank lines are left out.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        try:
            yield number, parse_question(json.loads(line.decode("utf-8-sig")))
        except QuestionError as error:
            yield number, error
        except (ValueError, RecursionError) as error:
            yield number, QuestionError(f"this is not JSON in UTF-8 ({error}); {EXPECTED}")


def parse_question(value: Any) -> Question:
    """Return the question that a JSON object holds.

    Other fields of it are ignored. Raises QuestionError.
    """
    if not isinstance(value, dict):
        raise QuestionError(f"this is {_shorten(value)}; {EXPECTED}")
    text = value.get("question")
    if not isinstance(text, str) or not text.strip():
        given = _shorten(text) if "question" in value else "missing"
        raise QuestionError(f"question is {given}; expected a text that is not empty; {EXPECTED}")
    given_language = value.get("language") or MIXED
    language = next((known for known in LANGUAGES if known == given_language), language_of(text, "en"))
    if given_language not in (*LANGUAGES, MIXED):
        raise QuestionError(f"language is {_shorten(given_language)}; expected zh or en, or leave it out")
    history = value.get("history")
    if history is None:
        history = []
    if not isinstance(history, list):
        raise QuestionError(f"history is {_shorten(history)}; expected a list of [message, reply] pairs")
    pairs = []
    for number, pair in enumerate(history, start=1):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise QuestionError(f"pair {number} of history is {_shorten(pair)}; expected [message, reply], two texts")
        pairs.append((pair[0], pair[1]))
    return Question(text, tuple(pairs), language)


def build_turns(knowledge: Knowledge, question: Question) -> list[Turn]:
    """Return the question's history as turns of a conversation.

    A reply that is a stored reply, a stored question or an entry's id becomes that entry's reply and carries the entry as
    evidence, so that the next question can refer to it. Any other reply stands as the text it is. Raises KnowledgeError.
    """
    turns: list[Turn] = []
    language = question.language
    for number, (message, reply) in enumerate(question.history):
        language = language_of(message, language)
        turns.append(Turn(number, Message(message), _build_reply(knowledge, message, reply, language), 0.0))
    return turns


def _build_reply(knowledge: Knowledge, message: str, text: str, language: Language) -> Reply:
    entries = knowledge.find_all(text)
    if not entries:
        return Reply(clean(text), "answer", language)
    entry = next((each for each in entries if each.language == language), entries[0])
    asked = {fold(text), fold(message)}
    matched = next((phrasing for phrasing in entry.questions if fold(phrasing) in asked), entry.questions[0])
    evidence = Evidence(entry=entry.id, file=entry.place.file, row=entry.place.row, question=matched)
    chosen = Candidate(entry.reply, "retrieved", 1.0, evidence)
    return Reply(entry.reply, "answer", language, (chosen,), chosen=0, shown_candidates=(0,))


def list_suggestions(reply: Reply) -> list[dict[str, str | None]]:
    """Return what the reply offers, best first.

    Each is {"entry": its id or None, "question": the stored question}.

    An entry that is shown without being given as the answer stands among them, in front.
    """
    offered = [(suggestion.entry or None, suggestion.question) for suggestion in reply.suggestions]
    if reply.kind != "answer" and reply.chosen is not None:
        shown = reply.candidates[reply.chosen].evidence
        if shown.question and (shown.entry, shown.question) not in offered:
            offered.insert(0, (shown.entry, shown.question))
    return [{"entry": entry, "question": question} for entry, question in offered]


def get_answer(reply: Reply) -> Candidate | None:
    """Return the candidate that the reply gives as the answer, or None."""
    return reply.candidates[reply.chosen] if reply.kind == "answer" and reply.chosen is not None else None


def build_record(question: str, reply: Reply) -> dict[str, object]:
    """Return what came of a question, ready for JSON.

    Entry and probability are None where no answer was given.

    The probability is that of the answer, in [0, 1].
    """
    given = get_answer(reply)
    return {
        "question": question,
        "kind": reply.kind,
        "text": reply.text,
        "language": reply.language,
        "entry": given and given.evidence.entry,
        "probability": given and given.score,
        "suggestions": list_suggestions(reply),
    }


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
