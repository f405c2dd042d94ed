"""A graph at work: named arrays in, named arrays out. The only file that imports onnxruntime.

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
# Smaller arrays are not worth a node of their own.
_LARGE = 1024


class Graph:
    """An ONNX graph ready to run on the CPU; safe to be used from several threads."""

    def __init__(self, model: bytes, name: str = "graph", threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A waiting thread that spins makes the other requests of a small machine wait too.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Each session's arena would keep the most that any run ever took, for every size of input it met.
        options.enable_cpu_mem_arena = False
        # Whatever it would print is in the error it raises.
        options.log_severity_level = 4
        self.name = name
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # onnxruntime has an error class for each kind of bad file and no common root but Exception.
            raise ArtifactError(f"{name} is no graph that onnxruntime can load: {error}") from error
        self._inputs = {one.name: one for one in self._session.get_inputs()}
        for one in self._inputs.values():
            if one.type not in _TYPES:
                raise ArtifactError(f"{name} takes {one.name} as {one.type}; expected one of {', '.join(_TYPES)}")
        self.outputs = tuple(one.name for one in self._session.get_outputs())

    def __call__(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """The outputs by name.

        Raises ValueError for inputs that are not the graph's (names, dtypes, ranks, fixed sizes) and for values that it cannot
        work on, such as an id beyond its embeddings.
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
            raise ValueError(f"{self.name} cannot work on these arrays: {error}") from error
        return dict(zip(self.outputs, made, strict=True))


def max_difference(made: NDArray[Any], wanted: NDArray[Any]) -> float:
    """The largest absolute difference of two arrays; infinite if their shapes differ, no number where one of them holds none.

    Equal infinities, such as the log of a probability of zero, do not differ.
    """
    if made.shape != wanted.shape:
        return float("inf")
    one, other = made.astype(np.float64), wanted.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return float(np.where(one == other, 0.0, np.abs(one - other)).max(initial=0.0))


def verify(opened: Artifact) -> float:
    """Run every graph on its golden; the largest difference found. Raises ArtifactError if it is above the tolerance.

    The golden's arrays are named GRAPH/in/NAME and GRAPH/out/NAME.
    """
    golden = opened.golden()
    worst = 0.0
    for file in opened.manifest.graphs:
        graph = Graph(opened.graph(file), f"{opened.manifest.name}/{file}")
        given = {name.split("/", 2)[2]: array for name, array in golden.items() if name.startswith(f"{file}/in/")}
        wanted = {name.split("/", 2)[2]: array for name, array in golden.items() if name.startswith(f"{file}/out/")}
        repair = artifact.repair_hint(opened.folder, {"train": opened.manifest.train})
        if set(wanted) != set(graph.outputs):
            raise ArtifactError(
                f"{graph.name} has a golden of {', '.join(wanted) or 'nothing'}, expected {', '.join(graph.outputs)}; {repair}"
            )
        try:
            made = graph(given)
        except ValueError as error:
            raise ArtifactError(f"{error}, and they are its golden; {repair}") from error
        for name, array in wanted.items():
            apart = max_difference(made[name], array)
            if not apart <= opened.manifest.tolerance:
                raise ArtifactError(
                    f"{graph.name}: {name} differs from its golden by {apart:.2g}, more than "
                    f"{opened.manifest.tolerance:g}. This machine computes otherwise, or the artifact is mixed up; {repair}"
                )
            worst = max(worst, apart)
    return worst


def quantize(model: bytes, products: bool = False) -> bytes:
    """The graph made small: its tables, what Gather reads, in 8 bits, its other weights in 16; all sums stay in floats.

    Needs the extra `train`. onnxruntime widens 16 bits once, at the start. With products, those by a matrix of weights are of
    integers too: a fourth of the bytes to read, which is what a step of a small generator waits for. Weights then have 7 bits,
    each column with a scale of its own, since 8 saturate on processors without VNNI. How an activation is rounded stays chance:
    all rows share a scale, and machines differ (0.02 in a cosine). What is found by nearness keeps its sums in floats.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        before, between, after = (Path(folder) / f"{name}.onnx" for name in ("float", "folded", "int8"))
        before.write_bytes(model)
        # The symbolic inference of shapes wants one more package and is for models with unnamed axes.
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
        return _store_as_float16(after.read_bytes())


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
    """Verify the shipped artifacts, one line each; the exit status is 1 if one failed."""
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
            opened = artifact.open(folder)
            print(f"{folder.name}: {len(opened.manifest.graphs)} graphs, largest difference {verify(opened):.2g}")
        except ArtifactError as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


def _list_artifacts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*") if path.is_dir())


if __name__ == "__main__":
    sys.exit(main())
