"""A tiny encoder and two tiny captioners that know eight drawn pictures by heart, so that serving is tested without torch.

python -m tests.vqa.tiny            makes tests/vqa/artifacts anew; needs the extra `train`
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from data import artifact
from data.artifact import Manifest
from data.image import ImagePreprocessor
from data.records import CaptionedPicture
from vqa.encoder.infer import GRAPH, OUTPUTS, Encoder

if TYPE_CHECKING:
    from vqa.caption.config import Form
    from vqa.encoder.store import Store

FOLDER = Path(__file__).parent / "artifacts"
ENCODER = FOLDER / "tiny-encoder"
CAPTIONERS: dict[Form, Path] = {"basic": FOLDER / "tiny-basic", "attention": FOLDER / "tiny-attention"}

_SIDE, _CELL = 16, 4
_COLOURS = {
    "red": "红", "green": "绿", "blue": "蓝", "yellow": "黄", "black": "黑", "white": "白", "pink": "粉", "brown": "棕",
}  # fmt: skip
_CORNERS = {"top left": "左上", "top right": "右上", "bottom left": "左下", "bottom right": "右下"}
SCENES = {f"{colour}.png": (colour, list(_CORNERS)[number % len(_CORNERS)]) for number, colour in enumerate(_COLOURS)}
"""The colour of the square in each picture, and the corner it is in."""
EXAMPLES = [
    CaptionedPicture(
        name,
        {
            "en": (f"A {colour} square in the {corner} corner .",),
            "zh": (f"{_CORNERS[corner]}角有一个{_COLOURS[colour]}色的方块。",),
        },
    )
    for name, (colour, corner) in SCENES.items()
]


def picture(name: str) -> bytes:
    """A scene as a PNG: a square in a corner, on grey."""
    colour, corner = SCENES[name]
    drawn = Image.new("RGB", (_SIDE, _SIDE), "grey")
    left, top = 8 * corner.endswith("right"), 8 * corner.startswith("bottom")
    ImageDraw.Draw(drawn).rectangle((left, top, left + 7, top + 7), fill=colour)
    made = io.BytesIO()
    drawn.save(made, "PNG")
    return made.getvalue()


def corner_of(name: str) -> tuple[slice, slice]:
    """The rows and columns of the encoder's map that the square of a scene covers."""
    corner = SCENES[name][1]
    rows, columns = corner.startswith("bottom"), corner.endswith("right")
    return slice(2 * rows, 2 * rows + 2), slice(2 * columns, 2 * columns + 2)


def write_encoder(folder: Path, scale: float = 1.0) -> None:
    """An encoder artifact without weights: each place of its 4 x 4 map holds the mean colour there, and what is missing to white.

    Another scale makes another encoder.
    """
    from onnx import TensorProto, helper

    given = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["B", 3, _SIDE, _SIDE])
    cells = _SIDE // _CELL
    outputs = [
        helper.make_tensor_value_info("map", TensorProto.FLOAT, ["B", 6, cells, cells]),
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["B", 6]),
    ]
    white = helper.make_tensor("white", TensorProto.FLOAT, [1], [1.0])
    factor = helper.make_tensor("factor", TensorProto.FLOAT, [1], [scale])
    nodes = [
        helper.make_node("AveragePool", ["picture"], ["colour"], kernel_shape=[_CELL, _CELL], strides=[_CELL, _CELL]),
        helper.make_node("Sub", ["white", "colour"], ["missing"]),
        helper.make_node("Concat", ["colour", "missing"], ["both"], axis=1),
        helper.make_node("Mul", ["both", "factor"], ["map"]),
        helper.make_node("ReduceMean", ["map"], ["pooled"], axes=[2, 3], keepdims=0),
    ]
    graph = helper.make_graph(nodes, "tiny", [given], outputs, [white, factor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    codec = ImagePreprocessor(_SIDE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    manifest = Manifest("tiny-encoder", "1", "nothing", "Apache-2.0", "a test", codec=codec.to_dict())
    opened = artifact.write(folder, manifest, {GRAPH: bytes(model.SerializeToString())})
    # Its golden is what onnxruntime gives: there is no net.
    example = picture(next(iter(SCENES)))
    seen = Encoder(folder).features(example)
    golden = {f"{GRAPH}/in/picture": codec.encode([example])}
    golden |= {f"{GRAPH}/out/{name}": np.asarray(getattr(seen, name))[None] for name in OUTPUTS}
    artifact.write(folder, manifest, {GRAPH: opened.read_graph(GRAPH)}, golden=golden)


def write_captioner(form: Form, features: Store, folder: Path, run: Path) -> float:
    """A captioner artifact trained until it knows the scenes by heart; its BLEU-4 there. run holds checkpoint and log."""
    from data.training.loop import Plan
    from vqa.caption import train
    from vqa.caption.codec import Codec

    codec = Codec.build(EXAMPLES, {"zh": 1, "en": 1}, longest=16)
    config = train.config_of(form, codec, features, embedding=16, hidden=24, attention=12, dropout=0.0, coverage=0.3)
    plan = Plan(1000, 1e-2, 20, check_every=200)
    net, score = train.train(EXAMPLES, EXAMPLES, features, codec, config, plan, 40, run)
    manifest = Manifest(
        folder.name, "1", "eight drawn pictures", "Apache-2.0", "a test", train="python -m tests.vqa.tiny"
    )
    train.save(net, codec, manifest, folder)
    return score


def main() -> None:
    """Make the artifacts anew."""
    import tempfile

    from vqa.encoder.store import store

    write_encoder(ENCODER)
    with tempfile.TemporaryDirectory() as run:
        features = store(Encoder(ENCODER), ((name, picture(name)) for name in SCENES), Path(run) / "features")
        for form, folder in CAPTIONERS.items():
            print(folder.name, write_captioner(form, features, folder, Path(run) / form))


if __name__ == "__main__":
    main()
