"""When the bot answers, offers, asks back or says that it does not know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The thresholds of one bot; each is a probability unless something else is said.

    A candidate from answer_threshold on is given as the answer, unless a second one lies less than ambiguity_margin behind it:
    then the person is asked which was meant. From offer_threshold on a candidate is offered as a button, at most `suggestions`
    of them. read and keep are the longest message, in characters, that is answered and that is stored.
    """

    answer_threshold: float
    ambiguity_margin: float
    max_answered_chars: int = 2_000
    max_stored_chars: int = 20_000
    max_suggestions: int = 3
    context_turns: int = 12
    """How many of the turns before it a source may look at."""
    offer_threshold: float = 0.02
    shipped_threshold: float = 0.35
    """The answer threshold of what the bot brings along, as long as no entry of the owner's is found: chosen on dev.jsonl of the
    starter questions, where 94 % of what is off topic stays below it.
    """
    likely: float = 0.5
    """From here on the answer of an offered question is shown at once, as that question's answer."""
    max_buffered_tokens: int = 24
    """How many pieces of a written reply are held back at most until its clause ends."""
