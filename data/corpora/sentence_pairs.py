"""Chinese sentence pairs, labelled 1 if alike: LCQMC, AFQMC and SimCLUE.

LCQMC (Liu et al. 2018) is for research; the others (CLUE) state no licence. LCQMC's training part is not among them. Of its
dev rows 915 hold a sentence of its test part (815 to the letter), of SimCLUE's 131 pairs and 522 triples; none of AFQMC's.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data import paths
from data.corpora.expected_count import expect_count
from data.corpora.split import normalize
from data.records import LabelledPair, Selection

LCQMC = {"dev": 8_802, "test": 12_500}
AFQMC = {"train": 34_334, "dev": 4_316}
SIMCLUE_PAIRS = 10_000
SIMCLUE_TRIPLES = 10_000


@dataclass(frozen=True)
class CleanedSet:
    """The rows of a set that may be trained on.

    `removed` counts those that share a sentence with LCQMC's test part.
    """

    rows: tuple[LabelledPair, ...]
    removed: int


def read_lcqmc(part: str) -> Iterator[LabelledPair]:
    """Yield LCQMC's dev or test rows.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count("text/lcqmc", _tsv("text/lcqmc", part), LCQMC[part])


def read_afqmc(part: str) -> Iterator[LabelledPair]:
    """Yield AFQMC's train or dev rows, questions to a bank.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    return expect_count("text/afqmc", _tsv("text/afqmc", part), AFQMC[part])


def read_simclue() -> Iterator[LabelledPair]:
    """Yield SimCLUE's pairs.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    rows = _lines("text/simclue", "train_pair_1w.json.gz")
    pairs = (LabelledPair(row["sentence1"], row["sentence2"], int(row["label"])) for row in map(json.loads, rows))
    return expect_count("text/simclue", pairs, SIMCLUE_PAIRS)


def read_simclue_triples() -> Iterator[Selection]:
    """Yield SimCLUE's queries with a similar and a dissimilar title.

    Raises:
        CorpusError: The corpus is missing, damaged or incomplete.
    """
    rows = _lines("text/simclue", "train_rank_1w.json.gz")
    found = (Selection((row["query"],), (row["title"], row["neg_title"]), (1, 0)) for row in map(json.loads, rows))
    return expect_count("text/simclue", found, SIMCLUE_TRIPLES)


def drop_overlap(test: Iterable[LabelledPair], rows: Iterable[LabelledPair]) -> list[LabelledPair]:
    """Return the rows that share no sentence with a test row.

    Spaces, punctuation and width are ignored.
    """
    held = _sentences(test)
    return [row for row in rows if normalize(row.first) not in held and normalize(row.second) not in held]


def load_clean_training() -> dict[str, CleanedSet]:
    """Return every training set for LCQMC's test part, by name.

    The sentences that they share with it are left out.

    A triple of SimCLUE becomes two rows; it is removed if any of its three texts is in the test part.

    Raises:
        CorpusError: A corpus is missing or incomplete.
    """
    test = list(read_lcqmc("test"))
    sets = {
        "lcqmc dev": read_lcqmc("dev"),
        "simclue pairs": read_simclue(),
        "afqmc train": read_afqmc("train"),
        "afqmc dev": read_afqmc("dev"),
    }
    found = {}
    for name, rows in sets.items():
        given = list(rows)
        kept = drop_overlap(test, given)
        found[name] = CleanedSet(tuple(kept), len(given) - len(kept))
    held, triples = _sentences(test), list(read_simclue_triples())
    apart = [triple for triple in triples if held.isdisjoint(map(normalize, (*triple.context, *triple.candidates)))]
    halves = [
        LabelledPair(triple.context[0], text, label)
        for triple in apart
        for text, label in zip(triple.candidates, triple.labels, strict=True)
    ]
    found["simclue triples"] = CleanedSet(tuple(halves), len(triples) - len(apart))
    return found


def _sentences(rows: Iterable[LabelledPair]) -> set[str]:
    return {normalize(text) for row in rows for text in (row.first, row.second)}


def _tsv(name: str, part: str) -> Iterator[LabelledPair]:
    for line in _lines(name, f"{part}.txt.gz"):
        first, second, label = line.split("\t")
        yield LabelledPair(first, second, int(label))


def _lines(name: str, file: str) -> Iterator[str]:
    with gzip.open(paths.find_corpus(name) / file, "rt", encoding="utf-8") as opened:
        for line in opened:
            if line.strip():
                yield line.rstrip("\n")
