"""STS-B in Chinese: sentence pairs and their similarity, 0 to 5.

No licence is stated, so it is for evaluation only.

Cer et al. 2017, SemEval-2017 Task 1; the Chinese is a machine translation, corrected by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data import paths
from data.corpora.expected_count import expect_count

ROWS = {"dev": 1_458, "test": 1_361}


@dataclass(frozen=True)
class ScoredPair:
    """Two sentences and their similarity by people, 0 (none) to 5 (the same)."""

    first: str
    second: str
    score: float


def read(part: str) -> Iterator[ScoredPair]:
    """Yield the dev or test pairs.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    path = paths.find_corpus(f"text/stsb_zh/sts-b-{part}.txt")

    def rows() -> Iterator[ScoredPair]:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    first, second, score = line.rstrip("\n").split("\t")
                    yield ScoredPair(first, second, float(score))

    return expect_count("text/stsb_zh", rows(), ROWS[part])
