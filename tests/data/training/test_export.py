"""python -m pytest tests/data/training/test_export.py"""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.runtime import Graph

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from torch import nn  # noqa: E402

from data.training.export import ExportError, export  # noqa: E402

FLOATS = np.random.default_rng(1).random((3, 6, 8), dtype=np.float32)


class Attention(nn.Module):
    """What torch offers: its trace keeps the length of the example."""

    def __init__(self) -> None:
        super().__init__()
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.attend(x, x, x)[0]
        return made


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.read = nn.GRU(8, 6, batch_first=True, bidirectional=True)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        made, last = self.read(x)
        return made, last


class Written(nn.Module):
    """Attention of two heads written out."""

    def __init__(self) -> None:
        super().__init__()
        self.all = nn.Linear(8, 24)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query, key, value = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in self.all(x).chunk(3, -1))
        made = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return made.transpose(1, 2).flatten(2)


def test_an_export_that_changes_the_answer_is_refused() -> None:
    class Fickle(nn.Module):
        calls = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            Fickle.calls += 1
            return x + float(Fickle.calls)

    with pytest.raises(ExportError, match="differs from torch by"):
        export(Fickle(), {"x": np.zeros((1, 2), dtype=np.float32)}, ["y"], {})


def test_a_size_that_the_trace_kept_is_refused() -> None:
    class Fixed(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.sum(dim=0, keepdim=True).expand(3, 2) / 3 if int(x.shape[0]) == 3 else x

    example, dynamic = {"x": np.ones((3, 2), dtype=np.float32)}, {"x": {0: "B"}, "y": {0: "B"}}
    with pytest.raises(ExportError, match=r"differs from torch by inf on x \(4, 2\)"):
        export(Fixed(), example, ["y"], dynamic)
    with pytest.raises(ExportError, match=r"differs from torch by inf on x \(7, 2\)"):
        export(Fixed(), example, ["y"], dynamic, other={"x": np.ones((7, 2), dtype=np.float32)})


def test_a_length_that_the_trace_kept_is_refused() -> None:
    axes = {0: "B", 1: "T"}
    with pytest.raises(ExportError, match="cannot run where the net can"):
        export(Attention(), {"x": FLOATS}, ["y"], {"x": axes, "y": axes})
    assert export(Attention(), {"x": FLOATS}, ["y"], {"x": {0: "B"}, "y": {0: "B"}})


def test_recurrence_and_attention_of_any_length_are_exported() -> None:
    axes = {0: "B", 1: "T"}
    for net, outputs in ((Recurrent(), ["y", "last"]), (Written(), ["y"])):
        graph = Graph(export(net, {"x": FLOATS}, outputs, {"x": axes, "y": axes, "last": {1: "B"}})[0])
        for shape in ((1, 1, 8), (5, 19, 8)):
            given = np.random.default_rng(2).random(shape, dtype=np.float32)
            with torch.no_grad():
                made = net(torch.from_numpy(given))
            wanted = made[0] if isinstance(made, tuple) else made
            assert np.allclose(graph({"x": given})["y"], wanted.numpy(), atol=1e-4)
