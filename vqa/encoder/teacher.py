"""The teacher: a MobileNet v2 in eight bits that knows ImageNet's thousand classes. Its weights stay where they are.

The corpus `teacher` holds it as TensorFlow published it (Jacob et al. 2018, Quantization and Training of Neural Networks
for Efficient Integer-Arithmetic-Only Inference), Apache-2.0.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import places
from data.places import CorpusError

NAME = "teacher"
SIDE = 224
CLASSES = 1001
"""The first is "none of them"."""
_FILE = "mobilenet_v2_1.0_224_quant.tflite"
_TENSORS = {
    "middle": "MobilenetV2/expanded_conv_12/add",
    "map": "MobilenetV2/Conv_1/Relu6",
    "logits": "MobilenetV2/Logits/Squeeze1",
}

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Scale:
    """What the bytes of a tensor stand for: (byte - zero) * step."""

    step: float
    zero: int


class Teacher:
    """Pictures to what the teacher makes of them, half-way, at the end and in words."""

    def __init__(self, threads: int = 1) -> None:
        """Needs the extra `train`. Raises CorpusError if the teacher is not there, or is another one."""
        from ai_edge_litert.interpreter import Interpreter

        path = places.corpus(NAME) / _FILE
        with warnings.catch_warnings():
            # It warns that keeping what is between takes memory; what is between is what we came for.
            warnings.simplefilter("ignore")
            self._interpreter: Any = Interpreter(str(path), num_threads=threads, experimental_preserve_all_tensors=True)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        tensors = self._interpreter.get_tensor_details()
        self._places: dict[str, int] = {}
        self.scales: dict[str, Scale] = {}
        for name, begins in _TENSORS.items():
            found = next((one for one in tensors if one["name"].split(";")[0] == begins), None)
            if found is None:
                raise CorpusError(f"The teacher at {path} has no tensor {begins}: it is another model. Fetch it again.")
            self._places[name] = found["index"]
            self.scales[name] = Scale(float(found["quantization"][0]), int(found["quantization"][1]))

    def look(self, picture: Bytes) -> dict[str, Bytes]:
        """middle uint8 [14, 14, 96], map uint8 [7, 7, 1280] and logits uint8 [1001] of a picture uint8 [224, 224, 3], RGB."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(place)[0] for name, place in self._places.items()}


def labels() -> tuple[str, ...]:
    """The names of the teacher's classes, in English. Raises CorpusError."""
    lines = (places.corpus(NAME) / "imagenet_labels.txt").read_text(encoding="utf-8").splitlines()
    if len(lines) != CLASSES:
        raise CorpusError(f"The teacher has {len(lines)} labels, expected {CLASSES}. Fetch it again.")
    return tuple(lines)
