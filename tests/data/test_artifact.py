"""python -m pytest tests/data/test_artifact.py"""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError, Manifest, Score

ROOT = Path(__file__).parent.parent.parent
MANIFEST = Manifest(
    name="tiny",
    version="1",
    trained_on="八句话 eight sentences, seed 1",
    licence="Apache-2.0",
    limits="knows nothing",
    scores=(Score("dev", "accuracy", 0.9, 0.5, 0.6, "most frequent"),),
    config={"看": 1},
    train="python -m tiny train",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    golden: dict[str, NDArray[Any]] = {"in.x": np.arange(3, dtype=np.int64), "out.y": np.ones((2, 2), dtype=np.float32)}
    artifact.write(tmp_path / "tiny", MANIFEST, {"net.onnx": b"graph"}, {"words.txt": "词".encode()}, golden)
    return tmp_path / "tiny"


def test_what_was_written_is_opened(folder: Path) -> None:
    opened = artifact.open(folder)
    assert opened.read_graph("net.onnx") == b"graph"
    assert opened.manifest.scores == MANIFEST.scores
    assert opened.manifest.config == {"看": 1}
    assert np.array_equal(opened.read_golden()["in.x"], np.arange(3))
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiny"], "nothing temporary is left"


def test_replacing_leaves_the_new_one_only(folder: Path) -> None:
    artifact.write(folder, replace(MANIFEST, version="2"), {"other.onnx": b"o"})
    opened = artifact.open(folder)
    assert (opened.manifest.version, list(opened.manifest.graphs)) == ("2", ["other.onnx"])
    assert not (folder / "net.onnx").exists()


@pytest.mark.parametrize("file", ["net.onnx", "golden.npz", "manifest.json"])
def test_a_missing_file_is_named_with_its_repair(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(ArtifactError, match=f"tiny: {file} is missing from .*git checkout -- data/artifacts/tiny"):
        artifact.open(folder)


def test_one_flipped_bit_is_noticed(folder: Path) -> None:
    (folder / "net.onnx").write_bytes(b"graqh")
    with pytest.raises(ArtifactError, match=r"net\.onnx .* damaged .* or train it: python -m tiny train"):
        artifact.open(folder)


def test_a_file_that_changes_later_is_noticed(folder: Path) -> None:
    opened = artifact.open(folder)
    (folder / "net.onnx").write_bytes(b"other")
    with pytest.raises(ArtifactError, match="changed since"):
        opened.read_graph("net.onnx")


@pytest.mark.parametrize("text", ["", "{", "[]", '"tiny"', "{}", '{"format": "1"}'])
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ArtifactError, match="git checkout"):
        artifact.open(folder)


@pytest.mark.parametrize("value", [None, 7, "词", [], ["a"], {}, {"a": None}, {"a": {"b": 1}}])
@pytest.mark.parametrize("key", ["format", "scores", "graphs", "files", "tolerance"])
def test_a_manifest_with_a_wrong_value_is_refused_or_harmless(folder: Path, key: str, value: Any) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(raw | {key: value}))
    if (key, value) in [("tolerance", 7), ("graphs", {}), ("files", {}), ("scores", []), ("scores", {})]:
        artifact.open(folder)
        return
    with pytest.raises(ArtifactError, match="git checkout -- data/artifacts/tiny"):
        artifact.open(folder)


@pytest.mark.parametrize("end", range(1, 400, 40))
def test_a_manifest_cut_short_is_refused(folder: Path, end: int) -> None:
    whole = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(whole[:end])
    with pytest.raises(ArtifactError, match=r"manifest\.json cannot be read .* git checkout -- data/artifacts/tiny"):
        artifact.open(folder)


@pytest.mark.parametrize("kind", ["pickled", "text", "empty"])
def test_a_golden_that_is_no_archive_of_arrays_is_refused(tmp_path: Path, kind: str) -> None:
    made = io.BytesIO()
    if kind == "pickled":
        np.savez(made, allow_pickle=True, x=np.array([{"a": 1}], dtype=object))
    else:
        made.write("不是 npz".encode() if kind == "text" else b"")
    opened = artifact.write(tmp_path / "tiny", MANIFEST, files={"golden.npz": made.getvalue()})
    with pytest.raises(ArtifactError, match=r"golden\.npz in .* holds no arrays .*git checkout"):
        opened.read_golden()


def test_objects_are_not_written_as_golden(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        artifact.write(tmp_path / "tiny", MANIFEST, golden={"x": np.array([{"a": 1}], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_says_which_commit_wrote_it(folder: Path) -> None:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    commit = artifact.open(folder).manifest.commit
    assert commit.removesuffix("-dirty") == asked.stdout.strip()


def test_a_newer_format_is_refused(folder: Path) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(raw | {"format": 99}))
    with pytest.raises(ArtifactError, match="format 99, this program reads up to 1"):
        artifact.open(folder)


def test_a_manifest_that_points_elsewhere_is_refused(folder: Path) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(raw | {"files": {"../../secret": "0" * 64}}))
    with pytest.raises(ArtifactError, match="no plain file name"):
        artifact.open(folder)


@pytest.mark.parametrize("name", ["../x", "a/b", "manifest.json", "", ".hidden", "词"])
def test_only_plain_names_are_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="plain name"):
        artifact.write(tmp_path / "tiny", MANIFEST, {name: b""})
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_one(folder: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from data import artifact; from data.artifact import Manifest\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    artifact.write(Path(sys.argv[1]), Manifest('tiny', '2', '', '', ''), {'big.onnx': b'x' * 5000})\n"
        "except OSError as error: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused\n"
    assert artifact.open(folder).manifest.version == "1"
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_an_artifact_without_graphs_is_fine(tmp_path: Path) -> None:
    opened = artifact.write(tmp_path / "calibration", Manifest("calibration", "1", "dev", "Apache-2.0", ""))
    assert (opened.read_golden(), opened.manifest.graphs) == ({}, {})
    with pytest.raises(ArtifactError, match="there is no x"):
        opened.read_graph("x")
