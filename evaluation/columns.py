"""The columns that are counted for every conversation: whole numbers, so that shards add up exactly."""

from __future__ import annotations

UNIT = 10**9
"""A fraction is counted in billionths, so that the order of adding makes no difference."""

BINS = 10
"""The bins of the reliability plot: scores from 0 to 1 in tenths."""

_WITHOUT_REFERENCES = (
    "conversations turns replies fallback asked refused silent message_chars reply_chars follow repeated follow_asked "
    "asked_again comparable mismatch checked unsafe liked disliked timed latency loops words_zh words_en pairs_zh pairs_en "
    "in_zh in_en in_mixed"
)
_WITH_REFERENCES = (
    "referenced exact rouge embedded average greedy ranked first second fifth reciprocal precision seen vqa"
)
BLEU = (*(f"{kind}{order}" for kind in ("match", "total") for order in (1, 2, 3, 4)), "given", "wanted")
CHRF = tuple(f"{kind}{order}" for kind in ("given", "wanted", "match") for order in range(1, 7))

COLUMNS: tuple[str, ...] = (
    *_WITHOUT_REFERENCES.split(),
    *_WITH_REFERENCES.split(),
    *(f"bleu_{language}_{part}" for language in ("zh", "en") for part in BLEU),
    *(f"chrf_{part}" for part in CHRF),
    *(f"{what}_{bin}" for what in ("scored", "score", "right") for bin in range(BINS)),
)
AT: dict[str, int] = {name: index for index, name in enumerate(COLUMNS)}
"""The index of each column by its name."""

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
