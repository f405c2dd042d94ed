"""What serves, set to choosing among given candidates: BM25 of words and n-grams and the shipped DSSM, fused."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from data import artifact, places
from data.artifact import Artifact, ArtifactError, Manifest, Score
from data.corpora import wikiqa
from data.records import Selection
from data.text.segment import grams
from retrieval import shipped
from retrieval.dssm.infer import DSSM
from retrieval.evaluate import chance, evaluate
from retrieval.fusion import Fused
from retrieval.paraphrase.infer import Paraphrase
from retrieval.scorer import BM25Scorer, Scorer, WholeContext
from retrieval.similar import Similar

NAME = "retrieval-fusion"
_REPLIES = 300


def parts(collection: Iterable[str], model: Scorer | None = None) -> list[Scorer]:
    """The scorers that are fused; model is the shipped DSSM unless another is given. Raises ArtifactError."""
    texts = list(collection)
    words, pieces = BM25Scorer(texts), BM25Scorer(texts, grams, "bm25 of n-grams")
    return [words, WholeContext(words), WholeContext(pieces), model or DSSM(places.artifacts() / "dssm")]


def served(collection: Iterable[str]) -> Fused:
    """The parts with the shipped weights; collection is what their document frequencies come from. Raises ArtifactError."""
    folder = places.artifacts() / NAME
    weights = artifact.open(folder).manifest.config.get("weights", {})
    found = parts(collection)
    if [part.name for part in found] != list(weights):
        raise ArtifactError(
            f"{folder} weighs {', '.join(weights) or 'nothing'}; expected {', '.join(part.name for part in found)}. "
            f"{artifact.restore(folder)}"
        )
    return Fused(found, np.asarray(list(weights.values())), "served")


def judge() -> Paraphrase:
    """What says whether two questions ask the same: the shipped paraphrase model. Raises ArtifactError."""
    return Paraphrase(places.artifacts() / Paraphrase.name, Similar(places.artifacts() / "words"))


def fit() -> Artifact:
    """The artifact of the weights: learned on replies and questions that no part was trained on.

    Raises CorpusError, ArtifactError.
    """
    model = DSSM(places.artifacts() / "dssm")
    known = [*shipped.replies("dev")[:_REPLIES], *wikiqa.usable("dev")]
    learned = Fused.learned(parts(_texts(known), model), known)
    scores = []
    for name, measure, test in (
        ("LCCC test, one reply of ten", "R@1", shipped.replies("test")),
        ("WikiQA test", "MAP", wikiqa.usable("test")),
    ):
        found = parts(_texts(test), model)
        means = [evaluate(each, test).mean(measure) for each in (Fused(found, learned.weights), found[0])]
        value, plain = (round(mean, 4) for mean in means)
        scores.append(
            Score(f"{name}: {len(test)}", measure, value, round(chance(test).mean(measure), 4), plain, "BM25")
        )
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"LCCC-base dev ({_REPLIES} replies) and WikiQA dev ({len(known) - _REPLIES} questions)",
        licence="as that of dssm beside it",
        limits=f"Weights for {model.version}. On one kind of text, weights learned on that kind do better.",
        scores=tuple(scores),
        config={"weights": dict(zip([part.name for part in found], learned.weights.tolist(), strict=True))},
        train="python -m retrieval fuse",
    )
    return artifact.write(places.artifacts() / NAME, manifest)


def _texts(selections: Iterable[Selection]) -> list[str]:
    return [text for one in selections for text in one.candidates]
