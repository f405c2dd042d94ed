"""A logistic regression over hashed units, for texts of two kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from data.logistic_regression import Floats, LogisticRegression

PENALTY = 0.1
_STEPS = 120


def fit(
    rows: Sequence[NDArray[np.int64]], labels: Sequence[bool], buckets: int, penalty: float = PENALTY
) -> LogisticRegression:
    """The weights and the bias that make the labels most likely; rows hold the different ids of each text.

    Each id enters with its log-count ratio between the two labels, smoothed by one (Wang and Manning 2012, Baselines and Bigrams,
    section 2.1), and a text's ids share a length of one; what is learned beside is held back by penalty / 2 times its square.
    Full-batch L-BFGS, so the same texts give the same weights. Raises ValueError if only one label is there.
    """
    if len(set(labels)) != 2:
        raise ValueError(f"{len(rows)} texts with one label only; some with each label are needed")
    sizes = np.asarray([len(row) for row in rows])
    ids = torch.from_numpy(np.concatenate(rows))
    starts = torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]]))
    length = torch.from_numpy(np.sqrt(np.maximum(sizes, 1)).astype(np.float32))
    wanted = torch.tensor(labels, dtype=torch.float32)
    ratio = torch.from_numpy(_ratio(rows, labels, buckets))
    weights = torch.zeros(buckets, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=_STEPS, history_size=10, line_search_fn="strong_wolfe")
    with tqdm(desc="fit", unit="pass", disable=len(rows) < 1000) as bar:

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            sums = torch.nn.functional.embedding_bag(ids, (weights * ratio)[:, None], starts, mode="sum")[:, 0]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(sums / length + bias, wanted, reduction="sum")
            loss = loss + penalty / 2 * weights.square().sum()
            loss.backward()  # type: ignore[no-untyped-call]
            bar.update()
            bar.set_postfix(loss=f"{float(loss.detach()):.1f}")
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
    return LogisticRegression((weights * ratio).detach().numpy(), round(float(bias.detach()), 6))


def _ratio(rows: Sequence[NDArray[np.int64]], labels: Sequence[bool], buckets: int) -> Floats:
    shares = []
    for side in (True, False):
        ids = np.concatenate([row for row, label in zip(rows, labels, strict=True) if label == side])
        counts = 1.0 + np.bincount(ids, minlength=buckets)
        shares.append(counts / counts.sum())
    return np.asarray(np.log(shares[0] / shares[1]), np.float32)
