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
def mood() -> Artifact:
    return artifact.open(MOOD)


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of artifacts of its own, with one in it."""
    monkeypatch.setattr(paths, "artifacts_dir", lambda: tmp_path)
    shutil.copytree(MOOD, tmp_path / "mood")
    return tmp_path


def encode_ids(mood: Artifact, texts: list[str]) -> np.ndarray:
    return TextTokenizer.from_dict(mood.manifest.codec).encode(texts)[0]


def write_variant(mood: Artifact, folder: Path, golden: dict[str, np.ndarray]) -> Artifact:
    return artifact.write(folder, mood.manifest, {"net.onnx": mood.read_graph("net.onnx")}, golden=golden)


def test_any_batch_and_length_goes_in(mood: Artifact) -> None:
    graph = Graph(mood.read_graph("net.onnx"))
    assert graph.outputs == ("good",)
    for texts in (TEXTS, TEXTS[:1], ["好" + " good" * 20] * 7):
        good = graph({"ids": encode_ids(mood, texts)})["good"]
        assert good.shape == (len(texts),)
        assert good.dtype == np.float32
    assert Graph(mood.read_graph("net.onnx"), threads=2)({"ids": encode_ids(mood, TEXTS)})["good"][0] > 0.8


def test_several_threads_may_ask_at_once(mood: Artifact) -> None:
    graph = Graph(mood.read_graph("net.onnx"))
    wanted = [float(graph({"ids": encode_ids(mood, [text])})["good"][0]) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda text: float(graph({"ids": encode_ids(mood, [text])})["good"][0]), TEXTS * 50))
    assert made == wanted * 50


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "net takes ids; given nothing"),
        ({"words": np.zeros((1, 1), dtype=np.int64)}, "net takes ids; given words"),
        ({"ids": np.zeros((1, 1), dtype=np.int32)}, "net: ids is int32, expected int64"),
        ({"ids": np.zeros(3, dtype=np.int64)}, r"net: ids has the shape \(3,\), expected \['B', 'T'\]"),
        ({"ids": np.full((1, 1), 99)}, "net cannot process these arrays: .*out of data bounds"),
    ],
)
def test_wrong_inputs_are_named(
    mood: Artifact, capfd: pytest.CaptureFixture[str], arrays: dict[str, np.ndarray], message: str
) -> None:
    graph = Graph(mood.read_graph("net.onnx"), "net")
    with pytest.raises(ValueError, match=message):
        graph(arrays)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("keep", [0, 1, 100, 200])
def test_bytes_that_are_no_graph_are_refused(mood: Artifact, keep: int) -> None:
    with pytest.raises(ArtifactError, match="broken cannot be loaded by onnxruntime"):
        Graph(mood.read_graph("net.onnx")[:keep], "broken")


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
def test_a_golden_that_differs_is_noticed(mood: Artifact, tmp_path: Path, value: float) -> None:
    golden = mood.read_golden()
    golden["net.onnx/out/good"][0] += np.float32(value)
    with pytest.raises(
        ArtifactError, match=r"mood/net\.onnx: good differs .* git checkout -- data/artifacts/mood, or train"
    ):
        verify(write_variant(mood, tmp_path / "mood", golden))


def test_the_tolerance_is_the_manifests(mood: Artifact, tmp_path: Path) -> None:
    golden = mood.read_golden()
    golden["net.onnx/out/good"] += np.float32(0.001)
    wide = Artifact(mood.folder, replace(mood.manifest, tolerance=0.01))
    assert 0.0009 < verify(write_variant(wide, tmp_path / "mood", golden)) < 0.0011


def test_a_golden_that_does_not_fit_its_graph_is_noticed(mood: Artifact, tmp_path: Path) -> None:
    golden = mood.read_golden()
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
            verify(write_variant(mood, tmp_path / f"mood{number}", one))


def test_every_artifact_gets_a_line(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(MOOD, artifacts / "second")
    (artifacts / ".mood.half").mkdir()
    (artifacts / "README.md").write_text("not an artifact")
    assert runtime.main(["verify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["mood", "second"]
    assert runtime.main(["verify", "second"]) == 0
    assert capsys.readouterr().out.startswith("second: ")


def test_one_failure_fails_and_the_others_are_still_looked_at(
    artifacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(MOOD, artifacts / "a")
    (artifacts / "a" / "net.onnx").write_bytes(b"no graph")
    assert runtime.main(["verify"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("mood: ")
    assert "a: net.onnx in" in told.err
    assert runtime.main(["verify", "nowhere"]) == 1
    assert "nowhere: manifest.json is missing" in capsys.readouterr().err


def test_nothing_to_verify_is_a_failure(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(artifacts / "mood")
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
        "from data.text.tokenizer import TextTokenizer\n"
        "print('onnxruntime' in sys.modules)\n"
        "from tests.tiny import MOOD\n"
        "print(runtime.verify(artifact.open(MOOD)) < 1e-6)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\nTrue\n", "")
