"""Options of an evaluation, and the constants that its numbers depend on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from data.formats.logs import Speakers
from data.text.mask import mask

SCHEMA = 1
"""The version of report.json. It grows when a key changes its meaning or goes away."""

MAX_EXAMPLES = 200
"""The most example turns that the report holds for a number."""

BOOTSTRAP_ROUNDS = 1000
"""How often the conversations are resampled for an interval."""


class EvaluationError(ValueError):
    """Something cannot be evaluated. The text says what was given, what was expected and what to do."""


@dataclass(frozen=True)
class Options:
    """Options that change the numbers of a report.

    Attributes:
        mask_personal_data: telephone, e-mail, identity and card numbers are made unreadable.
        log_format: the format of every log, one of LOG_FORMATS; detected for each file where it is None.
        has_human_replies: the replies of the log were given by people, so they are the references of a replayed bot.
        users: the names of speakers that are persons.
        bots: the names of speakers that are bots.
        fallback_texts: replies by which the bot says that it did not know, beside the common wordings.
    """

    mask_personal_data: bool = True
    log_format: str | None = None
    has_human_replies: bool = False
    fallback_texts: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()

    @property
    def speakers(self) -> Speakers:
        """The names that say who is the person and who the bot."""
        return Speakers(self.users, self.bots)

    def mask(self, text: str) -> str:
        """Return the text as it may be shown: masked, unless the options say otherwise."""
        return mask(text) if self.mask_personal_data else text

    def compute_fingerprint(self) -> str:
        """Return 16 hexadecimal digits of everything that a shard's numbers depend on beside the shard."""
        return hashlib.sha256(json.dumps([SCHEMA, MAX_EXAMPLES, BOOTSTRAP_ROUNDS, asdict(self)]).encode()).hexdigest()[
            :16
        ]
