"""What an entry that was found is judged by, and how each part of it is told."""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.contrast.features import FEATURES as CONTRAST
from retrieval.contrast.rival import FEATURES as RIVAL
from retrieval.paraphrase.featurizer import FEATURES as PAIR_FEATURES

MATCH = (
    "same", "language", "meaning", "meaning_ahead", "reply_meaning", "reply_ahead", "all_words", "all_grams", "words_ahead",
    "grams_ahead", "phrasing_words", "phrasing_grams", "sound", "fused", "fused_ahead", "elsewhere", "paraphrase", "place",
    "phrasings",
    "query_length", "phrasing_length", "length",
)  # fmt: skip
"""What is measured of an entry beside the others that were found.

same: 1 if a stored phrasing is the query but for spaces and punctuation. language: 1 if the entry is written in the language of
the query. meaning, reply_meaning: the cosine of the query with the nearest phrasing and with the reply. all_words, all_grams:
BM25 of phrasings and reply together, as a share of what the query would score against itself; phrasing_words, phrasing_grams:
the same of the best phrasing alone. sound: how many pairs of syllables both have, Dice's coefficient. fused: the score that
orders the entries. elsewhere: how far the entry's score lies above that of the best entry that is silent.
The others that end in ahead: how far the entry lies above the best of the others, or below it. paraphrase:
how likely the phrasing asks what the query asks, in log-odds from -8 to 8. place: how many have a higher score.
phrasings: how many the entry has, at most 10. The lengths count words; length is the shorter over the longer."""

_PAIR = tuple(f"pair: {name}" for name in PAIR_FEATURES)
FEATURES = (*MATCH, *CONTRAST, *RIVAL, *_PAIR)
"""Everything an entry is judged by: MATCH, what sets query and phrasing apart, and the entry from the next, and the pair."""

GROUPS: Mapping[str, str] = {
    **dict.fromkeys(FEATURES, "paraphrase"),
    **dict.fromkeys(("meaning", "meaning_ahead"), "meaning"),
    **dict.fromkeys(("reply_meaning", "reply_ahead"), "reply"),
    **dict.fromkeys(
        ("all_words", "all_grams", "words_ahead", "grams_ahead", "phrasing_words", "phrasing_grams"), "words"
    ),
    **dict.fromkeys(("fused", "fused_ahead", "elsewhere", "place"), "ahead"),
    **dict.fromkeys(("phrasings", "query_length", "phrasing_length", "length", "pair: length"), "length"),
    **dict.fromkeys(
        ("query_alone", "query_alone_most", "phrasing_alone", "phrasing_alone_most", "query_unknown"), "unsaid"
    ),
    **dict.fromkeys((name for name in FEATURES if name.startswith(("numbers", "codes", "latin"))), "numbers"),
    **dict.fromkeys(("negated", "opposed", "side_alone", "side_missing", "pair: negated"), "opposites"),
    **dict.fromkeys(RIVAL, "rival"),
    **dict.fromkeys(("kinds_differ", "kind_alone", "why_differs"), "kind"),
    **{name: name for name in ("same", "language", "sound")},
}
"""The name under which each feature is told in an explanation."""
