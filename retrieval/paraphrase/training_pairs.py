"""The training pairs of the shipped paraphrase models.

They share nothing with LCQMC's test part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from data.corpora import sentence_pairs
from data.corpora.split import assign_part
from data.formats.starter import read_starter
from data.records import LANGUAGES, LabelledPair, Language, Selection
from retrieval.training_data import PhrasingIndex, is_held_out

MIN_CHARACTERS = 10
"""Characters below which a text of LCQMC dev gives the label away: the 1,046 rows with such a one are all labelled different.

In LCQMC's other parts, and where people ask, they are not; a model that sees these rows learns that short is different.
"""

_FOUND = 5


@dataclass(frozen=True)
class PairSet:
    """Labelled pairs drawn in one way.

    share is how much they count together, relative to another set of the same size.
    """

    name: str
    rows: Sequence[LabelledPair]
    share: float = 1.0


def load_lcqmc() -> list[LabelledPair]:
    """Load LCQMC's dev rows without test sentences and without the short rows.

    The length of a short row gives away its label.
    """
    rows = sentence_pairs.load_clean_training()["lcqmc dev"].rows
    return [row for row in rows if not is_too_short(row)]


def is_too_short(row: LabelledPair) -> bool:
    """Return whether one of the texts has fewer than MIN_CHARACTERS characters."""
    return min(len(row.first), len(row.second)) < MIN_CHARACTERS


def is_for_tuning(row: LabelledPair) -> bool:
    """Return whether a row is one of the tenth that is used for choices only.

    The first text decides; nothing is learned from these rows.
    """
    return assign_part(row.first) == "dev"


def build_starter_pairs(starter: Path, language: Language, held_out: bool = False) -> list[LabelledPair]:
    """Pair phrasings of the starter corpus with the five most similar others.

    Those of the same entry are right.

    Right and wrong ones are found by the same search, so that sharing much does not itself tell them apart the wrong way
    round. held_out: with the phrasings asked that no training sees, and otherwise with the others; what is found is always among
    the others. Raises FormatError.
    """
    entries = [entry for entry in read_starter(starter) if entry.language == language]
    near = PhrasingIndex(entries)
    return [
        LabelledPair(question, text, int(owner == entry.id))
        for entry in entries
        for question in entry.questions
        if is_held_out(question) == held_out
        for text, owner in near.find_similar(question, _FOUND)
    ]


def load_general_sets(starter: Path) -> dict[Language, list[PairSet]]:
    """Load the pairs that the model for any two questions learns from, by language.

    There is no English set of pairs that were not found by a search, so English has those.

    Raises:
        CorpusError, FormatError: Something is missing or damaged.
    """
    rows = [row for row in load_lcqmc() if not is_for_tuning(row)]
    return {"zh": [PairSet("LCQMC dev", rows)], "en": [PairSet("own en", build_starter_pairs(starter, "en"))]}


def load_search_sets(starter: Path) -> dict[Language, list[PairSet]]:
    """Load the pairs that the model for found phrasings learns from, by language.

    Among those, sharing much tells little, for that is what they were found by: learned together with pairs as they come, each
    would spoil the other.

    Raises:
        FormatError: The starter corpus is damaged.
    """
    return {language: [PairSet(f"own {language}", build_starter_pairs(starter, language))] for language in LANGUAGES}


def build_selections(starter: Path, language: Language) -> list[Selection]:
    """Build selections of held-out phrasings, with the five found for each.

    One of its entry is right.

    Raises:
        FormatError: The starter corpus is damaged.
    """
    rows = groupby(build_starter_pairs(starter, language, held_out=True), key=lambda row: row.first)
    groups = [(first, list(each)) for first, each in rows]
    return [
        Selection((first,), tuple(row.second for row in each), tuple(row.label for row in each))
        for first, each in groups
    ]
