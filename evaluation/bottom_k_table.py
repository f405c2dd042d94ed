"""Sums of counts by name in bounded memory, for names that a log may have any number of."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from data.metrics.resampling import derive_seed

_SLACK = 100


@dataclass
class Row:
    """The counts of a name, and an example of it to show (JSON-ready, or None)."""

    hash: int
    counts: list[int]
    example: Any


@dataclass
class BottomKTable:
    """Sums of counts by name for at most `capacity` names; the counts of all other names are summed up together.

    The names kept are those with the lowest hashes of all that were ever added (a bottom-k sample). A name that is among them
    at the end was among them from the first time on, so its counts are complete, and the same however a log is cut into shards.

    Source: Cohen and Kaplan 2007, Summarizing data using bottom-k sketches.
    """

    capacity: int
    width: int
    rows: dict[str, Row] = field(default_factory=dict)
    total: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.total = self.total or [0] * self.width

    def add(self, name: str, counts: list[int], example: Any) -> None:
        """Add counts to those of a name. Of two examples, the one that sorts first stays."""
        row = self.rows.get(name)
        if row is None:
            row = self.rows[name] = Row(derive_seed(name), [0] * self.width, example)
        elif example is not None and (row.example is None or example < row.example):
            row.example = example
        for column, count in enumerate(counts):
            row.counts[column] += count
            self.total[column] += count
        if len(self.rows) > 2 * self.capacity + _SLACK:
            self.prune()

    def merge(self, other: BottomKTable) -> None:
        """Add the counts of another table."""
        for name, theirs in other.rows.items():
            mine = self.rows.get(name)
            if mine is None:
                self.rows[name] = Row(theirs.hash, list(theirs.counts), theirs.example)
            else:
                mine.counts = [a + b for a, b in zip(mine.counts, theirs.counts, strict=True)]
                if theirs.example is not None and (mine.example is None or theirs.example < mine.example):
                    mine.example = theirs.example
        self.total = [a + b for a, b in zip(self.total, other.total, strict=True)]
        self.prune()

    def prune(self) -> None:
        """Keep the names with the lowest hashes, in that order."""
        if len(self.rows) > self.capacity:
            self.rows = dict(nsmallest(self.capacity, self.rows.items(), key=lambda item: (item[1].hash, item[0])))

    @property
    def rest(self) -> list[int]:
        """The sums of all names that were not kept."""
        return [
            total - sum(row.counts[column] for row in self.rows.values()) for column, total in enumerate(self.total)
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the table as JSON-ready values."""
        self.prune()
        return {
            "named": {name: [row.hash, row.counts, row.example] for name, row in self.rows.items()},
            "total": self.total,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any], capacity: int) -> BottomKTable:
        """Return the table that to_json was called on."""
        rows = {name: Row(hash, list(counts), example) for name, (hash, counts, example) in values["named"].items()}
        return cls(capacity, len(values["total"]), rows, list(values["total"]))
