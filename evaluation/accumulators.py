"""Everything that is counted of a log, in whole numbers: shards add up to exactly what the whole log would have given."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.formats.errors import RejectedRow
from data.formats.logs import UndecidedRow
from data.metrics import histogram
from data.metrics.distinct_count import DistinctCount
from data.metrics.resampling import draw_weights, mix_bits
from evaluation.bottom_k_table import BottomKTable
from evaluation.columns import COLUMNS, DAILY
from evaluation.example_sample import ExampleSample
from evaluation.options import BOOTSTRAP_ROUNDS
from evaluation.question_sample import QuestionSample

Ints = NDArray[np.int64]

DAILY_ROUNDS = 200
"""How often the conversations are resampled for the intervals of days and sources."""

MAX_SOURCES, MAX_ENTRIES, MAX_AMBIGUOUS_PAIRS, MAX_QUESTIONS, MAX_DISLIKE_REASONS = 100, 20_000, 5_000, 20_000, 1_000
HISTOGRAMS = "latency", "message_chars", "reply_chars"
NGRAMS = ("words_zh", "words_en", "pairs_zh", "pairs_en")
SOURCE_COLUMNS = ("turns", "liked", "disliked", "chars", "timed")
MAX_REJECTED_ROWS = 10

_BATCH_DIALOGS = 256
_BATCH_WORDS = 250_000
_RECENT_HASHES = 2**17
_EXACT_FLOAT = 2.0**52
_HALF_WORD = 2**24
_MAX_WEIGHT = 8


class Accumulators:
    """Sums over conversations, the same sums over resampled conversations, histograms, sketches, tables and examples.

    Attributes:
        totals: int64 [columns].
        resampled: int64 [BOOTSTRAP_ROUNDS, columns].
        daily, daily_resampled: by days since 1970, int64 [DAILY] and [DAILY_ROUNDS, DAILY].
        histograms, source_latency: the counts of data.metrics.histogram, by name and by source.
        source_resampled: by source, int64 [DAILY_ROUNDS], its turns.
        rejected_rows: (place, reason, text) of the first rows that could not be read.
        counts: the number of rejected rows, of those whose speakers cannot be told, and of times out of order.
        formats: files by format.
        times: the earliest and the latest time in seconds since 1970, or nothing.
        dialog_seeds: arrays of the seeds of all conversations.
    """

    def __init__(self) -> None:
        self.totals: Ints = np.zeros(len(COLUMNS), dtype=np.int64)
        self.resampled: Ints = np.zeros((BOOTSTRAP_ROUNDS, len(COLUMNS)), dtype=np.int64)
        self.daily: dict[int, Ints] = {}
        self.daily_resampled: dict[int, Ints] = {}
        self.histograms: dict[str, Ints] = {name: histogram.create_bins() for name in HISTOGRAMS}
        self.source_latency: dict[str, Ints] = {}
        self.source_resampled: dict[str, Ints] = {}
        self.sources = BottomKTable(MAX_SOURCES, len(SOURCE_COLUMNS))
        self.entries = BottomKTable(MAX_ENTRIES, 3)
        self.ambiguous_pairs = BottomKTable(MAX_AMBIGUOUS_PAIRS, 1)
        self.unanswered = BottomKTable(MAX_QUESTIONS, 1)
        self.dislike_reasons = BottomKTable(MAX_DISLIKE_REASONS, 1)
        self.confusions = BottomKTable(MAX_AMBIGUOUS_PAIRS, 1)
        self.questions = QuestionSample()
        self.distinct = {name: DistinctCount() for name in NGRAMS}
        self.examples = ExampleSample()
        self.rejected_rows: list[tuple[str, str, str]] = []
        self.counts: dict[str, int] = {"refused": 0, "disordered": 0, "undecided": 0}
        self.formats: dict[str, int] = {}
        self.times: list[float] = []
        self.dialog_seeds: list[NDArray[np.uint64]] = []
        self._pending: list[tuple[int, list[int], Mapping[int, list[int]], Mapping[str, int]]] = []
        self._word_hashes: dict[str, list[NDArray[np.uint64]]] = {name: [] for name in NGRAMS}
        self._recent_hashes: dict[str, NDArray[np.uint64]] = {}

    def add_dialog(self, seed: int, row: list[int], days: Mapping[int, list[int]], sources: Mapping[str, int]) -> None:
        """Add the counts of a conversation.

        Args:
            seed: the conversation's own, from its id.
            row: a number for each of COLUMNS.
            days: a number for each of DAILY, by days since 1970.
            sources: its turns by the source of the reply.
        """
        self._pending.append((seed, row, days, sources))
        if len(self._pending) >= _BATCH_DIALOGS:
            self._flush_dialogs()

    def add_words(self, language: str, hashes: NDArray[np.uint64], lengths: Ints) -> None:
        """Add the hashes of the words of replies, for the counts of different words and pairs.

        Args:
            language: that of the replies.
            hashes: uint64, the words of one reply after those of the other, in order.
            lengths: the number of words of each reply.
        """
        if not len(hashes):
            return
        ends = np.cumsum(lengths)
        is_pair = np.ones(len(hashes), dtype=bool)
        is_pair[ends[ends > 0] - 1] = False  # a reply's last word begins no pair
        with np.errstate(over="ignore"):
            pairs = mix_bits(hashes[:-1] * np.uint64(3) + hashes[1:])
        self._add_hashes(f"words_{language}", hashes)
        self._add_hashes(f"pairs_{language}", pairs[is_pair[:-1]])

    def _add_hashes(self, name: str, hashes: NDArray[np.uint64]) -> None:
        """Add hashes to those that wait to be counted, without most of those that were added before."""
        recent = self._recent_hashes.get(name)
        if recent is None:
            recent = self._recent_hashes[name] = np.zeros(_RECENT_HASHES, dtype=np.uint64)
        slots = (hashes & np.uint64(_RECENT_HASHES - 1)).astype(np.int64)
        is_new = recent[slots] != hashes
        new = hashes[is_new]
        recent[slots[is_new]] = new
        waiting = self._word_hashes[name]
        waiting.append(new)
        if sum(map(len, waiting)) >= _BATCH_WORDS:
            self._flush_words()

    def add_rejected_row(self, row: RejectedRow) -> None:
        """Count a row that could not be read. The first MAX_REJECTED_ROWS are kept."""
        self.counts["refused"] += 1
        self.counts["undecided"] += isinstance(row, UndecidedRow)
        if len(self.rejected_rows) < MAX_REJECTED_ROWS:
            self.rejected_rows.append((str(row.place), row.why, row.given))

    def add_format(self, log_format: str, files: int) -> None:
        """Count files of a format."""
        self.formats[log_format] = self.formats.get(log_format, 0) + files

    def add_times(self, times: Iterable[float]) -> None:
        """Extend the period of the log to these times, in seconds since 1970."""
        self.times = [*self.times, *times]
        self.times = [min(self.times), max(self.times)] if self.times else []

    def flush(self) -> None:
        """Add what waits to be added in batches."""
        self._flush_words()
        self._flush_dialogs()

    def _flush_dialogs(self) -> None:
        if not self._pending:
            return
        seeds = np.array([seed for seed, *_ in self._pending], dtype=np.uint64)
        values = np.array([row for _, row, *_ in self._pending], dtype=np.int64)
        drawn = draw_weights(seeds, BOOTSTRAP_ROUNDS)
        self.totals += values.sum(axis=0)
        columns = np.flatnonzero(values.any(axis=0))  # most logs have nothing to count in most columns
        sums = np.zeros((BOOTSTRAP_ROUNDS, len(columns)), dtype=np.int64)
        add_weighted(drawn, values[:, columns], sums)
        self.resampled[:, columns] += sums
        self.dialog_seeds.append(seeds)
        by_day: dict[int, tuple[list[int], list[list[int]]]] = {}
        by_source: dict[str, Ints] = {}
        for index, (_, _, days, sources) in enumerate(self._pending):
            for source, turns in sources.items():
                if source not in by_source:
                    by_source[source] = np.zeros(len(seeds), dtype=np.int64)
                by_source[source][index] = turns
            for day, counts in days.items():
                indices, rows = by_day.setdefault(day, ([], []))
                indices.append(index)
                rows.append(counts)
        for day, (indices, rows) in by_day.items():
            if day not in self.daily:
                self.daily[day] = np.zeros(len(DAILY), dtype=np.int64)
                self.daily_resampled[day] = np.zeros((DAILY_ROUNDS, len(DAILY)), dtype=np.int64)
            day_values = np.array(rows, dtype=np.int64)
            self.daily[day] += day_values.sum(axis=0)
            add_weighted(drawn[indices, :DAILY_ROUNDS], day_values, self.daily_resampled[day])
        for source, turns_of_source in by_source.items():
            if source not in self.source_resampled:
                self.source_resampled[source] = np.zeros(DAILY_ROUNDS, dtype=np.int64)
            self.source_resampled[source] += drawn[:, :DAILY_ROUNDS].T.astype(np.int64) @ turns_of_source
        self._pending.clear()
        self._drop_pruned_sources()

    def _flush_words(self) -> None:
        for name, waiting in self._word_hashes.items():
            if waiting:
                self.distinct[name].add(np.concatenate(waiting))
                waiting.clear()

    def _drop_pruned_sources(self) -> None:
        """Drop what is kept by source for sources that the bounded table has dropped."""
        kept = self.sources.rows
        if len(self.source_resampled) > len(kept):
            self.source_resampled = {name: counts for name, counts in self.source_resampled.items() if name in kept}
            self.source_latency = {name: counts for name, counts in self.source_latency.items() if name in kept}
            self.examples.drop_tags(
                {tag for tag in self.examples.heaps if tag.startswith("source:") and tag[7:] not in kept}
            )

    def merge(self, other: Accumulators) -> None:
        """Add the counts of other accumulators. The order matters only for which rejected rows are the first."""
        self.flush()
        other.flush()
        self.totals += other.totals
        self.resampled += other.resampled
        for day, counts in other.daily.items():
            if day in self.daily:
                self.daily[day] += counts
                self.daily_resampled[day] += other.daily_resampled[day]
            else:
                self.daily[day], self.daily_resampled[day] = counts.copy(), other.daily_resampled[day].copy()
        for name, counts in other.histograms.items():
            self.histograms[name] += counts
        for name, counts in other.source_latency.items():
            self.source_latency[name] = self.source_latency.get(name, 0) + counts
        for name, counts in other.source_resampled.items():
            self.source_resampled[name] = self.source_resampled.get(name, 0) + counts
        for mine, theirs in zip(self._list_tables(), other._list_tables(), strict=True):
            mine.merge(theirs)
        for name, distinct in other.distinct.items():
            self.distinct[name].merge(distinct)
        self.examples.merge(other.examples)
        self.questions.merge(other.questions)
        self.rejected_rows = (self.rejected_rows + other.rejected_rows)[:MAX_REJECTED_ROWS]
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        for log_format, files in other.formats.items():
            self.add_format(log_format, files)
        self.add_times(other.times)
        self.dialog_seeds += other.dialog_seeds
        self._drop_pruned_sources()

    def count_repeated_ids(self) -> int:
        """Return how many conversations have an id that another one has as well."""
        seeds = self._concatenate_seeds()
        return len(seeds) - len(np.unique(seeds))

    def _concatenate_seeds(self) -> NDArray[np.uint64]:
        return np.concatenate(self.dialog_seeds) if self.dialog_seeds else np.zeros(0, dtype=np.uint64)

    def _list_tables(self) -> tuple[BottomKTable, ...]:
        return self.sources, self.entries, self.ambiguous_pairs, self.unanswered, self.dislike_reasons, self.confusions

    def to_json(self) -> str:
        """Return everything as one line of JSON."""
        self.flush()
        return json.dumps(
            {
                "columns": COLUMNS,
                "totals": _encode(self.totals),
                "rounds": _encode(self.resampled),
                "days": [
                    [day, _encode(counts), _encode(self.daily_resampled[day])] for day, counts in self.daily.items()
                ],
                "histograms": {name: _encode(counts) for name, counts in self.histograms.items()},
                "source_latency": {name: _encode(counts) for name, counts in self.source_latency.items()},
                "source_rounds": {name: _encode(counts) for name, counts in self.source_resampled.items()},
                "tables": [table.to_json() for table in self._list_tables()],
                "grams": {
                    name: [_encode(count.known), None if count.registers is None else _encode(count.registers)]
                    for name, count in self.distinct.items()
                },
                "examples": self.examples.to_json(),
                "questions": self.questions.to_json(),
                "refused": self.rejected_rows,
                "counts": self.counts,
                "formats": self.formats,
                "times": self.times,
                "ids": _encode(self._concatenate_seeds()),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, line: str) -> Accumulators:
        """Return the accumulators that to_json was called on. Raises ValueError or KeyError for anything else."""
        values = json.loads(line)
        if values["columns"] != list(COLUMNS):
            raise ValueError("these counts were made by another version; count the log again")
        made = cls()
        made.totals = _decode(values["totals"], np.int64)
        made.resampled = _decode(values["rounds"], np.int64).reshape(BOOTSTRAP_ROUNDS, len(COLUMNS))
        for day, counts, resampled in values["days"]:
            made.daily[day] = _decode(counts, np.int64)
            made.daily_resampled[day] = _decode(resampled, np.int64).reshape(DAILY_ROUNDS, len(DAILY))
        made.histograms = {name: _decode(counts, np.int64) for name, counts in values["histograms"].items()}
        made.source_latency = {name: _decode(counts, np.int64) for name, counts in values["source_latency"].items()}
        made.source_resampled = {name: _decode(counts, np.int64) for name, counts in values["source_rounds"].items()}
        made.sources, made.entries, made.ambiguous_pairs, made.unanswered, made.dislike_reasons, made.confusions = (
            BottomKTable.from_json(table, empty.capacity)
            for table, empty in zip(values["tables"], made._list_tables(), strict=True)
        )
        for name, (known, registers) in values["grams"].items():
            made.distinct[name].known = _decode(known, np.uint64)
            made.distinct[name].registers = None if registers is None else _decode(registers, np.uint8)
        made.questions = QuestionSample.from_json(values["questions"])
        made.examples = ExampleSample.from_json(values["examples"])
        made.rejected_rows = [(place, reason, text) for place, reason, text in values["refused"]]
        made.counts, made.formats, made.times = values["counts"], values["formats"], values["times"]
        made.dialog_seeds = [_decode(values["ids"], np.uint64)]
        return made


def add_weighted(drawn: NDArray[np.uint8], values: Ints, sums: Ints) -> None:
    """Add drawn.T @ values to sums exactly: in floating point, for speed, where every sum stays a whole number below 2**53.

    Args:
        drawn: uint8 [dialogs, rounds], how often each conversation was drawn.
        values: int64 [dialogs, columns].
        sums: int64 [rounds, columns], changed in place.
    """
    times = drawn.T.astype(np.float64)
    if float(np.abs(values).sum(axis=0).max(initial=0)) * _MAX_WEIGHT < _EXACT_FLOAT:
        sums += (times @ values.astype(np.float64)).astype(np.int64)
        return
    high, low = np.divmod(values, _HALF_WORD)
    sums += (times @ high.astype(np.float64)).astype(np.int64) * _HALF_WORD
    sums += (times @ low.astype(np.float64)).astype(np.int64)


def _encode(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _decode(text: str, dtype: Any) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype=dtype).copy()
