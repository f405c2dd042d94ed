"""A batch of turns that are counted together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from data.metrics.repetition import measure_repetition
from data.records import LoggedTurn
from data.text.scan import TextScan
from evaluation.accumulators import Accumulators, Ints
from evaluation.word_hashes import WordHashes


class TurnBatch:
    """Turns that are counted together, and what is gathered of them."""

    def __init__(
        self,
        turns: Sequence[LoggedTurn],
        hashes: WordHashes,
        are_fallbacks: Callable[[Sequence[str | None]], list[bool]],
    ) -> None:
        texts: list[str] = []
        for turn in turns:
            texts += (turn.message, turn.reply or "")
        self.scan = TextScan(texts)
        self._word_hashes, self._bounds = hashes.hash_replies(self.scan)
        self._words: list[int] = self._word_hashes.tolist()
        self.are_fallbacks = are_fallbacks([turn.reply if turn.kind is None else None for turn in turns])
        self.message_bins: list[int] = []
        self.reply_bins: list[int] = []
        self.latency_bins: list[int] = []
        self.source_counts: dict[str, list[int]] = {}
        self.source_bins: dict[str, list[int]] = {}
        self.tags: list[str] = []
        self.lines: list[bytes] = []
        self.dialogs: list[tuple[int, list[int], dict[int, list[int]], dict[str, int]]] = []

    def count_words(self, place: int) -> int:
        """Return the number of words in the reply of a turn."""
        return self._bounds[place + 1] - self._bounds[place]

    def has_loop(self, place: int) -> bool:
        """Return whether most trigrams of the reply of a turn repeat."""
        hashes = self._words[self._bounds[place] : self._bounds[place + 1]]
        # If half of the words are different, at most half of the trigrams repeat: most replies need no further look.
        return len(set(hashes)) * 2 < len(hashes) + 4 and measure_repetition(hashes, 3) > 0.5

    def add_words(self, accumulators: Accumulators) -> None:
        """Add the words of all replies."""
        bounds = np.array(self._bounds, dtype=np.int64)
        lengths: Ints = bounds[1:] - bounds[:-1]
        is_english = np.array([language in ("en", None) for language in self.scan.languages[1::2]], dtype=bool)
        is_english_word = np.repeat(is_english, lengths)
        for language, replies, words in (("zh", ~is_english, ~is_english_word), ("en", is_english, is_english_word)):
            accumulators.add_words(language, self._word_hashes[words], lengths[replies & (lengths > 0)])
