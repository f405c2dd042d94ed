"""Evaluation of text similarity, beside chance and character n-grams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from data.artifact import Score
from data.corpora import stsb
from data.metrics.spearman import spearman
from data.records import LANGUAGES
from data.text.segment import grams

Similarity = Callable[[str, str], float | None]
"""How alike two texts are, the more the higher; None where one of them says nothing to it."""

Triple = tuple[str, str, str]


def read_triples(path: Path) -> list[Triple]:
    """Read triples (word, similar word, dissimilar word), one a line, tab-separated."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [(word, near, far) for word, near, far in rows]


def measure_triples(similarity: Similarity, triples: Sequence[Triple]) -> float:
    """Return the share of triples with the similar word nearer than the other.

    An unknown word counts as wrong.
    """
    right = 0
    for word, near, far in triples:
        one, other = similarity(word, near), similarity(word, far)
        right += one is not None and other is not None and one > other
    return right / len(triples)


def measure_shared_ngrams(one: str, other: str) -> float:
    """Return Jaccard's coefficient of the character n-grams of two texts, in [0, 1]."""
    first, second = set(grams(one)), set(grams(other))
    return len(first & second) / len(first | second) if first | second else 0.0


def measure_shared_characters(one: str, other: str) -> float:
    """Return Jaccard's coefficient of the characters of two texts, in [0, 1]."""
    first, second = set(one), set(other)
    return len(first & second) / len(first | second) if first | second else 0.0


def evaluate_triples(similarity: Similarity, path: Path) -> list[Score]:
    """Return the share of triples that are judged right, for each language."""
    triples = read_triples(path)
    made = []
    for language in LANGUAGES:
        own = [triple for triple in triples if (language == "en") == triple[0].isascii()]
        value, plain = round(measure_triples(similarity, own), 4), round(measure_triples(measure_shared_ngrams, own), 4)
        name = f"{path.name}, {language}: {len(own)} triples"
        made.append(Score(name, "nearer to its like", value, 0.5, plain, "shared character n-grams"))
    return made


def evaluate_sentences(similarity: Similarity) -> Score:
    """Return Spearman's correlation with human scores on Chinese STS-B dev.

    Raises:
        CorpusError: The corpus is missing.
    """
    pairs = list(stsb.read("dev"))
    given = [pair.score for pair in pairs]
    found = [similarity(pair.first, pair.second) or 0.0 for pair in pairs]
    plain = [measure_shared_characters(pair.first, pair.second) for pair in pairs]
    return Score(
        f"STS-B zh dev: {len(pairs)} pairs",
        "Spearman",
        round(spearman(given, found), 4),
        0.0,
        round(spearman(given, plain), 4),
        "shared characters",
    )
