"""torch to ONNX, refused unless onnxruntime agrees; the golden that serving machines prove themselves by."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.runtime import Graph, quantise

Arrays = Mapping[str, NDArray[Any]]
TOLERANCE = 1e-4


class ExportError(RuntimeError):
    """A graph that does not do what the net does: where they differ and by how much."""


def export(
    net: nn.Module,
    example: Arrays,
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
    file: str = "net.onnx",
) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """The graph's bytes, and its golden under the names that data.runtime.verify looks for.

    example holds an array for each argument of net.forward, in their order; dynamic names the axes that may have any size,
    outputs included. Raises ExportError if onnxruntime differs from torch by more than 1e-4 on the example.
    """
    net.eval()
    arguments = tuple(torch.from_numpy(array) for array in example.values())
    with warnings.catch_warnings(), torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        # The newer exporter wants a package that nothing else here needs; this one is marked as old and does all we ask.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            arguments,
            Path(folder) / file,
            input_names=list(example),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in dynamic.items()},
            opset_version=17,
            dynamo=False,
        )
        model = (Path(folder) / file).read_bytes()
        wanted = net(*arguments)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    by_torch = {name: value.numpy() for name, value in zip(outputs, wanted, strict=True)}
    by_graph = Graph(model, file)(example)
    for name, array in by_torch.items():
        difference = float(np.abs(array.astype(np.float64) - by_graph[name].astype(np.float64)).max(initial=0.0))
        if not difference <= TOLERANCE:
            raise ExportError(
                f"{file}: {name} of onnxruntime differs from torch by {difference:.2g}, more than {TOLERANCE:g}"
            )
    return model, golden(file, example, by_torch)


def quantised(graph: bytes, example: Arrays, file: str = "net.onnx") -> tuple[bytes, dict[str, NDArray[Any]]]:
    """The graph with its weights in 8 bits, and a golden made by that graph itself: it is what will be shipped."""
    small = quantise(graph)
    return small, golden(file, example, Graph(small, file)(example))


def golden(file: str, inputs: Arrays, outputs: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays under the names GRAPH/in/NAME and GRAPH/out/NAME."""
    given = {f"{file}/in/{name}": array for name, array in inputs.items()}
    return given | {f"{file}/out/{name}": array for name, array in outputs.items()}
