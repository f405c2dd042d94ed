"""Compare an answerer with baselines that see only the question, and with the most frequent answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.metrics.bootstrap import Difference
from data.records import PictureQuestion
from data.training.loop import Plan
from vqa.answer.evaluate import (
    ALL,
    AnswerSystem,
    MostFrequent,
    accuracies,
    bootstrap_difference,
    chance_accuracies,
    mean_by_type,
)
from vqa.answer.featurizer import AnswerChoice, Featurizer
from vqa.answer.folds import folds, split_by_fold
from vqa.answer.net import AnswerNet
from vqa.answer.train import BATCH_SIZE, FeatureSource, TrainedAnswerer, build_config, build_featurizer, train

_DEV = 10


@dataclass(frozen=True)
class Comparison:
    """The VQA accuracy of each question, by three systems and by chance.

    blind is a system that reads only the question.
    """

    questions: tuple[PictureQuestion, ...]
    ours: tuple[float, ...]
    blind: tuple[float, ...]
    frequent: tuple[float, ...]
    chance: tuple[float, ...]

    @property
    def difference(self) -> Difference:
        """Return ours minus blind, with the bootstrap interval over photos."""
        return bootstrap_difference(self.ours, self.blind, [question.image for question in self.questions])

    @property
    def columns(self) -> tuple[tuple[float, ...], ...]:
        """Return the accuracies of ours, blind, frequent and chance."""
        return self.ours, self.blind, self.frequent, self.chance

    def table_lines(self) -> list[str]:
        """Return a table in percent.

        It has a line for each kind of answer, one for all questions, and the difference.
        """
        columns = [mean_by_type(values, self.questions) for values in self.columns]
        counts = {kind: sum(question.answer_type == kind for question in self.questions) for kind in columns[0]}
        counts[ALL] = len(self.questions)
        apart = self.difference
        return [
            f"{'':12}{'questions':>10}{'ours':>8}{'blind':>8}{'frequent':>10}{'chance':>8}",
            *(
                f"{kind:12}{counts[kind]:>10}"
                + "".join(
                    f"{100 * column[kind]:>{width}.1f}" for column, width in zip(columns, (8, 8, 10, 8), strict=True)
                )
                for kind in columns[0]
            ),
            f"ours - blind {100 * apart.mean:+.1f} [{100 * apart.low:+.1f}, {100 * apart.high:+.1f}], bootstrap over "
            f"{len({question.image for question in self.questions})} photos",
        ]


def compare(
    ours: AnswerSystem,
    blind: AnswerSystem,
    featurizer: Featurizer,
    training: Sequence[PictureQuestion],
    test: Sequence[PictureQuestion],
) -> Comparison:
    """Evaluate an answerer and a blind system on test, beside the most frequent answers of training."""
    frequent = accuracies(MostFrequent(training), test)
    return Comparison(
        tuple(test),
        tuple(accuracies(ours, test)),
        tuple(accuracies(blind, test)),
        tuple(frequent),
        tuple(chance_accuracies(test, featurizer)),
    )


@dataclass(frozen=True)
class TrainedPair:
    """An answerer and its blind form, from the same training data and plan."""

    ours: AnswerNet
    blind: AnswerNet
    featurizer: Featurizer

    def compare(
        self, training: Sequence[PictureQuestion], test: Sequence[PictureQuestion], features: FeatureSource
    ) -> Comparison:
        """Evaluate both on test, beside the most frequent answers of training."""
        ours, blind = (TrainedAnswerer(net, self.featurizer, features) for net in (self.ours.cpu(), self.blind.cpu()))
        return compare(ours, blind, self.featurizer, training, test)


def train_pair(
    sets: Sequence[Sequence[PictureQuestion]],
    dev: Sequence[PictureQuestion],
    features: FeatureSource,
    encoder: str,
    plan: Plan,
    folder: Path,
    known: Sequence[AnswerChoice] = (),
    size: int = BATCH_SIZE,
) -> TrainedPair:
    """Train an answerer and its blind form on the same sets.

    An interrupted call continues.

    Args:
        sets: The training questions, by set. Words and answers come from them alone.
        dev: The questions for early stopping.
        features: The features of the pictures.
        encoder: The version of the encoder.
        plan: The training plan of both.
        folder: Holds checkpoints and logs.
        known: Answers with words in both languages.
        size: The number of questions in a batch.

    Raises:
        ValueError: There are no questions to train on.
    """
    questions = [question for some in sets for question in some]
    if not questions:
        raise ValueError("there are no questions to train on; expected at least one")
    featurizer = build_featurizer(questions, known)
    channels, classes = measure_features(features, questions[0].image)
    ours, blind = (
        train(
            sets,
            dev,
            features,
            featurizer,
            build_config(featurizer, channels, encoder, blind, classes),
            plan,
            folder / name,
            size,
        )[0]
        for name, blind in (("ours", False), ("blind", True))
    )
    return TrainedPair(ours, blind, featurizer)


def measure_features(features: FeatureSource, image: str) -> tuple[int, int]:
    """Return the channels and the number of classes of the features of a picture."""
    classes = features.load_classes([image])
    return features.load_pooled([image]).shape[1], 0 if classes is None else classes.shape[1]


def cross_validate(
    questions: Sequence[PictureQuestion],
    features: FeatureSource,
    encoder: str,
    plan: Plan,
    folder: Path,
    known: Sequence[AnswerChoice] = (),
    count: int = 5,
    size: int = BATCH_SIZE,
) -> Comparison:
    """Evaluate by cross-validation: train on all folds but one, test on that one.

    Folds are by photo and drawn with plan.seed. One in ten of the other questions is held out for early stopping. Neither the
    words nor the pictures of a fold are seen in its training.
    """
    found: list[Comparison] = []
    for number, held in enumerate(folds((question.image for question in questions), count, plan.seed)):
        test = [question for question in questions if question.image in held]
        # Another seed than that of the folds, by which the tenth could lie wholly in one of them.
        dev, rest = split_by_fold(
            [question for question in questions if question.image not in held], _DEV, plan.seed + 1
        )
        nets = train_pair([rest], dev, features, encoder, plan, folder / f"fold-{number}", known, size)
        found.append(nets.compare(rest, test, features))
    measured = tuple(question for part in found for question in part.questions)
    columns = (
        tuple(value for part in columns for value in part)
        for columns in zip(*(part.columns for part in found), strict=True)
    )
    return Comparison(measured, *columns)
