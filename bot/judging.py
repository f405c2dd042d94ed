"""Which candidates a judge is asked about, and what becomes of the reply by its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.choosing import is_courtesy
from bot.rules import Rules
from bot.types import Candidate, Context, Reply
from data.text.clean import fold

MAX_JUDGED = 5
"""How many of the nearest entries and passages a judge chooses from."""
_UNREACHABLE = 2.0
"""A threshold above every probability."""


@dataclass(frozen=True)
class Judgement:
    """What a judge said: the place of the named candidate among the ranked ones, or None for none of them."""

    model: str
    place: int | None


def list_judged(ranked: Sequence[Candidate], reply: Reply, context: Context, reviews: bool) -> list[int]:
    """List the candidates that a judge is asked about, by index; empty if it is not asked.

    Args:
        ranked: Every candidate, the most probable first.
        reply: What the rules make of them.
        context: The message.
        reviews: Whether the judge is asked about what is answered without it as well.
    """
    if not context.message.text:
        return []
    if reply.kind == "answer":
        chosen = None if reply.chosen is None else ranked[reply.chosen]
        if not reviews or chosen is None or not _is_judged(chosen):
            return []
        if fold(chosen.evidence.question or "") == fold(context.message.text):
            return []  # it was asked in the words of the stored question
    found: dict[str, int] = {}
    for place, candidate in enumerate(ranked):
        if _is_judged(candidate):
            found.setdefault(candidate.text, place)
    return list(found.values())[:MAX_JUDGED]


def apply_judgement(reply: Reply, judgement: Judgement) -> Reply:
    """Return the reply with the named candidate as its answer. The candidates keep their order and their scores."""
    place = judgement.place
    assert place is not None
    named = reply.candidates[place]
    named = replace(named, evidence=replace(named.evidence, judge=judgement.model))
    candidates = (*reply.candidates[:place], named, *reply.candidates[place + 1 :])
    return replace(
        reply,
        text=named.text,
        kind="answer",
        candidates=candidates,
        chosen=place,
        suggestions=(),
        shown_candidates=(place,),
    )


def withhold_answers(rules: Rules) -> Rules:
    """Return the rules by which nothing is answered and everything near is offered."""
    return replace(rules, answer_threshold=_UNREACHABLE, shipped_threshold=_UNREACHABLE, likely=_UNREACHABLE)


def _is_judged(candidate: Candidate) -> bool:
    evidence = candidate.evidence
    is_passage = getattr(evidence, "quotation", None) is not None
    return is_passage or (bool(evidence.entry) and not is_courtesy(evidence))
