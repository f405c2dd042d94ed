"""A sample of turns for each tag, drawn evenly from all turns that have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any

from evaluation.options import MAX_EXAMPLES


@dataclass
class ExampleSample:
    """For each tag, the lines of the turns with the lowest hashes.

    This is a uniform sample, and the same however a log is cut into shards. heaps holds (negative hash, line) by tag, counts how
    many turns have a tag.
    """

    capacity: int = MAX_EXAMPLES
    heaps: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add_turn(self, tags: Iterable[str], hash: int, line: bytes) -> None:
        """Keep the line of a turn under each of its tags if its hash is low enough; count_tags counts the tags."""
        heaps, capacity, negative_hash = self.heaps, self.capacity, -hash
        for tag in tags:
            heap = heaps.get(tag)
            if heap is None or len(heap) < capacity or negative_hash >= heap[0][0]:
                self._push(tag, negative_hash, line.decode())

    def count_tags(self, tags: Iterable[str]) -> None:
        """Count the tags of many turns."""
        for tag, count in Counter(tags).items():
            self.counts[tag] = self.counts.get(tag, 0) + count

    def _push(self, tag: str, negative_hash: int, line: str) -> None:
        heap = self.heaps.get(tag)
        if heap is None:
            heap = self.heaps[tag] = []
        if len(heap) < self.capacity:
            heappush(heap, (negative_hash, line))
        elif (negative_hash, line) > heap[0]:  # two conversations may have one id, and then one hash
            heappushpop(heap, (negative_hash, line))

    def merge(self, other: ExampleSample) -> None:
        """Add the turns of another sample."""
        for tag, count in other.counts.items():
            self.counts[tag] = self.counts.get(tag, 0) + count
        for tag, heap in other.heaps.items():
            for negative_hash, line in heap:
                self._push(tag, negative_hash, line)

    def drop_tags(self, tags: set[str]) -> None:
        """Drop the lines of the tags; their counts stay."""
        for tag in tags:
            self.heaps.pop(tag, None)

    def list_lines(self, tag: str) -> list[str]:
        """Return the lines kept under the tag, in the order of their hashes."""
        return [line for _, line in sorted(self.heaps.get(tag, ()), key=lambda pair: (-pair[0], pair[1]))]

    def to_json(self) -> dict[str, Any]:
        """Return the sample as JSON-ready values."""
        return {
            "counts": self.counts,
            "tags": {tag: [[-hash, line] for hash, line in heap] for tag, heap in self.heaps.items()},
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ExampleSample:
        """Return the sample that to_json was called on."""
        sample = cls()
        sample.counts = dict(values["counts"])
        for tag, lines in values["tags"].items():
            for hash, line in lines:
                sample._push(tag, -hash, line)
        return sample
