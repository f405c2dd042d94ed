"""The numbers of a report: how each comes from the sums, which way is better, and which turns stand behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bot.evaluate.columns import AT, BINS, BLEU, CHRF, UNIT
from bot.evaluate.tally import Ints, Tally
from data.metrics.ngram_counts import bleu_from_counts, chrf_from_counts

Values = NDArray[np.float64]
Unit = Literal["share", "score", "number", "ms"]


@dataclass(frozen=True)
class Metric:
    """One number. of gives it from sums [..., columns], not a number where there is nothing to count; over is the column that
    says of how many; better is 1 if more is better, -1 if less is, 0 if neither; tags are those of its examples.
    """

    name: str
    of: Callable[[Ints], Values]
    over: str
    unit: Unit = "share"
    better: int = 0
    tags: tuple[str, ...] = ()
    group: Literal["said", "right"] = "said"


def _ratio(above: str, below: str, scale: float = 1.0) -> Callable[[Ints], Values]:
    one, two = AT[above], AT[below]

    def of(sums: Ints) -> Values:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(sums[..., two] > 0, sums[..., one] / (sums[..., two] * scale), np.nan))

    return of


def _liked(sums: Ints) -> Values:
    liked, disliked = sums[..., AT["liked"]], sums[..., AT["disliked"]]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(liked + disliked > 0, liked / (liked + disliked), np.nan))


def _marked(sums: Ints) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((sums[..., AT["liked"]] + sums[..., AT["disliked"]]) / sums[..., AT["turns"]])


def _calibration_error(sums: Ints) -> Values:
    scored, score, right = (
        sums[..., AT[f"{what}_0"] : AT[f"{what}_0"] + BINS] for what in ("scored", "score", "right")
    )
    total = scored.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, np.abs(right - score / UNIT).sum(axis=-1) / total, np.nan))


def _bleu(language: str) -> Callable[[Ints], Values]:
    first = AT[f"bleu_{language}_match1"]
    return lambda sums: bleu_from_counts(sums[..., first : first + len(BLEU)])


def _chrf(sums: Ints) -> Values:
    first = AT["chrf_given1"]
    return chrf_from_counts(sums[..., first : first + len(CHRF)])


_REFERENCED = ("referenced",)
_RANKED = ("ranked_wrong", "ranked_right")
METRICS: tuple[Metric, ...] = (
    Metric("fallback_rate", _ratio("fallback", "turns"), "turns", better=-1, tags=("fallback",)),
    Metric("silent_rate", _ratio("silent", "turns"), "turns", better=-1, tags=("silent",)),
    Metric("ask_rate", _ratio("asked", "turns"), "turns", tags=("asked",)),
    Metric("refused_rate", _ratio("refused", "turns"), "turns", tags=("refused",)),
    Metric("asked_again_rate", _ratio("asked_again", "follow_asked"), "follow_asked", better=-1, tags=("asked_again",)),
    Metric("repeated_rate", _ratio("repeated", "follow"), "follow", better=-1, tags=("repeated",)),
    Metric("loop_rate", _ratio("loops", "replies"), "replies", better=-1, tags=("loops",)),
    Metric("mismatch_rate", _ratio("mismatch", "comparable"), "comparable", better=-1, tags=("mismatch",)),
    Metric("unsafe_rate", _ratio("unsafe", "checked"), "checked", better=-1, tags=("unsafe",)),
    Metric("liked_share", _liked, "marked", better=1, tags=("disliked", "liked")),
    Metric("marked_rate", _marked, "turns", tags=("disliked", "liked")),
    Metric("turns_per_conversation", _ratio("turns", "conversations"), "conversations", "number", tags=("turns",)),
    Metric("chinese_rate", _ratio("in_zh", "turns"), "turns", tags=("in_zh",)),
    Metric("english_rate", _ratio("in_en", "turns"), "turns", tags=("in_en",)),
    Metric("mixed_rate", _ratio("in_mixed", "turns"), "turns", tags=("in_mixed",)),
    Metric("message_length", _ratio("message_chars", "turns"), "turns", "number", tags=("turns",)),
    Metric("reply_length", _ratio("reply_chars", "replies"), "replies", "number", tags=("turns",)),
    Metric("latency_mean", _ratio("latency", "timed", 1000), "timed", "ms", -1, ("slow",)),
    Metric("exact_rate", _ratio("exact", "referenced"), "referenced", "share", 1, _REFERENCED, "right"),
    Metric("bleu_zh", _bleu("zh"), "referenced", "score", 1, _REFERENCED, "right"),
    Metric("bleu_en", _bleu("en"), "referenced", "score", 1, _REFERENCED, "right"),
    Metric("chrf", _chrf, "referenced", "score", 1, _REFERENCED, "right"),
    Metric("rouge_l", _ratio("rouge", "referenced", UNIT), "referenced", "share", 1, _REFERENCED, "right"),
    Metric("embedding_average", _ratio("average", "embedded", UNIT), "embedded", "share", 1, _REFERENCED, "right"),
    Metric("embedding_greedy", _ratio("greedy", "embedded", UNIT), "embedded", "share", 1, _REFERENCED, "right"),
    Metric("recall_at_1", _ratio("first", "ranked", UNIT), "ranked", "share", 1, _RANKED, "right"),
    Metric("recall_at_2", _ratio("second", "ranked", UNIT), "ranked", "share", 1, _RANKED, "right"),
    Metric("recall_at_5", _ratio("fifth", "ranked", UNIT), "ranked", "share", 1, _RANKED, "right"),
    Metric("mrr", _ratio("reciprocal", "ranked", UNIT), "ranked", "share", 1, _RANKED, "right"),
    Metric("map", _ratio("precision", "ranked", UNIT), "ranked", "share", 1, _RANKED, "right"),
    Metric(
        "calibration_error",
        _calibration_error,
        "scored",
        "share",
        -1,
        tuple(f"scored_{n}" for n in range(BINS)),
        "right",
    ),
    Metric("vqa_accuracy", _ratio("vqa", "seen", UNIT), "seen", "share", 1, ("seen",), "right"),
)


def count_of(metric: Metric, totals: Ints) -> int:
    """Of how many turns (or conversations, marks, scores) the metric speaks."""
    if metric.over == "marked":
        return int(totals[AT["liked"]] + totals[AT["disliked"]])
    if metric.over == "scored":
        return int(totals[AT["scored_0"] : AT["scored_0"] + BINS].sum())
    if metric.name in ("bleu_zh", "bleu_en"):
        return int(totals[AT[f"{metric.name}_wanted"]])
    return int(totals[AT[metric.over]])


def interval(rounds: Values) -> tuple[float, float] | None:
    """The bounds that hold 95 % of the rounds in which there was something to count; None if there were few."""
    known = rounds[~np.isnan(rounds)]
    if len(known) < 40:
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def values_of(tally: Tally) -> dict[str, dict[str, Any]]:
    """Every metric that the log has something to count for: value, 95 % interval, of how many, unit, and which way is better."""
    made: dict[str, dict[str, Any]] = {}
    for metric in METRICS:
        value = float(metric.of(tally.totals))
        if np.isnan(value):
            continue
        bounds = interval(metric.of(tally.rounds))
        made[metric.name] = {
            "value": value,
            "low": bounds and bounds[0],
            "high": bounds and bounds[1],
            "count": count_of(metric, tally.totals),
            "unit": metric.unit,
            "better": metric.better,
            "group": metric.group,
            "tags": list(metric.tags),
        }
    return made


def differences(new: Tally, old: Tally) -> dict[str, dict[str, Any]]:
    """New minus old, for every metric that both have, with its 95 % interval.

    A conversation that is in both logs is drawn equally often in both, so what they share does not blur the difference: for
    replies to the same messages this is the paired bootstrap.
    """
    made: dict[str, dict[str, Any]] = {}
    for metric in METRICS:
        value = float(metric.of(new.totals) - metric.of(old.totals))
        bounds = interval(metric.of(new.rounds) - metric.of(old.rounds))
        if np.isnan(value) or bounds is None:
            continue
        low, high = bounds
        if low == value == high == 0 and not metric.better:
            continue  # of two logs of the same messages, not worth a line
        verdict = 0 if low <= 0 <= high else 1 if value > 0 else -1
        made[metric.name] = {
            "new": float(metric.of(new.totals)),
            "old": float(metric.of(old.totals)),
            "value": value,
            "low": low,
            "high": high,
            "verdict": verdict * metric.better if metric.better else 0,
            "unit": metric.unit,
            "better": metric.better,
        }
    return made


def scores(values: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The plain values by name."""
    return {name: float(one["value"]) for name, one in values.items()}
