"""A person's own dialogues as exchanges."""

from __future__ import annotations

from pathlib import Path

from data.formats import FormatError, read_pairs
from data.records import Pair
from generation.examples import Exchange, convert_pairs


def read_exchanges(path: Path) -> list[Exchange]:
    """The exchanges of a file that learn takes. Raises FormatError, also where it holds none, and OSError."""
    found = list(convert_pairs(one for one in read_pairs(path) if isinstance(one, Pair)))
    if not found:
        raise FormatError(
            f"{path.name} holds no message with a reply to it; expected at least one. Look at its columns."
        )
    return found
