"""Turns as JSON and back, for the stores, the journal and `--json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.types import Candidate, Evidence, Message, Quotation, Reply, Suggestion, Turn, Verdict, Version


def reply_to_dict(reply: Reply) -> dict[str, Any]:
    """Return the reply as JSON-ready values; every field, nothing else."""
    # Not dataclasses.asdict, which copies every leaf and took an eighth of the time of a turn.
    return {
        "text": reply.text,
        "kind": reply.kind,
        "language": reply.language,
        "candidates": [_candidate_to_dict(candidate) for candidate in reply.candidates],
        "chosen": reply.chosen,
        "suggestions": [vars(suggestion) for suggestion in reply.suggestions],
        "timings": dict(reply.timings),
        "stopped": reply.stopped,
        "offered": list(reply.shown_candidates),
        "verdict": reply.verdict and _verdict_to_dict(reply.verdict),
    }


def reply_from_dict(raw: Mapping[str, Any]) -> Reply:
    """Return the reply that reply_to_dict wrote.

    Raises KeyError or TypeError if raw is not one.
    """
    candidates = tuple(
        Candidate(
            text=one["text"],
            source=one["source"],
            score=one["score"],
            evidence=_evidence_from_dict(one["evidence"]),
        )
        for one in raw["candidates"]
    )
    # Replies stored before there was a filter have no verdict.
    verdict = raw.get("verdict") and Verdict(**{**raw["verdict"], "fired": tuple(raw["verdict"]["fired"])})
    # The stored key of shown_candidates is "offered".
    same = {name: value for name, value in raw.items() if name != "offered"}
    parsed = {
        "candidates": candidates,
        "suggestions": _suggestions_from_raw(raw["suggestions"], candidates),
        "shown_candidates": tuple(raw["offered"]),
        "verdict": verdict,
    }
    return Reply(**{**same, **parsed})


def turn_to_json(turn: Turn) -> str:
    """Return the turn on one line of JSON, Chinese unescaped."""
    record = {
        "number": turn.number,
        "message": dict(vars(turn.message)),
        "reply": reply_to_dict(turn.reply),
        "time": turn.time,
        "liked": turn.liked,
        "reason": turn.reason,
        "versions": [_version_to_dict(each) for each in turn.versions],
        "version": turn.version,
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def turn_from_json(line: str | bytes) -> Turn:
    """Return the turn that turn_to_json wrote.

    Raises ValueError, KeyError or TypeError if line is not one.
    """
    raw = json.loads(line)
    reply = reply_from_dict(raw["reply"])
    versions = tuple(
        Version(**{**each, "suggestions": _suggestions_from_raw(each["suggestions"], reply.candidates)})
        for each in raw.get("versions", ())
    )
    nested = {"message": Message(**raw["message"]), "reply": reply, "versions": versions}
    turn = Turn(**{**raw, **nested})
    return turn if "versions" in raw else _recover_versions(turn)


def _recover_versions(turn: Turn) -> Turn:
    """Return a turn that was stored before versions were kept, with those that its reply still tells of.

    A retry used to put the next candidate in the place of the reply, and noted in `offered` which ones had been shown.
    """
    reply = turn.reply
    earlier = [index for index in reply.shown_candidates if index != reply.chosen and index < len(reply.candidates)]
    if not earlier:
        return turn
    said = [Version(reply.candidates[index].text, "answer", index) for index in earlier]
    shown = Version(
        reply.text, reply.kind, reply.chosen, reply.suggestions, reply.stopped, turn.liked, turn.reason
    )  # fmt: skip
    return replace(turn, versions=(*said, shown), version=len(said))


def _version_to_dict(version: Version) -> dict[str, Any]:
    return {**vars(version), "suggestions": [vars(suggestion) for suggestion in version.suggestions]}


def _suggestions_from_raw(raw: Sequence[Any], candidates: Sequence[Candidate]) -> tuple[Suggestion, ...]:
    """Return the suggestions.

    Of those stored as bare questions, the entry is that of the candidate with the question.
    """
    entries = {candidate.evidence.question: candidate.evidence.entry or "" for candidate in reversed(candidates)}
    return tuple(
        Suggestion(entries.get(stored, ""), stored)
        if isinstance(stored, str)
        else Suggestion(stored["entry"], stored["question"])
        for stored in raw
    )


def _candidate_to_dict(candidate: Candidate) -> dict[str, Any]:
    evidence = candidate.evidence
    return {
        "text": candidate.text,
        "source": candidate.source,
        "score": candidate.score,
        "evidence": {
            "entry": evidence.entry,
            "file": evidence.file,
            "row": evidence.row,
            "question": evidence.question,
            "features": dict(evidence.features),
            "tool": evidence.tool,
            "model": evidence.model,
            "picture": evidence.picture,
            "alternatives": [list(each) for each in evidence.alternatives],
            "quotation": evidence.quotation
            and {**vars(evidence.quotation), "heading": list(evidence.quotation.heading)},
            "judge": evidence.judge,
        },
    }


def _evidence_from_dict(raw: Mapping[str, Any]) -> Evidence:
    # Replies of before the bot could see have no alternatives.
    alternatives = tuple((str(text), float(probability)) for text, probability in raw.get("alternatives", ()))
    # Replies of before there were documents have no quotation.
    found = raw.get("quotation")
    quotation = found and Quotation(**{**found, "heading": tuple(found["heading"])})
    return Evidence(**{**raw, "alternatives": alternatives, "quotation": quotation})


def _verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    return {"kind": verdict.kind, "probability": verdict.probability, "fired": list(verdict.fired)}
