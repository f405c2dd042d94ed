"""Four picture encoders side by side: the same lessons, the same short budget of steps; and what distilling is worth.

    python -m benchmarks.encoders [--steps 600] [--kinds alexnet resnet densenet mobilenet] [--threads 2]

Every architecture is distilled for so many steps of 32 views (vqa.encoder.distil); MobileNet is also trained on labels for
as many steps (undistilled: 361 classes of Tiny ImageNet, Caltech 101 and Stanford Cars), and left untrained. Each is asked
what a linear classifier finds in its pooled vector on photos of Caltech 101 that nothing had seen, and how often its head
names the teacher's class on held-out photos. Beside it: chance, weights, multiplications of one picture of 128 x 128, and
milliseconds by onnxruntime on one thread. The shipped encoder, which had its full training, and the teacher itself come
last. Needs the corpora of the pictures and the teacher; an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from numpy.typing import NDArray
from torch import Tensor, nn

from data import artifact, places
from data.artifact import ArtifactError
from data.runtime import Graph
from data.training.batches import shuffled
from data.training.export import export
from data.training.loop import Plan, fit
from vqa.encoder import ship
from vqa.encoder.config import KINDS, Config, Kind
from vqa.encoder.distil import CODEC, agreement, batch_of, train
from vqa.encoder.infer import GRAPH, OUTPUTS
from vqa.encoder.lessons import VIEWS, Lessons
from vqa.encoder.net import Net
from vqa.encoder.probe import Labelled, linear_probe

LABELLED = ("tiny-imagenet", "caltech101", "cars")
_SMOOTHING = 0.1
_WARM, _RUNS = 5, 40


def main() -> None:
    """Train what is not trained yet, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoders")
    parser.add_argument("--steps", type=int, default=ship.SHORT.steps)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--threads", type=int, default=2, help="of the training")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    plan = replace(ship.SHORT, steps=given.steps, check_every=max(1, given.steps // 3))
    lessons = ship.learned_from(places.runs() / "lessons", given.threads)
    held = np.array([number * VIEWS for number in range(len(lessons.names)) if lessons.held_out(number)])
    digest = hashlib.sha256("\n".join(lessons.names).encode()).hexdigest()[:12]
    print(f"{len(lessons.names)} photos (sha256 of their names {digest}), {len(held)} held out; seed {plan.seed}")
    print(f"{'encoder':34} {'M weights':>9} {'G mult.':>8} {'ms':>6} {'agreement':>9} {'probe':>6}")
    print(f"{'chance':34} {'':9} {'':8} {'':6} {1 / 1001:9.3f} {1 / 102:6.3f}")
    torch.manual_seed(plan.seed)
    _row("mobilenet, untrained", Net(Config("mobilenet")), lessons)
    _row(f"mobilenet, labels, {plan.steps} steps", _on_labels(lessons, plan), lessons)
    for kind in given.kinds:
        student, _ = train(lessons, Config(kind), plan, ship.BATCH, _run(kind, plan))
        _row(f"{kind}, distilled, {plan.steps} steps", student.net, lessons, agreement(student, lessons, held))
    _shipped(lessons)
    taught = _probed(lessons, lambda rows: batch_of(lessons, rows).map.mean((2, 3)).numpy())
    print(f"{'the teacher itself, 224 x 224':34} {'':9} {'':8} {'':6} {1.0:9.3f} {taught:6.3f}")


def _run(kind: Kind, plan: Plan) -> Path:
    return places.runs() / f"encoder-{kind}-{plan.steps}"


def _row(name: str, net: Net, lessons: Lessons, agrees: float | None = None) -> None:
    weights = sum(one.numel() for one in net.parameters()) / 1e6
    said = f"{agrees:9.3f}" if agrees is not None else f"{'':9}"
    cost, probed = multiplications(net) / 1e9, ship.probe(net, lessons)
    print(f"{name:34} {weights:9.2f} {cost:8.3f} {_milliseconds(net):6.1f} {said} {probed:6.3f}", flush=True)


def multiplications(net: nn.Module) -> int:
    """How many multiplications the convolutions of the net do for one picture of 128 x 128."""
    counted = 0

    def count(layer: nn.Module, _: tuple[Tensor, ...], made: Tensor) -> None:
        nonlocal counted
        if isinstance(layer, nn.Conv2d):
            counted += made[0].numel() * layer.weight[0].numel()

    hooks = [layer.register_forward_hook(count) for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 3, CODEC.size, CODEC.size))
    for hook in hooks:
        hook.remove()
    return counted


def _milliseconds(net: Net) -> float:
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


def _on_labels(lessons: Lessons, plan: Plan) -> Net:
    """MobileNet trained on the labels of the labelled photos that are not held out, as the distilled ones otherwise."""
    named = {number: _class(name) for number, name in enumerate(lessons.names) if name.split("/")[0] in LABELLED}
    learned = [number for number in named if not lessons.held_out(number)]
    classes = sorted(set(named.values()))
    wanted = {number: classes.index(named[number]) for number in learned}
    views = [(number, view) for number in learned for view in range(VIEWS)]
    torch.manual_seed(plan.seed)
    model = _Classifier(len(classes))

    def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
        for step, chosen in enumerate(shuffled([len(views)], ship.BATCH, plan.seed, start), start):
            chance = np.random.default_rng([plan.seed, step])
            # batch_of reads rows in ascending order.
            rows = sorted(views[one] for one in chosen)
            batch = batch_of(
                lessons, np.array([number * VIEWS + view for number, view in rows]), chance.random(len(rows)) < 0.5
            )
            yield batch.picture, torch.tensor([wanted[number] for number, _ in rows])

    def loss(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return F.cross_entropy(net(batch[0]), batch[1], label_smoothing=_SMOOTHING)

    fit(
        model,
        loss,
        batches,
        lambda _: ship.probe(model.net, lessons),
        plan,
        places.runs() / f"encoder-labels-{plan.steps}",
    )
    return model.net


def _class(name: str) -> str:
    """The class of a labelled photo: its folder; a car's is told by its label file."""
    return "/".join(name.split("/")[:2]) if not name.startswith("cars/") else f"cars/{_cars()[name.split('/')[1]]}"


@cache
def _cars() -> dict[str, int]:
    lines = (places.corpus("cars") / "train.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["image"]: row["class"] for row in map(json.loads, lines)}


def _shipped(lessons: Lessons) -> None:
    try:
        opened = artifact.open(places.artifacts() / "encoder")
    except ArtifactError as error:
        print(f"no encoder is shipped: {error}")
        return
    graph = Graph(opened.graph(GRAPH), GRAPH)

    def pooled(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        made: NDArray[np.float32] = graph({"picture": CODEC.normal(lessons.pictures[rows])})["pooled"]
        return made

    agrees = next(score.value for score in opened.manifest.scores if "teacher" in score.metric)
    print(f"{'mobilenet, as shipped':34} {'':9} {'':8} {'':6} {agrees:9.3f} {_probed(lessons, pooled):6.3f}")


def _probed(lessons: Lessons, pooled: Callable[[NDArray[np.int64]], NDArray[np.float32]]) -> float:
    parts: dict[bool, Labelled] = {}
    for held in (False, True):
        numbers = ship.probed(lessons, held)
        rows = np.array(numbers) * VIEWS
        made = np.concatenate([pooled(rows[first : first + 100]) for first in range(0, len(rows), 100)])
        parts[held] = Labelled(made, [lessons.names[number].split("/")[1] for number in numbers])
    return linear_probe(parts[False], parts[True])


if __name__ == "__main__":
    main()
