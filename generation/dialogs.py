"""Read a file of dialogues as exchanges."""

from __future__ import annotations

from pathlib import Path

from data.formats import FormatError, read_pairs
from data.records import Pair
from generation.examples import Exchange, convert_pairs


def read_exchanges(path: Path) -> list[Exchange]:
    """Return the exchanges of a file in any format that `learn` reads.

    Raises:
        FormatError: The file has no such format, or holds no exchange.
        OSError: It cannot be read.
    """
    found = list(convert_pairs(row for row in read_pairs(path) if isinstance(row, Pair)))
    if not found:
        raise FormatError(
            f"{path.name} holds no message with a reply; expected at least one. Check the names of its columns."
        )
    return found
