"""What an evaluation is told beside its logs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

SCHEMA = 1
"""The version of report.json; it grows when a name changes its meaning or goes away."""

EXAMPLES = 200
"""How many example turns the report holds for a number."""

ROUNDS = 1000
"""How often conversations are drawn anew for an interval."""

Safety = Callable[[str, str], Sequence[str]]
"""What a filter finds in a message and its reply: names of what is wrong, none if nothing is."""


class EvaluationError(ValueError):
    """Something that cannot be evaluated: what was given, what was expected, what to do."""


@dataclass(frozen=True)
class Options:
    """masked: personal numbers and addresses are made unreadable. form: the format of every log, guessed where it is None.

    human: the replies of the log were given by people, so they are what a replayed bot is measured against. fallbacks are
    further texts by which a reply says that nothing was known.
    """

    masked: bool = True
    form: str | None = None
    human: bool = False
    fallbacks: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """What the numbers of a part depend on beside the part, as hexadecimal digits."""
        return hashlib.sha256(json.dumps([SCHEMA, EXAMPLES, ROUNDS, asdict(self)]).encode()).hexdigest()[:16]
