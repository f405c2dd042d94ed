"""A few turns for each number, drawn evenly from all that count in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any

from evaluation.options import EXAMPLES


@dataclass
class Examples:
    """For each tag, the lines of the turns with the lowest hashes: a fair draw that is the same however the log is cut."""

    most: int = EXAMPLES
    tags: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def offer(self, tag: str, hash: int, line: str) -> None:
        """Count a turn under the tag, and keep its line if its hash is low enough."""
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self._keep(tag, -hash, line)

    def _keep(self, tag: str, negative: int, line: str) -> None:
        heap = self.tags.get(tag)
        if heap is None:
            heap = self.tags[tag] = []
        if len(heap) < self.most:
            heappush(heap, (negative, line))
        elif (negative, line) > heap[0]:  # two conversations may have one id, and then one hash
            heappushpop(heap, (negative, line))

    def merge(self, other: Examples) -> None:
        """Take in another's."""
        for tag, count in other.counts.items():
            self.counts[tag] = self.counts.get(tag, 0) + count
        for tag, heap in other.tags.items():
            for negative, line in heap:
                self._keep(tag, negative, line)

    def forget(self, tags: set[str]) -> None:
        """Drop what is kept under the tags; their counts stay."""
        for tag in tags:
            self.tags.pop(tag, None)

    def of(self, tag: str) -> list[str]:
        """The lines kept under the tag, in the order of their hashes."""
        return [line for _, line in sorted(self.tags.get(tag, ()), key=lambda one: (-one[0], one[1]))]

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return {
            "counts": self.counts,
            "tags": {tag: [[-one, line] for one, line in heap] for tag, heap in self.tags.items()},
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Examples:
        """What to_json gave."""
        made = cls()
        made.counts = dict(raw["counts"])
        for tag, kept in raw["tags"].items():
            for hash, line in kept:
                made._keep(tag, -hash, line)
        return made
