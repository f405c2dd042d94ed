"""One conversation of a log, counted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bot.evaluate.columns import AT, BINS, COLUMNS, DAILY, UNIT
from bot.evaluate.fallback import fallback_of
from bot.evaluate.options import Options, Safety
from bot.evaluate.references import References
from bot.evaluate.tally import Tally
from data.metrics import histogram
from data.metrics.average_precision import average_precision
from data.metrics.ranked import rank_labels
from data.metrics.recall import recall_at
from data.metrics.reciprocal_rank import reciprocal_rank
from data.metrics.repetition import measure_repetition
from data.metrics.resampling import derive_seed
from data.metrics.tokens import tokens
from data.records import LoggedCandidate, LoggedDialog, LoggedTurn
from data.text.language import detect
from data.text.mask import mask

SHOWN = 1_000
"""The most characters of a text that are shown or written down."""

SLOW = 1_000.0
"""Milliseconds from which a reply counts as slow."""

RIVAL = 0.1
"""Two candidates whose scores lie nearer than this fight over the question."""

LOOP = 12
"""The fewest words of a reply that can go round in circles."""

_FAINT = 0.2
_CACHED = 500_000
_MASK64 = 2**64 - 1
_DAY = 86400
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode
_SIGNS = re.compile(r"[\W_]+")


class Measure:
    """Counts conversations into a tally, and hands on one line of JSON for each turn."""

    def __init__(
        self,
        tally: Tally,
        options: Options,
        write: Callable[[str], object],
        safety: Safety | None,
        references: References,
    ) -> None:
        self._tally = tally
        self._mask: Callable[[str], str] = mask if options.masked else lambda text: text
        self._falls_back = fallback_of(options.fallbacks)
        self._write = write
        self._safety = safety
        self._references = references
        self._hashes: dict[str, int] = {}

    def dialog(self, dialog: LoggedDialog) -> None:
        """Count one conversation."""
        tally, seed = self._tally, derive_seed(dialog.id)
        vector = [0] * len(COLUMNS)
        vector[AT["conversations"]] = 1
        days: dict[int, list[int]] = {}
        said: set[str] = set()
        asked: set[str] = set()
        times: list[float] = []
        id = self._named(dialog.id)
        for turn in dialog.turns:
            before = [vector[place] for place in _DAILY]
            tags = self._turn(turn, vector, said, asked)
            if turn.time is not None:
                times.append(turn.time)
                counts = days.setdefault(int(turn.time // _DAY), [0] * len(DAILY))
                for at, place in enumerate(_DAILY):
                    counts[at] += vector[place] - before[at]
            line = self._line(id, turn, tags)
            self._write(line)
            hash = (seed + (turn.number + 1) * 0x9E3779B97F4A7C15) & _MASK64
            hash = ((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
            hash ^= hash >> 27
            for tag in tags:
                tally.examples.offer(tag, hash, line)
        tally.seen(times)
        tally.counts["disordered"] += dialog.disordered
        tally.add(seed, vector, days, Counter(turn.source[:60] for turn in dialog.turns if turn.source))

    def _named(self, id: str) -> str:
        named = self._mask(id)
        return named if named == id else f"{named}#{derive_seed(id) % 65536:04x}"

    def _turn(self, turn: LoggedTurn, v: list[int], said: set[str], asked: set[str]) -> list[str]:
        message, reply = turn.message, turn.reply
        tags = ["turns"]
        v[_TURNS] += 1
        v[_MESSAGE_CHARS] += len(message)
        tally = self._tally
        tally.histograms["message_chars"][histogram.find_bin(len(message))] += 1
        spoken = detect(message)
        if spoken is not None:
            v[_IN[spoken]] += 1
            tags.append(f"in_{spoken}")
        if message.strip():
            if asked:
                v[_FOLLOW_ASKED] += 1
                if message in asked:
                    v[_ASKED_AGAIN] += 1
                    tags.append("asked_again")
            asked.add(message)
        if reply is None:
            v[_SILENT] += 1
            tags.append("silent")
            self._unanswered(message, spoken)
            return tags
        v[_REPLIES] += 1
        v[_REPLY_CHARS] += len(reply)
        tally.histograms["reply_chars"][histogram.find_bin(len(reply))] += 1
        if turn.kind == "unknown" or (turn.kind is None and self._falls_back(reply)):
            v[_FALLBACK] += 1
            tags.append("fallback")
            self._unanswered(message, spoken)
        elif turn.kind in ("ask", "offer", "refused"):
            v[_REFUSED if turn.kind == "refused" else _ASKED] += 1
            tags.append("refused" if turn.kind == "refused" else "asked")
        elif said and turn.kind in (None, "answer"):
            v[_FOLLOW] += 1
            if reply in said:
                v[_REPEATED] += 1
                tags.append("repeated")
        if "fallback" not in tags:
            said.add(reply)
        answered = detect(reply)
        if spoken in ("zh", "en") and answered in ("zh", "en"):
            v[_COMPARABLE] += 1
            if spoken != answered:
                v[_MISMATCH] += 1
                tags.append("mismatch")
        self._words(reply, "en" if answered in ("en", None) else "zh", v, tags)
        self._facts(turn, v, tags)
        if turn.references:
            v[_REFERENCED] += 1
            tags.append("referenced")
            self._references.count(v, reply, turn.references)
        if turn.candidates:
            self._candidates(turn, v, tags)
        if turn.answers:
            self._references.count_answers(v, reply, turn.answers)
            tags.append("seen")
        return tags

    def _facts(self, turn: LoggedTurn, v: list[int], tags: list[str]) -> None:
        tally = self._tally
        unsafe = turn.unsafe
        if self._safety is not None:
            unsafe = tuple(dict.fromkeys((*(unsafe or ()), *self._safety(turn.message, turn.reply or ""))))
        if unsafe is not None:
            v[_CHECKED] += 1
            if unsafe:
                v[_UNSAFE] += 1
                tags.append("unsafe")
        if turn.liked is not None:
            v[_LIKED if turn.liked else _DISLIKED] += 1
            tags.append("liked" if turn.liked else "disliked")
            if not turn.liked and turn.reason:
                reason = self._mask(turn.reason)[:100]
                tally.reasons.add(reason.casefold(), [1], reason)
        source = (turn.source or "")[:60]
        timed = turn.latency is not None
        if turn.latency is not None:
            v[_TIMED] += 1
            v[_LATENCY] += round(turn.latency * 1000)
            place = histogram.find_bin(turn.latency)
            tally.histograms["latency"][place] += 1
            if turn.latency >= SLOW:
                tags.append("slow")
        if source:
            counts = [1, int(turn.liked is True), int(turn.liked is False), len(turn.reply or ""), int(timed)]
            tally.sources.add(source, counts, None)
            tags.append(f"source:{source}")
            if timed:
                if source not in tally.source_latency:
                    tally.source_latency[source] = histogram.create_bins()
                tally.source_latency[source][place] += 1
        if turn.entry:
            shown = [
                self._mask(turn.reply or "")[:200],
                next((one.question for one in turn.candidates if one.entry == turn.entry), ""),
            ]
            tally.entries.add(turn.entry[:100], [1, int(turn.liked is True), int(turn.liked is False)], shown)

    def _candidates(self, turn: LoggedTurn, v: list[int], tags: list[str]) -> None:
        candidates = turn.candidates
        labels = _labels(turn)
        scores = [one.score for one in candidates]
        known = [score for score in scores if score is not None]
        if labels is not None and len(known) == len(candidates):
            order = rank_labels(labels, known, seed=turn.number)
            v[_RANKED] += 1
            v[_FIRST] += round(recall_at(order, 1) * UNIT)
            v[_SECOND] += round(recall_at(order, 2) * UNIT)
            v[_FIFTH] += round(recall_at(order, 5) * UNIT)
            v[_RECIPROCAL] += round(reciprocal_rank(order) * UNIT)
            v[_PRECISION] += round(average_precision(order) * UNIT)
            tags.append("ranked_right" if order[0] else "ranked_wrong")
        for score, right in _scored(turn):
            if 0 <= score <= 1:
                place = min(BINS - 1, int(score * BINS))
                v[_SCORED + place] += 1
                v[_SCORE + place] += round(score * UNIT)
                v[_RIGHT + place] += right
                tags.append(f"scored_{place}")
        rivals = _rivals(turn)
        if rivals is not None:
            one, other = rivals
            name = json.dumps(sorted((one.entry or "", other.entry or "")))
            question = self._mask(turn.message)[:200]
            shown = [question, *sorted(([one.entry, one.text[:200]], [other.entry, other.text[:200]]))]
            self._tally.fights.add(name, [1], shown)
            tags.append("fight")

    def _unanswered(self, message: str, language: str | None) -> None:
        text = " ".join(self._mask(message).split())[:400]
        key = _SIGNS.sub(" ", text.casefold()).strip()
        if key:
            self._tally.unanswered.add(key, [1], [text, "en" if language in ("en", None) else "zh"])

    def _words(self, reply: str, language: str, v: list[int], tags: list[str]) -> None:
        known = self._hashes.get
        made = self._hash
        hashes = [known(word) or made(word) for word in tokens(reply)]
        if hashes:
            self._tally.add_words(language, hashes)
            v[_WORDS_ZH if language == "zh" else _WORDS_EN] += len(hashes)
            v[_PAIRS_ZH if language == "zh" else _PAIRS_EN] += len(hashes) - 1
            # With as many different words as half of all, no more than half of the runs can be repeats: most replies end here.
            if len(hashes) >= LOOP and len(set(hashes)) * 2 < len(hashes) + 4 and measure_repetition(hashes, 3) > 0.5:
                v[_LOOPS] += 1
                tags.append("loops")

    def _hash(self, word: str) -> int:
        if len(self._hashes) > _CACHED:
            self._hashes.clear()
        found = self._hashes[word] = derive_seed(word)
        return found

    def _line(self, id: str, turn: LoggedTurn, tags: Sequence[str]) -> str:
        # Masked before it is cut: the first half of a number is no number any more, and would be shown.
        masked = self._mask
        made: dict[str, Any] = {
            "conversation": id,
            "number": turn.number,
            "row": turn.row,
            "message": masked(turn.message)[:SHOWN],
            "reply": None if turn.reply is None else masked(turn.reply)[:SHOWN],
        }
        for name in ("time", "latency", "source", "kind", "liked", "entry"):
            value = getattr(turn, name)
            if value is not None:
                made[name] = value
        if turn.reason:
            made["reason"] = masked(turn.reason)[:SHOWN]
        if turn.references:
            made["references"] = [masked(text)[:SHOWN] for text in turn.references[:5]]
        if turn.unsafe:
            made["unsafe"] = list(turn.unsafe)
        made["tags"] = [tag for tag in tags if tag != "turns" and not tag.startswith("in_")]
        return _AS_JSON(made)


def _labels(turn: LoggedTurn) -> list[int] | None:
    """Which candidates are right, where the log says so: by itself, by its references, or by the mark of the one chosen.

    A choice that was liked is right; after a dislike none is known to be, so all count as wrong: leaving those turns out would
    make every ranker look right always.
    """
    candidates = turn.candidates
    labels = [one.label for one in candidates]
    if any(label is not None for label in labels):
        return [label or 0 for label in labels]
    if turn.references:
        wanted = set(turn.references)
        return [int(one.text in wanted) for one in candidates]
    if turn.liked is None or turn.chosen is None:
        return None
    right = candidates[turn.chosen].text
    return [int(turn.liked and one.text == right) for one in candidates]


def _scored(turn: LoggedTurn) -> list[tuple[float, int]]:
    """Scores with whether they were deserved: those of labelled candidates, else that of the chosen one if it was marked."""
    labelled = [(one.score, one.label) for one in turn.candidates if one.score is not None and one.label is not None]
    if labelled:
        return [(score, int(label)) for score, label in labelled]
    if turn.liked is None or turn.chosen is None:
        return []
    score = turn.candidates[turn.chosen].score
    return [] if score is None else [(score, int(turn.liked))]


def _rivals(turn: LoggedTurn) -> tuple[LoggedCandidate, LoggedCandidate] | None:
    """The two best candidates if they are of two entries, say two things, and are nearly as good."""
    best = sorted(
        (one for one in turn.candidates if one.score is not None and one.entry), key=lambda one: -(one.score or 0.0)
    )
    if not best or (best[0].score or 0.0) < _FAINT:
        return None
    other = next((one for one in best[1:] if one.entry != best[0].entry and one.text != best[0].text), None)
    if other is None or (best[0].score or 0.0) - (other.score or 0.0) >= RIVAL:
        return None
    return best[0], other


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
