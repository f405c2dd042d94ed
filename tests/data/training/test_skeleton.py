"""python -m pytest tests/data/training/test_skeleton.py

From eight sentences to an artifact that answers where there is no torch: every part of training once, on a tiny net.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data import artifact
from data.artifact import ArtifactError, Manifest
from data.runtime import Graph, verify

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from data.training.export import export, quantize_with_golden  # noqa: E402
from data.training.loop import fit  # noqa: E402
from tests.data.training.sentences import LABELS, PLAN, TEXTS, Task  # noqa: E402

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="module")
def trained_task(tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, Path]:
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
from data.text.tokenizer import TextTokenizer
opened = artifact.open(Path(sys.argv[1]))
verify(opened)
codec = TextTokenizer.from_dict(opened.manifest.codec)
graph = Graph(opened.read_graph("net.onnx"))
print(json.dumps(graph({"ids": codec.encode(json.loads(sys.argv[2]))[0]})["logits"].argmax(1).tolist()))
"""


def test_serving_gives_the_same_answers_without_torch(trained_task: tuple[Task, Path]) -> None:
    _, folder = trained_task
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(folder), json.dumps(TEXTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == LABELS


def test_the_golden_notices_a_graph_that_computes_otherwise(trained_task: tuple[Task, Path], tmp_path: Path) -> None:
    opened = artifact.open(trained_task[1])
    assert verify(opened) < 1e-4
    golden = opened.read_golden()
    golden["net.onnx/out/logits"] = golden["net.onnx/out/logits"] + 0.01
    artifact.write(tmp_path / "tiny", opened.manifest, {"net.onnx": opened.read_graph("net.onnx")}, golden=golden)
    with pytest.raises(ArtifactError, match=r"differs from its golden by 0\.01"):
        verify(artifact.open(tmp_path / "tiny"))


def test_any_batch_and_any_length_fit(trained_task: tuple[Task, Path]) -> None:
    task, folder = trained_task
    graph = Graph(artifact.open(folder).read_graph("net.onnx"))
    for texts in (["好"], TEXTS[:3], ["很" * 39] * 5):
        ids, _ = task.codec.encode(texts)
        with torch.no_grad():
            wanted = task.net(torch.from_numpy(ids)).numpy()
        assert np.allclose(graph({"ids": ids})["logits"], wanted, atol=1e-4)


def test_eight_bits_are_smaller_and_decide_the_same(trained_task: tuple[Task, Path]) -> None:
    task, folder = trained_task
    big = artifact.open(folder).read_graph("net.onnx")
    ids, _ = task.codec.encode(TEXTS)
    small, golden = quantize_with_golden(big, {"ids": ids})
    assert len(small) < len(big)
    assert Graph(small)({"ids": ids})["logits"].argmax(1).tolist() == LABELS
    assert set(golden) == {"net.onnx/in/ids", "net.onnx/out/logits"}
