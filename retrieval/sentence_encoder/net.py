"""The encoder in torch: windows over subword pieces, their sum, dense layers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import NDArray
from torch import Tensor, nn

_ORDERS = ((2, 0), (3, 1), (5, 2))
"""Of each branch the width of its windows, in pieces, and how many of them lie to the left."""
_BRANCH = 256


class SentenceNet(nn.Module):
    """Turn vectors [B, T, D] and mask [B, T] of pieces into unit vectors [B, D].

    Three branches of two residual window layers beside the pieces themselves; normalized, summed over the sentence and divided by
    the root of its length; three dense layers. Raises KeyError if the weights lack an array.
    Source: Yang et al. 2020, Multilingual Universal Sentence Encoder for Semantic Retrieval, section 3.1 (the CNN form, with
    average pooling), as in the published graph of version 3.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__()

        self.kept = nn.ParameterDict()

        def keep(name: str, array: NDArray[np.float32]) -> None:
            # As a parameter mypy knows it for a tensor; nothing is trained.
            made = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
            self.kept[name] = nn.Parameter(made, requires_grad=False)

        orders = [order for order, _ in _ORDERS]
        keep("project", np.concatenate([weights[f"proj{order}"] for order in orders], axis=1))
        keep("project_bias", np.concatenate([weights[f"proj_b{order}"] for order in orders]))
        keep("scale", np.concatenate([weights[f"ln_g{order}"] for order in orders]))
        keep("shift", np.concatenate([weights[f"ln_b{order}"] for order in orders]))
        for order in orders:
            for layer in (1, 2):
                keep(f"window{order}_{layer}", weights[f"w{layer}_{order}"])
                keep(f"window_bias{order}_{layer}", weights[f"b{layer}_{order}"])
        for name, source in (
            ("out_scale", "ln_g"), ("out_shift", "ln_b"), ("pool", "cnn_W"), ("pool_bias", "cnn_b"),
            ("dense0", "d0"), ("dense1", "d1"), ("dense2", "d2"), ("dense3", "d3"), ("skip1", "p1"), ("skip3", "p3"),
        ):  # fmt: skip
            keep(name, weights[source])
        self.epsilon = float(weights["eps"])

    def _normalize(self, values: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return F.layer_norm(values, tuple(scale.shape), scale, shift, self.epsilon)

    def forward(self, pieces: Tensor, mask: Tensor) -> Tensor:
        """Return the unit vectors."""
        held = mask.unsqueeze(-1)
        pieces = pieces * held
        inner = (
            self._normalize(
                pieces @ self.kept["project"] + self.kept["project_bias"], self.kept["scale"], self.kept["shift"]
            )
            * held
        )
        found = [pieces]
        for place, (order, left) in enumerate(_ORDERS):
            branch = inner[..., place * _BRANCH : (place + 1) * _BRANCH]
            for layer in (1, 2):
                weight, bias = self.kept[f"window{order}_{layer}"], self.kept[f"window_bias{order}_{layer}"]
                branch = (F.relu(_windows(branch, order, left) @ weight + bias) + branch) * held
            found.append(branch)
        features = self._normalize(torch.cat(found, -1), self.kept["out_scale"], self.kept["out_shift"]) * held
        length = held.sum(1)
        pooled = (features.sum(1) @ self.kept["pool"] + length * self.kept["pool_bias"]) / length.sqrt()
        first = F.relu(pooled @ self.kept["dense0"])
        second = F.relu(pooled @ self.kept["skip1"] + first @ self.kept["dense1"])
        third = F.relu(second @ self.kept["dense2"])
        return F.normalize(torch.tanh(second @ self.kept["skip3"] + third @ self.kept["dense3"]), dim=-1)


def _windows(values: Tensor, order: int, left: int) -> Tensor:
    """Return [B, T, order * D]: each place with its neighbours, zeros beyond the ends."""
    empty = torch.zeros_like(values[:, :1])
    padded = torch.cat([empty] * left + [values] + [empty] * (order - 1 - left), 1)
    size = values.shape[1]
    return torch.cat([padded[:, place : place + size] for place in range(order)], -1)
