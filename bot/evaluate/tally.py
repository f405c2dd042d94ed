"""Everything that is counted of a log, in whole numbers: parts of a log add up to exactly what the whole would have given."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.evaluate.bounded import BoundedTable
from bot.evaluate.columns import COLUMNS, DAILY
from bot.evaluate.examples import Examples
from bot.evaluate.options import ROUNDS
from data.formats.errors import RejectedRow
from data.metrics import histogram
from data.metrics.distinct_count import DistinctCount
from data.metrics.resampling import draw_weights, mix_bits

Ints = NDArray[np.int64]

DAILY_ROUNDS = 200
SOURCES, ENTRIES, FIGHTS, QUESTIONS = 100, 20_000, 5_000, 20_000
LATENCIES = "latency", "message_chars", "reply_chars"
GRAMS = ("words_zh", "words_en", "pairs_zh", "pairs_en")
SOURCE = ("turns", "liked", "disliked", "chars", "timed")
REFUSED_SHOWN = 10

_BATCH = 256
_WORDS = 500_000
_EXACT = 2.0**52
_SPLIT = 2**24
_MOST_DRAWN = 8


class Tally:
    """Sums over conversations, the same sums over conversations drawn anew, histograms, sketches, tables and examples."""

    def __init__(self) -> None:
        self.totals: Ints = np.zeros(len(COLUMNS), dtype=np.int64)
        self.rounds: Ints = np.zeros((ROUNDS, len(COLUMNS)), dtype=np.int64)
        self.days: dict[int, Ints] = {}
        self.day_rounds: dict[int, Ints] = {}
        self.histograms: dict[str, Ints] = {name: histogram.create_bins() for name in LATENCIES}
        self.source_latency: dict[str, Ints] = {}
        self.source_rounds: dict[str, Ints] = {}
        self.sources = BoundedTable(SOURCES, len(SOURCE))
        self.entries = BoundedTable(ENTRIES, 3)
        self.fights = BoundedTable(FIGHTS, 1)
        self.unanswered = BoundedTable(QUESTIONS, 1)
        self.reasons = BoundedTable(1_000, 1)
        self.grams = {name: DistinctCount() for name in GRAMS}
        self.examples = Examples()
        self.refused: list[tuple[str, str, str]] = []
        self.counts: dict[str, int] = {"refused": 0, "disordered": 0}
        self.formats: dict[str, int] = {}
        self.times: list[float] = []
        self.ids: list[NDArray[np.uint64]] = []
        self._waiting: list[tuple[int, list[int], Mapping[int, list[int]], Mapping[str, int]]] = []
        self._hashes: dict[str, list[int]] = {"zh": [], "en": []}
        self._lengths: dict[str, list[int]] = {"zh": [], "en": []}

    def add(self, seed: int, vector: list[int], days: Mapping[int, list[int]], sources: Mapping[str, int]) -> None:
        """Add a conversation's counts. seed is its own, days are its counts of DAILY for each day since 1970, sources its turns
        by the source of the reply.
        """
        self._waiting.append((seed, vector, days, sources))
        if len(self._waiting) >= _BATCH:
            self._flush_waiting()

    def add_words(self, language: str, hashes: Sequence[int]) -> None:
        """Add the hashes of a reply's words, in order, for the counts of different words and pairs."""
        self._hashes[language].extend(hashes)
        self._lengths[language].append(len(hashes))
        if len(self._hashes[language]) >= _WORDS:
            self._flush_words()

    def refuse(self, refusal: RejectedRow) -> None:
        """Count a line that was not read; the first ten are kept to be shown."""
        self.counts["refused"] += 1
        if len(self.refused) < REFUSED_SHOWN:
            self.refused.append((str(refusal.place), refusal.why, refusal.given))

    def flush(self) -> None:
        """Take in what waits to be added together."""
        self._flush_words()
        self._flush_waiting()

    def _flush_waiting(self) -> None:
        if not self._waiting:
            return
        seeds = np.array([one[0] for one in self._waiting], dtype=np.uint64)
        values = np.array([one[1] for one in self._waiting], dtype=np.int64)
        drawn = draw_weights(seeds, ROUNDS)
        self.totals += values.sum(axis=0)
        weigh(drawn, values, self.rounds)
        self.ids.append(seeds)
        by_day: dict[int, tuple[list[int], list[list[int]]]] = {}
        by_source: dict[str, Ints] = {}
        for row, (_, _, days, sources) in enumerate(self._waiting):
            for name, count in sources.items():
                if name not in by_source:
                    by_source[name] = np.zeros(len(seeds), dtype=np.int64)
                by_source[name][row] = count
            for day, counts in days.items():
                rows, lists = by_day.setdefault(day, ([], []))
                rows.append(row)
                lists.append(counts)
        for day, (rows, lists) in by_day.items():
            if day not in self.days:
                self.days[day] = np.zeros(len(DAILY), dtype=np.int64)
                self.day_rounds[day] = np.zeros((DAILY_ROUNDS, len(DAILY)), dtype=np.int64)
            counted = np.array(lists, dtype=np.int64)
            self.days[day] += counted.sum(axis=0)
            weigh(drawn[rows, :DAILY_ROUNDS], counted, self.day_rounds[day])
        for name, of_source in by_source.items():
            if name not in self.source_rounds:
                self.source_rounds[name] = np.zeros(DAILY_ROUNDS, dtype=np.int64)
            self.source_rounds[name] += drawn[:, :DAILY_ROUNDS].T.astype(np.int64) @ of_source
        self._waiting.clear()
        self._drop_examples_of_dropped_sources()

    def _flush_words(self) -> None:
        for language, hashes in self._hashes.items():
            if not hashes:
                continue
            words = np.array(hashes, dtype=np.uint64)
            self.grams[f"words_{language}"].add(words)
            ends = np.cumsum(np.array(self._lengths[language], dtype=np.int64))
            inside = np.ones(len(words), dtype=bool)
            inside[ends[(ends > 0) & (ends <= len(words))] - 1] = False  # a reply's last word begins no pair
            with np.errstate(over="ignore"):
                pairs = mix_bits(words[:-1] * np.uint64(3) + words[1:])
            self.grams[f"pairs_{language}"].add(pairs[inside[:-1]])
            hashes.clear()
            self._lengths[language].clear()

    def _drop_examples_of_dropped_sources(self) -> None:
        kept = self.sources.named
        if len(self.source_rounds) > len(kept):
            self.source_rounds = {name: one for name, one in self.source_rounds.items() if name in kept}
            self.source_latency = {name: one for name, one in self.source_latency.items() if name in kept}
            self.examples.forget(
                {tag for tag in self.examples.tags if tag.startswith("source:") and tag[7:] not in self.sources.named}
            )

    def merge(self, other: Tally) -> None:
        """Add what another tally has counted. The order matters only for which refusals are the first ten."""
        self.flush()
        other.flush()
        self.totals += other.totals
        self.rounds += other.rounds
        for day, counts in other.days.items():
            if day in self.days:
                self.days[day] += counts
                self.day_rounds[day] += other.day_rounds[day]
            else:
                self.days[day], self.day_rounds[day] = counts.copy(), other.day_rounds[day].copy()
        for name, counted in other.histograms.items():
            self.histograms[name] += counted
        for name, counted in other.source_latency.items():
            self.source_latency[name] = self.source_latency.get(name, 0) + counted
        for name, counted in other.source_rounds.items():
            self.source_rounds[name] = self.source_rounds.get(name, 0) + counted
        for mine, theirs in zip(self._tables(), other._tables(), strict=True):
            mine.merge(theirs)
        for name, grams in other.grams.items():
            self.grams[name].merge(grams)
        self.examples.merge(other.examples)
        self.refused = (self.refused + other.refused)[:REFUSED_SHOWN]
        for counts_of, theirs_of in ((self.counts, other.counts), (self.formats, other.formats)):
            for name, count in theirs_of.items():
                counts_of[name] = counts_of.get(name, 0) + count
        self.seen(other.times)
        self.ids += other.ids
        self._drop_examples_of_dropped_sources()

    def seen(self, times: Iterable[float]) -> None:
        """Remember the earliest and the latest time."""
        self.times = [*self.times, *times]
        self.times = [min(self.times), max(self.times)] if self.times else []

    @property
    def repeated_ids(self) -> int:
        """How many conversations have an id that another one has as well."""
        found = np.concatenate(self.ids) if self.ids else np.zeros(0, dtype=np.uint64)
        return len(found) - len(np.unique(found))

    def _tables(self) -> tuple[BoundedTable, ...]:
        return self.sources, self.entries, self.fights, self.unanswered, self.reasons

    def to_json(self) -> str:
        """Everything, as one line of JSON."""
        self.flush()
        return json.dumps(
            {
                "columns": COLUMNS,
                "totals": _packed(self.totals),
                "rounds": _packed(self.rounds),
                "days": [[day, _packed(one), _packed(self.day_rounds[day])] for day, one in self.days.items()],
                "histograms": {name: _packed(one) for name, one in self.histograms.items()},
                "source_latency": {name: _packed(one) for name, one in self.source_latency.items()},
                "source_rounds": {name: _packed(one) for name, one in self.source_rounds.items()},
                "tables": [table.to_json() for table in self._tables()],
                "grams": {
                    name: [_packed(one.known), None if one.registers is None else _packed(one.registers)]
                    for name, one in self.grams.items()
                },
                "examples": self.examples.to_json(),
                "refused": self.refused,
                "counts": self.counts,
                "formats": self.formats,
                "times": self.times,
                "ids": _packed(np.concatenate(self.ids) if self.ids else np.zeros(0, dtype=np.uint64)),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, line: str) -> Tally:
        """What to_json gave. Raises ValueError or KeyError for anything else."""
        raw = json.loads(line)
        if raw["columns"] != list(COLUMNS):
            raise ValueError("counted by another version")
        made = cls()
        made.totals = _unpacked(raw["totals"], np.int64)
        made.rounds = _unpacked(raw["rounds"], np.int64).reshape(ROUNDS, len(COLUMNS))
        for day, counts, rounds in raw["days"]:
            made.days[day] = _unpacked(counts, np.int64)
            made.day_rounds[day] = _unpacked(rounds, np.int64).reshape(DAILY_ROUNDS, len(DAILY))
        made.histograms = {name: _unpacked(one, np.int64) for name, one in raw["histograms"].items()}
        made.source_latency = {name: _unpacked(one, np.int64) for name, one in raw["source_latency"].items()}
        made.source_rounds = {name: _unpacked(one, np.int64) for name, one in raw["source_rounds"].items()}
        tables = [
            BoundedTable.from_json(one, mine.most) for one, mine in zip(raw["tables"], made._tables(), strict=True)
        ]
        made.sources, made.entries, made.fights, made.unanswered, made.reasons = tables
        for name, (known, registers) in raw["grams"].items():
            made.grams[name].known = _unpacked(known, np.uint64)
            made.grams[name].registers = None if registers is None else _unpacked(registers, np.uint8)
        made.examples = Examples.from_json(raw["examples"])
        made.refused = [(place, why, given) for place, why, given in raw["refused"]]
        made.counts, made.formats, made.times = raw["counts"], raw["formats"], raw["times"]
        made.ids = [_unpacked(raw["ids"], np.uint64)]
        return made


def weigh(drawn: NDArray[np.uint8], values: Ints, into: Ints) -> None:
    """into += drawn.T @ values, exactly: in floating point where every sum stays a whole number below 2**53, for speed."""
    times = drawn.T.astype(np.float64)
    if float(np.abs(values).sum(axis=0).max(initial=0)) * _MOST_DRAWN < _EXACT:
        into += (times @ values.astype(np.float64)).astype(np.int64)
        return
    high, low = np.divmod(values, _SPLIT)
    into += (times @ high.astype(np.float64)).astype(np.int64) * _SPLIT + (times @ low.astype(np.float64)).astype(
        np.int64
    )


def _packed(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _unpacked(text: str, kind: Any) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype=kind).copy()
