"""A trained picture encoder at inference, without torch."""

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
from data.image import ImagePreprocessor, open_picture, resize_to_square
from data.runtime import Graph
from vqa.encoder.content import Content, classify_content

GRAPH = "encoder.onnx"
OUTPUTS = ("map", "pooled")
CLASSES = "classes"
"""The output of an encoder that also names classes."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """The features of a picture.

    map is float32 [C, H', W']; pooled is float32 [C], the mean of the map. encoder is the name and version of the encoder: a
    model is trained on the features of one encoder and refuses those of another. classes is float32 [1000], the probabilities of
    ImageNet's classes; it is None if the encoder names none. content tells photos from other pictures.
    """

    map: Floats
    pooled: Floats
    encoder: str
    classes: Floats | None = None
    content: Content = "photo"


class Encoder:
    """Encode pictures into features.

    The features of the last few pictures are cached, so a second question about a picture costs no encoding.
    """

    def __init__(self, folder: Path, threads: int = 1, cache_size: int = 32) -> None:
        """Load an encoder from an artifact folder.

        Args:
            folder: The artifact folder.
            threads: CPU threads of the graph.
            cache_size: How many pictures' features are cached.

        Raises:
            ArtifactError: The artifact is missing or damaged.
        """
        loaded = artifact.open(folder)
        self.name = loaded.manifest.name
        self.version = read_version(loaded)
        self.scores = loaded.manifest.scores
        try:
            self.codec = ImagePreprocessor.from_dict(loaded.manifest.codec)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{self.name}: the preprocessing settings cannot be read ({error}); {artifact.repair_hint(folder)}"
            ) from error
        self._graph = Graph(loaded.read_graph(GRAPH), f"{folder.name}/{GRAPH}", threads)
        self._cache: OrderedDict[bytes, Features] = OrderedDict()
        self._cache_size = cache_size
        self._lock = Lock()

    def encode(self, picture: bytes) -> Features:
        """Return the features of a picture, given the bytes of its file.

        Raises:
            PictureError: The bytes are no picture that can be read.
        """
        key = hashlib.sha256(picture).digest()
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        square = resize_to_square(open_picture(picture), self.codec.size)
        made = self._graph({"picture": self.codec.normalize(square[None])})
        classes = made[CLASSES][0] if CLASSES in made else None
        features = Features(made["map"][0], made["pooled"][0], self.version, classes, classify_content(square))
        with self._lock:
            self._cache[key] = features
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        return features


def read_version(loaded: artifact.Artifact) -> str:
    """Return the encoder's name and the first 12 digits of its graph's checksum."""
    return f"{loaded.manifest.name} {loaded.manifest.graphs.get(GRAPH, '')[:12]}"
