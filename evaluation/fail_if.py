"""Conditions under which an evaluation fails, as in --fail-if 'fallback_rate>0.2'."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluation.metrics import METRICS
from evaluation.options import EvaluationError

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_PATTERN = re.compile(r"\s*([a-z0-9_.]+)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(%?)\s*")
_OTHER_NAMES = (
    "conversations turns marked refused undecided refused_files disordered repeated_ids latency_p50 "
    "latency_p90 latency_p99 distinct_1_zh "
    "distinct_2_zh distinct_1_en distinct_2_en change.wins change.losses change.ties change.quality"
).split()


@dataclass(frozen=True)
class Condition:
    """The name of a number of the report, an operator and a bound."""

    name: str
    operator: str
    bound: float

    def holds(self, scores: Mapping[str, float]) -> bool | None:
        """Return whether the condition holds, or None if the report has no such number: the log holds nothing of the kind."""
        return None if self.name not in scores else _OPERATORS[self.operator](scores[self.name], self.bound)

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.bound:g}"


def parse_condition(text: str) -> Condition:
    """Return the condition that the text is.

    Raises:
        EvaluationError: the text is no condition, or names a number that no report has.

    >>> parse_condition("fallback_rate > 20%")
    Condition(name='fallback_rate', operator='>', bound=0.2)
    >>> parse_condition("change.chrf.high<0").holds({"change.chrf.high": -1.5})
    True
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise EvaluationError(
            f"--fail-if {text!r} is no condition; expected NAME, an operator and a number: fallback_rate>0.2"
        )
    name, sign, bound, percent = match.groups()
    known_names = {metric.name for metric in METRICS} | set(_OTHER_NAMES)
    base_name = re.sub(r"\.(low|high)$", "", name).removeprefix("change.")
    if base_name not in known_names and f"change.{base_name}" not in known_names:
        raise EvaluationError(
            f"--fail-if names {name!r}, which no report has; expected one of {', '.join(sorted(known_names))}, with .low or "
            ".high for the bounds of its interval, and change. before it for the difference to the other log."
        )
    return Condition(name, sign, float(bound) / (100 if percent else 1))
