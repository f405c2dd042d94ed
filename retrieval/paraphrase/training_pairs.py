"""What the shipped paraphrase model learns from: pairs that share nothing with LCQMC's test, and the starter corpus."""

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
    """Labelled pairs drawn in one way, and how much they count together beside a set of the same size drawn in another."""

    name: str
    rows: Sequence[LabelledPair]
    share: float = 1.0


def load_lcqmc() -> list[LabelledPair]:
    """LCQMC's dev rows that share no sentence with its test part, without those whose label is told by a length."""
    rows = sentence_pairs.load_clean_training()["lcqmc dev"].rows
    return [row for row in rows if not is_too_short(row)]


def is_too_short(row: LabelledPair) -> bool:
    """Whether one of the texts has fewer than SHORTEST characters."""
    return min(len(row.first), len(row.second)) < MIN_CHARACTERS


def is_for_tuning(row: LabelledPair) -> bool:
    """Whether a row is of the tenth that choices are made on and nothing is learned from, told by its first text."""
    return assign_part(row.first) == "dev"


def build_starter_pairs(starter: Path, language: Language, held_out: bool = False) -> list[LabelledPair]:
    """Phrasings of the starter corpus, each with the five others that share most with it: right are those of its entry.

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
    """What tells whether any two questions ask the same is learned from, by language. Raises CorpusError, FormatError.

    There is no English set of pairs that were not found by a search, so English has those.
    """
    rows = [row for row in load_lcqmc() if not is_for_tuning(row)]
    return {"zh": [PairSet("LCQMC dev", rows)], "en": [PairSet("own en", build_starter_pairs(starter, "en"))]}


def load_search_sets(starter: Path) -> dict[Language, list[PairSet]]:
    """What tells which of the phrasings that a search found ask the same is learned from, by language. Raises FormatError.

    Among those, sharing much tells little, for that is what they were found by: learned together with pairs as they come, each
    would spoil the other.
    """
    return {language: [PairSet(f"own {language}", build_starter_pairs(starter, language))] for language in LANGUAGES}


def build_selections(starter: Path, language: Language) -> list[Selection]:
    """The phrasings that no training sees, each to be matched with one of its entry among the five found. Raises FormatError."""
    rows = groupby(build_starter_pairs(starter, language, held_out=True), key=lambda row: row.first)
    groups = [(first, list(each)) for first, each in rows]
    return [
        Selection((first,), tuple(row.second for row in each), tuple(row.label for row in each))
        for first, each in groups
    ]
