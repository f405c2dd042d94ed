"""Rules that correct the probabilities of hits where the features say too little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data.records import Entry
from data.text.standardize import standardize
from retrieval.change import EntryWords, compare_change
from retrieval.contrast.designation import is_another_variant
from retrieval.hit import MAX_PHRASINGS, MIN_MEANING, Hit, find_origin
from retrieval.text_analysis import strip_plain

# Of a message that goes on from an answer: an entry with just the change that it names, and the answered entry where it says
# nothing of what is named. Chosen on the follow-ups of the two owners that are there to tune on.
_CHANGED, _UNSAID = 0.8, 0.5


def distrust_details(text: str, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits, none of them sure that is of another variant, or shares words with its reply alone.

    To name a detail of a reply is not to ask for it.
    """

    def is_doubtful(hit: Hit) -> bool:
        features = hit.features
        shares = features["phrasing_words"] or features["phrasing_grams"] or features["meaning"] >= MIN_MEANING
        return not shares or is_another_variant(text, hit.entry.questions[:MAX_PHRASINGS])

    return [replace(hit, probability=min(hit.probability, _UNSAID)) if is_doubtful(hit) else hit for hit in hits]


def prefer_own(hits: list[Hit]) -> list[Hit]:
    """Return the hits without those courtesies whose question an entry of the owner answers.

    That entry becomes as probable as the courtesy.
    """
    own = [hit for hit in hits if find_origin(hit.entry.place.file) is None]
    for courtesy in [hit for hit in hits if find_origin(hit.entry.place.file) == "courtesy"]:
        phrasings = {strip_plain(standardize(text)) for text in courtesy.entry.questions}
        for mine in own:
            if phrasings.isdisjoint(strip_plain(standardize(text)) for text in mine.entry.questions):
                continue
            probability = max(mine.probability, courtesy.probability)
            hits = [
                replace(hit, probability=probability) if hit is mine else hit for hit in hits if hit is not courtesy
            ]
            break
    return hits


def weigh_changes(standard: str, previous: str, answered: Entry, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits for a message that goes on, the more probable where exactly what it names is changed.

    Args:
        standard: The message, standardized.
        previous: The stored question that was answered before.
        answered: Its entry.
        hits: What was found for the message.
    """
    before, weighed = EntryWords.of(previous, answered.questions, answered.reply), []
    for hit in hits:
        words = EntryWords.of(hit.question, hit.entry.questions[:MAX_PHRASINGS], hit.entry.reply)
        change = compare_change(standard, before, words, hit.entry.id == answered.id)
        if change == "named":
            hit = replace(hit, probability=max(hit.probability, _CHANGED))
        elif change == "unsaid":
            hit = replace(hit, probability=min(hit.probability, _UNSAID))
        weighed.append(hit)
    return weighed
