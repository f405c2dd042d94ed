"""python -m pytest tests/data/training/test_skeleton.py

From eight sentences to an artifact that answers where there is no torch: every part of training once, on a tiny net.
"""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data import artifact
from data.artifact import ArtifactError, Manifest
from data.runtime import Graph, verify
from data.text.codec import TextCodec
from data.text.vocab import Vocab

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from torch import nn  # noqa: E402

from data.training.batches import bucketed  # noqa: E402
from data.training.export import ExportError, export, quantised  # noqa: E402
from data.training.loop import Plan, TrainingError, fit, rate_at  # noqa: E402

ROOT = Path(__file__).parent.parent.parent.parent
TEXTS = [
    "这部电影真好看",
    "我很喜欢这本书",
    "味道太差了",
    "再也不买了",
    "what a lovely film",
    "I like this book",
    "awful taste",
    "never again",
]
LABELS = [1, 1, 0, 0, 1, 1, 0, 0]
PLAN = Plan(steps=120, rate=0.05, warmup=5, check_every=15, seed=3)


class Net(nn.Module):
    """Mean of embeddings, one layer."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, 16, padding_idx=0)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(16, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        there = (ids != 0).float().unsqueeze(-1)
        mean = (self.embed(ids) * there).sum(1) / there.sum(1).clamp(min=1)
        logits: torch.Tensor = self.out(self.drop(mean))
        return logits


Example = tuple[torch.Tensor, torch.Tensor]


class Task:
    """The eight sentences, ready for fit."""

    def __init__(self) -> None:
        drafts = TextCodec(Vocab.build([], 4), "grams", 40)
        self.codec = replace(drafts, vocab=Vocab.build((drafts.tokens(text) for text in TEXTS), 500))
        torch.manual_seed(7)
        self.net = Net(len(self.codec.vocab))

    def batches(self, start: int) -> Iterator[Example]:
        for numbers in bucketed([len(text) for text in TEXTS], 4, 3, start):
            ids, _ = self.codec.encode([TEXTS[number] for number in numbers])
            yield torch.from_numpy(ids), torch.tensor([LABELS[number] for number in numbers])

    @staticmethod
    def loss(net: nn.Module, batch: Example) -> torch.Tensor:
        return nn.functional.cross_entropy(net(batch[0]), batch[1])

    def score(self, net: nn.Module) -> float:
        ids, _ = self.codec.encode(TEXTS)
        return float((net(torch.from_numpy(ids)).argmax(1) == torch.tensor(LABELS)).float().mean())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, Path]:
    task = Task()
    assert fit(task.net, task.loss, task.batches, task.score, PLAN, tmp_path_factory.mktemp("run") / "tiny") == 1.0
    ids, _ = task.codec.encode(TEXTS)
    graph, golden = export(task.net, {"ids": ids}, ["logits"], {"ids": {0: "B", 1: "T"}, "logits": {0: "B"}})
    folder = tmp_path_factory.mktemp("artifacts") / "tiny"
    manifest = Manifest("tiny", "1", "eight sentences", "Apache-2.0", "none", codec=task.codec.to_dict())
    artifact.write(folder, manifest, {"net.onnx": graph}, golden=golden)
    return task, folder


SERVE = """
import sys, json
class Fence:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "onnx"): raise ImportError(name)
sys.meta_path.insert(0, Fence())
from pathlib import Path
from data import artifact
from data.runtime import Graph, verify
from data.text.codec import TextCodec
opened = artifact.open(Path(sys.argv[1]))
verify(opened)
codec = TextCodec.from_dict(opened.manifest.codec)
graph = Graph(opened.graph("net.onnx"))
print(json.dumps(graph({"ids": codec.encode(json.loads(sys.argv[2]))[0]})["logits"].argmax(1).tolist()))
"""


def test_serving_gives_the_same_answers_without_torch(trained: tuple[Task, Path]) -> None:
    _, folder = trained
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(folder), json.dumps(TEXTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == LABELS


def test_the_golden_notices_a_graph_that_computes_otherwise(trained: tuple[Task, Path], tmp_path: Path) -> None:
    opened = artifact.open(trained[1])
    assert verify(opened) < 1e-4
    golden = opened.golden()
    golden["net.onnx/out/logits"] = golden["net.onnx/out/logits"] + 0.01
    artifact.write(tmp_path / "tiny", opened.manifest, {"net.onnx": opened.graph("net.onnx")}, golden=golden)
    with pytest.raises(ArtifactError, match=r"differs from its golden by 0\.01"):
        verify(artifact.open(tmp_path / "tiny"))


def test_any_batch_and_any_length_fit(trained: tuple[Task, Path]) -> None:
    task, folder = trained
    graph = Graph(artifact.open(folder).graph("net.onnx"))
    for texts in (["好"], TEXTS[:3], ["很" * 39] * 5):
        ids, _ = task.codec.encode(texts)
        with torch.no_grad():
            wanted = task.net(torch.from_numpy(ids)).numpy()
        assert np.allclose(graph({"ids": ids})["logits"], wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "takes ids; given nothing"),
        ({"words": np.zeros((1, 1), dtype=np.int64)}, "takes ids; given words"),
        ({"ids": np.zeros((1, 1), dtype=np.int32)}, "ids is int32, expected int64"),
        ({"ids": np.zeros(3, dtype=np.int64)}, "ids has the shape"),
    ],
)
def test_wrong_inputs_are_named(trained: tuple[Task, Path], arrays: dict[str, np.ndarray], message: str) -> None:
    graph = Graph(artifact.open(trained[1]).graph("net.onnx"))
    with pytest.raises(ValueError, match=message):
        graph(arrays)


def test_bytes_that_are_no_graph_are_refused() -> None:
    with pytest.raises(ArtifactError, match="no graph that onnxruntime can load"):
        Graph("不是图 no graph".encode(), "broken.onnx")


def test_eight_bits_are_smaller_and_decide_the_same(trained: tuple[Task, Path]) -> None:
    task, folder = trained
    big = artifact.open(folder).graph("net.onnx")
    ids, _ = task.codec.encode(TEXTS)
    small, golden = quantised(big, {"ids": ids})
    assert len(small) < len(big)
    assert Graph(small)({"ids": ids})["logits"].argmax(1).tolist() == LABELS
    assert set(golden) == {"net.onnx/in/ids", "net.onnx/out/logits"}


def test_an_export_that_changes_the_answer_is_refused() -> None:
    class Fickle(nn.Module):
        calls = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            Fickle.calls += 1
            return x + float(Fickle.calls)

    with pytest.raises(ExportError, match="differs from torch by"):
        export(Fickle(), {"x": np.zeros((1, 2), dtype=np.float32)}, ["y"], {})


def test_an_interrupted_training_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    straight, resumed = Task(), Task()
    fit(straight.net, straight.loss, straight.batches, straight.score, PLAN, tmp_path / "straight")

    def until(start: int) -> Iterator[Example]:
        yield from itertools.islice(resumed.batches(start), 40)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(resumed.net, resumed.loss, until, resumed.score, PLAN, tmp_path / "resumed")
    torch.manual_seed(99)
    again = Task()
    fit(again.net, again.loss, again.batches, again.score, PLAN, tmp_path / "resumed")
    for name, value in straight.net.state_dict().items():
        assert torch.equal(value, again.net.state_dict()[name]), name
    steps = [json.loads(line)["step"] for line in (tmp_path / "resumed" / "log.jsonl").read_text().splitlines()]
    assert steps == list(range(15, 121, 15))


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path) -> None:
    task = Task()
    fit(task.net, task.loss, task.batches, task.score, replace(PLAN, steps=15), tmp_path / "run")
    with pytest.raises(TrainingError, match="another plan"):
        fit(task.net, task.loss, task.batches, task.score, replace(PLAN, steps=30), tmp_path / "run")


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    task = Task()
    with pytest.raises(TrainingError, match="nan at step 0"):
        fit(
            task.net,
            lambda net, batch: task.loss(net, batch) * float("nan"),
            task.batches,
            task.score,
            PLAN,
            tmp_path / "run",
        )


def test_patience_ends_a_training_that_no_longer_improves(tmp_path: Path) -> None:
    task = Task()
    fit(task.net, task.loss, task.batches, lambda net: 0.5, replace(PLAN, patience=2), tmp_path / "run")
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 3


def test_the_rate_rises_and_falls() -> None:
    rates = [rate_at(step, PLAN) for step in range(PLAN.steps)]
    assert max(rates) == pytest.approx(PLAN.rate)
    assert rates.index(max(rates)) in (PLAN.warmup - 1, PLAN.warmup)
    assert rates[0] < rates[2] < rates[4]
    assert rates[-1] < 0.2 * PLAN.rate


def test_batches_hold_every_example_once_an_epoch_and_alike_lengths() -> None:
    lengths = [3, 90, 4, 88, 5, 2, 91, 7, 89]
    one = list(itertools.islice(bucketed(lengths, 2, seed=1), 10))
    assert sorted(itertools.chain(*one[:5])) == list(range(9))
    assert one[5:] != one[:5]
    assert list(itertools.islice(bucketed(lengths, 2, seed=1, start=3), 7)) == one[3:]
    assert list(itertools.islice(bucketed(lengths, 2, seed=2), 10)) != one
    spread = [abs(lengths[a] - lengths[b]) for a, b in (batch for batch in one if len(batch) == 2)]
    assert sum(gap > 5 for gap in spread) <= 2
    with pytest.raises(ValueError, match="no examples"):
        next(bucketed([], 2, seed=1))


def test_importing_training_is_what_needs_torch() -> None:
    code = "import sys; import data.training.batches, data.runtime, data.text.codec; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout == "False\n"
