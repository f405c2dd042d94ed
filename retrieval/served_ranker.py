"""The ranker that serves: BM25, sentence encoder, DRMM and ARC-I, fused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from data import artifact, paths
from data.artifact import Artifact, ArtifactError, Manifest, Score
from data.corpora import wikiqa
from data.records import Selection
from data.text.language import language_of
from data.text.segment import grams
from retrieval import training_data
from retrieval.evaluate import evaluate, evaluate_chance
from retrieval.fusion import FusedScorer
from retrieval.models import open_model
from retrieval.postings import Floats
from retrieval.scorer import BM25Scorer, Scorer, WholeContextScorer
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

NAME = "retrieval-fusion"
KINDS = ("zh question", "en question", "conversation")
"""What is asked: one turn in either language, or several turns. What a match is worth differs most between these."""

_RERANKERS = ("drmm", "arc1")
# They have learned from English questions. On other kinds they were given weights that point the wrong way, for LCCC's replies
# +.005 of R@1 at most, by telling long texts from short ones.
_RERANKED = "en question"


def classify_context(context: Sequence[str]) -> str:
    """Return which of KINDS a context is."""
    return "conversation" if len(context) > 1 else f"{language_of(context[-1], 'en')} question"


def open_scorers(collection: Iterable[str], model: Scorer | None = None) -> list[Scorer]:
    """Open the scorers that are fused.

    Args:
        collection: Texts that document frequencies come from.
        model: The sentence encoder that ships, unless another is given.

    Raises:
        ArtifactError: An artifact is missing or damaged.
    """
    texts = list(collection)
    words, pieces = BM25Scorer(texts), BM25Scorer(texts, grams, "bm25 of n-grams")
    folder = paths.artifacts_dir()
    return [
        words,
        WholeContextScorer(words),
        WholeContextScorer(pieces),
        model or SentenceEncoder(folder / ENCODER),
        *(open_model(folder / name, words.compute_weight) for name in _RERANKERS),
    ]


class ServedRanker:
    """Scorers fused with weights for each of KINDS, by the names of the scorers."""

    name = "served"

    def __init__(self, scorers: Sequence[Scorer], weights: Mapping[str, Mapping[str, float]]) -> None:
        """Raises KeyError for a weight of a scorer that is not among them."""
        by_name = {scorer.name: scorer for scorer in scorers}
        self.weights = weights
        self._fused = {
            kind: FusedScorer([by_name[name] for name in own], np.asarray(list(own.values())))
            for kind, own in weights.items()
        }

    @classmethod
    def fit(cls, scorers: Sequence[Scorer], known: Sequence[Selection]) -> ServedRanker:
        """Return the scorers with the weights that fit the known answers best.

        Raises:
            ValueError: A kind is missing.
        """
        made = {}
        for kind in KINDS:
            own = [one for one in known if classify_context(one.context) == kind]
            if not own:
                raise ValueError(
                    f"among {len(known)} questions there is no {kind}; give at least one with its candidates"
                )
            used = [one for one in scorers if kind == _RERANKED or one.name not in _RERANKERS]
            found = FusedScorer.fit(used, own).weights.tolist()
            made[kind] = {one.name: weight for one, weight in zip(used, found, strict=True)}
        return cls(scorers, made)

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the fused scores."""
        return self._fused[classify_context(context)].score(context, candidates)


def open_served_ranker(collection: Iterable[str]) -> ServedRanker:
    """Open the scorers with the shipped weights.

    Raises:
        ArtifactError: An artifact is missing or damaged, or the weights are for other scorers.
    """
    folder = paths.artifacts_dir() / NAME
    weights: Mapping[str, Mapping[str, float]] = artifact.open(folder).manifest.config.get("weights", {})
    found = open_scorers(collection)
    names = {part.name for part in found}
    if set(weights) != set(KINDS) or any(not names.issuperset(own) for own in weights.values()):
        raise ArtifactError(
            f"{folder} does not weigh {', '.join(sorted(names))} for {', '.join(KINDS)}. {artifact.repair_hint(folder)}"
        )
    return ServedRanker(found, weights)


def fit() -> Artifact:
    """Fit the weights on data that no scorer was trained on, and write the artifact.

    Raises:
        CorpusError: A corpus is missing.
        ArtifactError: An artifact is missing or damaged.
    """
    talk, asked = training_data.load_replies("dev"), wikiqa.read_usable("dev")
    known = [*talk, *asked]
    learned = ServedRanker.fit(open_scorers(_list_texts(known)), known)
    scores = []
    for name, measure, test in (
        ("LCCC test, one reply of ten", "R@1", training_data.load_replies("test")),
        ("WikiQA test", "MAP", wikiqa.read_usable("test")),
    ):
        found = open_scorers(_list_texts(test))
        means = [evaluate(each, test).mean(measure) for each in (ServedRanker(found, learned.weights), found[0])]
        value, plain = (round(mean, 4) for mean in means)
        scores.append(
            Score(f"{name}: {len(test)}", measure, value, round(evaluate_chance(test).mean(measure), 4), plain, "BM25")
        )
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"LCCC-base dev ({len(talk)} replies) and WikiQA dev ({len(asked)} questions)",
        licence="made from LCCC-base (MIT) and WikiQA (research)",
        limits="English conversations are weighed as Chinese ones are: no English ones that may be used were kept back. On one "
        "kind of text, weights learned on that kind do better.",
        scores=tuple(scores),
        config={"weights": learned.weights},
        train="python -m retrieval fuse",
    )
    return artifact.write(paths.artifacts_dir() / NAME, manifest)


def _list_texts(selections: Iterable[Selection]) -> list[str]:
    return [text for one in selections for text in one.candidates]
