"""Questions that got no answer, put together by likeness and named: what the knowledge lacks."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.formats.columns import EXPORTED, escape_formula
from data.formats.errors import MAX_QUESTION
from data.text.segment import grams
from data.text.segment import words as words_of

LIKE = 0.5
"""The least cosine of a question with the first of its group."""

MOST = 5_000
PHRASINGS = 20
_NAMED = 3
_MASKED = re.compile(r"\[(?:phone|email|id|card)\]")


@dataclass
class Group:
    """Questions that ask much the same: the most frequent first. name is what they have in common and others do not."""

    questions: list[tuple[str, int]]
    language: str
    name: str = ""

    @property
    def count(self) -> int:
        """How often one of them was asked."""
        return sum(count for _, count in self.questions)


def groups(asked: Iterable[tuple[str, str, int]]) -> list[Group]:
    """The groups of (text, language, count), the most asked first.

    Leader clustering (Hartigan 1975, chapter 3): question after question, the most frequent first, joins the group whose first
    question is most like it, if the cosine of their character n-grams, weighted by rarity, is at least LIKE; else it begins one.
    At most MOST different questions are looked at.
    """
    ordered = sorted(asked, key=lambda one: (-one[2], one[0]))[:MOST]
    counted = [Counter(grams(text)) for text, _, _ in ordered]
    spread = Counter(gram for one in counted for gram in one)
    rarity = {gram: math.log(1 + len(ordered) / many) for gram, many in spread.items()}
    made: list[Group] = []
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for (text, language, count), grams_of in zip(ordered, counted, strict=True):
        vector = {gram: rarity[gram] * (1 + math.log(many)) for gram, many in grams_of.items()}
        length = math.sqrt(math.fsum(value * value for value in vector.values())) or 1.0
        likeness: dict[int, float] = defaultdict(float)
        for gram, value in sorted(vector.items()):
            for leader, other in postings[gram]:
                likeness[leader] += value / length * other
        best = max(likeness, key=lambda leader: (likeness[leader], -leader), default=None)
        if best is not None and likeness[best] >= LIKE:
            made[best].questions.append((text, count))
            continue
        for gram, value in vector.items():
            postings[gram].append((len(made), value / length))
        made.append(Group([(text, count)], language))
    _name(made)
    return sorted(made, key=lambda group: (-group.count, group.questions[0][0]))


def _name(made: Sequence[Group]) -> None:
    """Name each group by the words that most of its questions have and few other groups."""
    used = [Counter(word for text, _ in group.questions for word in set(_spoken(text))) for group in made]
    spread = Counter(word for one in used for word in one)
    for group, counts in zip(made, used, strict=True):
        least = max(1, len(group.questions) / 3)
        telling = sorted(
            (word for word, many in counts.items() if many >= least),
            key=lambda word: (-counts[word] * math.log(1 + len(made) / spread[word]) * min(len(word), 4), word),
        )
        kept = telling[:_NAMED]
        first = group.questions[0][0].casefold()
        group.name = " · ".join(
            sorted(kept, key=lambda word: (first.find(word) if word in first else len(first), word))
        )


def _spoken(text: str) -> list[str]:
    """The words of a text as they are written: Chinese as segmented, two characters or more, English not stemmed."""
    text = _MASKED.sub(" ", text)
    found = [word for word in words_of(text) if not word.isascii() and len(word) > 1]
    english = "".join(
        character if character.isascii() and (character.isalnum() or character in "'-") else " " for character in text
    )
    return found + [word for word in english.casefold().split() if len(word) > 2]


def sheet(made: Iterable[Group]) -> str:
    """The groups as a table that `learn` reads back when the column reply is filled in: one row a group, its phrasings in one
    cell, one a line. Cells that a spreadsheet program would run as a formula are disarmed, and `learn` takes that back.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(EXPORTED)
    for group in made:
        phrasings = [question for question, _ in group.questions if len(question) <= MAX_QUESTION][:PHRASINGS]
        if phrasings:
            rows.writerow(["", group.language, escape_formula("\n".join(phrasings)), "", "", ""])
    return text.getvalue()
