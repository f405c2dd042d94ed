"""An even sample of the different questions of a log, with how often each was asked and how often not answered."""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import Any
from zlib import crc32

CAPACITY = 1_500
"""The most different questions that are kept."""

_SLACK = 1_000


class QuestionSample:
    """The questions with the lowest checksums of all. Their counts are complete, and the same however a log is cut into shards.

    Attributes:
        rows: by checksum, [the question as it may be shown, how often it was asked, how often it got no answer].
    """

    def __init__(self) -> None:
        self.rows: dict[int, list[Any]] = {}
        self._highest = 2**32

    def add(self, question: str, is_unanswered: bool, show: Callable[[], str]) -> None:
        """Count a question; show returns it as it may be shown, and is called for the few that are kept."""
        checksum = crc32(question.encode("utf-8", "surrogatepass"))
        if checksum > self._highest:
            return
        row = self.rows.get(checksum)
        if row is None:
            row = self.rows[checksum] = [show(), 0, 0]
            if len(self.rows) > CAPACITY + _SLACK:
                self.prune()
        row[1] += 1
        row[2] += is_unanswered

    def prune(self) -> None:
        """Keep the questions with the lowest checksums."""
        if len(self.rows) > CAPACITY:
            self.rows = {checksum: self.rows[checksum] for checksum in nsmallest(CAPACITY, self.rows)}
            self._highest = max(self.rows)

    def merge(self, other: QuestionSample) -> None:
        """Add the counts of another sample."""
        for checksum, (text, asked, unanswered) in other.rows.items():
            row = self.rows.setdefault(checksum, [text, 0, 0])
            row[0] = min(row[0], text)
            row[1] += asked
            row[2] += unanswered
        self.prune()

    def to_json(self) -> list[list[Any]]:
        """Return the sample as JSON-ready values."""
        self.prune()
        return [[checksum, *row] for checksum, row in sorted(self.rows.items())]

    @classmethod
    def from_json(cls, values: list[list[Any]]) -> QuestionSample:
        """Return the sample that to_json was called on."""
        sample = cls()
        sample.rows = {checksum: row for checksum, *row in values}
        return sample
