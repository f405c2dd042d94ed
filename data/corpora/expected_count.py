"""A corpus that is what it should be: as many records as it is known to have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from data.paths import CorpusError

Record = TypeVar("Record")


def expect_count(name: str, records: Iterable[Record], expected: int) -> Iterator[Record]:
    """The records, all of them. Raises CorpusError at the end if there were more or fewer than expected."""
    found = 0
    for record in records:
        found += 1
        yield record
    if found != expected:
        raise CorpusError(
            f"The corpus {name} has {found} records, expected {expected}: it is another version, or cut short. Fetch it again."
        )
