"""A trained ARC-I at work, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data import artifact
from data.runtime import Graph
from retrieval.arc1.tokenizer import PairTokenizer
from retrieval.postings import Floats


class ARC1:
    """Score replies to a query, higher for the better; only their order counts."""

    name = "arc1"

    def __init__(self, folder: Path) -> None:
        """Open the model in an artifact folder.

        Raises:
            ArtifactError: The artifact is missing or damaged.
        """
        opened = artifact.open(folder)
        self._tokenizer = PairTokenizer.from_dict(opened.manifest.codec)
        self._graph = Graph(opened.read_graph("net.onnx"), f"{folder.name}/net.onnx")

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the score of each candidate as a reply to the last turn."""
        return np.asarray(self._graph(self._tokenizer.encode(context[-1], candidates))["score"], dtype=np.float32)
