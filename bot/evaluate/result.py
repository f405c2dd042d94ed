"""A tally as report.json has it: plain values under names that stay what they are as long as the schema's number does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bot.evaluate.columns import AT, BINS, DAILY, UNIT
from bot.evaluate.metrics import interval, values_of
from bot.evaluate.options import SCHEMA, Options
from bot.evaluate.tally import DAILY_ROUNDS, GRAMS, Ints, Tally
from bot.evaluate.unanswered import Group, groups
from data.metrics import histogram

POINTS = 120
"""The most points of a plot over time; a longer period is shown by weeks, then by four weeks."""

TOP = 100
_PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
_DAILY_RATES = (
    ("fallback_rate", "fallback", "turns", 1),
    ("mismatch_rate", "mismatch", "comparable", 1),
    ("repeated_rate", "repeated", "follow", 1),
    ("liked", "liked", "turns", 1),
    ("disliked", "disliked", "turns", 1),
    ("latency_mean", "latency", "timed", 1000),
)


def result_of(
    tally: Tally, options: Options, files: Sequence[str], refused_files: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The report as JSON-ready values; comparison is put in by who compares."""
    return {
        "schema": SCHEMA,
        "files": list(files),
        "formats": dict(sorted(tally.formats.items())),
        "masked": options.masked,
        "period": [_moment(time) for time in tally.times],
        "counts": {
            "conversations": _total(tally, "conversations"),
            "turns": _total(tally, "turns"),
            "marked": _total(tally, "liked") + _total(tally, "disliked"),
            "refused": tally.counts["refused"],
            "refused_files": len(refused_files),
            "disordered": tally.counts["disordered"],
            "repeated_ids": tally.repeated_ids,
        },
        "metrics": values_of(tally) | _without_interval(tally),
        "percentiles": {
            name: _percentiles(counts) | {"histogram": _bars(counts)}
            for name, counts in tally.histograms.items()
            if counts.any()
        },
        "sources": _sources(tally),
        "days": _days(tally),
        "calibration": _calibration(tally.totals),
        "unanswered": [_group(group) for group in unanswered_of(tally)[:TOP]],
        "entries": _entries(tally),
        "fights": _fights(tally),
        "reasons": [
            {"reason": one.shown, "count": one.counts[0]}
            for one in sorted(tally.reasons.named.values(), key=lambda one: (-one.counts[0], one.shown))[:20]
        ],
        "refused": [{"place": place, "why": why, "given": given} for place, why, given in tally.refused],
        "refused_files": [{"file": Path(file).name, "why": why} for file, why in refused_files],
        "comparison": None,
    }


def unanswered_of(tally: Tally) -> list[Group]:
    """The groups of unanswered questions."""
    return groups((str(one.shown[0]), str(one.shown[1]), one.counts[0]) for one in tally.unanswered.named.values())


def examples_of(tally: Tally) -> dict[str, Any]:
    """The example turns: each once, and under each tag the numbers of its turns; counts says how many turns a tag has."""
    turns: list[Any] = []
    numbers: dict[str, int] = {}
    tags: dict[str, list[int]] = {}
    for tag in sorted(tally.examples.tags):
        for line in tally.examples.of(tag):
            if line not in numbers:
                numbers[line] = len(turns)
                turns.append(json.loads(line))
            tags.setdefault(tag, []).append(numbers[line])
    return {"turns": turns, "tags": tags, "counts": dict(sorted(tally.examples.counts.items()))}


def _total(tally: Tally, name: str) -> int:
    return int(tally.totals[AT[name]])


def _moment(time: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(time))).isoformat()


def _without_interval(tally: Tally) -> dict[str, dict[str, Any]]:
    """Numbers that no drawing anew gives an interval for: shares of different words, and percentiles."""
    made: dict[str, dict[str, Any]] = {}
    for name in GRAMS:
        kind, _, language = name.partition("_")
        words = _total(tally, f"words_{language}")
        if words:
            made[f"distinct_{1 if kind == 'words' else 2}_{language}"] = _plain(
                tally.grams[name].count() / words, words, "share", 1, exact=tally.grams[name].exact
            )
    for name, value in _percentiles(tally.histograms["latency"]).items():
        if value is not None:
            made[f"latency_{name}"] = _plain(value, _total(tally, "timed"), "ms", -1) | {"tags": ["slow"]}
    return made


def _plain(value: float, count: int, unit: str, better: int, **more: Any) -> dict[str, Any]:
    return {
        "value": value, "low": None, "high": None, "count": count, "unit": unit, "better": better, "group": "said",
        "tags": ["turns"], **more,
    }  # fmt: skip


def _percentiles(counts: Ints) -> dict[str, float | None]:
    return {name: histogram.percentile(counts, share) for name, share in _PERCENTILES}


def _bars(counts: Ints) -> list[list[float]]:
    """[value, count] for four bars in each doubling."""
    made: dict[int, int] = {}
    for place in np.flatnonzero(counts):
        bar = 0 if place == 0 else 1 + (int(place) - 1) // 8
        made[bar] = made.get(bar, 0) + int(counts[place])
    return [
        [0.0 if bar == 0 else histogram.bin_value(1 + (bar - 1) * 8 + 4), count] for bar, count in sorted(made.items())
    ]


