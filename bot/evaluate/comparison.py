"""One log beside another, turn by turn: who wins, by how much, and where it shows most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from heapq import heappush, heappushpop
from typing import Any

import numpy as np

from bot.evaluate.columns import UNIT
from bot.evaluate.measure import SHOWN
from bot.evaluate.metrics import differences, interval, values_of
from bot.evaluate.options import ROUNDS
from bot.evaluate.quality import Judged
from bot.evaluate.tally import Tally, weigh
from data.metrics.resampling import draw_weights

EVEN = 0.01
"""Qualities nearer than this are a tie."""

CHANGES = 20
_HELD = 50 * CHANGES
_BATCH = 256


class Comparison:
    """Counts judged pairs; pairs of one conversation come one after another or not, it makes no difference."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._won: Counter[str] = Counter()
        self._sums: dict[int, list[int]] = {}
        self._largest: list[tuple[float, int, int, Judged]] = []
        self._totals = np.zeros(3, dtype=np.int64)
        self._rounds = np.zeros((ROUNDS, 3), dtype=np.int64)

    def take(self, one: Judged) -> None:
        """Count one pair."""
        apart = one.new_quality - one.old_quality
        self._won["ties" if abs(apart) < EVEN else "wins" if apart > 0 else "losses"] += 1
        sums = self._sums.setdefault(one.seed, [0, 0, 0])
        for place, value in enumerate((1, round(one.old_quality * UNIT), round(one.new_quality * UNIT))):
            sums[place] += value
        if len(self._sums) >= _BATCH:
            self._flush()
        if abs(apart) >= EVEN:
            entry = (abs(apart), one.seed, one.number, one)
            if len(self._largest) < _HELD:
                heappush(self._largest, entry)
            elif entry[:3] > self._largest[0][:3]:
                heappushpop(self._largest, entry)

    def _flush(self) -> None:
        # Sums over pairs of one conversation may be weighed in several goes: its weights are the same each time.
        drawn = draw_weights(np.array(list(self._sums), dtype=np.uint64), ROUNDS)
        values = np.array(list(self._sums.values()), dtype=np.int64)
        self._totals += values.sum(axis=0)
        weigh(drawn, values, self._rounds)
        self._sums.clear()

    def result(self, new: Tally, old: Tally | None, names: tuple[str, str], aligned: int) -> dict[str, Any]:
        """What report.json holds as "comparison": wins, losses, ties, the change of each number, and the largest changes.

        names are those of the old and of the new. Without an old tally there is nothing to compare, and only "replayed" speaks.
        """
        if self._sums:
            self._flush()
        return {
            "old": names[0],
            "new": names[1],
            "aligned": aligned,
            **{name: self._won[name] for name in ("wins", "losses", "ties")},
            "metrics": {} if old is None else self._quality() | differences(new, old),
            "replayed": values_of(new),
            "changes": self._changes(),
        }

    def _changes(self) -> list[dict[str, Any]]:
        """The largest changes, one for each message."""
        found: dict[str, Judged] = {}
        for *_, one in sorted(self._largest, key=lambda entry: entry[:3], reverse=True):
            found.setdefault(one.message.strip(), one)
        return [self._shown(one) for one in list(found.values())[:CHANGES]]

    def _quality(self) -> dict[str, dict[str, Any]]:
        pairs, old, new = (int(one) for one in self._totals)
        if not pairs:
            return {}
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.where(
                self._rounds[:, 0] > 0, (self._rounds[:, 2] - self._rounds[:, 1]) / self._rounds[:, 0] / UNIT, np.nan
            )
        bounds = interval(drawn)
        if bounds is None:
            return {}
        low, high = bounds
        value = (new - old) / pairs / UNIT
        return {
            "quality": {
                "new": new / pairs / UNIT, "old": old / pairs / UNIT, "value": value, "low": low, "high": high,
                "verdict": 0 if low <= 0 <= high else 1 if value > 0 else -1, "unit": "share", "better": 1,
            }
        }  # fmt: skip

    def _shown(self, one: Judged) -> dict[str, Any]:
        texts = {"message": one.message, "old": one.old, "new": one.new, "reference": one.reference}
        return {name: self._mask(text)[:SHOWN] for name, text in texts.items()} | {
            "old_quality": one.old_quality,
            "new_quality": one.new_quality,
            "difference": one.new_quality - one.old_quality,
        }
