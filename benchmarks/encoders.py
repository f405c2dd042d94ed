"""Compare four picture encoders, and distillation with training on labels.

    python -m benchmarks.encoders [--steps 600] [--kinds alexnet resnet densenet mobilenet] [--threads 2] [--captions 1000]

Every architecture learns from the teacher as a whole (vqa.encoder.distillation), on the same photos, for so many steps of 32
views of 128 x 128 pixels. MobileNet is also trained on labels for as many steps (undistilled: 361 classes of Tiny ImageNet,
Caltech 101 and Stanford Cars), and left untrained. For each the table has the linear-probe accuracy of its pooled vectors on
held-out photos of Caltech 101, and the agreement of its head with the teacher's class on held-out photos; beside them
chance, weights, multiplications per picture, and milliseconds by onnxruntime on one thread. The shipped encoder, which was
trained block by block and reads 224 x 224 pixels, and the teacher itself come last. With --captions, a captioner with
attention is trained for so many steps on the features of MobileNet distilled and undistilled, and evaluated on Flickr8k val.
Needs the corpora of the pictures and the teacher; an interrupted run continues.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import NDArray
from torch import Tensor, nn

from data import paths
from data.artifact import ArtifactError, Manifest
from data.image import ImagePreprocessor
from data.runtime import Graph
from data.training.batches import batch_by_group
from data.training.export import export
from data.training.loop import Plan, fit
from vqa.caption.corpora import STORED
from vqa.caption.ship import PLANS
from vqa.caption.ship import ship as ship_captioner
from vqa.encoder import ship
from vqa.encoder.config import KINDS, Config, Kind
from vqa.encoder.distillation import measure_agreement, train
from vqa.encoder.distillation_data import DistillationData
from vqa.encoder.feature_store import store_corpora
from vqa.encoder.infer import GRAPH, OUTPUTS, Encoder
from vqa.encoder.net import Net
from vqa.encoder.ship import class_name, probe_net, probe_vectors

CODEC = ImagePreprocessor(128, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
PLAN = Plan(600, 2e-3, warmup=60, decay=0.02, patience=100, average=0.99)
BATCH = 32
LABELLED = ("tiny-imagenet", "caltech101", "cars")
_SMOOTHING = 0.1
_WARM, _RUNS = 5, 40


def main() -> None:
    """Train the nets that are not trained yet, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoders")
    parser.add_argument("--steps", type=int, default=PLAN.steps)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS[:4])
    parser.add_argument("--threads", type=int, default=2, help="of the training")
    parser.add_argument("--captions", type=int, default=0, metavar="STEPS", help="of captioners (default: none)")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    plan = replace(PLAN, steps=given.steps, check_every=max(1, given.steps // 3))
    data = ship.load_data(given.threads)
    print(
        f"{len(data.names)} photos (sha256 of their names {data.digest}), {len(data.held_out)} held out; seed {plan.seed}"
    )
    print(f"{'encoder':34} {'M weights':>9} {'G mult.':>8} {'ms':>6} {'agreement':>9} {'probe':>6}")
    print(f"{'chance':34} {'':9} {'':8} {'':6} {1 / 1001:9.3f} {1 / 102:6.3f}")
    _print_row("mobilenet, untrained", ship.build_untrained_net(Config("mobilenet"), data, CODEC), data)
    undistilled = _train_on_labels(data, plan)
    _print_row(f"mobilenet, labels, {plan.steps} steps", undistilled, data)
    distilled: dict[Kind, Net] = {}
    for kind in given.kinds:
        student, _ = train(data, Config(kind), CODEC, None, [plan], BATCH, _run(kind, plan))
        agrees = measure_agreement(student, data, data.held_out, CODEC)
        distilled[kind] = student.net
        _print_row(f"{kind}, distilled, {plan.steps} steps", student.net, data, agrees)
    _print_shipped(data)

    def teacher_vectors(numbers: Sequence[int]) -> NDArray[np.float32]:
        made: NDArray[np.float32] = data.batch(numbers, ["map"], CODEC).targets["map"].mean((2, 3)).numpy()
        return made

    print(
        f"{'the teacher itself, 224 x 224':34} {'':9} {'':8} {'':6} {1.0:9.3f} {probe_vectors(teacher_vectors, data):6.3f}"
    )
    if given.captions:
        print(f"\ncaptions of Flickr8k val after {given.captions} steps: BLEU-1 to 4, beam 5")
        for name, net in (
            ("labels", undistilled),
            *((kind, net) for kind, net in distilled.items() if kind == "mobilenet"),
        ):
            _print_captions(name, net, given.captions, _run(name, plan), given.threads)


def _run(kind: Kind | str, plan: Plan) -> Path:
    return paths.runs_dir() / f"encoder-{kind}-{plan.steps}"


def _print_row(name: str, net: Net, data: DistillationData, agrees: float | None = None) -> None:
    weights = sum(one.numel() for one in net.parameters()) / 1e6
    said = f"{agrees:9.3f}" if agrees is not None else f"{'':9}"
    cost, probed = count_multiplications(net, CODEC.size) / 1e9, probe_net(net, data, CODEC)
    print(f"{name:34} {weights:9.2f} {cost:8.3f} {_time_encoder(net):6.1f} {said} {probed:6.3f}", flush=True)


def _print_captions(name: str, net: Net, steps: int, folder: Path, threads: int) -> None:
    """Train a captioner on the net's features, and print its BLEU on Flickr8k val."""
    manifest = Manifest(name, "1", ship.TRAINED_ON, ship.LICENCE, ship.LIMITS, tolerance=1e-3, non_commercial=True)
    ship.save(net, CODEC, manifest, folder / "encoder")
    encoder = Encoder(folder / "encoder", threads)
    features = store_corpora(encoder, STORED, folder / "features")
    plan = replace(PLANS["attention"][0], steps=steps)
    for score in ship_captioner("attention", features, folder / "captioner", plan).manifest.scores:
        if score.metric.startswith("BLEU") and score.set.startswith("Flickr8k"):
            print(
                f"{name:10} {score.metric} {score.value:.4f}  (nearest photo {score.baseline:.4f})  {score.set}",
                flush=True,
            )


def count_multiplications(net: nn.Module, size: int) -> int:
    """Return the multiplications of the net's convolutions for a square picture."""
    total = 0

    def count(layer: nn.Module, _: tuple[Tensor, ...], made: Tensor) -> None:
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            total += made[0].numel() * layer.weight[0].numel()

    hooks = [layer.register_forward_hook(count) for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()
    return total


def _time_encoder(net: Net) -> float:
    picture = np.zeros((1, 3, CODEC.size, CODEC.size), dtype=np.float32)
    net = net.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    graph = Graph(export(net, {"picture": picture}, OUTPUTS, {"picture": {0: "B"}}, GRAPH)[0], GRAPH)
    spent = []
    for _ in range(_WARM + _RUNS):
        began = time.perf_counter()
        graph({"picture": picture})
        spent.append(time.perf_counter() - began)
    return float(np.median(spent[_WARM:])) * 1000


class _Classifier(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.net = Net(Config("mobilenet"))
        self.head = nn.Linear(self.net.channels, classes)

    def forward(self, picture: Tensor) -> Tensor:
        scores: Tensor = self.head(self.net(picture)[1])
        return scores


def _train_on_labels(data: DistillationData, plan: Plan) -> Net:
    """Train MobileNet on the labels of the labelled training photos.

    Its views are drawn like those of the distilled nets.
    """
    named = {number: _class(data.names[number]) for number in data.training if _set(data.names[number]) in LABELLED}
    numbers, classes = list(named), sorted(set(named.values()))
    torch.manual_seed(plan.seed)
    model = _Classifier(len(classes))

    def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
        for step, chosen in enumerate(batch_by_group([len(numbers)], BATCH, plan.seed, start), start):
            some = [numbers[one] for one in chosen]
            batch = data.batch(some, [], CODEC, random.Random(plan.seed * 1_000_003 + step))
            yield batch.picture, torch.tensor([classes.index(named[number]) for number in some])

    def loss(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return F.cross_entropy(net(batch[0]), batch[1], label_smoothing=_SMOOTHING)

    fit(model, loss, batches, lambda _: probe_net(model.net, data, CODEC), plan, _run("labels", plan))
    return model.net


def _set(name: str) -> str:
    return name.split("/")[0]


def _class(name: str) -> str:
    """Return the class of a labelled photo.

    It is the photo's folder; for a car it stands in the label file.
    """
    return f"{_set(name)}/{_load_cars()[name.split('/')[-1]] if _set(name) == 'cars' else class_name(name)}"


@cache
def _load_cars() -> dict[str, int]:
    lines = (paths.find_corpus("cars") / "train.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["image"]: row["class"] for row in map(json.loads, lines)}


def _print_shipped(data: DistillationData) -> None:
    try:
        encoder = Encoder(paths.artifacts_dir() / "encoder", cache_size=0)
    except ArtifactError as error:
        print(f"no encoder is shipped: {error}")
        return
    probed = probe_vectors(lambda some: np.stack([encoder.encode(data.files[one]).pooled for one in some]), data)
    agrees = next(score.value for score in encoder.scores if "teacher" in score.metric)
    print(f"{'mobilenet, as shipped':34} {'':9} {'':8} {'':6} {agrees:9.3f} {probed:6.3f}")


if __name__ == "__main__":
    main()
