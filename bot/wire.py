"""Turns as JSON and back: what the stores keep, the journal writes and `--json` prints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.types import Candidate, Evidence, Message, Reply, Turn, Verdict


def reply_to_dict(reply: Reply) -> dict[str, Any]:
    """The reply as JSON-ready values; every field, nothing else."""
    return asdict(reply)


def reply_from_dict(raw: Mapping[str, Any]) -> Reply:
    """The reply that reply_to_dict wrote. Raises KeyError or TypeError if raw is not one."""
    candidates = tuple(
        Candidate(
            text=one["text"],
            source=one["source"],
            score=one["score"],
            evidence=Evidence(**one["evidence"]),
        )
        for one in raw["candidates"]
    )
    tuples = {name: tuple(raw[name]) for name in ("suggestions", "offered")}
    # Replies of before there was a filter have no verdict.
    verdict = raw.get("verdict") and Verdict(**{**raw["verdict"], "fired": tuple(raw["verdict"]["fired"])})
    return Reply(**{**raw, **tuples, "candidates": candidates, "verdict": verdict})


def turn_to_json(turn: Turn) -> str:
    """The turn on one line of JSON, Chinese as it is."""
    return json.dumps(asdict(turn), ensure_ascii=False, separators=(",", ":"))


def turn_from_json(line: str | bytes) -> Turn:
    """The turn that turn_to_json wrote. Raises ValueError, KeyError or TypeError if line is not one."""
    raw = json.loads(line)
    return Turn(**{**raw, "message": Message(**raw["message"]), "reply": reply_from_dict(raw["reply"])})
