"""The features that the ranker scores a candidate by."""

from __future__ import annotations

import math

from bot.types import Candidate, Context
from data.metrics.repetition import measure_repetition
from data.metrics.tokens import tokens
from data.text.language import detect

FEATURES = (
    "match",
    "written",
    "log_prob",
    "asked",
    "fluency",
    "length",
    "other_language",
    "repeats",
    "echoes",
    "said_before",
    "contradicts",
    "question",
)
"""match: the source's own probability, in log-odds, of what is stored; written: 1 for what was written now; log_prob and
asked: the mean log-probability of a written reply given what was said, and of what was said given the reply, from -3 on;
fluency: that of the reply by an n-gram model, which knows nothing of what was said, from -3 on; length: the logarithm of its
tokens and one more; other_language: 1 where the reply is in the other language; repeats: the share of its pairs of tokens that
come again; echoes: the share of its tokens that the message has; said_before: 1 where the bot said the same in this
conversation; contradicts: 1 where it denies what the bot said, or says what it denied; question: 1 where the message asks for
something with a question word."""

CALIBRATED_SOURCES = ("retrieved", "documents", "tooled", "seen")
"""Sources whose score is a calibrated probability. The ranker passes it on: it was trained on written replies only."""
LLM_SOURCE = "remote"
"""The source of an external language model. Its score is set by a rule, not measured, and the ranker passes it on as well."""

_NEGATIONS = frozenset("不 没 无 别 not no never don didn doesn isn aren wasn won can't cannot t".split())
_ASKS = frozenset("what who when where why which how whose".split())
_CHINESE_ASKS = ("什么", "怎么", "为什么", "为啥", "多少", "哪", "谁", "几", "啥", "如何")
_ALIKE = 0.5
_CERTAIN = 1e-4


def extract_features(context: Context, candidate: Candidate) -> dict[str, float]:
    """Return the features of a candidate by name.

    Features of written replies are 0 for stored ones.
    """
    stored = candidate.source in CALIBRATED_SOURCES
    said = tokens(candidate.text)
    asked = tokens(context.message.text)
    before = [turn.reply.text for turn in context.turns]
    given = candidate.evidence.features
    found = dict.fromkeys(FEATURES, 0.0)
    if stored:
        # The wording of the owner's replies is not judged by a model.
        return found | {"match": _log_odds(candidate.score)}
    detected = detect(candidate.text)
    return found | {
        "written": 1.0,
        "log_prob": 3.0 + max(-6.0, given.get("log_prob", -3.0)),
        "asked": 3.0 + max(-9.0, given.get("asked", -3.0)),
        "fluency": 3.0 + max(-9.0, given.get("fluency", -3.0)),
        "length": math.log(1 + len(said)),
        "other_language": float(detected is not None and detected not in (context.language, "mixed")),
        "repeats": measure_repetition(said, 2),
        "echoes": len(set(said) & set(asked)) / max(1, len(set(said))),
        "said_before": float(candidate.text in before),
        "contradicts": float(any(contradict(candidate.text, text) for text in before)),
        "question": float(_asks(context.message.text)),
    }


def contradict(one: str, other: str) -> bool:
    """Return whether one text denies the other: mostly the same words, and a negation in only one of them.

    >>> contradict("我喜欢猫", "我不喜欢猫"), contradict("I like cats", "I don't like cats"), contradict("我喜欢猫", "今天不热")
    (True, True, False)
    """
    first, second = set(tokens(one)), set(tokens(other))
    denies = bool(first & _NEGATIONS) != bool(second & _NEGATIONS)
    first, second = first - _NEGATIONS, second - _NEGATIONS
    return denies and len(first) > 1 and len(first & second) / len(first | second) > _ALIKE


def _asks(text: str) -> bool:
    words = tokens(text)
    return bool(_ASKS & set(words[:3])) or any(word in text for word in _CHINESE_ASKS)


def _log_odds(probability: float) -> float:
    kept = min(max(probability, _CERTAIN), 1 - _CERTAIN)
    return math.log(kept / (1 - kept))
