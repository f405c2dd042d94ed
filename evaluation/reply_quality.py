"""The quality, in [0, 1], of two replies to the same message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data import paths
from data.metrics.ngram_counts import chrf_from_counts, count_chrf
from data.records import LoggedTurn
from evaluation.reference_scorer import MAX_COMPARED_CHARS
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

_BATCH_PAIRS = 128


@dataclass(frozen=True)
class TurnPair:
    """The turn of an old log and that of a new one, about one message; seed is that of the conversation."""

    seed: int
    old: LoggedTurn
    new: LoggedTurn


@dataclass(frozen=True)
class PairQuality:
    """Two replies to one message with their qualities; reference is what they were compared with, "" if nothing was."""

    seed: int
    number: int
    message: str
    old: str
    new: str
    old_quality: float
    new_quality: float
    reference: str = ""

    @property
    def difference(self) -> float:
        """The quality of the new reply minus that of the old one."""
        return self.new_quality - self.old_quality


@lru_cache(maxsize=1)
def _load_encoder() -> SentenceEncoder:
    return SentenceEncoder(paths.artifacts_dir() / ENCODER)


class QualityScorer:
    """Scores pairs of turns. Pairs without a reference wait until there is a batch for the sentence encoder."""

    def __init__(self, is_fallback: Callable[[str], bool], on_score: Callable[[PairQuality], object]) -> None:
        """on_score is given every pair as soon as it is scored."""
        self._is_fallback = is_fallback
        self._on_score = on_score
        self._pending: list[TurnPair] = []

    def score(self, pair: TurnPair) -> None:
        """Score a pair, now or with the next batch.

        With references, quality is the chrF with the nearest of them. With a liked reply, that one is the reference. With
        neither, it is the cosine of message and reply by the sentence encoder, at least 0, and 0 for no reply or a fallback.

        Raises:
            ArtifactError: the sentence encoder cannot be loaded.
        """
        old, new = pair.old, pair.new
        old_reply, new_reply = old.reply or "", new.reply or ""
        liked = tuple(turn.reply for turn in (old, new) if turn.liked and turn.reply)
        references = new.references or old.references or liked
        if references:
            old_quality = _compute_chrf(old_reply, references)
            new_quality = old_quality if new_reply == old_reply else _compute_chrf(new_reply, references)
            self._emit(pair, old_quality, new_quality, references[0])
        elif old_reply == new_reply:
            self._emit(pair, 1.0, 1.0)
        else:
            self._pending.append(pair)
            if len(self._pending) >= _BATCH_PAIRS:
                self.flush()

    def flush(self) -> None:
        """Score the pairs that wait. Raises ArtifactError."""
        if not self._pending:
            return
        encoder = _load_encoder()
        messages = encoder.encode_queries([(pair.old.message[:MAX_COMPARED_CHARS],) for pair in self._pending])
        old_fit, new_fit = (
            np.maximum(
                0.0,
                (encoder.encode_replies([(turn.reply or "")[:MAX_COMPARED_CHARS] for turn in turns]) * messages).sum(
                    axis=1
                ),
            )
            for turns in ([pair.old for pair in self._pending], [pair.new for pair in self._pending])
        )
        for index, pair in enumerate(self._pending):
            old_quality = float(old_fit[index]) if self._has_answer(pair.old) else 0.0
            new_quality = float(new_fit[index]) if self._has_answer(pair.new) else 0.0
            self._emit(pair, old_quality, new_quality)
        self._pending.clear()

    def _has_answer(self, turn: LoggedTurn) -> bool:
        if not turn.reply or turn.kind in ("unknown", "late"):
            return False
        return turn.kind is not None or not self._is_fallback(turn.reply)

    def _emit(self, pair: TurnPair, old_quality: float, new_quality: float, reference: str = "") -> None:
        replies = pair.old.reply or "", pair.new.reply or ""
        self._on_score(
            PairQuality(pair.seed, pair.new.number, pair.new.message, *replies, old_quality, new_quality, reference)
        )


def _compute_chrf(reply: str, references: Sequence[str]) -> float:
    """Return the chrF with the nearest reference, in [0, 1]; 0 where nothing can be compared."""
    counts = count_chrf(reply[:MAX_COMPARED_CHARS], [text[:MAX_COMPARED_CHARS] for text in references])
    score = float(chrf_from_counts(np.array(counts, dtype=np.int64)))
    return 0.0 if np.isnan(score) else score / 100
