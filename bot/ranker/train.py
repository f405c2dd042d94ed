"""Trains the ranker on written replies that a person has judged.

    python -m bot.ranker.train [--judged FILE]

A stored candidate's probability was measured on thousands of questions by its own source; it passes as it is, with a weight
of one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.ranker.features import FEATURES, extract_features
from bot.ranker.learned import NAME
from bot.types import Candidate, Context, Evidence, Message, Reply, Turn
from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.records import LANGUAGES, Language
from generation.infer import Generator
from retrieval.boosting import NAME as TREES
from retrieval.boosting import open_trees
from retrieval.calibration import Calibration, fit
from retrieval.features import FEATURES as MATCH_FEATURES

ROOT = Path(__file__).parents[2]
JUDGED = ROOT / "benchmarks" / "openers" / "judged.jsonl"
SEED = 29
FOLDS = 10
_OWN = tuple(name for name in FEATURES if name != "match")
_PENALTY = 2.0


@dataclass(frozen=True)
class JudgedReply:
    """A written reply that was read: whether it is a fitting answer to what was said."""

    context: tuple[str, ...]
    language: Language
    reply: str
    good: bool


@dataclass(frozen=True)
class ChoiceQuality:
    """The quality of a way of choosing, on replies it was not trained on.

    given: the share of messages that get a written reply; fitting: the share of those replies that are good.
    """

    given: float
    fitting: float


def read_judged(path: Path) -> list[JudgedReply]:
    """Read the judged replies of a file of JSON lines."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [JudgedReply(tuple(line["context"]), line["language"], line["reply"], bool(line["good"])) for line in lines]


def build_features(judged: Sequence[JudgedReply], generator: Generator) -> NDArray[np.float64]:
    """Return the features of the replies, float64 [N, F], without match.

    They are in the order of FEATURES.
    """
    rows = []
    for example in judged:
        log_prob = generator.log_probs(example.context, [example.reply], example.language)[0]
        measured = generator.compute_features(example.context[-1], example.reply, log_prob, example.language)
        candidate = Candidate(example.reply, "written", 0.0, Evidence(features=measured))
        found = extract_features(build_context(example.context, example.language), candidate)
        rows.append([found[name] for name in _OWN])
    return np.asarray(rows, dtype=np.float64)


def build_context(said: Sequence[str], language: Language) -> Context:
    """Return the context of a source after these utterances.

    The last one is the message; the bot speaks before it.
    """
    replies = list(said[:-1])[::-2][::-1]
    turns = tuple(
        Turn(number, Message(""), Reply(text, "answer", language), 0.0) for number, text in enumerate(replies)
    )
    return Context(Message(said[-1]), language, turns)


def load_answer_threshold() -> float:
    """Load the answer threshold that was measured for stored replies.

    Raises ArtifactError.
    """
    return open_trees(paths.artifacts_dir() / TREES, MATCH_FEATURES).answer_threshold


def fit_weights(features: NDArray[np.float64], good: NDArray[np.bool_]) -> Calibration:
    """Fit the weights.

    The feature written, which is 1 for all, takes the place of the bias: a stored candidate has none.
    """
    moving = [place for place, name in enumerate(_OWN) if name != "written"]
    weights, bias = fit([_OWN[place] for place in moving], features[:, moving], good, penalty=_PENALTY)
    by_name = dict(zip((_OWN[place] for place in moving), weights, strict=True)) | {"written": bias, "match": 1.0}
    return Calibration(FEATURES, tuple(by_name[name] for name in FEATURES), 0.0, load_answer_threshold(), 0.0)


