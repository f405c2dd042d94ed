"""The features of hits: what each entry that a search found is measured by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.text.standardize import standardize
from retrieval.contrast.features import measure_contrast
from retrieval.contrast.rival import measure_rival
from retrieval.contrast.slots import parse_slots
from retrieval.features import FEATURES
from retrieval.hit import MIN_MEANING, Hit
from retrieval.matches import Matches, PhrasingMatch
from retrieval.paraphrase.featurizer import FEATURES as PAIR_FEATURES
from retrieval.paraphrase.infer import Judge
from retrieval.text_analysis import AnalysedText

_MAX_ODDS = 8.0
# A query none of whose words is stored anywhere, and that is near nothing in meaning or sound, finds nothing.
_ALL_UNKNOWN = 0.99
# A word of the query may stand in the reply; it is looked for in its first characters.
_MAX_REPLY = 400


def measure_hits(
    query: AnalysedText, found: Matches, places: Sequence[int], matches: Sequence[PhrasingMatch], judge: Judge | None
) -> list[Hit]:
    """Return hits with their features, without those that have nothing in common with the query.

    Args:
        query: What was asked.
        found: Everything that the search found.
        places: The places in it that are measured, best first.
        matches: The best phrasing at each of these places.
        judge: Tells whether two phrasings ask the same; without one those features are 0.
    """
    slots, is_known = parse_slots(query.standard), found.is_known()
    pairs, odds = _compare_phrasings(query, [standardize(match.question) for match in matches], judge)
    margins = found.margins
    parsed = [parse_slots(match.question) for match in matches]

    def rate_rarity(word: str) -> float:
        return judge.rarity(word) if judge is not None else 1.0

    hits = []
    for rank, (entry, question, word_share, gram_share) in enumerate(matches):
        place = places[rank]
        stored, stored_slots = AnalysedText.of(question), parsed[rank]
        rival = next((other for other in range(len(parsed)) if other != rank), None)
        sizes = len(slots.words), len(stored_slots.words)
        values = [
            float(stored.plain == query.plain), found.languages[place], found.meanings[place], margins[0][place],
            found.replies[place], margins[1][place], found.words[place], found.grams[place], margins[2][place],
            margins[3][place], word_share, gram_share, _measure_dice(query.sounds, stored.sounds), found.fused[place],
            margins[4][place], found.fused[place] - found.silent_score, odds[rank],
            np.sum(found.fused > found.fused[place]), min(len(entry.questions), 10),
            *sizes, min(sizes) / max(*sizes, 1),
            *measure_contrast(slots, stored_slots, parse_slots(entry.reply[:_MAX_REPLY]), rate_rarity, is_known),
            *measure_rival(slots, stored_slots, None if rival is None else parsed[rival], rate_rarity),
            *pairs[rank],
        ]  # fmt: skip
        features = dict(zip(FEATURES, map(float, values), strict=True))
        if features["query_unknown"] < _ALL_UNKNOWN or features["meaning"] >= MIN_MEANING or features["sound"]:
            hits.append(Hit(entry, question, features))
    return hits


def _compare_phrasings(
    query: AnalysedText, phrasings: Sequence[str], judge: Judge | None
) -> tuple[list[list[float]], list[float]]:
    """Return the features of the query with each phrasing, and the log-odds that both ask the same."""
    if judge is None:
        return [[0.0] * len(PAIR_FEATURES)] * len(phrasings), [0.0] * len(phrasings)
    odds = np.clip(judge.log_odds(query.standard, phrasings), -_MAX_ODDS, _MAX_ODDS)
    return judge.features(query.standard, phrasings).tolist(), odds.tolist()


def _measure_dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
