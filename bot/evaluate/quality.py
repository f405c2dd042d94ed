"""How good a reply is beside another one to the same message, in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bot.evaluate.references import MOST
from data import paths
from data.metrics.ngram_counts import chrf_from_counts, count_chrf
from data.records import LoggedTurn
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

_BATCH = 128


@dataclass(frozen=True)
class Judged:
    """Two replies to one message with their qualities; reference is what they were held against, "" if nothing was."""

    seed: int
    number: int
    message: str
    old: str
    new: str
    old_quality: float
    new_quality: float
    reference: str = ""


@dataclass(frozen=True)
class Pair:
    """The turn of one log and that of the other, of one conversation (by its seed) and about one message."""

    seed: int
    old: LoggedTurn
    new: LoggedTurn


@lru_cache(maxsize=1)
def _encoder() -> SentenceEncoder:
    return SentenceEncoder(paths.artifacts_dir() / ENCODER)


class Judge:
    """Judges pairs of turns. Those without a reference wait until there are enough of them for the model."""

    def __init__(self, falls_back: Callable[[str], bool], take: Callable[[Judged], object]) -> None:
        """take is given every pair as soon as it is judged."""
        self._falls_back = falls_back
        self._take = take
        self._waiting: list[Pair] = []

    def judge(self, pair: Pair) -> None:
        """With references, quality is the chrF with the nearest of them; with a liked reply, that is the reference; with neither,
        it is how well the reply fits the message (cosine of the sentence encoder, 0 at least), and 0 for no reply or a fallback.
        """
        old, new = pair.old, pair.new
        wanted = new.references or old.references or tuple(one.reply for one in (old, new) if one.liked and one.reply)
        if (old.reply or "") == (new.reply or ""):
            quality = 1.0 if not wanted else _nearness(old.reply or "", wanted)
            self._take(_judged(pair, quality, quality, wanted))
        elif wanted:
            self._take(_judged(pair, _nearness(old.reply or "", wanted), _nearness(new.reply or "", wanted), wanted))
        else:
            self._waiting.append(pair)
            if len(self._waiting) >= _BATCH:
                self.flush()

    def flush(self) -> None:
        """Judge the pairs that wait. Raises ArtifactError."""
        if not self._waiting:
            return
        model = _encoder()
        asked = model.queries([(pair.old.message[:MOST],) for pair in self._waiting])
        sides = [[(getattr(pair, side).reply or "")[:MOST] for pair in self._waiting] for side in ("old", "new")]
        fits = [np.maximum(0.0, (model.replies(texts) * asked).sum(axis=1)) for texts in sides]
        for place, pair in enumerate(self._waiting):
            qualities = [
                0.0 if self._silent(getattr(pair, side)) else float(fit[place])
                for side, fit in zip(("old", "new"), fits, strict=True)
            ]
            self._take(_judged(pair, qualities[0], qualities[1], ()))
        self._waiting.clear()

    def _silent(self, turn: LoggedTurn) -> bool:
        return (
            not turn.reply or turn.kind in ("unknown", "late") or (turn.kind is None and self._falls_back(turn.reply))
        )


def _nearness(reply: str, wanted: Sequence[str]) -> float:
    score = float(chrf_from_counts(np.array(count_chrf(reply[:MOST], [one[:MOST] for one in wanted]), dtype=np.int64)))
    return 0.0 if np.isnan(score) else score / 100


def _judged(pair: Pair, old: float, new: float, wanted: Sequence[str]) -> Judged:
    replies = pair.old.reply or "", pair.new.reply or ""
    return Judged(pair.seed, pair.new.number, pair.new.message, *replies, old, new, wanted[0] if wanted else "")