def predict(weights: Calibration, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability of each row, float64 [N]."""
    return np.asarray([weights.probability(dict(zip(_OWN, row, strict=True)) | {"match": 0.0}) for row in features])


def assign_folds(judged: Sequence[JudgedReply]) -> NDArray[np.int64]:
    """Return the fold of each reply, int64 [N].

    All replies to a message are in one fold.
    """
    messages = sorted({(example.language, example.context) for example in judged})
    random.Random(SEED).shuffle(messages)
    fold_of = {message: place % FOLDS for place, message in enumerate(messages)}
    return np.asarray([fold_of[example.language, example.context] for example in judged])


def predict_held_out(judged: Sequence[JudgedReply], features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each reply's probability, float64 [N], by cross-validation.

    The weights are fitted without any reply to the same message.
    """
    good, folds = np.asarray([example.good for example in judged]), assign_folds(judged)
    made = np.zeros(len(judged))
    for fold in range(FOLDS):
        inside = folds == fold
        made[inside] = predict(fit_weights(features[~inside], good[~inside]), features[inside])
    return made


def evaluate_choice(
    judged: Sequence[JudgedReply], score: Callable[[int], float], least: float, language: Language | None = None
) -> ChoiceQuality:
    """Evaluate giving each message its best reply, if that reaches least."""
    best: dict[tuple[str, tuple[str, ...]], int] = {}
    for number, example in enumerate(judged):
        message = (example.language, example.context)
        if language in (None, example.language) and (message not in best or score(number) > score(best[message])):
            best[message] = number
    given = [number for number in best.values() if score(number) >= least]
    fitting = sum(judged[number].good for number in given) / len(given) if given else 0.0
    return ChoiceQuality(len(given) / max(1, len(best)), fitting)


def compute_calibration_error(probability: NDArray[np.float64], good: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error.

    It is the mean gap between probability and share of good replies, over bins.

    Source: Naeini et al. 2015, Obtaining Well Calibrated Probabilities Using Bayesian Binning, section 2; bins of equal size.
    """
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(len(p) * abs(probability[p].mean() - good[p].mean()) for p in parts) / len(order))


def compute_auc(score: NDArray[np.float64], good: NDArray[np.bool_], folds: NDArray[np.int64]) -> float:
    """Return the area under the ROC curve; 0.5 by chance.

    It is the mean over folds that have both good and other replies.

    It is the share of pairs of a good and another reply in which the good one scores higher, ties as halves. Folds are not
    mixed: weights fitted without many good replies rate all of them low.

    Source: Hanley and McNeil 1982, The Meaning and Use of the Area under a ROC Curve.
    """
    shares = []
    for fold in np.unique(folds):
        own, right = score[folds == fold], good[folds == fold]
        if right.any() and not right.all():
            better = own[right][:, None] - own[~right][None, :]
            shares.append(float(((better > 0) + 0.5 * (better == 0)).mean()))
    return sum(shares) / len(shares)


def train(path: Path, folder: Path, writer: Path) -> Artifact:
    """Train the ranker, print its scores on held-out messages and write its artifact.

    Raises ArtifactError, OSError.
    """
    judged = read_judged(path)
    generator = Generator(writer)
    features = build_features(judged, generator)
    good = np.asarray([example.good for example in judged])
    unseen = predict_held_out(judged, features)
    likely = features[:, _OWN.index("log_prob")]
    every = evaluate_choice(judged, lambda number: float(likely[number]), -np.inf)
    wanted = load_answer_threshold()
    ours = evaluate_choice(judged, lambda number: float(unseen[number]), wanted)
    # The plain rule gives as many replies as the ranker does, the likeliest ones.
    messages: dict[tuple[str, tuple[str, ...]], float] = {}
    for example, each in zip(judged, likely.tolist(), strict=True):
        message = (example.language, example.context)
        messages[message] = max(each, messages.get(message, -np.inf))
    rule_floor = float(np.quantile(list(messages.values()), 1 - ours.given))
    rule = evaluate_choice(judged, lambda number: float(likely[number]), rule_floor)
    print(
        f"{len(judged)} replies to {len(messages)} messages, {good.mean():.1%} good; held out by message, {FOLDS} folds"
    )
    print(f"{'':40} {'given':>7} {'fitting':>8}")
    for label, found in {
        "always the likeliest": every,
        "fixed rule: likely enough": rule,
        "ranker": ours,
        **{f"ranker, {each}": evaluate_choice(judged, lambda n: float(unseen[n]), wanted, each) for each in LANGUAGES},
    }.items():
        print(f"{label:40} {found.given:7.1%} {found.fitting:8.1%}")
    folds = assign_folds(judged)
    by_ranker, by_likelihood = compute_auc(unseen, good, folds), compute_auc(likely, good, folds)
    print(
        f"a fitting reply is rated above another in {by_ranker:.1%} of pairs, by its likelihood in {by_likelihood:.1%}"
    )
    print(f"calibration error {compute_calibration_error(unseen, good):.3f}")
    weights = fit_weights(features, good)
    for name, weight in zip(weights.names, weights.weights, strict=True):
        print(f"{name:18} {weight:+7.2f}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"{len(judged)} replies of {generator.version}, read and judged ({path.name} {digest}, seed {SEED})",
        licence="Apache-2.0; learned from text written for this project and replies of the generator",
        limits="Knows how likely a reply is and what it looks like, not whether it is true. Each reply was read once.",
        scores=(
            Score(
                f"{len(judged)} replies to {len(messages)} messages, held out by message; {ours.given:.0%} of these get one",
                "how often a fitting reply is rated above another that does not fit",
                round(by_ranker, 4),
                0.5,
                round(by_likelihood, 4),
                "by its likelihood alone",
            ),
        ),
        config=weights.to_dict(),
        train="python -m bot.ranker.train",
    )
    return artifact.write(folder, manifest)


def main() -> None:
    """Learn from the judged replies and write the artifact."""
    parser = argparse.ArgumentParser(prog="python -m bot.ranker.train", description=__doc__)
    parser.add_argument("--judged", type=Path, default=JUDGED)
    parser.add_argument("--writer", type=Path, default=paths.artifacts_dir() / "seq2seq")
    given = parser.parse_args()
    print(f"written to {train(given.judged, paths.artifacts_dir() / NAME, given.writer).folder}")


if __name__ == "__main__":
    main()
