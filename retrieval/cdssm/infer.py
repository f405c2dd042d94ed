"""A trained CDSSM at work, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data import artifact
from data.runtime import Graph
from retrieval.cdssm.featurizer import Featurizer
from retrieval.postings import Floats


class CDSSM:
    """Score replies by the cosine of two unit vectors, in [-1, 1]."""

    name = "cdssm"

    def __init__(self, folder: Path) -> None:
        """Open the model in an artifact folder.

        Raises:
            ArtifactError: The artifact is missing or damaged.
        """
        opened = artifact.open(folder)
        self._featurizer = Featurizer.from_dict(opened.manifest.codec)
        self._query = Graph(opened.read_graph("query.onnx"), f"{folder.name}/query.onnx")
        self._reply = Graph(opened.read_graph("reply.onnx"), f"{folder.name}/reply.onnx")

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the cosine of the last turn with each candidate as a reply."""
        query = self._query(self._featurizer.encode(context[-1:]))["vector"][0]
        return np.asarray(self._reply(self._featurizer.encode(candidates))["vector"] @ query, dtype=np.float32)
