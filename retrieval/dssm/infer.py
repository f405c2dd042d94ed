"""A trained DSSM at work, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from data import artifact
from data.runtime import Arrays, Graph
from retrieval.dssm.featurizer import GRAPH, Featurizer
from retrieval.postings import Floats

Given = TypeVar("Given")
_BATCH = 256


class DSSM:
    """Score replies by the inner product of unit vectors, in [-1, 1]."""

    name = "dssm"

    def __init__(self, folder: Path) -> None:
        """Open the model in an artifact folder.

        Raises:
            ArtifactError: The artifact is missing or damaged.
        """
        opened = artifact.open(folder)
        self._featurizer = Featurizer.from_dict(opened.manifest.codec)
        self._graph = Graph(opened.read_graph(GRAPH), f"{folder.name}/{GRAPH}")
        self.width = int(opened.manifest.config["width"])
        # Vectors of one graph mean nothing beside those of another.
        self.version = f"{opened.manifest.name} {opened.manifest.graphs[GRAPH][:12]}"

    def encode_queries(self, contexts: Sequence[Sequence[str]]) -> Floats:
        """Return float32 [B, width] of contexts; the last turn of each is the query."""
        parts = [self._featurizer.encode_queries(part) for part in _split(contexts)]
        return self._encode("query", parts)

    def encode_replies(self, texts: Sequence[str]) -> Floats:
        """Return float32 [B, width] of replies."""
        return self._encode(
            "reply", [self._featurizer.encode_queries([(text,) for text in part]) for part in _split(texts)]
        )

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the cosine of the context with each candidate as a reply."""
        return np.asarray(self.encode_replies(candidates) @ self.encode_queries([context])[0], dtype=np.float32)

    def _encode(self, tower: str, parts: Sequence[Arrays]) -> Floats:
        made = [self._graph(part)[tower] for part in parts]
        return np.concatenate(made) if made else np.zeros((0, self.width), dtype=np.float32)


def _split(given: Sequence[Given]) -> list[Sequence[Given]]:
    return [given[first : first + _BATCH] for first in range(0, len(given), _BATCH)]
