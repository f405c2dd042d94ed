"""When the bot answers, offers, asks back or says that it does not know."""

from __future__ import annotations

from dataclasses import dataclass

from bot.types import Candidate


@dataclass(frozen=True)
class Rules:
    """The thresholds of one bot; each is a probability unless something else is said."""

    answer_threshold: float
    """A candidate with at least this probability is given as the answer."""
    ambiguity_margin: float
    """If a second candidate is less than this behind the first, the person is asked which was meant."""
    max_answered_chars: int = 2_000
    """The longest message that is answered, in characters."""
    max_stored_chars: int = 20_000
    """The longest message that is stored, in characters."""
    max_suggestions: int = 3
    """The most buttons below a reply."""
    context_turns: int = 12
    """How many of the turns before a message its sources get."""
    offer_threshold: float = 0.02
    """A candidate with at least this probability may be offered as a button."""
    shipped_threshold: float = 0.35
    """The answer threshold of the entries that the bot ships with, as long as none of the owner's is found.

    Chosen on dev.jsonl of the starter questions, where 94 % of the off-topic questions stay below it.
    """
    passage_threshold: float = 0.8
    """A passage of a document with at least this probability is quoted as the answer, where no entry answers."""
    passage_offer_threshold: float = 0.5
    """A passage with at least this probability is shown with the words that it may be meant."""
    likely: float = 0.5
    """From this probability on, the answer of an offered question is shown at once, as that question's answer."""
    max_buffered_tokens: int = 24
    """How many pieces of a written reply are buffered at most until its clause ends."""

    def is_sure(self, candidate: Candidate) -> bool:
        """Return whether a candidate reaches the threshold at which it may be given as the answer."""
        is_quoted = candidate.evidence.quotation is not None
        return candidate.score >= (self.passage_threshold if is_quoted else self.answer_threshold)
