"""Run ONNX graphs: named arrays in, named arrays out. The only file that imports onnxruntime.

python -m data.runtime verify [NAME ...]     run every shipped graph on its golden, without torch
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import artifact, paths
from data.artifact import Artifact, ArtifactError

Arrays = Mapping[str, NDArray[Any]]
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(uint8)": np.uint8,
}
# Smaller arrays would cost more as a node of their own than they save.
_LARGE = 1024


class Graph:
    """An ONNX graph, loaded to run on the CPU. Several threads may use it at once."""

    def __init__(self, model: bytes, name: str = "graph", threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # On a small machine a thread that spins while it waits takes the CPU from other requests.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # An arena never gives memory back: it would keep the most that any run took, for every input size.
        options.enable_cpu_mem_arena = False
        # What it would log is also in the error that it raises.
        options.log_severity_level = 4
        self.name = name
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # The error classes of onnxruntime share no base class but Exception.
            raise ArtifactError(f"{name} cannot be loaded by onnxruntime: {error}") from error
        self._inputs = {given.name: given for given in self._session.get_inputs()}
        for given in self._inputs.values():
            if given.type not in _TYPES:
                raise ArtifactError(f"{name} takes {given.name} as {given.type}; expected one of {', '.join(_TYPES)}")
        self.outputs = tuple(output.name for output in self._session.get_outputs())

    def __call__(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph and return its outputs by name.

        Raises:
            ValueError: The inputs do not fit the graph (names, dtypes, ranks, fixed sizes), or hold values that it cannot
                process, such as an id beyond its embeddings.
        """
        if set(arrays) != set(self._inputs):
            raise ValueError(f"{self.name} takes {', '.join(self._inputs)}; given {', '.join(arrays) or 'nothing'}")
        for name, array in arrays.items():
            wanted = self._inputs[name]
            if array.dtype != _TYPES[wanted.type]:
                raise ValueError(f"{self.name}: {name} is {array.dtype}, expected {np.dtype(_TYPES[wanted.type])}")
            fits = len(wanted.shape) == array.ndim and all(
                not isinstance(size, int) or size == given
                for size, given in zip(wanted.shape, array.shape, strict=True)
            )
            if not fits:
                raise ValueError(f"{self.name}: {name} has the shape {array.shape}, expected {wanted.shape}")
        try:
            made = self._session.run(None, dict(arrays))
        except Exception as error:
            raise ValueError(f"{self.name} cannot process these arrays: {error}") from error
        return dict(zip(self.outputs, made, strict=True))


def max_difference(made: NDArray[Any], wanted: NDArray[Any]) -> float:
    """Return the largest absolute difference of two arrays.

    It is infinite if their shapes differ, and NaN if one of them holds NaN. Equal infinities, such as the logarithm of a
    probability of zero, count as no difference.
    """
    if made.shape != wanted.shape:
        return float("inf")
    one, other = made.astype(np.float64), wanted.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return float(np.where(one == other, 0.0, np.abs(one - other)).max(initial=0.0))


def verify(stored: Artifact) -> float:
    """Run every graph on its golden inputs and return the largest difference from the golden outputs.

    The golden arrays are named GRAPH/in/NAME and GRAPH/out/NAME.

    Raises:
        ArtifactError: A graph has no golden outputs, cannot run, or differs by more than the manifest's tolerance.
    """
    golden = stored.read_golden()
    worst = 0.0
    for file in stored.manifest.graphs:
        graph = Graph(stored.read_graph(file), f"{stored.manifest.name}/{file}")
        given = {name.split("/", 2)[2]: array for name, array in golden.items() if name.startswith(f"{file}/in/")}
        wanted = {name.split("/", 2)[2]: array for name, array in golden.items() if name.startswith(f"{file}/out/")}
        repair = artifact.repair_hint(stored.folder, {"train": stored.manifest.train})
        if set(wanted) != set(graph.outputs):
            raise ArtifactError(
                f"{graph.name} has a golden of {', '.join(wanted) or 'nothing'}, expected {', '.join(graph.outputs)}; {repair}"
            )
        try:
            made = graph(given)
        except ValueError as error:
            raise ArtifactError(f"{error}. These are its own golden inputs; {repair}") from error
        for name, array in wanted.items():
            apart = max_difference(made[name], array)
            if not apart <= stored.manifest.tolerance:
                raise ArtifactError(
                    f"{graph.name}: {name} differs from its golden by {apart:.2g}, more than "
                    f"{stored.manifest.tolerance:g}. This machine computes differently, or the files are mixed up; {repair}"
                )
            worst = max(worst, apart)
    return worst


