"""A trained encoder at work, without torch: the bytes of a picture in, what is seen where out."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import ArtifactError
from data.image import ImagePreprocessor
from data.runtime import Graph

GRAPH = "encoder.onnx"
OUTPUTS = ("map", "pooled")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """What an encoder sees: map float32 [C, H', W'], pooled float32 [C], the map's mean; encoder is the name and version of it.

    Whoever reads features was trained on those of one encoder and refuses those of another.
    """

    map: Floats
    pooled: Floats
    encoder: str


class Encoder:
    """Pictures to features. The features of the last few pictures are kept: a second question about one costs no encoding."""

    def __init__(self, folder: Path, threads: int = 1, kept: int = 32) -> None:
        """The encoder in an artifact folder. Raises ArtifactError."""
        opened = artifact.open(folder)
        self.name = opened.manifest.name
        self.version = version_of(opened)
        self.scores = opened.manifest.scores
        try:
            self.codec = ImagePreprocessor.from_dict(opened.manifest.codec)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: how it takes pictures cannot be read ({error}); {artifact.repair_hint(folder)}"
            ) from error
        self._graph = Graph(opened.read_graph(GRAPH), f"{folder.name}/{GRAPH}", threads)
        self._kept: OrderedDict[bytes, Features] = OrderedDict()
        self._most = kept
        self._lock = Lock()

    def features(self, picture: bytes) -> Features:
        """What is seen in the picture of these bytes. Raises PictureError."""
        key = hashlib.sha256(picture).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = self._graph({"picture": self.codec.encode([picture])})
        features = Features(made["map"][0], made["pooled"][0], self.version)
        with self._lock:
            self._kept[key] = features
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return features


def version_of(opened: artifact.Artifact) -> str:
    """The name of an encoder and the first digits of its graph's checksum, as features carry it."""
    return f"{opened.manifest.name} {opened.manifest.graphs.get(GRAPH, '')[:12]}"
