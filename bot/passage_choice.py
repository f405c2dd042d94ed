"""Whether a passage of a document is quoted beside what the entries and the other sources say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.quoting import offer_quote
from bot.rules import Rules
from bot.types import Candidate, Reply
from data.formats.starter import FOLDER

_GENERATED = "written"


def quote_passage(reply: Reply, passages: Sequence[Candidate], rules: Rules) -> Reply:
    """Return the reply, or the quotation of the best passage where nothing else answers.

    Args:
        reply: What the rules make of all other candidates.
        passages: The passages, the most probable first.
        rules: The thresholds.
    """
    best, quotation = passages[0], passages[0].evidence.quotation
    assert quotation is not None
    kept = replace(reply, candidates=(*reply.candidates, *passages))
    chosen = None if reply.chosen is None else reply.candidates[reply.chosen]
    is_answered = reply.kind == "answer" and chosen is not None
    is_generated = is_answered and chosen is not None and chosen.source == _GENERATED
    if is_answered and not is_generated:
        return kept
    quoted = replace(
        reply, candidates=(*passages, *reply.candidates), chosen=0, shown_candidates=(0,), suggestions=reply.suggestions
    )
    if rules.is_sure(best):
        return replace(quoted, text=best.text, kind="answer")
    entry = max((each.score for each in reply.candidates if _is_own_entry(each)), default=0.0)
    is_offered = reply.kind in ("offer", "ask") and entry >= min(best.score, rules.likely)
    if best.score < rules.passage_offer_threshold or is_offered:
        return kept
    return replace(quoted, text=offer_quote(quotation, reply.language), kind="offer")


def _is_own_entry(candidate: Candidate) -> bool:
    """Return whether a candidate is an entry of the owner's; what the bot brings along stands behind his documents."""
    return bool(candidate.evidence.entry) and not (candidate.evidence.file or "").startswith(f"{FOLDER}/")
