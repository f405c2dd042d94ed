"""How much a linear classifier finds in an encoder's pooled vectors: what is asked of any encoder, however it was trained."""

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
class Labelled:
    """pooled float32 [N, C] of N pictures, and the class of each."""

    pooled: Floats
    classes: Sequence[str]


def linear_probe(learned: Labelled, asked: Labelled, decay: float = 1e-3, steps: int = 100) -> float:
    """The share of the asked pictures whose class a logistic regression on the learned ones names.

    Vectors are standardised by the learned ones; decay is the weight of the squared weights. A class that was not learned
    is always wrong. Alain and Bengio 2017, Understanding Intermediate Layers Using Linear Classifier Probes, section 3.
    """
    names = sorted(set(learned.classes))
    number = {name: place for place, name in enumerate(names)}
    mean, std = learned.pooled.mean(0), learned.pooled.std(0) + 1e-6
    given = torch.from_numpy((learned.pooled - mean) / std)
    wanted = torch.tensor([number[name] for name in learned.classes])
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
        found: list[int] = probe(torch.from_numpy((asked.pooled - mean) / std)).argmax(1).tolist()
    right = [names[one] == name for one, name in zip(found, asked.classes, strict=True)]
    return sum(right) / len(right)
