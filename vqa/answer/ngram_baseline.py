"""The question-only baseline: logistic regression on the n-grams of a question."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from data.metrics.vqa_accuracy import vqa_accuracy
from data.records import Language, PictureQuestion
from vqa.answer.featurizer import canonicalize_answer, tokenize

_SIZES = (1, 2, 3)
_BATCH_SIZE, _EPOCHS, _RATE = 256, 12, 0.1
_MAX_ANSWERS = 1000


class NgramBaseline:
    """Multinomial logistic regression on one to three tokens of the question, without the picture.

    It is what an answerer has to be compared with: questions alone tell much of their answers.

    Source:
        Goyal et al. 2017, Making the V in VQA Matter, table 1, for question-only baselines.
    """

    def __init__(self, training: Sequence[PictureQuestion], dev: Sequence[PictureQuestion], seed: int = 0) -> None:
        """Fit the regression; the number of passes is chosen on dev.

        Raises:
            ValueError: There are no training questions.
        """
        if not training:
            raise ValueError("there are no questions to train on; expected at least one")
        counts = Counter(_vote(question) for question in training)
        self._answers = [answer for answer, _ in counts.most_common(_MAX_ANSWERS)]
        place = {answer: number for number, answer in enumerate(self._answers)}
        grams = Counter(gram for question in training for gram in set(_ngrams(question)))
        self._rows = {gram: number for number, gram in enumerate(sorted(gram for gram in grams if grams[gram] > 1))}
        self._bag = nn.EmbeddingBag(len(self._rows) + 1, len(self._answers), mode="sum", sparse=True)
        nn.init.zeros_(self._bag.weight)
        kept = [question for question in training if _vote(question) in place]
        rows = [self._row_ids(question) for question in kept]
        targets = torch.tensor([place[_vote(question)] for question in kept])
        optimizer = torch.optim.Adagrad(self._bag.parameters(), lr=_RATE)
        order = list(range(len(kept)))
        chance = random.Random(seed)
        best, kept_weights, worse = -1.0, self._bag.weight.detach().clone(), 0
        for _ in range(_EPOCHS):
            chance.shuffle(order)
            for first in range(0, len(order), _BATCH_SIZE):
                numbers = order[first : first + _BATCH_SIZE]
                loss = nn.functional.cross_entropy(self._score([rows[number] for number in numbers]), targets[numbers])
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                # torch warns where it is not told whether to check sparse gradients; EmbeddingBag makes valid ones.
                with torch.sparse.check_sparse_tensor_invariants(False):  # type: ignore[no-untyped-call]
                    optimizer.step()
            score = float(np.mean(_accuracies(self, dev))) if dev else 0.0
            best, kept_weights, worse = (
                (score, self._bag.weight.detach().clone(), 0)
                if score > best or not dev
                else (best, kept_weights, worse + 1)
            )
            if worse == 2:
                break
        with torch.no_grad():
            self._bag.weight.copy_(kept_weights)

    def predict(self, questions: Sequence[PictureQuestion]) -> list[str]:
        """Return the most probable answer to each question."""
        if not questions:
            return []
        with torch.no_grad():
            best = torch.cat(
                [
                    self._score([self._row_ids(question) for question in questions[first : first + 1024]]).argmax(1)
                    for first in range(0, len(questions), 1024)
                ]
            )
        return [self._answers[number] for number in best.tolist()]

    def _row_ids(self, question: PictureQuestion) -> list[int]:
        last = len(self._rows)
        # The last row is the bias, which every question has.
        return [last, *(row for gram in _ngrams(question) if (row := self._rows.get(gram)) is not None)]

    def _score(self, rows: Sequence[Sequence[int]]) -> Tensor:
        starts = np.cumsum([0, *map(len, rows)])[:-1]
        made: Tensor = self._bag(torch.tensor([number for row in rows for number in row]), torch.from_numpy(starts))
        return made


def _ngrams(question: PictureQuestion) -> list[tuple[Language, tuple[str, ...]]]:
    tokens = ["<s>", *tokenize(question.question), "</s>"]
    return [
        (question.language, tuple(tokens[first : first + size]))
        for size in _SIZES
        for first in range(len(tokens) - size + 1)
    ]


def _vote(question: PictureQuestion) -> str:
    counts = Counter(map(canonicalize_answer, question.answers))
    return min(counts, key=lambda answer: (-counts[answer], answer))


def _accuracies(system: NgramBaseline, questions: Sequence[PictureQuestion]) -> list[float]:
    said = system.predict(questions)
    return [vqa_accuracy(answer, question.answers) for answer, question in zip(said, questions, strict=True)]
