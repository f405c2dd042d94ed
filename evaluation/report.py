"""The values of report.json, made of the counts. Keys keep their names as long as SCHEMA stays the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from data.metrics import histogram
from evaluation.accumulators import DAILY_ROUNDS, NGRAMS, Accumulators, Ints
from evaluation.columns import AT, BINS, DAILY, UNIT
from evaluation.metrics import compute_interval, compute_metrics
from evaluation.options import SCHEMA, Options
from evaluation.question_clusters import QuestionCluster, cluster_questions
from evaluation.question_map import build_question_map
from evaluation.shards import ShardPlan

MAX_POINTS = 120
"""The most points of a plot over time. A longer period is shown by weeks, then by four weeks, then by years."""

MAX_ROWS = 100
"""The most rows of a table."""

_MAX_REASONS = 20
_MAX_SHOWN_QUESTIONS = 50
_BINS_PER_BAR = 8
_DAY_SECONDS = 86400.0
_PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
_DAILY_RATES = (
    ("fallback_rate", "fallback", "turns", 1),
    ("mismatch_rate", "mismatch", "comparable", 1),
    ("repeated_rate", "repeated", "follow", 1),
    ("liked", "liked", "turns", 1),
    ("disliked", "disliked", "turns", 1),
    ("latency_mean", "latency", "timed", 1000),
)


def build_report(
    counts: Accumulators,
    clusters: Sequence[QuestionCluster],
    options: Options,
    files: Sequence[str],
    plan: ShardPlan,
) -> dict[str, Any]:
    """Return the report as JSON-ready values, with None for the comparison.

    Args:
        counts: those of the whole log.
        clusters: the unanswered questions, from cluster_unanswered.
        options: those that the log was counted with.
        files: the names of the logs.
        plan: the shards, with the files that are no logs and how names of speakers were read.
    """
    return {
        "schema": SCHEMA,
        "files": list(files),
        "formats": dict(sorted(counts.formats.items())),
        "masked": options.mask_personal_data,
        "period": [_format_time(seconds) for seconds in counts.times],
        "counts": {
            "conversations": _total(counts, "conversations"),
            "turns": _total(counts, "turns"),
            "marked": _total(counts, "liked") + _total(counts, "disliked"),
            "refused": counts.counts["refused"],
            "undecided": counts.counts["undecided"],
            "refused_files": len(plan.rejected_files),
            "disordered": counts.counts["disordered"],
            "repeated_ids": counts.count_repeated_ids(),
        },
        "metrics": compute_metrics(counts) | _compute_metrics_without_interval(counts),
        "percentiles": {
            name: _compute_percentiles(bins) | {"histogram": _list_bars(bins)}
            for name, bins in counts.histograms.items()
            if bins.any()
        },
        "sources": _list_sources(counts),
        "days": _list_days(counts),
        "calibration": _list_calibration(counts.totals),
        "unanswered": [_describe_cluster(cluster) for cluster in clusters[:MAX_ROWS]],
        "entries": _list_disliked_entries(counts),
        "fights": _list_ambiguous_pairs(counts),
        "confusions": _list_confusions(counts),
        "thresholds": _list_thresholds(counts.totals),
        "map": build_question_map(counts.questions),
        "reasons": _list_dislike_reasons(counts),
        "refused": [{"place": place, "why": why, "given": given} for place, why, given in counts.rejected_rows],
        "refused_files": [{"file": Path(file).name, "why": why} for file, why in plan.rejected_files],
        "readings": [{"file": Path(file).name, "reading": options.mask(reading)} for file, reading in plan.readings],
        "comparison": None,
    }


def cluster_unanswered(counts: Accumulators) -> list[QuestionCluster]:
    """Return the clusters of the questions that got no answer, the most asked first."""
    rows = counts.unanswered.rows.values()
    return cluster_questions((str(row.example[0]), str(row.example[1]), row.counts[0]) for row in rows)


def collect_examples(counts: Accumulators) -> dict[str, Any]:
    """Return the example turns for report.html.

    {"turns": each turn once, "tags": by tag the indices of its turns, "counts": by tag how many turns of the log have it}
    """
    turns: list[Any] = []
    indices: dict[str, int] = {}
    tags: dict[str, list[int]] = {}
    for tag in sorted(counts.examples.heaps):
        for line in counts.examples.list_lines(tag):
            if line not in indices:
                indices[line] = len(turns)
                turns.append(json.loads(line))
            tags.setdefault(tag, []).append(indices[line])
    return {"turns": turns, "tags": tags, "counts": dict(sorted(counts.examples.counts.items()))}


def flatten_scores(report: Mapping[str, Any]) -> dict[str, float]:
    """Return every number that --fail-if may name: counts, metrics with their .low and .high, and those after "change."."""
    scores: dict[str, float] = {name: float(value) for name, value in report["counts"].items()}
    comparison = report["comparison"]
    groups = [("", report["metrics"])] + ([("change.", comparison["metrics"])] if comparison else [])
    for prefix, metrics in groups:
        for name, metric in metrics.items():
            for key, suffix in (("value", ""), ("low", ".low"), ("high", ".high")):
                if metric.get(key) is not None:
                    scores[f"{prefix}{name}{suffix}"] = float(metric[key])
    if comparison:
        for name in ("wins", "losses", "ties"):
            scores[f"change.{name}"] = float(comparison[name])
    return scores


def _total(counts: Accumulators, column: str) -> int:
    return int(counts.totals[AT[column]])


def _format_time(seconds: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(seconds))).isoformat()


def _compute_metrics_without_interval(counts: Accumulators) -> dict[str, dict[str, Any]]:
    """Return the metrics that resampling gives no interval for: distinct-1 and distinct-2, and percentiles."""
    metrics: dict[str, dict[str, Any]] = {}
    for name in NGRAMS:
        kind, _, language = name.partition("_")
        words = _total(counts, f"words_{language}")
        if words:
            distinct = counts.distinct[name]
            metrics[f"distinct_{1 if kind == 'words' else 2}_{language}"] = {
                **_describe_metric(distinct.count() / words, words, "share", 1), "exact": distinct.exact
            }  # fmt: skip
    for name, value in _compute_percentiles(counts.histograms["latency"]).items():
        if value is not None:
            metrics[f"latency_{name}"] = _describe_metric(value, _total(counts, "timed"), "ms", -1) | {"tags": ["slow"]}
    return metrics


def _describe_metric(value: float, count: int, unit: str, better: int) -> dict[str, Any]:
    return {
        "value": value, "low": None, "high": None, "count": count, "unit": unit, "better": better, "group": "said",
        "tags": ["turns"],
    }  # fmt: skip


def _compute_percentiles(bins: Ints) -> dict[str, float | None]:
    return {name: histogram.percentile(bins, share) for name, share in _PERCENTILES}


def _list_bars(bins: Ints) -> list[list[float]]:
    """Return [value, count] for four bars in each doubling of the value."""
    bars: dict[int, int] = {}
    for bin in np.flatnonzero(bins):
        bar = 0 if bin == 0 else 1 + (int(bin) - 1) // _BINS_PER_BAR
        bars[bar] = bars.get(bar, 0) + int(bins[bin])
    middles = {bar: 0.0 if bar == 0 else histogram.bin_value(1 + (bar - 1) * _BINS_PER_BAR + 4) for bar in bars}
    return [[middles[bar], count] for bar, count in sorted(bars.items())]


def _list_sources(counts: Accumulators) -> list[dict[str, Any]]:
    """Return a row for each source of replies, and one named "…" for all that are not kept, most turns first."""
    counts.sources.prune()
    all_turns = _total(counts, "turns") or 1
    resampled_turns = counts.resampled[:DAILY_ROUNDS, AT["turns"]]
    rows: list[dict[str, Any]] = []
    for name, row in counts.sources.rows.items():
        is_timed = row.counts[-1] > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(resampled_turns > 0, counts.source_resampled[name] / resampled_turns, np.nan)
        low, high = compute_interval(shares) or (None, None)
        rows.append(
            _describe_source(name, row.counts, all_turns)
            | (_compute_percentiles(counts.source_latency[name]) if is_timed else dict.fromkeys(("p50", "p90", "p99")))
            | {"tag": f"source:{name}", "low": low, "high": high}
        )
    rest = counts.sources.rest
    if rest[0]:
        unknown = dict.fromkeys(("p50", "p90", "p99", "tag", "low", "high"))
        rows.append(_describe_source("…", rest, all_turns) | unknown)
    return sorted(rows, key=lambda row: (-row["turns"], row["name"]))


def _describe_source(name: str, source_counts: Sequence[int], all_turns: int) -> dict[str, Any]:
    turns, liked, disliked, chars, _ = source_counts
    return {
        "name": name,
        "turns": turns,
        "share": turns / all_turns,
        "liked": liked,
        "disliked": disliked,
        "length": chars / turns,
    }


def _list_days(counts: Accumulators) -> dict[str, Any]:
    """Return the points of the plots over time, each for `step` days."""
    if not counts.daily:
        return {"step": 1, "points": []}
    period = max(counts.daily) - min(counts.daily) + 1
    step = next((step for step in (1, 7, 28) if period <= step * MAX_POINTS), 364)
    sums: dict[int, Ints] = {}
    resampled: dict[int, Ints] = {}
    for day in sorted(counts.daily):
        first = (day + 3) // step * step - 3 if step > 1 else day  # weeks begin on Mondays, and 1970 on a Thursday
        sums[first] = sums.get(first, 0) + counts.daily[day]
        resampled[first] = resampled.get(first, 0) + counts.daily_resampled[day]
    return {"step": step, "points": [_describe_day(day, sums[day], resampled[day]) for day in sorted(sums)]}


def _describe_day(day: int, sums: Ints, resampled: Ints) -> dict[str, Any]:
    point: dict[str, Any] = {"day": _format_time(day * _DAY_SECONDS)[:10], "turns": int(sums[0])}
    for name, numerator, denominator, scale in _DAILY_RATES:
        above, below = DAILY.index(numerator), DAILY.index(denominator)
        if not sums[below]:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = np.where(resampled[:, below] > 0, resampled[:, above] / (resampled[:, below] * scale), np.nan)
        low, high = compute_interval(rates) or (None, None)
        point[name] = [float(sums[above] / (sums[below] * scale)), low, high]
    return point


def _list_calibration(totals: Ints) -> list[dict[str, Any]]:
    """Return the points of the reliability plot: the mean score of each bin and the share of its scores that were right."""
    points = []
    for bin in range(BINS):
        scored, score, right = (int(totals[AT[f"{what}_{bin}"]]) for what in ("scored", "score", "right"))
        if scored:
            points.append(
                {
                    "bin": bin,
                    "count": scored,
                    "score": score / UNIT / scored,
                    "right": right / scored,
                    "tag": f"scored_{bin}",
                }
            )
    return points


def _describe_cluster(cluster: QuestionCluster) -> dict[str, Any]:
    return {
        "name": cluster.name,
        "language": cluster.language,
        "count": cluster.count,
        "questions": [{"text": text, "count": count} for text, count in cluster.questions[:_MAX_SHOWN_QUESTIONS]],
        "phrasings": len(cluster.questions),
    }


def _list_disliked_entries(counts: Accumulators) -> list[dict[str, Any]]:
    """Return the entries with the most dislikes; of equally many, those with the fewest likes first."""
    counts.entries.prune()
    disliked = [(name, row) for name, row in counts.entries.rows.items() if row.counts[2]]
    disliked.sort(key=lambda item: (-item[1].counts[2], item[1].counts[1], item[0]))
    return [
        {
            "entry": name, "turns": row.counts[0], "liked": row.counts[1], "disliked": row.counts[2],
            "reply": row.example[0], "question": row.example[1] or "",
        }
        for name, row in disliked[:MAX_ROWS]
    ]  # fmt: skip


def _list_ambiguous_pairs(counts: Accumulators) -> list[dict[str, Any]]:
    """Return the pairs of entries that scored nearly the same for a question, the most frequent first."""
    counts.ambiguous_pairs.prune()
    pairs = sorted(counts.ambiguous_pairs.rows.items(), key=lambda item: (-item[1].counts[0], item[0]))
    return [
        {
            "count": row.counts[0],
            "question": row.example[0],
            "entries": [{"entry": entry, "reply": reply} for entry, reply in row.example[1:]],
        }
        for _, row in pairs[:MAX_ROWS]
    ]


def _list_confusions(counts: Accumulators) -> list[dict[str, Any]]:
    """Return the pairs of an entry that was chosen and the one that was right, the most frequent first."""
    counts.confusions.prune()
    rows = sorted(counts.confusions.rows.items(), key=lambda item: (-item[1].counts[0], item[0]))
    return [
        {
            "count": row.counts[0], "question": row.example[0],
            "chosen": {"entry": chosen, "reply": row.example[1]}, "right": {"entry": right, "reply": row.example[2]},
        }
        for (chosen, right), row in ((json.loads(name), row) for name, row in rows[:MAX_ROWS])
    ]  # fmt: skip


def _list_thresholds(totals: Ints) -> list[dict[str, Any]]:
    """Return what each threshold would do: the replies with a score from it on, and how many of all are right and wrong."""
    scored = totals[AT["scored_0"] : AT["scored_0"] + BINS]
    right = totals[AT["right_0"] : AT["right_0"] + BINS]
    if not scored.sum():
        return []
    return [
        {
            "threshold": bin / BINS, "right": int(right[bin]), "wrong": int(scored[bin] - right[bin]),
            "answered": int(scored[bin:].sum()), "answered_right": int(right[bin:].sum()),
        }
        for bin in range(BINS)
    ]  # fmt: skip


def _list_dislike_reasons(counts: Accumulators) -> list[dict[str, Any]]:
    rows = sorted(counts.dislike_reasons.rows.values(), key=lambda row: (-row.counts[0], row.example))
    return [{"reason": row.example, "count": row.counts[0]} for row in rows[:_MAX_REASONS]]
