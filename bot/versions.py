"""The replies that were given to one message: which one is shown, and what a retry offers next."""

from __future__ import annotations

from dataclasses import replace

from bot import messages
from bot.choosing import hedge, list_offers
from bot.rules import Rules
from bot.types import Reply, Turn, Version


def add_version(turn: Turn, reply: Reply) -> Turn:
    """Return the turn with one more version, which is shown from now on and has no opinion yet."""
    versions = (*_list_versions(turn), _copy_shown(replace(turn, reply=reply, liked=None, reason="")))
    return replace(turn, reply=reply, liked=None, reason="", versions=versions, version=len(versions) - 1)


def show_version(turn: Turn, version: int) -> Turn:
    """Return the turn with another of its versions shown.

    Raises:
        IndexError: It has no such version.
    """
    versions = _list_versions(turn)
    if not 0 <= version < len(versions):
        raise IndexError(f"turn {turn.number} has {len(versions)} versions; there is no version {version}")
    shown = versions[version]
    reply = replace(
        turn.reply,
        text=shown.text,
        kind=shown.kind,
        chosen=shown.chosen,
        suggestions=shown.suggestions,
        stopped=shown.stopped,
    )
    kept = versions if len(versions) > 1 else ()
    return replace(turn, reply=reply, liked=shown.liked, reason=shown.reason, versions=kept, version=version)


def rate_version(turn: Turn, liked: bool | None, reason: str) -> Turn:
    """Return the turn with a person's opinion of the version that is shown."""
    turn = replace(turn, liked=liked, reason=reason)
    return replace(turn, versions=_list_versions(turn)) if turn.versions else turn


def retry(turn: Turn, rules: Rules) -> Turn:
    """Return the turn with another answer, or with the sentence that there is none.

    Args:
        turn: The turn whose reply was not what was wanted.
        rules: The thresholds: below that for an answer the reply says that it is not sure, and is an offer; below that for an
            offer a candidate is not given at all.
    """
    reply = turn.reply
    if reply.kind == "care":
        return turn
    said = {reply.candidates[index].text for index in reply.shown_candidates}
    offers = list_offers(reply.candidates, rules.offer_threshold)
    for index, candidate in enumerate(reply.candidates):
        is_sure, quotation = rules.is_sure(candidate), candidate.evidence.quotation
        least = rules.offer_threshold if quotation is None else rules.passage_offer_threshold
        # Nothing stored is guessed that would not be offered: no small talk beside the owner's entries.
        may_be_given = is_sure or index in offers or not candidate.evidence.question
        if candidate.score >= least and may_be_given and candidate.text not in said:
            first = all(rules.is_sure(reply.candidates[earlier]) for earlier in reply.shown_candidates)
            text = candidate.text if is_sure else hedge(candidate, reply.language, first)
            again = _replace_said(reply, text, chosen=index, shown_candidates=(*reply.shown_candidates, index))
            is_guess = not is_sure and (candidate.evidence.question or quotation)
            return add_version(turn, replace(again, kind="offer") if is_guess else again)
    text = messages.NO_MORE[reply.language]
    for version, earlier in enumerate(_list_versions(turn)):
        if earlier.text == text:
            return show_version(turn, version)
    return add_version(
        turn, replace(_replace_said(reply, text, chosen=None, shown_candidates=reply.shown_candidates), kind="unknown")
    )


def _replace_said(reply: Reply, text: str, chosen: int | None, shown_candidates: tuple[int, ...]) -> Reply:
    return replace(
        reply, text=text, kind="answer", chosen=chosen, shown_candidates=shown_candidates, suggestions=(), stopped=False
    )  # fmt: skip


def _list_versions(turn: Turn) -> tuple[Version, ...]:
    """Return the versions, the shown one with the turn's present opinion."""
    shown = _copy_shown(turn)
    return (*turn.versions[: turn.version], shown, *turn.versions[turn.version + 1 :]) if turn.versions else (shown,)


def _copy_shown(turn: Turn) -> Version:
    reply = turn.reply
    return Version(
        reply.text, reply.kind, reply.chosen, reply.suggestions, reply.stopped, turn.liked, turn.reason
    )  # fmt: skip
