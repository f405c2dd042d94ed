"""Made-up entries, as many as wanted, in Chinese and English by turns.

Words have a Zipf frequency and are gathered into topics.

The words are the 30,000 of the artifact `words`, whose order is their frequency in real text; English ones are stems. A topic
is a word with its nearest neighbours by word vector. Half the words of a question and of its reply come from its topic, half
from the whole vocabulary, both by Zipf's law. So words are as unequally frequent as real ones and meanings lie in clusters,
but no sentence makes sense: good for time and memory and for comparing an index with exact search, not for judging answers.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from data import paths
from data.records import Entry, Language, Place
from retrieval.word_similarity import WordSimilarity

Drawn = TypeVar("Drawn")
SEED = 21
_TOPICS = 2_000
_NEIGHBOURS = 60
# A topic is not one of the words that are in every sentence.
_COMMON = 200


class Synthetic:
    """Entries by number: the same number is always the same entry."""

    @cached_property
    def _vocabulary(self) -> dict[Language, list[str]]:
        every = WordSimilarity(paths.artifacts_dir() / "words").words
        return {"zh": [word for word in every if not word.isascii()], "en": [word for word in every if word.isascii()]}

    @cached_property
    def _odds(self) -> dict[int, list[float]]:
        sizes = {_NEIGHBOURS, _TOPICS, *map(len, self._vocabulary.values())}
        return {size: list(itertools.accumulate(1 / rank for rank in range(1, size + 1))) for size in sizes}

    @cached_property
    def _topics(self) -> dict[Language, list[list[str]]]:
        similar, chance = WordSimilarity(paths.artifacts_dir() / "words"), random.Random(SEED)
        rows = {word: row for row, word in enumerate(similar.words)}
        made: dict[Language, list[list[str]]] = {}
        for language, words in self._vocabulary.items():
            vectors = similar.vectors[[rows[word] for word in words]]
            seeds = chance.sample(range(_COMMON, len(words)), _TOPICS)
            cosines = -(vectors[seeds] @ vectors.T)
            nearest = np.argpartition(cosines, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
            order = np.argsort(np.take_along_axis(cosines, nearest, 1), axis=1)
            made[language] = [[words[at] for at in row] for row in np.take_along_axis(nearest, order, 1).tolist()]
        return made

    def build_entry(self, number: int) -> Entry:
        """Build the entry of that number."""
        language, chance, topic = self._choose_topic(number)
        question, reply = (self._draw_words(chance, language, topic, least, most) for least, most in ((4, 10), (5, 14)))
        return Entry(
            f"made-{number}",
            language,
            (_join(question, language),),
            _join(reply, language),
            Place("synthetic", number),
        )

    def build_entries(self, count: int) -> Iterator[Entry]:
        """Yield the first count entries."""
        return map(self.build_entry, range(count))

    def build_queries(self, size: int, count: int) -> list[tuple[str, Language, int]]:
        """Build damaged questions of some of the entries, with the entries' numbers.

        Args:
            word is dropped or, as often, replaced by any other.
        """
        made = []
        chance = random.Random(SEED + 1)
        for number in chance.sample(range(size), count):
            language, own, topic = self._choose_topic(number)
            words = self._draw_words(own, language, topic, 4, 10)
            place = chance.randrange(len(words))
            words[place : place + 1] = [] if chance.random() < 0.5 else [self._draw(chance, self._vocabulary[language])]
            made.append((_join(words, language), language, number))
        return made

    def _choose_topic(self, number: int) -> tuple[Language, random.Random, list[str]]:
        language: Language = "en" if number % 2 else "zh"
        chance = random.Random(f"{SEED} {number}")
        return language, chance, self._draw(chance, self._topics[language])

    def _draw_words(
        self, chance: random.Random, language: Language, topic: Sequence[str], least: int, most: int
    ) -> list[str]:
        vocabulary = self._vocabulary[language]
        return [
            self._draw(chance, topic if chance.random() < 0.5 else vocabulary)
            for _ in range(chance.randint(least, most))
        ]

    def _draw(self, chance: random.Random, ranked: Sequence[Drawn]) -> Drawn:
        return chance.choices(ranked, cum_weights=self._odds[len(ranked)])[0]


def _join(words: Sequence[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(words)