def _sources(tally: Tally) -> list[dict[str, Any]]:
    tally.sources.prune()
    turns_of_all = _total(tally, "turns") or 1
    drawn = tally.rounds[:DAILY_ROUNDS, AT["turns"]]
    made = []
    for name, one in tally.sources.named.items():
        turns, liked, disliked, chars, timed = one.counts
        with np.errstate(divide="ignore", invalid="ignore"):
            bounds = interval(np.where(drawn > 0, tally.source_rounds[name] / drawn, np.nan))
        made.append(
            {
                "name": name,
                "turns": turns,
                "share": turns / turns_of_all,
                "liked": liked,
                "disliked": disliked,
                "length": chars / turns,
            }
            | (_percentiles(tally.source_latency[name]) if timed else dict.fromkeys(("p50", "p90", "p99")))
            | {"tag": f"source:{name}", "low": bounds and bounds[0], "high": bounds and bounds[1]}
        )
    rest = tally.sources.rest
    if rest[0]:
        made.append(
            {
                "name": "…",
                "turns": rest[0],
                "share": rest[0] / turns_of_all,
                "liked": rest[1],
                "disliked": rest[2],
                "length": rest[3] / rest[0],
            }
            | dict.fromkeys(("p50", "p90", "p99", "tag", "low", "high"))
        )
    return sorted(made, key=lambda one: (-one["turns"], one["name"]))


def _days(tally: Tally) -> dict[str, Any]:
    if not tally.days:
        return {"step": 1, "points": []}
    span = max(tally.days) - min(tally.days) + 1
    step = next((step for step in (1, 7, 28) if span <= step * POINTS), 364)
    sums: dict[int, Ints] = {}
    rounds: dict[int, Ints] = {}
    for day in sorted(tally.days):
        first = (day + 3) // step * step - 3 if step > 1 else day  # weeks begin on Mondays, and 1970 on a Thursday
        sums[first] = sums.get(first, 0) + tally.days[day]
        rounds[first] = rounds.get(first, 0) + tally.day_rounds[day]
    return {"step": step, "points": [_day(day, sums[day], rounds[day]) for day in sorted(sums)]}


def _day(day: int, sums: Ints, rounds: Ints) -> dict[str, Any]:
    made: dict[str, Any] = {"day": _moment(day * 86400.0)[:10], "turns": int(sums[0])}
    for name, above, below, scale in _DAILY_RATES:
        one, two = DAILY.index(above), DAILY.index(below)
        if not sums[two]:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.where(rounds[:, two] > 0, rounds[:, one] / (rounds[:, two] * scale), np.nan)
        bounds = interval(drawn)
        made[name] = [float(sums[one] / (sums[two] * scale)), bounds and bounds[0], bounds and bounds[1]]
    return made


def _calibration(totals: Ints) -> list[dict[str, Any]]:
    made = []
    for place in range(BINS):
        scored, score, right = (int(totals[AT[f"{what}_{place}"]]) for what in ("scored", "score", "right"))
        if scored:
            made.append(
                {
                    "bin": place,
                    "count": scored,
                    "score": score / UNIT / scored,
                    "right": right / scored,
                    "tag": f"scored_{place}",
                }
            )
    return made


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "language": group.language,
        "count": group.count,
        "questions": [{"text": text, "count": count} for text, count in group.questions[:50]],
        "phrasings": len(group.questions),
    }


def _entries(tally: Tally) -> list[dict[str, Any]]:
    """The entries most disliked, by how often and then by which share of their marks."""
    tally.entries.prune()
    known = [(name, one) for name, one in tally.entries.named.items() if one.counts[2]]
    known.sort(key=lambda item: (-item[1].counts[2], item[1].counts[1], item[0]))
    return [
        {
            "entry": name, "turns": one.counts[0], "liked": one.counts[1], "disliked": one.counts[2],
            "reply": one.shown[0], "question": one.shown[1] or "",
        }
        for name, one in known[:TOP]
    ]  # fmt: skip


def _fights(tally: Tally) -> list[dict[str, Any]]:
    tally.fights.prune()
    known = sorted(tally.fights.named.items(), key=lambda item: (-item[1].counts[0], item[0]))
    return [
        {
            "count": one.counts[0],
            "question": one.shown[0],
            "entries": [{"entry": entry, "reply": reply} for entry, reply in one.shown[1:]],
        }
        for _, one in known[:TOP]
    ]


def scores_of(result: Mapping[str, Any]) -> dict[str, float]:
    """Every number a gate may ask for, by name: metrics, their .low and .high, counts, and the change. beside another log."""
    made: dict[str, float] = {f"{name}": float(value) for name, value in result["counts"].items()}
    groups = [("", result["metrics"])] + (
        [("change.", result["comparison"]["metrics"])] if result["comparison"] else []
    )
    for start, metrics in groups:
        for name, one in metrics.items():
            for key, end in (("value", ""), ("low", ".low"), ("high", ".high")):
                if one.get(key) is not None:
                    made[f"{start}{name}{end}"] = float(one[key])
    if result["comparison"]:
        for name in ("wins", "losses", "ties"):
            made[f"change.{name}"] = float(result["comparison"][name])
    return made
