"""Export torch models to ONNX, checked against onnxruntime, with golden outputs for serving machines."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.runtime import Graph, max_difference, quantize

Arrays = Mapping[str, NDArray[Any]]
TOLERANCE = 1e-4


class ExportError(RuntimeError):
    """The graph and the net differ; the message says where and by how much."""


def export(
    net: nn.Module,
    example: Arrays,
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
    file: str = "net.onnx",
    other: Arrays | None = None,
) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """Export a net and return the graph's bytes and its golden arrays, named as data.runtime.verify expects.

    The net is moved to the CPU. The graph is compared with it on two examples of different sizes, since a trace easily fixes a
    size that should be dynamic; that of nn.MultiheadAttention fixes the length.

    Args:
        net: The module.
        example: An array for each argument of net.forward, in their order.
        outputs: The names of the outputs.
        dynamic: The names of the dynamic axes of inputs and outputs.
        file: The name of the graph.
        other: A second example; by default the first one with every dynamic axis longer by one.

    Raises:
        ExportError: onnxruntime differs from torch by more than 1e-4.
    """
    net.eval().cpu()
    arguments = tuple(torch.from_numpy(array) for array in example.values())
    with warnings.catch_warnings(), torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        # The newer exporter needs another package; this one is deprecated but sufficient.
        warnings.simplefilter("ignore")
        fast = torch.backends.mha.get_fastpath_enabled()
        # The fused attention of torch has no counterpart in ONNX; without the fast path it is exported step by step.
        torch.backends.mha.set_fastpath_enabled(False)
        try:
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
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
        model = (Path(folder) / file).read_bytes()
    graph = Graph(model, file)
    by_torch = _compare(net, graph, example, outputs)
    _compare(
        net, graph, other or {name: _lengthen(array, dynamic.get(name, {})) for name, array in example.items()}, outputs
    )
    return model, build_golden(file, example, by_torch)


def _lengthen(array: NDArray[Any], axes: Iterable[int]) -> NDArray[Any]:
    for axis in axes:
        # Repeating values keeps them valid: an id stays an id, a length fits the longer text.
        array = np.concatenate([array, array.take([0], axis)], axis)
    return array


def _compare(net: nn.Module, graph: Graph, inputs: Arrays, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
    with torch.no_grad():
        wanted = net(*(torch.from_numpy(array) for array in inputs.values()))
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    by_torch = {name: value.numpy() for name, value in zip(outputs, wanted, strict=True)}
    try:
        by_graph = graph(inputs)
    except ValueError as error:
        raise ExportError(f"the graph cannot run where the net can: {error}") from error
    for name, array in by_torch.items():
        apart = max_difference(by_graph[name], array)
        if not apart <= TOLERANCE:
            shapes = ", ".join(f"{given} {array.shape}" for given, array in inputs.items())
            raise ExportError(
                f"{graph.name}: {name} of onnxruntime differs from torch by {apart:.2g} on {shapes}, more than {TOLERANCE:g}; "
                "look for a size or a branch that depends on the input"
            )
    return by_torch


def quantize_with_golden(
    graph: bytes, example: Arrays, file: str = "net.onnx", products: bool = False, weights: bool = False
) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """Quantize a graph and return it with golden arrays of the quantized graph, which is the one that ships."""
    small = quantize(graph, products, weights)
    return small, build_golden(file, example, Graph(small, file)(example))


def build_golden(file: str, inputs: Arrays, outputs: Arrays) -> dict[str, NDArray[Any]]:
    """Return the arrays under the names GRAPH/in/NAME and GRAPH/out/NAME."""
    given = {f"{file}/in/{name}": array for name, array in inputs.items()}
    return given | {f"{file}/out/{name}": array for name, array in outputs.items()}
