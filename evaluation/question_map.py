"""A map of the questions of a log: those that ask much the same lie near each other, the unanswered stand out."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from data.metrics.resampling import derive_seed
from data.text.segment import grams
from evaluation.question_sample import QuestionSample

_DIMENSIONS = 512
_ROUNDS = 12
_MAX_TEXT = 120


def build_question_map(sample: QuestionSample) -> list[dict[str, Any]]:
    """Return the points of the map: x and y from 0 to 1, the question, how often it was asked and how often not answered.

    The places are the first two principal components of the questions' character n-grams, hashed and weighted by rarity.
    """
    sample.prune()
    rows = [row for _, row in sorted(sample.rows.items())]
    if len(rows) < 3:
        return []
    counted = [Counter(grams(text)) for text, *_ in rows]
    frequency = Counter(gram for counts in counted for gram in counts)
    vectors = np.zeros((len(rows), _DIMENSIONS))
    for index, counts in enumerate(counted):
        for gram, count in counts.items():
            seed = derive_seed(gram)
            weight = math.log(1 + len(rows) / frequency[gram]) * (1 + math.log(count))
            vectors[index, seed % _DIMENSIONS] += weight if seed >> 63 else -weight
        vectors[index] /= math.sqrt(float((vectors[index] ** 2).sum())) or 1.0
    centred = vectors - vectors.mean(axis=0)
    basis = np.random.default_rng(0).standard_normal((_DIMENSIONS, 2))
    for _ in range(_ROUNDS):  # power iteration: two components of a small matrix need no more
        basis, _ = np.linalg.qr(centred.T @ (centred @ basis))
    places = centred @ basis
    # Ranks spread the points evenly; outliers would push all others into a corner.
    spread = np.argsort(np.argsort(places, axis=0, kind="stable"), axis=0) / (len(rows) - 1)
    return [
        {"x": round(x, 4), "y": round(y, 4), "text": text[:_MAX_TEXT], "count": asked, "unanswered": unanswered}
        for (text, asked, unanswered), (x, y) in zip(rows, spread.tolist(), strict=True)
    ]
