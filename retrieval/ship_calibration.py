"""The shipped calibration: boosted trees fitted to everything labelled."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.formats.starter import PARTS, digest_starter, read_starter
from data.records import Entry
from retrieval.boosting import NAME, TREES
from retrieval.calibrate import (
    LabelledQuestion,
    Trial,
    choose_threshold,
    evaluate_trials,
    fit,
    sample_stored,
    try_held_out,
    try_questions,
)
from retrieval.dense_index import DenseIndex
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import Paraphrase, open_judge
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.sentence_encoder.precomputed import NAME as KNOWN
from retrieval.trade_questions import Trade, generate_trades
from retrieval.training_data import is_held_out
from retrieval.vectors import LocalVectorIndex

SEED = 13
OFFERED = 0.01
# As soon as an owner has entries of his own, only courtesy speaks.
_SILENT = tuple(part for part in PARTS if part != "courtesy")


def read_questions(path: Path) -> list[LabelledQuestion]:
    """Read the questions of a JSON lines file (question, language, entry).

    The id of an entry is completed by the language.
    """
    asked = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        LabelledQuestion(
            one["question"],
            one["language"],
            frozenset([f"{one['entry']}.{one['language']}"]) if one["entry"] else frozenset(),
            "same" if one["entry"] else "off topic",
        )
        for one in asked
    ]


@lru_cache(maxsize=1)
def _open_models() -> tuple[SentenceEncoder, Paraphrase]:
    return SentenceEncoder(paths.artifacts_dir() / ENCODER, paths.artifacts_dir() / KNOWN), open_judge()


def _build_index(entries: Iterable[Entry]) -> Hybrid:
    encoder, judge = _open_models()
    vectors = DenseIndex(encoder, LocalVectorIndex(encoder.width), LocalVectorIndex(encoder.width))
    return Hybrid(dense_index=vectors, judge=judge).update(entries)


@lru_cache(maxsize=1)
def _build_starter_index(starter: Path) -> Hybrid:
    return _build_index(read_starter(starter))


def _try_trade(starter: Path, trade: Trade) -> list[Trial]:
    """Return the trials of a trade whose entries stand beside the starter corpus."""
    shipped = _build_starter_index(starter)
    trials = try_questions(shipped.update(trade.entries), trade.questions, _SILENT)
    assert shipped.dense_index is not None
    # All indexes share the vectors.
    shipped.dense_index.remove(trade.entries)
    own = {entry.id for entry in trade.entries}
    # What the bot brings along is judged by its own questions.
    return [replace(trial, hits=tuple(hit for hit in trial.hits if hit.entry.id in own)) for trial in trials]


def _try_trades(starter: Path, kept: bool) -> list[Trial]:
    """Return the trials of every trade, in as many processes as there are cores."""
    found = list(generate_trades(kept))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        tried = tqdm(
            pool.map(partial(_try_trade, starter), found),
            total=len(found),
            desc="kept trades" if kept else "trades",
            disable=None,
        )
        return [trial for trials in tried for trial in trials]


def ship(starter: Path, dev: Path, answered: float, folder: Path) -> Artifact:
    """Fit the trees, choose their thresholds, and write the artifact.

    They are fitted on imaginary knowledges of many trades, on held-out phrasings of the starter corpus and on the dev
    questions; the thresholds are chosen on trades that nothing was learned from.

    Raises:
        CorpusError, ArtifactError, FormatError: Something that they are made from is missing or damaged.
    """
    encoder, judge = _open_models()
    entries = list(read_starter(starter))
    index = _build_index(entries)
    learned = [
        *_try_trades(starter, kept=False),
        *try_held_out(entries, seed=SEED, dense_index=index.dense_index, askable=is_held_out, judge=judge),
        *try_questions(index, sample_stored(entries, 1000, SEED, is_held_out)),
        # The dev questions are few and the real thing; the held-out ones are many and only resemble it.
        *(try_questions(index, read_questions(dev)) * 4),
    ]
    trees, kept = fit(learned), _try_trades(starter, kept=True)
    threshold = choose_threshold(trees, kept, answered)
    trees = replace(trees, answer_threshold=threshold, offer_threshold=OFFERED)
    covered = [one for one in kept if one.labelled.entries]
    judged = evaluate_trials(trees, covered)
    right = sum(ok and best >= threshold for best, ok in judged) / len(judged)
    first = sum(bool(one.hits) and one.hits[0].entry.id in one.labelled.entries for one in covered) / len(covered)
    digest = f"starter {digest_starter(starter)[:12]}, dev {hashlib.sha256(dev.read_bytes()).hexdigest()[:12]}"
    manifest = Manifest(
        name=NAME,
        version="2",
        trained_on="questions in 46 trades with replies and look-alikes, and held-out phrasings of the starter corpus, all "
        f"written for this project ({digest}, seed {SEED})",
        licence="Apache-2.0; made from text written for this project",
        limits=f"Trees for features made with {encoder.version} and {judge.version}. At most {answered:.1%} of the look-alikes "
        "and of the questions off topic of 15 other trades get an answer; your customers may ask otherwise.",
        scores=(
            Score(
                f"15 kept trades: {len(covered)} questions with an answer",
                "answered right",
                round(right, 4),
                round(1 / 31, 4),
                round(first, 4),
                "the first found, if all were answered",
            ),
        ),
        config={"features": list(trees.names), "answer_threshold": threshold, "offer_threshold": OFFERED},
        train="python -m retrieval calibrate",
    )
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **trees.to_arrays())
    return artifact.write(folder, manifest, files={TREES: stream.getvalue()})
