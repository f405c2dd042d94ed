"""What is counted of every turn, as whole numbers: sums that come out the same however a log is cut into parts."""

from __future__ import annotations

UNIT = 10**9
"""A fraction is counted in billionths, so that adding up knows no order."""

BINS = 10
"""Of the reliability plot: scores from 0 to 1 in tenths."""

_SAID = (
    "conversations turns replies fallback asked refused silent message_chars reply_chars follow repeated follow_asked "
    "asked_again comparable mismatch checked unsafe liked disliked timed latency loops words_zh words_en pairs_zh pairs_en "
    "in_zh in_en in_mixed"
)
_RIGHT = "referenced exact rouge embedded average greedy ranked first second fifth reciprocal precision seen vqa"
BLEU = (*(f"{kind}{order}" for kind in ("match", "total") for order in (1, 2, 3, 4)), "given", "wanted")
CHRF = tuple(f"{kind}{order}" for kind in ("given", "wanted", "match") for order in range(1, 7))

COLUMNS: tuple[str, ...] = (
    *_SAID.split(),
    *_RIGHT.split(),
    *(f"bleu_{language}_{part}" for language in ("zh", "en") for part in BLEU),
    *(f"chrf_{part}" for part in CHRF),
    *(f"{what}_{place}" for what in ("scored", "score", "right") for place in range(BINS)),
)
AT: dict[str, int] = {name: place for place, name in enumerate(COLUMNS)}
"""The place of each column."""

DAILY: tuple[str, ...] = (
    "turns",
    "fallback",
    "comparable",
    "mismatch",
    "follow",
    "repeated",
    "liked",
    "disliked",
    "timed",
    "latency",
)
"""The columns that are counted for each day as well."""