def quantize(model: bytes, products: bool = False, weights: bool = False) -> bytes:
    """Return a smaller graph: embedding tables as int8, other weights as float16; sums stay in float32.

    Needs the extra `train`. onnxruntime converts float16 to float32 once, when the graph is loaded.

    Args:
        model: The bytes of the graph.
        products: Whether products with a weight matrix are computed in integers, too. That reads a fourth of the bytes, which
            bounds the speed of one step of a small generator. Weights then have 7 bits with a scale for each column, since 8
            bits saturate on processors without VNNI. All rows share the scale of an activation, and machines round
            differently (0.02 in a cosine), so do not use it for vectors that are compared.
        weights: Whether the other weights are stored as int8 too, with a scale for each output channel. They become float32 once,
            when the graph is loaded, so every machine computes alike.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        before, between, after = (Path(folder) / f"{name}.onnx" for name in ("float", "folded", "int8"))
        before.write_bytes(model)
        # Symbolic shape inference needs another package and serves models with unnamed axes only.
        quant_pre_process(before, between, skip_symbolic_shape=True)
        quantize_dynamic(between, after, op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8)
        if products:
            quantize_dynamic(
                after,
                after,
                op_types_to_quantize=["MatMul"],
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
            )
        return _store_as_float16(_store_as_int8(after.read_bytes()) if weights else after.read_bytes())


def _store_as_int8(model: bytes) -> bytes:
    """Store the weights of convolutions and matrix products as int8 with a scale for each output channel."""
    import onnx

    loaded = onnx.load_from_string(model)
    graph = loaded.graph
    # The axis of the output channels of each weight that is read as one.
    axes: dict[str, int] = {}
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm", "MatMul") and len(node.input) > 1:
            is_transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
            axes[node.input[1]] = 1 if node.op_type == "MatMul" or (node.op_type == "Gemm" and not is_transposed) else 0
        elif node.op_type in ("GRU", "LSTM"):
            axes |= dict.fromkeys(node.input[1:3], 1)
    kept, added, nodes = [], [], []
    for each in graph.initializer:
        array = onnx.numpy_helper.to_array(each)
        axis = axes.get(each.name)
        if axis is None or each.data_type != onnx.TensorProto.FLOAT or array.size < _LARGE or array.ndim <= axis:
            kept.append(each)
            continue
        others = tuple(place for place in range(array.ndim) if place != axis)
        scale = np.maximum(np.abs(array).max(others, keepdims=True), 1e-12).astype(np.float32) / np.float32(127)
        whole = np.rint(array / scale).astype(np.int8)
        names = (f"{each.name}.int8", f"{each.name}.scale", f"{each.name}.wide")
        added += [onnx.numpy_helper.from_array(whole, names[0]), onnx.numpy_helper.from_array(scale, names[1])]
        nodes.append(onnx.helper.make_node("Cast", [names[0]], [names[2]], to=onnx.TensorProto.FLOAT))
        nodes.append(onnx.helper.make_node("Mul", [names[2], names[1]], [each.name]))
    body = [*nodes, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend([*kept, *added])
    graph.node.extend(body)
    return bytes(loaded.SerializeToString())


def _store_as_float16(model: bytes) -> bytes:
    import onnx

    loaded = onnx.load_from_string(model)
    graph = loaded.graph
    wide = {
        each.name: onnx.numpy_helper.to_array(each)
        for each in graph.initializer
        if each.data_type == onnx.TensorProto.FLOAT and math.prod(each.dims) >= _LARGE
    }
    kept = [each for each in graph.initializer if each.name not in wide]
    casts = [onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT) for name in wide]
    halves = [onnx.numpy_helper.from_array(array.astype(np.float16), f"{name}.half") for name, array in wide.items()]
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend([*kept, *halves])
    graph.node.extend(nodes)
    return bytes(loaded.SerializeToString())


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the shipped artifacts, print a line for each, and return 1 if one failed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m data.runtime")
    parser.add_argument("command", choices=["verify"])
    parser.add_argument("names", nargs="*", metavar="NAME")
    given = parser.parse_args(arguments)
    folders = [paths.artifacts_dir() / name for name in given.names] or _list_artifacts(paths.artifacts_dir())
    failed = 0
    if not folders:
        print(f"there is no artifact in {paths.artifacts_dir()}", file=sys.stderr)
        failed = 1
    for folder in folders:
        try:
            stored = artifact.open(folder)
            print(f"{folder.name}: {len(stored.manifest.graphs)} graphs, largest difference {verify(stored):.2g}")
        except ArtifactError as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


def _list_artifacts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*") if path.is_dir())


if __name__ == "__main__":
    sys.exit(main())
