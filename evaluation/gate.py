"""Conditions under which an evaluation fails, as in `fallback_rate>0.2`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluation.metrics import METRICS
from evaluation.options import EvaluationError

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_FORM = re.compile(r"\s*([a-z0-9_.]+)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(%?)\s*")
_OTHERS = (
    "conversations turns marked refused refused_files disordered repeated_ids latency_p50 latency_p90 latency_p99 distinct_1_zh "
    "distinct_2_zh distinct_1_en distinct_2_en change.wins change.losses change.ties change.quality"
).split()


@dataclass(frozen=True)
class Condition:
    """A number of the report, a sign and a bound."""

    name: str
    sign: str
    bound: float

    def holds(self, scores: Mapping[str, float]) -> bool | None:
        """Whether the condition holds, or None if the report has no such number (nothing of the kind was in the log)."""
        return None if self.name not in scores else _SIGNS[self.sign](scores[self.name], self.bound)

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.bound:g}"


def condition(text: str) -> Condition:
    """The condition that the text is. Raises EvaluationError for what is none, or names a number that no report has.

    >>> condition("fallback_rate > 20%")
    Condition(name='fallback_rate', sign='>', bound=0.2)
    >>> condition("change.chrf.high<0").holds({"change.chrf.high": -1.5})
    True
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise EvaluationError(
            f"--fail-if {text!r} is no condition; expected NAME, a sign and a number: fallback_rate>0.2"
        )
    name, sign, bound, percent = found.groups()
    known = {metric.name for metric in METRICS} | set(_OTHERS)
    plain = re.sub(r"\.(low|high)$", "", name).removeprefix("change.")
    if plain not in known and f"change.{plain}" not in known:
        raise EvaluationError(
            f"--fail-if names {name!r}, which no report has; expected one of {', '.join(sorted(known))}, with .low or .high "
            "for the bounds of its interval, and change. before it for the difference to the other log."
        )
    return Condition(name, sign, float(bound) / (100 if percent else 1))
