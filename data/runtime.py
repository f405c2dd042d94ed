"""A graph at work: named arrays in, named arrays out. The only file that imports onnxruntime.

python -m data.runtime verify [NAME ...]     run every shipped graph on its golden, without torch
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import artifact, places
from data.artifact import Artifact, ArtifactError

Arrays = Mapping[str, NDArray[Any]]
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(uint8)": np.uint8,
}


class Graph:
    """An ONNX graph ready to run on the CPU; safe to be used from several threads."""

    def __init__(self, model: bytes, name: str = "graph", threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A waiting thread that spins makes the other requests of a small machine wait too.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self.name = name
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # onnxruntime has an error class for each kind of bad file and no common root but Exception.
            raise ArtifactError(f"{name} is no graph that onnxruntime can load: {error}") from error
        self._inputs = {one.name: one for one in self._session.get_inputs()}
        self.outputs = tuple(one.name for one in self._session.get_outputs())

    def __call__(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """The outputs by name. Raises ValueError for inputs that are not the graph's: names, dtypes, ranks, fixed sizes."""
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
        return dict(zip(self.outputs, self._session.run(None, dict(arrays)), strict=True))


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
        if not given or not wanted:
            raise ArtifactError(f"{graph.name} has no golden; train it again: {opened.manifest.train}")
        made = graph(given)
        for name, array in wanted.items():
            difference = float(np.abs(made[name].astype(np.float64) - array.astype(np.float64)).max(initial=0.0))
            worst = max(worst, difference)
            if not difference <= opened.manifest.tolerance:
                raise ArtifactError(
                    f"{graph.name}: {name} differs from its golden by {difference:.2g}, more than "
                    f"{opened.manifest.tolerance:g}. This machine computes otherwise, or the artifact is mixed up; restore it: "
                    f"git checkout -- {opened.folder}"
                )
    return worst


def quantise(model: bytes) -> bytes:
    """The graph with its weights in 8 bits. Needs the extra `train`."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        before.write_bytes(model)
        quantize_dynamic(before, after, weight_type=QuantType.QInt8)
        return after.read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the shipped artifacts, one line each; the exit status is 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m data.runtime")
    parser.add_argument("command", choices=["verify"])
    parser.add_argument("names", nargs="*", metavar="NAME")
    given = parser.parse_args(arguments)
    folders = [places.artifacts() / name for name in given.names] or _shipped(places.artifacts())
    failed = 0
    for folder in folders:
        try:
            opened = artifact.open(folder)
            print(f"{folder.name}: {len(opened.manifest.graphs)} graphs, largest difference {verify(opened):.2g}")
        except ArtifactError as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


def _shipped(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


if __name__ == "__main__":
    sys.exit(main())
