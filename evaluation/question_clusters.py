"""Cluster the questions that got no answer: what the knowledge lacks."""

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
from data.text.segment import grams, words

MIN_SIMILARITY = 0.5
"""The least cosine of a question with the first of its cluster."""

MAX_QUESTIONS = 5_000
"""The most different questions that are clustered."""

MAX_PHRASINGS = 20
"""The most phrasings of a cluster in the table."""

_NAME_WORDS = 3
_MASKED = re.compile(r"\[(?:phone|email|id|card)\]")


@dataclass
class QuestionCluster:
    """Questions that ask much the same.

    questions are (text, how often it was asked), the most frequent first. name are the words that they have in common and
    other clusters do not have.
    """

    questions: list[tuple[str, int]]
    language: str
    name: str = ""

    @property
    def count(self) -> int:
        """How often one of them was asked."""
        return sum(count for _, count in self.questions)


def cluster_questions(questions: Iterable[tuple[str, str, int]]) -> list[QuestionCluster]:
    """Return the clusters of (text, language, count), the most asked first.

    Leader clustering: each question, the most frequent first, joins the cluster whose first question is most similar, if the
    cosine of their character n-grams, weighted by rarity, is at least MIN_SIMILARITY; else it begins a cluster.

    Source: Hartigan 1975, Clustering Algorithms, chapter 3.
    """
    ordered = sorted(questions, key=lambda question: (-question[2], question[0]))[:MAX_QUESTIONS]
    gram_counts = [Counter(grams(text)) for text, _, _ in ordered]
    document_frequency = Counter(gram for counts in gram_counts for gram in counts)
    idf = {gram: math.log(1 + len(ordered) / frequency) for gram, frequency in document_frequency.items()}
    clusters: list[QuestionCluster] = []
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for (text, language, count), counts in zip(ordered, gram_counts, strict=True):
        vector = {gram: idf[gram] * (1 + math.log(frequency)) for gram, frequency in counts.items()}
        norm = math.sqrt(math.fsum(value * value for value in vector.values())) or 1.0
        similarity: dict[int, float] = defaultdict(float)
        for gram, value in sorted(vector.items()):
            for leader, leader_value in postings[gram]:
                similarity[leader] += value / norm * leader_value
        best = max(similarity, key=lambda leader: (similarity[leader], -leader), default=None)
        if best is not None and similarity[best] >= MIN_SIMILARITY:
            clusters[best].questions.append((text, count))
            continue
        for gram, value in vector.items():
            postings[gram].append((len(clusters), value / norm))
        clusters.append(QuestionCluster([(text, count)], language))
    _name_clusters(clusters)
    return sorted(clusters, key=lambda cluster: (-cluster.count, cluster.questions[0][0]))


def _name_clusters(clusters: Sequence[QuestionCluster]) -> None:
    """Name each cluster by the words that a third of its questions have and few other clusters."""
    word_counts = [
        Counter(word for text, _ in cluster.questions for word in set(_split_words(text))) for cluster in clusters
    ]
    cluster_frequency = Counter(word for counts in word_counts for word in counts)
    for cluster, counts in zip(clusters, word_counts, strict=True):
        least = max(1, len(cluster.questions) / 3)
        weight = {
            word: count * math.log(1 + len(clusters) / cluster_frequency[word]) * min(len(word), 4)
            for word, count in counts.items()
            if count >= least
        }
        best = sorted(weight, key=lambda word: (-weight[word], word))[:_NAME_WORDS]
        first = cluster.questions[0][0].casefold()
        positions = {word: first.find(word) if word in first else len(first) for word in best}
        cluster.name = " · ".join(sorted(best, key=lambda word: (positions[word], word)))


def _split_words(text: str) -> list[str]:
    """Return the words as they are written: Chinese as segmented, of two characters or more, English not stemmed."""
    text = _MASKED.sub(" ", text)
    chinese = [word for word in words(text) if not word.isascii() and len(word) > 1]
    english = "".join(
        character if character.isascii() and (character.isalnum() or character in "'-") else " " for character in text
    )
    return chinese + [word for word in english.casefold().split() if len(word) > 2]


def render_csv(clusters: Iterable[QuestionCluster]) -> str:
    """Return the clusters as a table that `python -m bot learn` reads once the column reply is filled in.

    Each row is a cluster, with its phrasings in one cell, one a line. Cells that a spreadsheet program would run as a formula
    are escaped, and `learn` removes the escape.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(EXPORTED)
    for cluster in clusters:
        phrasings = [question for question, _ in cluster.questions if len(question) <= MAX_QUESTION][:MAX_PHRASINGS]
        if phrasings:
            rows.writerow(["", cluster.language, escape_formula("\n".join(phrasings)), "", "", ""])
    return text.getvalue()
