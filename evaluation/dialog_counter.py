"""Count the conversations of a log, turn by turn."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from data.metrics import histogram
from data.metrics.average_precision import average_precision
from data.metrics.ranked import rank_labels
from data.metrics.recall import recall_at
from data.metrics.reciprocal_rank import reciprocal_rank
from data.metrics.repetition import measure_repetition
from data.metrics.resampling import derive_seed
from data.metrics.tokens import tokens
from data.records import LoggedDialog, LoggedTurn
from data.text.language import detect
from evaluation.accumulators import Accumulators
from evaluation.candidate_labels import find_ambiguous_pair, label_candidates, list_scored_outcomes
from evaluation.columns import AT, BINS, COLUMNS, DAILY, UNIT
from evaluation.fallback_detector import build_fallback_detector
from evaluation.options import Options
from evaluation.reference_scorer import ReferenceScorer

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
_CACHED_HASHES = 500_000
_MASK64 = 2**64 - 1
_DAY_SECONDS = 86400
_encode_json = json.JSONEncoder(ensure_ascii=False).encode
_PUNCTUATION = re.compile(r"[\W_]+")


class DialogCounter:
    """Adds conversations to accumulators, and hands on one line of JSON for each turn."""

    def __init__(
        self,
        accumulators: Accumulators,
        options: Options,
        write_line: Callable[[str], object],
        reference_scorer: ReferenceScorer,
    ) -> None:
        self._accumulators = accumulators
        self._mask = options.mask
        self._is_fallback = build_fallback_detector(options.fallback_texts)
        self._write_line = write_line
        self._reference_scorer = reference_scorer
        self._hashes: dict[str, int] = {}

    def count(self, dialog: LoggedDialog) -> None:
        """Count one conversation. Raises ArtifactError where references need word vectors that cannot be loaded."""
        accumulators, seed = self._accumulators, derive_seed(dialog.id)
        row = [0] * len(COLUMNS)
        row[AT["conversations"]] = 1
        days: dict[int, list[int]] = {}
        earlier_replies: set[str] = set()
        earlier_messages: set[str] = set()
        times: list[float] = []
        shown_id = self._mask_id(dialog.id)
        for turn in dialog.turns:
            before = [row[column] for column in _DAILY]
            tags = self._count_turn(turn, row, earlier_replies, earlier_messages)
            if turn.time is not None:
                times.append(turn.time)
                counts = days.setdefault(int(turn.time // _DAY_SECONDS), [0] * len(DAILY))
                for index, column in enumerate(_DAILY):
                    counts[index] += row[column] - before[index]
            line = self._render_line(shown_id, turn, tags)
            self._write_line(line)
            hash = _hash_turn(seed, turn.number)
            for tag in tags:
                accumulators.examples.add(tag, hash, line)
        accumulators.add_times(times)
        accumulators.counts["disordered"] += dialog.disordered
        turns_by_source = Counter(turn.source[:_MAX_SOURCE_CHARS] for turn in dialog.turns if turn.source)
        accumulators.add_dialog(seed, row, days, turns_by_source)

    def _mask_id(self, id: str) -> str:
        """Return the id as it may be shown. A masked one gets four digits of its hash, so that ids stay different."""
        masked = self._mask(id)
        return masked if masked == id else f"{masked}#{derive_seed(id) % 65536:04x}"

    def _count_turn(
        self, turn: LoggedTurn, row: list[int], earlier_replies: set[str], earlier_messages: set[str]
    ) -> list[str]:
        """Add a turn to the row, its texts to the earlier ones, and return its tags."""
        message, reply = turn.message, turn.reply
        tags = ["turns"]
        row[_TURNS] += 1
        row[_MESSAGE_CHARS] += len(message)
        histograms = self._accumulators.histograms
        histograms["message_chars"][histogram.find_bin(len(message))] += 1
        message_language = detect(message)
        if message_language is not None:
            row[_IN[message_language]] += 1
            tags.append(f"in_{message_language}")
        if message.strip():
            if earlier_messages:
                row[_FOLLOW_ASKED] += 1
                if message in earlier_messages:
                    row[_ASKED_AGAIN] += 1
                    tags.append("asked_again")
            earlier_messages.add(message)
        if reply is None:
            row[_SILENT] += 1
            tags.append("silent")
            self._add_unanswered(message, message_language)
            return tags
        row[_REPLIES] += 1
        row[_REPLY_CHARS] += len(reply)
        histograms["reply_chars"][histogram.find_bin(len(reply))] += 1
        if turn.kind == "unknown" or (turn.kind is None and self._is_fallback(reply)):
            row[_FALLBACK] += 1
            tags.append("fallback")
            self._add_unanswered(message, message_language)
        elif turn.kind in ("ask", "offer", "refused"):
            row[_REFUSED if turn.kind == "refused" else _ASKED] += 1
            tags.append("refused" if turn.kind == "refused" else "asked")
        elif earlier_replies and turn.kind in (None, "answer"):
            row[_FOLLOW] += 1
            if reply in earlier_replies:
                row[_REPEATED] += 1
                tags.append("repeated")
        if "fallback" not in tags:
            earlier_replies.add(reply)
        reply_language = detect(reply)
        if message_language in ("zh", "en") and reply_language in ("zh", "en"):
            row[_COMPARABLE] += 1
            if message_language != reply_language:
                row[_MISMATCH] += 1
                tags.append("mismatch")
        self._count_words(reply, "en" if reply_language in ("en", None) else "zh", row, tags)
        self._count_safety_and_feedback(turn, row, tags)
        self._count_latency_and_source(turn, row, tags)
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

    def _count_latency_and_source(self, turn: LoggedTurn, row: list[int], tags: list[str]) -> None:
        accumulators = self._accumulators
        liked, disliked = int(turn.liked is True), int(turn.liked is False)
        bin = None if turn.latency is None else histogram.find_bin(turn.latency)
        if turn.latency is not None:
            row[_TIMED] += 1
            row[_LATENCY] += round(turn.latency * 1000)
            accumulators.histograms["latency"][bin] += 1
            if turn.latency >= SLOW_MS:
                tags.append("slow")
        source = (turn.source or "")[:_MAX_SOURCE_CHARS]
        if source:
            accumulators.sources.add(
                source, [1, liked, disliked, len(turn.reply or ""), int(turn.latency is not None)], None
            )
            tags.append(f"source:{source}")
            if bin is not None:
                if source not in accumulators.source_latency:
                    accumulators.source_latency[source] = histogram.create_bins()
                accumulators.source_latency[source][bin] += 1
        if turn.entry:
            question = next((candidate.question for candidate in turn.candidates if candidate.entry == turn.entry), "")
            example = [self._mask(turn.reply or "")[:_MAX_TABLE_CHARS], question]
            accumulators.entries.add(turn.entry[:100], [1, liked, disliked], example)

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
        if (pair := find_ambiguous_pair(turn)) is not None:
            name = json.dumps(sorted(candidate.entry or "" for candidate in pair))
            entries = sorted([candidate.entry, candidate.text[:_MAX_TABLE_CHARS]] for candidate in pair)
            question = self._mask(turn.message)[:_MAX_TABLE_CHARS]
            self._accumulators.ambiguous_pairs.add(name, [1], [question, *entries])
            tags.append("fight")

    def _add_unanswered(self, message: str, language: str | None) -> None:
        text = " ".join(self._mask(message).split())[:_MAX_QUESTION_CHARS]
        key = _PUNCTUATION.sub(" ", text.casefold()).strip()
        if key:
            self._accumulators.unanswered.add(key, [1], [text, "en" if language in ("en", None) else "zh"])

    def _count_words(self, reply: str, language: str, row: list[int], tags: list[str]) -> None:
        find_hash = self._hashes.get
        add_hash = self._add_hash
        hashes = [find_hash(word) or add_hash(word) for word in tokens(reply)]
        if hashes:
            self._accumulators.add_words(language, hashes)
            row[_WORDS_ZH if language == "zh" else _WORDS_EN] += len(hashes)
            row[_PAIRS_ZH if language == "zh" else _PAIRS_EN] += len(hashes) - 1
            # If half of the words are different, at most half of the trigrams repeat: most replies need no further look.
            may_loop = len(hashes) >= MIN_LOOP_WORDS and len(set(hashes)) * 2 < len(hashes) + 4
            if may_loop and measure_repetition(hashes, 3) > 0.5:
                row[_LOOPS] += 1
                tags.append("loops")

    def _add_hash(self, word: str) -> int:
        if len(self._hashes) > _CACHED_HASHES:
            self._hashes.clear()
        hash = self._hashes[word] = derive_seed(word)
        return hash

    def _render_line(self, id: str, turn: LoggedTurn, tags: Sequence[str]) -> str:
        # Texts are masked before they are cut: half of a number is not recognised as one, and would be shown.
        mask = self._mask
        values: dict[str, Any] = {
            "conversation": id,
            "number": turn.number,
            "row": turn.row,
            "message": mask(turn.message)[:MAX_SHOWN_CHARS],
            "reply": None if turn.reply is None else mask(turn.reply)[:MAX_SHOWN_CHARS],
        }
        for name in ("time", "latency", "source", "kind", "liked", "entry"):
            value = getattr(turn, name)
            if value is not None:
                values[name] = value
        if turn.reason:
            values["reason"] = mask(turn.reason)[:MAX_SHOWN_CHARS]
        if turn.references:
            values["references"] = [mask(text)[:MAX_SHOWN_CHARS] for text in turn.references[:_MAX_REFERENCES]]
        if turn.unsafe:
            values["unsafe"] = list(turn.unsafe)
        values["tags"] = [tag for tag in tags if tag != "turns" and not tag.startswith("in_")]
        return _encode_json(values)


def _hash_turn(seed: int, number: int) -> int:
    """Return an evenly spread hash of 64 bits, mixed in the way of SplitMix64 (Steele et al. 2014) with one product."""
    hash = (seed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK64
    hash = ((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
    return hash ^ (hash >> 27)


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
