"""The metrics of a report: how each comes from the sums, which way is better, and which turns are its examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.metrics.ngram_counts import bleu_from_counts, chrf_from_counts
from evaluation.accumulators import Accumulators, Ints
from evaluation.columns import AT, BINS, BLEU, CHRF, UNIT

Floats = NDArray[np.float64]
Unit = Literal["share", "score", "number", "ms"]

_MIN_ROUNDS = 40


@dataclass(frozen=True)
class Metric:
    """One number of the report.

    Attributes:
        name: its key in report.json.
        compute: the values [...] from sums int64 [..., columns]; NaN where there is nothing to count.
        support_column: the column that says of how many turns (or conversations, marks, scores) it speaks.
        unit: how it is shown.
        better: 1 if more is better, -1 if less is better, 0 if neither.
        tags: those of its example turns.
        group: "said" needs nothing but the log, "right" needs references, candidates or marks.
    """

    name: str
    compute: Callable[[Ints], Floats]
    support_column: str
    unit: Unit = "share"
    better: int = 0
    tags: tuple[str, ...] = ()
    group: Literal["said", "right"] = "said"


def _ratio(numerator: str, denominator: str, scale: float = 1.0) -> Callable[[Ints], Floats]:
    above, below = AT[numerator], AT[denominator]

    def compute(sums: Ints) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(sums[..., below] > 0, sums[..., above] / (sums[..., below] * scale), np.nan))

    return compute


def _liked_share(sums: Ints) -> Floats:
    liked, disliked = sums[..., AT["liked"]], sums[..., AT["disliked"]]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(liked + disliked > 0, liked / (liked + disliked), np.nan))


def _marked_rate(sums: Ints) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((sums[..., AT["liked"]] + sums[..., AT["disliked"]]) / sums[..., AT["turns"]])


def _calibration_error(sums: Ints) -> Floats:
    scored, score, right = (
        sums[..., AT[f"{what}_0"] : AT[f"{what}_0"] + BINS] for what in ("scored", "score", "right")
    )
    total = scored.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, np.abs(right - score / UNIT).sum(axis=-1) / total, np.nan))


def _bleu(language: str) -> Callable[[Ints], Floats]:
    first = AT[f"bleu_{language}_match1"]
    return lambda sums: bleu_from_counts(sums[..., first : first + len(BLEU)])


def _chrf(sums: Ints) -> Floats:
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
    Metric("liked_share", _liked_share, "marked", better=1, tags=("disliked", "liked")),
    Metric("marked_rate", _marked_rate, "turns", tags=("disliked", "liked")),
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
        tuple(f"scored_{bin}" for bin in range(BINS)),
        "right",
    ),
    Metric("vqa_accuracy", _ratio("vqa", "seen", UNIT), "seen", "share", 1, ("seen",), "right"),
)


def count_support(metric: Metric, totals: Ints) -> int:
    """Return of how many turns (or conversations, marks, scores) the metric speaks; totals is int64 [columns]."""
    if metric.support_column == "marked":
        return int(totals[AT["liked"]] + totals[AT["disliked"]])
    if metric.support_column == "scored":
        return int(totals[AT["scored_0"] : AT["scored_0"] + BINS].sum())
    if metric.name in ("bleu_zh", "bleu_en"):
        return int(totals[AT[f"{metric.name}_wanted"]])
    return int(totals[AT[metric.support_column]])


def compute_interval(resampled: Floats) -> tuple[float, float] | None:
    """Return the bounds of the 95 % percentile interval, or None for fewer than 40 rounds with something to count.

    resampled is float64 [rounds], NaN where there was nothing to count.
    """
    known = resampled[~np.isnan(resampled)]
    if len(known) < _MIN_ROUNDS:
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def compute_metrics(counts: Accumulators) -> dict[str, dict[str, Any]]:
    """Return every metric that the log has something to count for, as report.json has it.

    Each is its value, 95 % interval, support, unit, and which way is better.
    """
    computed: dict[str, dict[str, Any]] = {}
    for metric in METRICS:
        value = float(metric.compute(counts.totals))
        if np.isnan(value):
            continue
        low, high = compute_interval(metric.compute(counts.resampled)) or (None, None)
        computed[metric.name] = {
            "value": value,
            "low": low,
            "high": high,
            "count": count_support(metric, counts.totals),
            "unit": metric.unit,
            "better": metric.better,
            "group": metric.group,
            "tags": list(metric.tags),
        }
    return computed


def compare_metrics(new: Accumulators, old: Accumulators) -> dict[str, dict[str, Any]]:
    """Return new minus old with its 95 % interval, for every metric that both logs have.

    A conversation that is in both logs is drawn equally often in both, so what they share does not widen the interval: for
    replies to the same messages this is the paired bootstrap.
    """
    compared: dict[str, dict[str, Any]] = {}
    for metric in METRICS:
        value = float(metric.compute(new.totals) - metric.compute(old.totals))
        interval = compute_interval(metric.compute(new.resampled) - metric.compute(old.resampled))
        if np.isnan(value) or interval is None:
            continue
        low, high = interval
        if low == value == high == 0 and not metric.better:
            continue  # a number of the messages, which are the same in both logs
        verdict = 0 if low <= 0 <= high else 1 if value > 0 else -1
        compared[metric.name] = {
            "new": float(metric.compute(new.totals)),
            "old": float(metric.compute(old.totals)),
            "value": value,
            "low": low,
            "high": high,
            "verdict": verdict * metric.better if metric.better else 0,
            "unit": metric.unit,
            "better": metric.better,
        }
    return compared
