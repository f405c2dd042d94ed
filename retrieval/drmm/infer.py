"""A trained DRMM at work, without torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from data import artifact
from data.runtime import Graph
from retrieval.drmm.config import Config
from retrieval.drmm.featurizer import Featurizer
from retrieval.postings import Floats


class DRMM:
    """Score replies to a query, higher for the better; only their order counts."""

    name = "drmm"

    def __init__(self, folder: Path, vector: Callable[[str], Floats | None], weight: Callable[[str], float]) -> None:
        """Open the model in an artifact folder.

        Args:
            vector: Returns the word vectors that the model was trained with.
            weight: Returns a word's inverse document frequency where the model serves.

        Raises:
            ArtifactError: The artifact is missing or damaged.
        """
        opened = artifact.open(folder)
        sizes = {name: value for name, value in opened.manifest.config.items() if name != "model"}
        self._featurizer = Featurizer(Config.from_dict(sizes), vector, weight)
        self._graph = Graph(opened.read_graph("net.onnx"), f"{folder.name}/net.onnx")

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the score of each candidate as a reply to the last turn."""
        return np.asarray(self._graph(self._featurizer.encode(context[-1], candidates))["score"], dtype=np.float32)
