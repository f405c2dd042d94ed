"""Count the conversations of a log, turn by turn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import orjson

from data.metrics import histogram
from data.metrics.average_precision import average_precision
from data.metrics.ranked import rank_labels
from data.metrics.recall import recall_at
from data.metrics.reciprocal_rank import reciprocal_rank
from data.metrics.resampling import derive_seed
from data.records import LoggedDialog, LoggedTurn
from evaluation.accumulators import SOURCE_COLUMNS, Accumulators
from evaluation.candidate_labels import find_ambiguous_pair, find_confusion, label_candidates, list_scored_outcomes
from evaluation.columns import AT, BINS, COLUMNS, DAILY, UNIT
from evaluation.fallback_detector import build_batch_detector
from evaluation.options import Options
from evaluation.reference_scorer import ReferenceScorer
from evaluation.turn_batch import TurnBatch
from evaluation.word_hashes import WordHashes

MAX_SHOWN_CHARS = 1_000
"""The most characters of a text that are shown or written down."""

SLOW_MS = 1_000.0
"""The milliseconds from which a reply counts as slow."""

MIN_LOOP_WORDS = 12
"""The fewest words of a reply that can count as a loop."""

_MAX_SOURCE_CHARS = 60
_MAX_REASON_CHARS = 100
_MAX_TABLE_CHARS = 200
_MAX_QUESTION_CHARS = 400
_MAX_REFERENCES = 5
_BATCH_TURNS = 2_048
_BATCH_CHARS = 2**20
_MASK64 = 2**64 - 1
_DAY_SECONDS = 86400
_PUNCTUATION = re.compile(r"[\W_]+")


class DialogCounter:
    """Adds conversations to accumulators, in batches, and hands on a line of JSON for each turn."""

    def __init__(
        self,
        accumulators: Accumulators,
        options: Options,
        write_lines: Callable[[list[bytes]], object],
        reference_scorer: ReferenceScorer,
    ) -> None:
        self._accumulators = accumulators
        self._mask = options.mask
        self._should_mask = options.mask_personal_data
        self._are_fallbacks = build_batch_detector(options.fallback_texts)
        self._write_lines = write_lines
        self._reference_scorer = reference_scorer
        self._hashes = WordHashes()
        self._pending: list[LoggedDialog] = []
        self._pending_turns = 0
        self._pending_chars = 0

    def count(self, dialog: LoggedDialog) -> None:
        """Count one conversation, now or with the next batch. Raises what `flush` raises."""
        self._pending.append(dialog)
        self._pending_turns += len(dialog.turns)
        for turn in dialog.turns:
            self._pending_chars += len(turn.message) + (len(turn.reply) if turn.reply is not None else 0)
        if self._pending_turns >= _BATCH_TURNS or self._pending_chars >= _BATCH_CHARS:
            self.flush()

    def flush(self) -> None:
        """Count the conversations that wait. Raises ArtifactError where references need word vectors that cannot be loaded."""
        if not self._pending:
            return
        batch = TurnBatch(
            [turn for dialog in self._pending for turn in dialog.turns], self._hashes, self._are_fallbacks
        )
        index = 0
        for dialog in self._pending:
            self._count_dialog(dialog, batch, index)
            index += len(dialog.turns)
        self._add_batch(batch)
        self._pending, self._pending_turns, self._pending_chars = [], 0, 0

    def _count_dialog(self, dialog: LoggedDialog, batch: TurnBatch, index: int) -> None:
        """Count one conversation, whose first turn has this index in the batch."""
        accumulators, seed = self._accumulators, derive_seed(dialog.id)
        add_example = accumulators.examples.add_turn
        row = [0] * len(COLUMNS)
        row[_CONVERSATIONS] = 1
        days: dict[int, list[int]] = {}
        earlier_replies: set[str] = set()
        earlier_messages: set[str] = set()
        sources: dict[str, int] = {}
        times: list[float] = []
        shown_id = self._mask_id(dialog.id)
        day: int | None = None
        before: list[int] = []
        for place, turn in enumerate(dialog.turns, start=index):
            time = turn.time
            today = None if time is None else int(time // _DAY_SECONDS)
            if today != day:
                _close_day(days, day, row, before)
                before = [row[column] for column in _DAILY]
                day = today
            if time is not None:
                times.append(time)
            tags = self._count_turn(turn, row, earlier_replies, earlier_messages, batch, place)
            if turn.source:
                source = turn.source[:_MAX_SOURCE_CHARS]
                sources[source] = sources.get(source, 0) + 1
            line = self._render_line(shown_id, turn, tags, batch, place)
            if turn.message and not turn.message.isspace():
                is_unanswered = "silent" in tags or "fallback" in tags
                accumulators.questions.add(turn.message, is_unanswered, partial(self._show_question, batch, 2 * place))
            batch.lines.append(line)
            batch.tags += tags
            add_example(tags, _hash_turn(seed, turn.number), line)
        _close_day(days, day, row, before)
        if times:
            accumulators.add_times((min(times), max(times)))
        accumulators.counts["disordered"] += dialog.disordered
        batch.dialogs.append((seed, row, days, sources))

    def _show_question(self, batch: TurnBatch, index: int) -> str:
        return " ".join(batch.scan.mask(index, self._should_mask).split())[:_MAX_QUESTION_CHARS]

    def _add_batch(self, batch: TurnBatch) -> None:
        """Add what was gathered for the whole batch."""
        accumulators = self._accumulators
        self._write_lines(batch.lines)
        accumulators.examples.count_tags(batch.tags)
        for name, bins in (
            ("message_chars", batch.message_bins), ("reply_chars", batch.reply_bins), ("latency", batch.latency_bins),
        ):  # fmt: skip
            accumulators.histograms[name] += np.bincount(bins, minlength=histogram.BINS)
        for source, counts in batch.source_counts.items():
            accumulators.sources.add(source, counts, None)
        for source, bins in batch.source_bins.items():
            if source not in accumulators.source_latency:
                accumulators.source_latency[source] = histogram.create_bins()
            accumulators.source_latency[source] += np.bincount(bins, minlength=histogram.BINS)
        batch.add_words(accumulators)
        for dialog in batch.dialogs:
            accumulators.add_dialog(*dialog)

    def _mask_id(self, id: str) -> str:
        """Return the id as it may be shown. A masked one gets four digits of its hash, so that ids stay different."""
        masked = self._mask(id)
        return masked if masked == id else f"{masked}#{derive_seed(id) % 65536:04x}"

    def _count_turn(
        self,
        turn: LoggedTurn,
        row: list[int],
        earlier_replies: set[str],
        earlier_messages: set[str],
        batch: TurnBatch,
        place: int,
    ) -> list[str]:
        """Add a turn to the row, its texts to the earlier ones, and return its tags."""
        message, reply = turn.message, turn.reply
        tags = ["turns"]
        row[_TURNS] += 1
        row[_MESSAGE_CHARS] += len(message)
        batch.message_bins.append(_find_length_bin(len(message)))
        message_language = batch.scan.languages[2 * place]
        if message_language is not None:
            row[_IN[message_language]] += 1
            tags.append(_IN_TAGS[message_language])
        if message and not message.isspace():
            if earlier_messages:
                row[_FOLLOW_ASKED] += 1
                if message in earlier_messages:
                    row[_ASKED_AGAIN] += 1
                    tags.append("asked_again")
            earlier_messages.add(message)
        if reply is None:
            row[_SILENT] += 1
            tags.append("silent")
            self._add_unanswered(batch.scan.mask(2 * place, self._should_mask), message_language)
            return tags
        row[_REPLIES] += 1
        row[_REPLY_CHARS] += len(reply)
        batch.reply_bins.append(_find_length_bin(len(reply)))
        kind = turn.kind
        is_fallback = False
        if kind == "unknown" or batch.are_fallbacks[place]:
            is_fallback = True
            row[_FALLBACK] += 1
            tags.append("fallback")
            self._add_unanswered(batch.scan.mask(2 * place, self._should_mask), message_language)
        elif kind is not None and kind in ("ask", "offer", "refused"):
            row[_REFUSED if kind == "refused" else _ASKED] += 1
            tags.append("refused" if kind == "refused" else "asked")
        elif earlier_replies and kind in (None, "answer"):
            row[_FOLLOW] += 1
            if reply in earlier_replies:
                row[_REPEATED] += 1
                tags.append("repeated")
        if not is_fallback:
            earlier_replies.add(reply)
        reply_language = batch.scan.languages[2 * place + 1]
        if message_language in _PLAIN_LANGUAGES and reply_language in _PLAIN_LANGUAGES:
            row[_COMPARABLE] += 1
            if message_language != reply_language:
                row[_MISMATCH] += 1
                tags.append("mismatch")
        words = batch.count_words(place)
        if words:
            is_english = reply_language in ("en", None)
            row[_WORDS_EN if is_english else _WORDS_ZH] += words
            row[_PAIRS_EN if is_english else _PAIRS_ZH] += words - 1
            if words >= MIN_LOOP_WORDS and batch.has_loop(place):
                row[_LOOPS] += 1
                tags.append("loops")
        if turn.unsafe is not None or turn.liked is not None:
            self._count_safety_and_feedback(turn, row, tags)
        self._count_latency_and_source(turn, row, tags, batch)
        if turn.references:
            row[_REFERENCED] += 1
            tags.append("referenced")
            self._reference_scorer.add_scores(row, reply, turn.references)
        if turn.candidates:
            self._count_candidates(turn, row, tags)
        if turn.answers:
            self._reference_scorer.add_vqa_accuracy(row, reply, turn.answers)
            tags.append("seen")
        return tags

    def _count_safety_and_feedback(self, turn: LoggedTurn, row: list[int], tags: list[str]) -> None:
        if turn.unsafe is not None:
            row[_CHECKED] += 1
            if turn.unsafe:
                row[_UNSAFE] += 1
                tags.append("unsafe")
        if turn.liked is not None:
            row[_LIKED if turn.liked else _DISLIKED] += 1
            tags.append("liked" if turn.liked else "disliked")
            if not turn.liked and turn.reason:
                reason = self._mask(turn.reason)[:_MAX_REASON_CHARS]
                self._accumulators.dislike_reasons.add(reason.casefold(), [1], reason)

    def _count_latency_and_source(self, turn: LoggedTurn, row: list[int], tags: list[str], batch: TurnBatch) -> None:
        latency, bin = turn.latency, None
        if latency is not None:
            bin = histogram.find_bin(latency)
            row[_TIMED] += 1
            row[_LATENCY] += round(latency * 1000)
            batch.latency_bins.append(bin)
            if latency >= SLOW_MS:
                tags.append("slow")
        liked = turn.liked
        if turn.source:
            source = turn.source[:_MAX_SOURCE_CHARS]
            counts = batch.source_counts.get(source)
            if counts is None:
                counts = batch.source_counts[source] = [0] * len(SOURCE_COLUMNS)
            counts[0] += 1
            if liked is not None:
                counts[1 if liked else 2] += 1
            counts[3] += len(turn.reply or "")
            tags.append(f"source:{source}")
            if bin is not None:
                counts[4] += 1
                batch.source_bins.setdefault(source, []).append(bin)
        if turn.entry:
            question = next((candidate.question for candidate in turn.candidates if candidate.entry == turn.entry), "")
            example = [self._mask(turn.reply or "")[:_MAX_TABLE_CHARS], question]
            self._accumulators.entries.add(turn.entry[:100], [1, int(liked is True), int(liked is False)], example)

    def _count_candidates(self, turn: LoggedTurn, row: list[int], tags: list[str]) -> None:
        labels = label_candidates(turn)
        scores = [candidate.score for candidate in turn.candidates if candidate.score is not None]
        if labels is not None and len(scores) == len(turn.candidates):
            order = rank_labels(labels, scores, seed=turn.number)
            row[_RANKED] += 1
            row[_FIRST] += round(recall_at(order, 1) * UNIT)
            row[_SECOND] += round(recall_at(order, 2) * UNIT)
            row[_FIFTH] += round(recall_at(order, 5) * UNIT)
            row[_RECIPROCAL] += round(reciprocal_rank(order) * UNIT)
            row[_PRECISION] += round(average_precision(order) * UNIT)
            tags.append("ranked_right" if order[0] else "ranked_wrong")
        for score, is_right in list_scored_outcomes(turn):
            if 0 <= score <= 1:
                bin = min(BINS - 1, int(score * BINS))
                row[_SCORED + bin] += 1
                row[_SCORE + bin] += round(score * UNIT)
                row[_RIGHT + bin] += is_right
                tags.append(f"scored_{bin}")
        if (confusion := find_confusion(turn)) is not None:
            chosen, right = confusion
            example = [
                self._mask(turn.message)[:_MAX_TABLE_CHARS], self._mask(chosen.text)[:_MAX_TABLE_CHARS],
                self._mask(right.text)[:_MAX_TABLE_CHARS],
            ]  # fmt: skip
            self._accumulators.confusions.add(json.dumps([chosen.entry, right.entry]), [1], example)
        if (pair := find_ambiguous_pair(turn)) is not None:
            name = json.dumps(sorted(candidate.entry or "" for candidate in pair))
            entries = sorted([candidate.entry, candidate.text[:_MAX_TABLE_CHARS]] for candidate in pair)
            question = self._mask(turn.message)[:_MAX_TABLE_CHARS]
            self._accumulators.ambiguous_pairs.add(name, [1], [question, *entries])
            tags.append("fight")

    def _add_unanswered(self, message: str, language: str | None) -> None:
        """Count a question that got no answer; the message is masked already."""
        text = " ".join(message.split())[:_MAX_QUESTION_CHARS]
        key = _PUNCTUATION.sub(" ", text.casefold()).strip()
        if key:
            self._accumulators.unanswered.add(key, [1], [text, "en" if language in ("en", None) else "zh"])

    def _render_line(self, id: str, turn: LoggedTurn, tags: Sequence[str], batch: TurnBatch, place: int) -> bytes:
        # Texts are masked before they are cut: half of a number is not recognised as one, and would be shown.
        reply, mask = turn.reply, self._mask
        message_at = 2 * place
        has_numbers = batch.scan.has_numbers
        message = mask(turn.message) if has_numbers[message_at] else turn.message
        if reply is not None:
            reply = (mask(reply) if has_numbers[message_at + 1] else reply)[:MAX_SHOWN_CHARS]
        values: dict[str, Any] = {
            "conversation": id,
            "number": turn.number,
            "row": turn.row,
            "message": message[:MAX_SHOWN_CHARS],
            "reply": reply,
        }
        if turn.time is not None:
            values["time"] = turn.time
        if turn.latency is not None:
            values["latency"] = turn.latency
        if turn.source is not None:
            values["source"] = turn.source
        if turn.kind is not None:
            values["kind"] = turn.kind
        if turn.liked is not None:
            values["liked"] = turn.liked
        if turn.entry is not None:
            values["entry"] = turn.entry
        if turn.reason:
            values["reason"] = self._mask(turn.reason)[:MAX_SHOWN_CHARS]
        if turn.references:
            values["references"] = [self._mask(text)[:MAX_SHOWN_CHARS] for text in turn.references[:_MAX_REFERENCES]]
        if turn.unsafe:
            values["unsafe"] = list(turn.unsafe)
        values["tags"] = [tag for tag in tags if tag not in _UNSHOWN_TAGS]
        try:
            return orjson.dumps(values)
        except TypeError:  # a surrogate without its other half, a number beyond 64 bits
            return json.dumps(values).encode()


def _close_day(days: dict[int, list[int]], day: int | None, row: list[int], before: list[int]) -> None:
    """Add to a day what the row has grown by since it began."""
    if day is None:
        return
    counts = days.get(day)
    grown = [row[column] - earlier for column, earlier in zip(_DAILY, before, strict=True)]
    days[day] = grown if counts is None else [a + b for a, b in zip(counts, grown, strict=True)]


def _hash_turn(seed: int, number: int) -> int:
    """Return an evenly spread hash of 64 bits, mixed in the way of SplitMix64 (Steele et al. 2014) with one product."""
    hash = (seed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK64
    hash = ((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
    return hash ^ (hash >> 27)


_PLAIN_LANGUAGES = frozenset({"zh", "en"})
_IN_TAGS = {"zh": "in_zh", "en": "in_en", "mixed": "in_mixed"}
_UNSHOWN_TAGS = frozenset({"turns", *_IN_TAGS.values()})
_find_length_bin = lru_cache(maxsize=65_536)(histogram.find_bin)
_CONVERSATIONS = AT["conversations"]
(_TURNS, _REPLIES, _FALLBACK, _ASKED, _REFUSED, _SILENT, _MESSAGE_CHARS, _REPLY_CHARS, _FOLLOW, _REPEATED) = (
    AT[name] for name in "turns replies fallback asked refused silent message_chars reply_chars follow repeated".split()
)  # fmt: skip
(_FOLLOW_ASKED, _ASKED_AGAIN, _COMPARABLE, _MISMATCH, _CHECKED, _UNSAFE, _LIKED, _DISLIKED, _TIMED, _LATENCY) = (
    AT[name] for name in "follow_asked asked_again comparable mismatch checked unsafe liked disliked timed latency".split()
)  # fmt: skip
(_LOOPS, _REFERENCED, _RANKED, _FIRST, _SECOND, _FIFTH, _RECIPROCAL, _PRECISION, _SCORED, _SCORE, _RIGHT) = (
    AT[name] for name in "loops referenced ranked first second fifth reciprocal precision scored_0 score_0 right_0".split()
)  # fmt: skip
(_WORDS_ZH, _WORDS_EN, _PAIRS_ZH, _PAIRS_EN) = (AT[name] for name in "words_zh words_en pairs_zh pairs_en".split())
_IN = {language: AT[f"in_{language}"] for language in ("zh", "en", "mixed")}
_DAILY = tuple(AT[name] for name in DAILY)
