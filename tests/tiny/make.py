"""python -m tests.tiny.make     write tests/tiny/mood anew; needs the extra `train` (onnx)

The graph adds up one hand-written weight per known word and squeezes the sum into the probability of a good mood. Nothing
is trained, so the same bytes come out everywhere.
"""

from pathlib import Path

import numpy as np

from data import artifact
from data.artifact import Artifact, Manifest
from data.text.tokenizer import TextTokenizer
from data.text.vocab import SPECIAL, Vocab
from tests.tiny import MOOD

WEIGHTS = {"好": 1.0, "喜欢": 2.0, "差": -1.0, "讨厌": -2.0, "good": 1.0, "love": 2.0, "bad": -1.0, "hate": -2.0}
TEXTS = [
    "这家店很好，我喜欢",
    "我讨厌这个",
    "I love it, it is good",
    "Bad, and I hate it",
    "今天星期三 today is Wednesday",
    "",
]


def graph() -> bytes:
    """The graph: ids int64 [B, T] to good float32 [B], in [0, 1]."""
    from onnx import TensorProto, checker, helper, numpy_helper

    table = np.array([0.0] * len(SPECIAL) + list(WEIGHTS.values()), dtype=np.float32)
    made = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("Gather", ["weights", "ids"], ["each"]),
                helper.make_node("ReduceSum", ["each", "last"], ["sum"], keepdims=0),
                helper.make_node("Sigmoid", ["sum"], ["good"]),
            ],
            "mood",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "T"])],
            [helper.make_tensor_value_info("good", TensorProto.FLOAT, ["B"])],
            [numpy_helper.from_array(table, "weights"), numpy_helper.from_array(np.array([1]), "last")],
        ),
        # Named here, because onnx writes its newest by default, which an older onnxruntime refuses.
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="tests.tiny.make",
    )
    checker.check_model(made)
    serialised: bytes = made.SerializeToString()
    return serialised


def make(folder: Path) -> Artifact:
    """The artifact, written into the folder. Its golden is reckoned here by numpy, not by the graph."""
    codec = TextTokenizer(Vocab((*SPECIAL, *WEIGHTS)), "words", max_length=32)
    ids, _ = codec.encode(TEXTS)
    sums = [sum(WEIGHTS.get(token, 0.0) for token in codec.tokenize(text)) for text in TEXTS]
    good = (1 / (1 + np.exp(-np.array(sums)))).astype(np.float32)
    manifest = Manifest(
        name="mood",
        version="1",
        trained_on="nothing: eight weights written by hand",
        licence="Apache-2.0",
        limits="knows four words of each language; for tests only",
        codec=codec.to_dict(),
        tolerance=1e-6,
        train="python -m tests.tiny.make",
    )
    return artifact.write(
        folder, manifest, {"net.onnx": graph()}, golden={"net.onnx/in/ids": ids, "net.onnx/out/good": good}
    )


if __name__ == "__main__":
    print(make(MOOD).folder)
