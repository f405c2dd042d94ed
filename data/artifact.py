"""Trained models on disk, verified when they are opened.

Each is a folder with a manifest, graphs, other files and golden outputs.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
MANIFEST = "manifest.json"
GOLDEN = "golden.npz"
Arrays = Mapping[str, NDArray[Any]]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ArtifactError(Exception):
    """An artifact cannot be used.

    The message says what is wrong, where, and how to restore it.
    """


@dataclass(frozen=True)
class Score:
    """A score on a named test set. value, chance and baseline have the same unit."""

    set: str
    metric: str
    value: float
    chance: float
    baseline: float
    baseline_is: str


@dataclass(frozen=True)
class Manifest:
    """The description of a model: how to rebuild it, its data, and its scores.

    The graph itself names its inputs and outputs; the golden outputs show them.

    Args:
        config: The values of the model's configuration.
        codec: The values of the model's tokenizer or preprocessor.
        tolerance: The largest difference from a golden output that counts as agreement.
        graphs: The SHA-256 of each graph by file name; `write` fills it in.
        files: The SHA-256 of each other file by name; `write` fills it in.
        format: The version of this format; `write` fills it in, as it does commit and created.
    """

    name: str
    version: str
    trained_on: str
    licence: str
    limits: str
    scores: tuple[Score, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    codec: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 1e-4
    train: str = ""
    """The command that trains the model again."""
    non_commercial: bool = False
    """Whether the licence of some training data excludes commercial use."""
    graphs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT
    commit: str = ""
    """The commit of the checkout that wrote it, followed by "-dirty" if it had changes; empty without git."""
    created: str = ""


@dataclass(frozen=True)
class Artifact:
    """An artifact whose files were all verified against its manifest."""

    folder: Path
    manifest: Manifest

    def read_graph(self, name: str) -> bytes:
        """Return the bytes of a graph, such as "query.onnx".

        Raises:
            ArtifactError: The manifest lists no graph of that name, or the file changed since it was verified.
        """
        return self._read(name, self.manifest.graphs)

    def read_file(self, name: str) -> bytes:
        """Return the bytes of a file that is not a graph.

        Raises:
            ArtifactError: The manifest lists no file of that name, or the file changed since it was verified.
        """
        return self._read(name, self.manifest.files)

    def read_golden(self) -> dict[str, NDArray[Any]]:
        """Return example inputs and their expected outputs, by name.

        It is empty if the artifact has none.

        Raises:
            ArtifactError: The file is not an npz archive, or holds pickled objects.
        """
        if GOLDEN not in self.manifest.files:
            return {}
        try:
            with np.load(io.BytesIO(self.read_file(GOLDEN)), allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except (ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
            raise ArtifactError(
                f"{self.manifest.name}: {GOLDEN} in {self.folder} holds no arrays ({error}); {repair_hint(self.folder)}"
            ) from error

    def _read(self, name: str, known: Mapping[str, str]) -> bytes:
        if name not in known:
            raise ArtifactError(
                f"{self.manifest.name}: there is no {name} in {self.folder}; there are {', '.join(known)}."
            )
        data = (self.folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != known[name]:
            raise ArtifactError(
                f"{self.manifest.name}: {name} in {self.folder} changed since it was opened; {repair_hint(self.folder)}"
            )
        return data


def write(
    folder: Path,
    manifest: Manifest,
    graphs: Mapping[str, bytes] | None = None,
    files: Mapping[str, bytes] | None = None,
    golden: Arrays | None = None,
) -> Artifact:
    """Write an artifact beside the folder, rename it into place, and return it opened.

    A folder cannot be exchanged in one step. If power is lost between the two renames, the folder is missing and the old
    artifact lies beside it under a hidden name.

    Args:
        folder: Where the artifact goes. An older one there is replaced.
        graphs: The bytes of each graph by file name.
        files: The bytes of each other file by name.
        golden: Example inputs and expected outputs, by name.

    Raises:
        ValueError: A file name has other characters than letters, digits, ".", "_" and "-", or is the manifest's.
        OSError: The disk is full; the old artifact stays.
    """
    graphs, files = dict(graphs or {}), dict(files or {})
    if golden is not None:
        packed = io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **dict(golden))
        files[GOLDEN] = packed.getvalue()
    for name in (*graphs, *files):
        if not _NAME.fullmatch(name) or name == MANIFEST:
            raise ValueError(
                f"{name!r} cannot be a file of an artifact; expected a plain name of letters, digits, '.', '_' and '-'"
            )
    given = asdict(manifest) | {
        "graphs": {name: hashlib.sha256(data).hexdigest() for name, data in graphs.items()},
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        "format": FORMAT,
        "commit": _describe_commit(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, data in {**graphs, **files}.items():
            _write_synced(fresh / name, data)
        _write_synced(fresh / MANIFEST, (json.dumps(given, ensure_ascii=False, indent=2) + "\n").encode())
        fresh.chmod(0o755)
        open(fresh)
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
        try:
            if folder.exists():
                folder.rename(old / folder.name)
            try:
                fresh.rename(folder)
            except BaseException:
                if (old / folder.name).exists():
                    (old / folder.name).rename(folder)
                raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return open(folder)


def _describe_commit() -> str:
    command = ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def open(folder: Path) -> Artifact:
    """Open the artifact in a folder and verify the checksum of every file.

    Raises:
        ArtifactError: A file is missing or damaged, or the manifest is not one that this version reads.
    """
    name = folder.name
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArtifactError(f"{name}: {MANIFEST} is missing from {folder}; {repair_hint(folder)}") from None
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{name}: {path} cannot be read ({error}); {repair_hint(folder)}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("format"), int):
        raise ArtifactError(f"{name}: {path} is not a manifest; {repair_hint(folder)}")
    if raw["format"] > FORMAT:
        raise ArtifactError(
            f"{name}: {folder} has format {raw['format']}, this program reads up to {FORMAT}. Update it, or {repair_hint(folder)}"
        )
    try:
        known = {each.name for each in fields(Manifest)}
        manifest = Manifest(
            **{key: value for key, value in raw.items() if key in known and key != "scores"},
            scores=tuple(Score(**score) for score in raw["scores"]),
        )
        listed = {**manifest.graphs, **manifest.files}
        if not isinstance(manifest.tolerance, int | float):
            raise TypeError(f"tolerance is {manifest.tolerance!r}")
    except (KeyError, TypeError) as error:
        raise ArtifactError(
            f"{name}: {path} lacks something or holds something else ({error}); {repair_hint(folder, raw)}"
        ) from error
    for file, digest in listed.items():
        if not _NAME.fullmatch(file):
            raise ArtifactError(
                f"{name}: {path} names {file!r}, which is no plain file name; {repair_hint(folder, raw)}"
            )
        try:
            found = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        except OSError:
            raise ArtifactError(f"{name}: {file} is missing from {folder}; {repair_hint(folder, raw)}") from None
        if found != digest:
            raise ArtifactError(
                f"{name}: {file} in {folder} is damaged (its checksum differs); {repair_hint(folder, raw)}"
            )
    return Artifact(folder, manifest)


def repair_hint(folder: Path, raw: Mapping[str, Any] | None = None) -> str:
    """Return a hint on how to restore an artifact.

    With its manifest, the hint says how to train it again.
    """
    train = f", or train it: {raw['train']}" if raw and raw.get("train") else ""
    return f"restore it: git checkout -- data/artifacts/{folder.name}{train}"
