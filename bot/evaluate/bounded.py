"""Counts under names that a log may have any number of, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from data.metrics.resampling import derive_seed


@dataclass
class Named:
    """What is known under a name: counts, and what to show of it."""

    hash: int
    counts: list[int]
    shown: Any


@dataclass
class BoundedTable:
    """Sums of counts by name, for at most `most` names; the rest are summed up together.

    The names kept are those with the lowest hashes of all that were ever seen. Whoever is among them at the end was among
    them from the first time on, so kept counts are complete, and the same however the log is cut into parts.
    """

    most: int
    width: int
    named: dict[str, Named] = field(default_factory=dict)
    total: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.total = self.total or [0] * self.width

    def add(self, name: str, counts: list[int], shown: Any) -> Named:
        """Add counts to a name's; of two things to show, the one that sorts first stays."""
        known = self.named.get(name)
        if known is None:
            known = self.named[name] = Named(derive_seed(name), [0] * self.width, shown)
        elif shown is not None and (known.shown is None or shown < known.shown):
            known.shown = shown
        for place, count in enumerate(counts):
            known.counts[place] += count
            self.total[place] += count
        if len(self.named) > 2 * self.most + 100:
            self.prune()
        return known

    def merge(self, other: BoundedTable) -> None:
        """Add another table's counts."""
        for name, known in other.named.items():
            mine = self.named.get(name)
            if mine is None:
                self.named[name] = Named(known.hash, list(known.counts), known.shown)
            else:
                mine.counts = [one + two for one, two in zip(mine.counts, known.counts, strict=True)]
                if known.shown is not None and (mine.shown is None or known.shown < mine.shown):
                    mine.shown = known.shown
        self.total = [one + two for one, two in zip(self.total, other.total, strict=True)]
        self.prune()

    def prune(self) -> None:
        """Keep the names with the lowest hashes, in that order."""
        if len(self.named) > self.most:
            kept = nsmallest(self.most, self.named.items(), key=lambda item: (item[1].hash, item[0]))
            self.named = dict(kept)

    @property
    def rest(self) -> list[int]:
        """The sums of all names that were not kept."""
        kept = [sum(column) for column in zip(*(one.counts for one in self.named.values()), strict=True)] or [
            0
        ] * self.width
        return [one - two for one, two in zip(self.total, kept, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready values."""
        self.prune()
        return {
            "named": {name: [one.hash, one.counts, one.shown] for name, one in self.named.items()},
            "total": self.total,
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any], most: int) -> BoundedTable:
        """What to_json gave."""
        named = {name: Named(hash, list(counts), shown) for name, (hash, counts, shown) in raw["named"].items()}
        return cls(most, len(raw["total"]), named, list(raw["total"]))
