"""Check that a corpus has as many records as it should."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from data.paths import CorpusError

Record = TypeVar("Record")


def expect_count(name: str, records: Iterable[Record], expected: int) -> Iterator[Record]:
    """Yield all records.

    Raises:
        CorpusError: There were more or fewer records than expected; raised at the end.
    """
    found = 0
    for record in records:
        found += 1
        yield record
    if found != expected:
        raise CorpusError(
            f"The corpus {name} has {found} records, expected {expected}: it is another version, or cut short. Download it again."
        )
