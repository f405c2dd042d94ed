"""The report as text for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

_SCALES = {"share": (100.0, "%"), "ms": (1.0, " ms"), "score": (1.0, ""), "number": (1.0, "")}
_MAX_CLUSTERS = 5
_QUESTION_WIDTH = 60


def render_text(report: Mapping[str, Any]) -> str:
    """Return the main numbers of report.json as lines of text, with their 95 % intervals and what they are of."""
    counts = report["counts"]
    heading = [f"{counts['turns']:,} turns in {counts['conversations']:,} conversations"]
    if counts["refused"]:
        heading.append(f"{counts['refused']:,} lines could not be read")
    if counts["disordered"]:
        heading.append(f"{counts['disordered']:,} times out of order")
    if counts["repeated_ids"]:
        heading.append(f"{counts['repeated_ids']:,} conversations with an id that occurs twice")
    lines = [", ".join(heading), ""]
    lines += [f"  {reading['file']}: {reading['reading']}" for reading in report["readings"]]
    for name, metric in report["metrics"].items():
        value = format_value(metric["value"], metric["unit"])
        lines.append(f"  {name:24}{value:>10}  {_format_interval(metric):24} of {metric['count']:,}")
    if report["comparison"]:
        lines += _render_comparison(report["comparison"])
    for row in report["refused"]:
        lines.append(f"  could not read {row['place']}: {row['why']}: {row['given']!r}")
    for file in report["refused_files"]:
        lines.append(f"  could not read {file['file']}: {file['why']}")
    if report["unanswered"]:
        lines += ["", "Most asked without an answer:"]
        for cluster in report["unanswered"][:_MAX_CLUSTERS]:
            lines.append(f"  {cluster['count']:>6} × {_truncate(cluster['questions'][0]['text'], _QUESTION_WIDTH)}")
    return "\n".join(lines)


def _render_comparison(comparison: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        f"{comparison['new']} compared with {comparison['old']}: {comparison['aligned']:,} turns in both, "
        f"{comparison['wins']:,} better, {comparison['losses']:,} worse, {comparison['ties']:,} the same",
    ]
    for name, change in comparison["metrics"].items():
        undecided = "" if change["low"] <= 0 <= change["high"] else "different"
        verdict = {1: "better", -1: "worse", 0: undecided}[change["verdict"]]
        value = format_value(change["value"], change["unit"])
        lines.append(f"  {name:24}{value:>10}  {_format_interval(change):24} {verdict}".rstrip())
    if not comparison["metrics"]:
        for name, metric in comparison["replayed"].items():
            lines.append(f"  {name:24}{format_value(metric['value'], metric['unit']):>10}")
    return [*lines, ""]


def _format_interval(metric: Mapping[str, Any]) -> str:
    if metric["low"] is None:
        return ""
    return f"[{format_value(metric['low'], metric['unit'])} .. {format_value(metric['high'], metric['unit'])}]"


def format_value(value: float, unit: str) -> str:
    """Return a value of the report with its unit.

    >>> format_value(0.1234, "share"), format_value(12.5, "ms"), format_value(3.14159, "number")
    ('12.34%', '12.5 ms', '3.14')
    """
    scale, sign = _SCALES[unit]
    return f"{value * scale:.{1 if unit == 'ms' else 2}f}{sign}"


def _truncate(text: str, width: int) -> str:
    """Return the beginning of the text that fits so many columns of a terminal; a Chinese character takes two."""
    columns = 0
    for index, character in enumerate(text):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > width:
            return text[:index] + "…"
    return text
