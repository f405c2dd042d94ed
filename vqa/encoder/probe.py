"""Linear probe: how well a linear classifier reads classes from pooled vectors.

It compares encoders, however they were trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import NDArray
from torch import nn

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LabelledVectors:
    """Pooled vectors float32 [N, C] of N pictures, and the class of each."""

    pooled: Floats
    classes: Sequence[str]


def fit_linear_probe(training: LabelledVectors, test: LabelledVectors, decay: float = 1e-3, steps: int = 100) -> float:
    """Return the accuracy of a logistic regression on the test vectors.

    Args:
        training: The vectors that the regression is fitted on. They also standardise all vectors.
        test: The vectors that it is tested on. A class without training vectors counts as wrong.
        decay: The weight of the squared weights.
        steps: The most iterations of the optimizer.

    Source:
        Alain and Bengio 2017, Understanding Intermediate Layers Using Linear Classifier Probes, section 3.
    """
    names = sorted(set(training.classes))
    number = {name: place for place, name in enumerate(names)}
    mean, std = training.pooled.mean(0), training.pooled.std(0) + 1e-6
    given = torch.from_numpy((training.pooled - mean) / std)
    wanted = torch.tensor([number[name] for name in training.classes])
    torch.manual_seed(0)
    probe = nn.Linear(given.shape[1], len(names))
    optimizer = torch.optim.LBFGS(probe.parameters(), max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(probe(given), wanted) + decay * probe.weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        found: list[int] = probe(torch.from_numpy((test.pooled - mean) / std)).argmax(1).tolist()
    right = [names[index] == name for index, name in zip(found, test.classes, strict=True)]
    return sum(right) / len(right)
