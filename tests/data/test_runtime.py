"""python -m pytest tests/data/test_runtime.py

A real graph of a few hundred bytes at work, where there is neither torch nor onnx.
"""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import artifact, paths, runtime
from data.artifact import Artifact, ArtifactError
from data.runtime import Graph, max_difference, verify
from data.text.tokenizer import TextTokenizer
from tests.tiny import MOOD

ROOT = Path(__file__).parent.parent.parent
TEXTS = ["我喜欢", "I hate it", "", "很好 good"]


@pytest.fixture
def opened() -> Artifact:
    return artifact.open(MOOD)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of artifacts of its own, with one in it."""
    monkeypatch.setattr(paths, "artifacts_dir", lambda: tmp_path)
    shutil.copytree(MOOD, tmp_path / "mood")
    return tmp_path


def ids(opened: Artifact, texts: list[str]) -> np.ndarray:
    return TextTokenizer.from_dict(opened.manifest.codec).encode(texts)[0]


def changed(opened: Artifact, folder: Path, golden: dict[str, np.ndarray]) -> Artifact:
    return artifact.write(folder, opened.manifest, {"net.onnx": opened.read_graph("net.onnx")}, golden=golden)


def test_any_batch_and_length_goes_in(opened: Artifact) -> None:
    graph = Graph(opened.read_graph("net.onnx"))
    assert graph.outputs == ("good",)
    for texts in (TEXTS, TEXTS[:1], ["好" + " good" * 20] * 7):
        good = graph({"ids": ids(opened, texts)})["good"]
        assert good.shape == (len(texts),)
        assert good.dtype == np.float32
    assert Graph(opened.read_graph("net.onnx"), threads=2)({"ids": ids(opened, TEXTS)})["good"][0] > 0.8


def test_several_threads_may_ask_at_once(opened: Artifact) -> None:
    graph = Graph(opened.read_graph("net.onnx"))
    wanted = [float(graph({"ids": ids(opened, [text])})["good"][0]) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda text: float(graph({"ids": ids(opened, [text])})["good"][0]), TEXTS * 50))
    assert made == wanted * 50


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "net takes ids; given nothing"),
        ({"words": np.zeros((1, 1), dtype=np.int64)}, "net takes ids; given words"),
        ({"ids": np.zeros((1, 1), dtype=np.int32)}, "net: ids is int32, expected int64"),
        ({"ids": np.zeros(3, dtype=np.int64)}, r"net: ids has the shape \(3,\), expected \['B', 'T'\]"),
        ({"ids": np.full((1, 1), 99)}, "net cannot work on these arrays: .*out of data bounds"),
    ],
)
def test_wrong_inputs_are_named(
    opened: Artifact, capfd: pytest.CaptureFixture[str], arrays: dict[str, np.ndarray], message: str
) -> None:
    graph = Graph(opened.read_graph("net.onnx"), "net")
    with pytest.raises(ValueError, match=message):
        graph(arrays)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("keep", [0, 1, 100, 200])
def test_bytes_that_are_no_graph_are_refused(opened: Artifact, keep: int) -> None:
    with pytest.raises(ArtifactError, match="broken is no graph that onnxruntime can load"):
        Graph(opened.read_graph("net.onnx")[:keep], "broken")


def test_differences() -> None:
    one = np.array([1.0, -np.inf, 3.0])
    assert max_difference(one, one.copy()) == 0.0
    assert max_difference(one, np.array([1.0, -np.inf, 3.5])) == 0.5
    assert max_difference(one, np.array([1.0, np.inf, 3.0])) == np.inf
    assert max_difference(one, one[None]) == np.inf, "broadcasting is no agreement"
    assert np.isnan(max_difference(one, np.array([1.0, -np.inf, np.nan])))
    assert max_difference(np.zeros((0, 2)), np.zeros((0, 2))) == 0.0
    assert max_difference(np.array([True, False]), np.array([True, True])) == 1.0


@pytest.mark.parametrize("value", [0.01, np.nan, np.inf])
def test_a_golden_that_differs_is_noticed(opened: Artifact, tmp_path: Path, value: float) -> None:
    golden = opened.read_golden()
    golden["net.onnx/out/good"][0] += np.float32(value)
    with pytest.raises(
        ArtifactError, match=r"mood/net\.onnx: good differs .* git checkout -- data/artifacts/mood, or train"
    ):
        verify(changed(opened, tmp_path / "mood", golden))


def test_the_tolerance_is_the_manifests(opened: Artifact, tmp_path: Path) -> None:
    golden = opened.read_golden()
    golden["net.onnx/out/good"] += np.float32(0.001)
    wide = Artifact(opened.folder, replace(opened.manifest, tolerance=0.01))
    assert 0.0009 < verify(changed(wide, tmp_path / "mood", golden)) < 0.0011


def test_a_golden_that_does_not_fit_its_graph_is_noticed(opened: Artifact, tmp_path: Path) -> None:
    golden = opened.read_golden()
    unlike = [
        {},
        {"net.onnx/in/ids": golden["net.onnx/in/ids"]},
        {"net.onnx/out/good": golden["net.onnx/out/good"]},
        golden | {"net.onnx/out/bad": golden["net.onnx/out/good"]},
        golden | {"net.onnx/in/ids": golden["net.onnx/in/ids"].astype(np.int32)},
        golden | {"net.onnx/in/ids": golden["net.onnx/in/ids"] + 99},
        golden | {"net.onnx/out/good": golden["net.onnx/out/good"][:1]},
    ]
    for number, one in enumerate(unlike):
        with pytest.raises(ArtifactError, match="git checkout -- data/artifacts"):
            verify(changed(opened, tmp_path / f"mood{number}", one))


def test_every_artifact_gets_a_line(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(MOOD, shelf / "second")
    (shelf / ".mood.half").mkdir()
    (shelf / "README.md").write_text("not an artifact")
    assert runtime.main(["verify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["mood", "second"]
    assert runtime.main(["verify", "second"]) == 0
    assert capsys.readouterr().out.startswith("second: ")


def test_one_failure_fails_and_the_others_are_still_looked_at(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(MOOD, shelf / "a")
    (shelf / "a" / "net.onnx").write_bytes(b"no graph")
    assert runtime.main(["verify"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("mood: ")
    assert "a: net.onnx in" in told.err
    assert runtime.main(["verify", "nowhere"]) == 1
    assert "nowhere: manifest.json is missing" in capsys.readouterr().err


def test_nothing_to_verify_is_a_failure(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(shelf / "mood")
    assert runtime.main(["verify"]) == 1
    assert "there is no artifact in" in capsys.readouterr().err


def test_the_command_verifies_what_is_shipped() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "data.runtime", "verify"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    shipped = sorted(path.name for path in paths.artifacts_dir().iterdir() if path.is_dir())
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == shipped


def test_serving_reads_neither_torch_nor_onnx_and_importing_loads_no_runtime() -> None:
    code = (
        "import sys\n"
        "class Fence:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'onnx', 'tqdm'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, Fence())\n"
        "from data import artifact, image, paths, runtime\n"
        "from data.text.tokenizer import TextCodec\n"
        "print('onnxruntime' in sys.modules)\n"
        "from tests.tiny import MOOD\n"
        "print(runtime.verify(artifact.open(MOOD)) < 1e-6)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\nTrue\n", "")
