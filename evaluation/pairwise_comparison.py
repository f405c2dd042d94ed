"""Compare pairs of replies to the same messages: who wins, by how much, and where the difference is largest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from heapq import heappush, heappushpop
from typing import Any

import numpy as np

from data.metrics.resampling import draw_weights
from evaluation.accumulators import Accumulators, add_weighted
from evaluation.columns import UNIT
from evaluation.dialog_counter import MAX_SHOWN_CHARS
from evaluation.metrics import compare_metrics, compute_interval, compute_metrics
from evaluation.options import BOOTSTRAP_ROUNDS
from evaluation.reply_quality import PairQuality

TIE_MARGIN = 0.01
"""Qualities nearer than this are a tie."""

MAX_CHANGES = 20
"""How many of the largest changes are shown."""

_MAX_KEPT = 50 * MAX_CHANGES
_BATCH_DIALOGS = 256


class PairwiseComparison:
    """Counts pairs of replies. The pairs of one conversation need not come one after another."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._outcomes: Counter[str] = Counter()
        self._pending: dict[int, list[int]] = {}
        self._largest: list[tuple[float, int, int, PairQuality]] = []
        self._totals = np.zeros(3, dtype=np.int64)
        self._resampled = np.zeros((BOOTSTRAP_ROUNDS, 3), dtype=np.int64)

    def add(self, pair: PairQuality) -> None:
        """Count one pair."""
        size = abs(pair.difference)
        self._outcomes["ties" if size < TIE_MARGIN else "wins" if pair.difference > 0 else "losses"] += 1
        sums = self._pending.setdefault(pair.seed, [0, 0, 0])
        for column, value in enumerate((1, round(pair.old_quality * UNIT), round(pair.new_quality * UNIT))):
            sums[column] += value
        if len(self._pending) >= _BATCH_DIALOGS:
            self._flush()
        if size >= TIE_MARGIN:
            item = (size, pair.seed, pair.number, pair)
            if len(self._largest) < _MAX_KEPT:
                heappush(self._largest, item)
            elif item[:3] > self._largest[0][:3]:
                heappushpop(self._largest, item)

    def _flush(self) -> None:
        # A conversation may be split over several flushes: its weights depend on its seed only.
        drawn = draw_weights(np.array(list(self._pending), dtype=np.uint64), BOOTSTRAP_ROUNDS)
        values = np.array(list(self._pending.values()), dtype=np.int64)
        self._totals += values.sum(axis=0)
        add_weighted(drawn, values, self._resampled)
        self._pending.clear()

    def build_result(
        self, new: Accumulators, old: Accumulators | None, names: tuple[str, str], aligned: int
    ) -> dict[str, Any]:
        """Return what report.json holds as "comparison".

        Args:
            new: the counts of the new log, or of the replies of today's bot.
            old: those of the old log; None if the old replies are by people, so that only "replayed" has metrics.
            names: those of the old and of the new.
            aligned: how many turns were found in both.
        """
        if self._pending:
            self._flush()
        return {
            "old": names[0],
            "new": names[1],
            "aligned": aligned,
            **{outcome: self._outcomes[outcome] for outcome in ("wins", "losses", "ties")},
            "metrics": {} if old is None else self._compare_quality() | compare_metrics(new, old),
            "replayed": compute_metrics(new),
            "changes": self._list_changes(),
        }

    def _list_changes(self) -> list[dict[str, Any]]:
        """Return the largest changes, one for each message."""
        by_message: dict[str, PairQuality] = {}
        for *_, pair in sorted(self._largest, key=lambda item: item[:3], reverse=True):
            by_message.setdefault(pair.message.strip(), pair)
        return [self._describe_pair(pair) for pair in list(by_message.values())[:MAX_CHANGES]]

    def _compare_quality(self) -> dict[str, dict[str, Any]]:
        pairs, old, new = (int(total) for total in self._totals)
        if not pairs:
            return {}
        drawn_pairs, drawn_old, drawn_new = self._resampled.T
        with np.errstate(divide="ignore", invalid="ignore"):
            differences = np.where(drawn_pairs > 0, (drawn_new - drawn_old) / drawn_pairs / UNIT, np.nan)
        interval = compute_interval(differences)
        if interval is None:
            return {}
        low, high = interval
        value = (new - old) / pairs / UNIT
        return {
            "quality": {
                "new": new / pairs / UNIT, "old": old / pairs / UNIT, "value": value, "low": low, "high": high,
                "verdict": 0 if low <= 0 <= high else 1 if value > 0 else -1, "unit": "share", "better": 1,
            }
        }  # fmt: skip

    def _describe_pair(self, pair: PairQuality) -> dict[str, Any]:
        texts = {"message": pair.message, "old": pair.old, "new": pair.new, "reference": pair.reference}
        return {name: self._mask(text)[:MAX_SHOWN_CHARS] for name, text in texts.items()} | {
            "old_quality": pair.old_quality,
            "new_quality": pair.new_quality,
            "difference": pair.difference,
        }
