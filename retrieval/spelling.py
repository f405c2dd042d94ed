"""Known words that are spelt like an unknown one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from data.text.segment import grams


class SpellingIndex:
    """An index of words by their character n-grams (data.text.segment.grams)."""

    def __init__(self, words: Sequence[str]) -> None:
        self._postings: dict[str, list[int]] = defaultdict(list)
        self._sizes: list[int] = []
        for place, word in enumerate(words):
            own = set(grams(word))
            self._sizes.append(len(own))
            for gram in own:
                self._postings[gram].append(place)

    def find_similar(self, word: str, count: int, least: float = 0.25) -> list[tuple[int, float]]:
        """Return the words spelt most like it, by place, with their similarity.

        The similarity is Dice's coefficient of the n-grams, 2 |A and B| / (|A| + |B|), in [0, 1] (Dice 1945). Ties stand in the
        order of the words, so the more frequent first where they are ordered so.

        >>> SpellingIndex(["tomorrow", "borrow", "苹果"]).find_similar("tommorow", 1)
        [(0, 0.625)]

        Args:
            word: An unknown word.
            count: At most so many are returned, best first.
            least: The lowest similarity.
        """
        own = set(grams(word))
        shared = Counter(place for gram in own for place in self._postings.get(gram, ()))
        found = [(place, 2 * both / (len(own) + self._sizes[place])) for place, both in shared.items()]
        found = [one for one in found if one[1] >= least]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:count]
