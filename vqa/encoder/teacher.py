"""The teacher: a MobileNet v2 in eight bits that knows ImageNet's thousand classes. Its weights stay where they are.

The corpus `teacher` holds it as TensorFlow published it (Jacob et al. 2018, Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference), Apache-2.0.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import paths
from data.paths import CorpusError

NAME = "teacher"
SIDE = 224
CLASSES = 1001
"""The first is "none of them"."""
BLOCKS = 17
STAGES = ("stem", *(f"block{number}" for number in range(BLOCKS)), "map")
"""What is between the teacher's layers, in order: after the first convolution, after each block, after the last convolution."""
MIDDLE = "block12"
"""The last that is as large as a sixteenth of the picture: [14, 14, 96]."""
_FILE = "mobilenet_v2_1.0_224_quant.tflite"

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Teacher:
    """Pictures to what the teacher makes of them: between its layers, at the end, and in classes."""

    def __init__(self, threads: int = 1) -> None:
        """Needs the extra `train`. Raises CorpusError if the teacher is not there, or is another one."""
        from ai_edge_litert.interpreter import Interpreter

        path = paths.find_corpus(NAME) / _FILE
        with warnings.catch_warnings():
            # It warns that keeping what is between takes memory; what is between is what we came for.
            warnings.simplefilter("ignore")
            self._interpreter: Any = Interpreter(str(path), num_threads=threads, experimental_preserve_all_tensors=True)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        tensors = {one["name"].split(";")[0]: one for one in self._interpreter.get_tensor_details()}
        self._tensors: dict[str, dict[str, Any]] = {}
        for name in (*STAGES, "logits"):
            found = next((tensors[one] for one in _names(name) if one in tensors), None)
            if found is None:
                raise CorpusError(
                    f"The teacher at {path} has no {_names(name)[-1]}: it is another model. Fetch it again."
                )
            self._tensors[name] = found

    def look(self, pictures: Bytes, wanted: Sequence[str]) -> dict[str, Floats]:
        """What the teacher makes of pictures uint8 [B, 224, 224, 3], RGB: of STAGES float32 [B, C, H', W'], of "logits" [B,
        1001].

        Raises KeyError for a name that is none of them.
        """
        kept: dict[str, list[Bytes]] = {name: [] for name in wanted}
        for picture in pictures:
            self._interpreter.set_tensor(self._input, picture[None])
            self._interpreter.invoke()
            for name in wanted:
                kept[name].append(self._interpreter.get_tensor(self._tensors[name]["index"])[0])
        made: dict[str, Floats] = {}
        for name, arrays in kept.items():
            step, zero = self._tensors[name]["quantization"]
            values = (np.stack(arrays).astype(np.float32) - np.float32(zero)) * np.float32(step)
            made[name] = values.transpose(0, 3, 1, 2) if values.ndim == 4 else values
        return made


def _names(name: str) -> tuple[str, ...]:
    """What TensorFlow calls it; a block that has a straight way ends with a sum, another with its projection."""
    if name.startswith("block"):
        block = "MobilenetV2/expanded_conv" + (f"_{name[5:]}" if name != "block0" else "")
        return f"{block}/add", f"{block}/project/add_fold"
    return (
        {"stem": "MobilenetV2/Conv/Relu6", "map": "MobilenetV2/Conv_1/Relu6", "logits": "MobilenetV2/Logits/Squeeze1"}[
            name
        ],
    )


def labels() -> tuple[str, ...]:
    """The names of the teacher's classes, in English. Raises CorpusError."""
    lines = (paths.find_corpus(NAME) / "imagenet_labels.txt").read_text(encoding="utf-8").splitlines()
    if len(lines) != CLASSES:
        raise CorpusError(f"The teacher has {len(lines)} labels, expected {CLASSES}. Fetch it again.")
    return tuple(lines)
