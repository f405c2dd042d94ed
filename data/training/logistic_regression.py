"""Train a logistic regression over hashed features, for two classes of texts."""

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
    rows: Sequence[NDArray[np.int64]],
    labels: Sequence[bool],
    buckets: int,
    penalty: float = PENALTY,
    prior: LogisticRegression | None = None,
) -> LogisticRegression:
    """Fit the weights and the bias that maximize the likelihood of the labels.

    Each feature is scaled by its log-count ratio between the labels, smoothed by one, and the features of a text to a length
    of one. Training is full-batch L-BFGS, so the same texts give the same weights.

    Args:
        rows: The distinct bucket ids of each text, int64 [U].
        labels: The label of each text.
        buckets: The number of weights.
        penalty: The squared weights times penalty / 2 are added to the loss.
        prior: A model that the weights are fitted to differ little from: the penalty is on the difference.

    Raises:
        ValueError: All labels are equal.

    Source: Wang and Manning 2012, Baselines and Bigrams, section 2.1; for the prior Chelba and Acero 2006, Adaptation of Maximum
    Entropy Capitalizer, section 3.1.
    """
    if len(set(labels)) != 2:
        raise ValueError(f"{len(rows)} texts have one label only; both labels are needed")
    sizes = np.asarray([len(row) for row in rows])
    ids = torch.from_numpy(np.concatenate(rows))
    starts = torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]]))
    length = torch.from_numpy(np.sqrt(np.maximum(sizes, 1)).astype(np.float32))
    wanted = torch.tensor(labels, dtype=torch.float32)
    ratio = torch.from_numpy(_log_count_ratio(rows, labels, buckets))
    base = torch.zeros(buckets) if prior is None else torch.from_numpy(prior.weights)
    weights = torch.zeros(buckets, requires_grad=True)
    bias = torch.full((1,), 0.0 if prior is None else prior.bias, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=_STEPS, history_size=10, line_search_fn="strong_wolfe")
    with tqdm(desc="fit", unit="pass", disable=len(rows) < 1000) as bar:

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            sums = torch.nn.functional.embedding_bag(ids, (base + weights * ratio)[:, None], starts, mode="sum")[:, 0]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(sums / length + bias, wanted, reduction="sum")
            loss = loss + penalty / 2 * weights.square().sum()
            loss.backward()  # type: ignore[no-untyped-call]
            bar.update()
            bar.set_postfix(loss=f"{float(loss.detach()):.1f}")
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
    return LogisticRegression((base + weights * ratio).detach().numpy(), round(float(bias.detach()), 6))


def _log_count_ratio(rows: Sequence[NDArray[np.int64]], labels: Sequence[bool], buckets: int) -> Floats:
    shares = []
    for side in (True, False):
        ids = np.concatenate([row for row, label in zip(rows, labels, strict=True) if label == side])
        counts = 1.0 + np.bincount(ids, minlength=buckets)
        shares.append(counts / counts.sum())
    return np.asarray(np.log(shares[0] / shares[1]), np.float32)
