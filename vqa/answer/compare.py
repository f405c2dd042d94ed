"""What the picture is worth: an answerer beside the same net that never sees it, and beside the most frequent answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.metrics.bootstrap import Difference
from data.records import PictureQuestion
from data.training.loop import Plan
from vqa.answer.codec import Choice, Codec
from vqa.answer.evaluate import ALL, Frequent, accuracies, by_type, chances, over_photos
from vqa.answer.folds import folds, parted
from vqa.answer.net import Answering
from vqa.answer.train import SIZE, Learned, Seen, codec_of, config_of, train

_DEV = 10


@dataclass(frozen=True)
class Compared:
    """The VQA accuracy of each question by three systems, and by chance."""

    questions: tuple[PictureQuestion, ...]
    ours: tuple[float, ...]
    blind: tuple[float, ...]
    frequent: tuple[float, ...]
    chance: tuple[float, ...]

    @property
    def difference(self) -> Difference:
        """Ours minus blind, with the interval over photos."""
        return over_photos(self.ours, self.blind, [one.image for one in self.questions])

    @property
    def columns(self) -> tuple[tuple[float, ...], ...]:
        """Ours, blind, frequent, chance."""
        return self.ours, self.blind, self.frequent, self.chance

    def lines(self) -> list[str]:
        """A table in points of a hundred: a line for all questions and one for each kind of answer, and the difference."""
        columns = [by_type(values, self.questions) for values in self.columns]
        counts = {kind: sum(one.answer_type == kind for one in self.questions) for kind in columns[0]}
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
            f"{len({one.image for one in self.questions})} photos",
        ]


@dataclass(frozen=True)
class Trained:
    """An answerer and its blind form, of one training."""

    ours: Answering
    blind: Answering
    codec: Codec

    def compared(
        self, training: Sequence[PictureQuestion], test: Sequence[PictureQuestion], features: Seen
    ) -> Compared:
        """Both on test, beside the most frequent answers of training."""
        ours, blind = (
            accuracies(Learned(net, self.codec, features), test) for net in (self.ours.cpu(), self.blind.cpu())
        )
        frequent = accuracies(Frequent(training), test)
        return Compared(tuple(test), tuple(ours), tuple(blind), tuple(frequent), tuple(chances(test, self.codec)))


def trained(
    sets: Sequence[Sequence[PictureQuestion]],
    dev: Sequence[PictureQuestion],
    features: Seen,
    encoder: str,
    plan: Plan,
    folder: Path,
    known: Sequence[Choice] = (),
    size: int = SIZE,
) -> Trained:
    """An answerer and its blind form on the same sets, by the same plan and stopped by the same dev.

    Words and answers are those of sets alone. An interrupted call goes on.
    """
    questions = [one for some in sets for one in some]
    if not questions:
        raise ValueError("there are no questions to learn from")
    codec = codec_of(questions, known)
    channels = features.pooled([questions[0].image]).shape[1]
    ours, blind = (
        train(sets, dev, features, codec, config_of(codec, channels, encoder, blind), plan, folder / name, size)[0]
        for name, blind in (("ours", False), ("blind", True))
    )
    return Trained(ours, blind, codec)


def crossed(
    questions: Sequence[PictureQuestion],
    features: Seen,
    encoder: str,
    plan: Plan,
    folder: Path,
    known: Sequence[Choice] = (),
    count: int = 5,
    size: int = SIZE,
) -> Compared:
    """Each question answered by nets that learned from the photos of the other folds; of those, one of ten is to stop by.

    Folds are by photo, of plan.seed. What each fold is measured by was never seen, in words or in pictures.
    """
    found: list[Compared] = []
    for number, held in enumerate(folds((one.image for one in questions), count, plan.seed)):
        test = [one for one in questions if one.image in held]
        # Another seed: by that of the folds, one part of ten would lie in one of them whole.
        dev, rest = parted([one for one in questions if one.image not in held], _DEV, plan.seed + 1)
        nets = trained([rest], dev, features, encoder, plan, folder / f"fold-{number}", known, size)
        found.append(nets.compared(rest, test, features))
    measured = tuple(one for part in found for one in part.questions)
    columns = (
        tuple(value for part in columns for value in part)
        for columns in zip(*(part.columns for part in found), strict=True)
    )
    return Compared(measured, *columns)
