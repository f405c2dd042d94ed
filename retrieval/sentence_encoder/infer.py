"""The sentence encoder at work, without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from data import artifact
from data.runtime import Graph
from data.text.standardize import standardize
from retrieval.postings import Floats
from retrieval.sentence_encoder.config import Config
from retrieval.sentence_encoder.pieces import PieceTable
from retrieval.sentence_encoder.precomputed import open_precomputed
from retrieval.sentence_encoder.tokenizer import PieceTokenizer

NAME = "sentence-encoder"
GRAPH, TOKENIZER, CODES, SCALES = "net.onnx", "tokenizer.json", "codes.npy", "scales.npy"
# Texts of one batch are padded to the longest of them, so they are sorted by length first.
_BATCH_PIECES = 1024
_TURNS = 3
# From so many batches on, two threads encode side by side.
_MANY, _THREADS = 4, 2
# A question is the same with and without its mark.
_END = "?？。!！.,，~～ "


class SentenceEncoder:
    """Encodes texts of both languages as unit vectors; thread-safe.

    Texts that mean the same are near each other.
    """

    name = "sentence encoder"

    def __init__(self, folder: Path, known: Path | None = None) -> None:
        """Open the encoder in an artifact folder.

        Args:
            known: A folder of precomputed vectors.

        Raises:
            ArtifactError: An artifact is missing or damaged.
        """
        opened = artifact.open(folder)
        config = Config.from_dict(opened.manifest.config)
        self.width = config.width
        self._tokenizer = PieceTokenizer(opened.read_file(TOKENIZER).decode(), config.max_pieces)
        self._table = PieceTable.open(folder / CODES, folder / SCALES)
        self._graph = Graph(opened.read_graph(GRAPH), f"{folder.name}/{GRAPH}")
        # Vectors of one encoder mean nothing beside those of another.
        self.version = f"{opened.manifest.name} {opened.manifest.graphs[GRAPH][:12]}"
        self._known = known and open_precomputed(known, self.version)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [N, width] of texts as people typed them."""
        known = self._known.lookup(texts) if self._known else {}
        made = np.zeros((len(texts), self.width), np.float32)
        for place, vector in known.items():
            made[place] = vector
        rest = [place for place in range(len(texts)) if place not in known]
        standard = [standardize(texts[place]).rstrip(_END) for place in rest]
        ids = dict(zip(rest, self._tokenizer.encode(standard), strict=True))
        batches = list(_batches(ids))
        if len(batches) < _MANY:
            for rows in batches:
                made[rows] = self._encode_batch([ids[row] for row in rows])
            return made
        # Threads of this call's own, not those of a pool: a process that was forked would wait for a pool's forever.
        with ThreadPoolExecutor(_THREADS) as pool:
            encoded = pool.map(lambda rows: self._encode_batch([ids[row] for row in rows]), batches)
            for rows, vectors in zip(batches, encoded, strict=True):
                made[rows] = vectors
        return made

    def _encode_batch(self, ids: Sequence[Sequence[int]]) -> Floats:
        longest = max(map(len, ids))
        padded = np.zeros((len(ids), longest), np.int64)
        mask = np.zeros((len(ids), longest), np.float32)
        for place, row in enumerate(ids):
            padded[place, : len(row)] = row
            mask[place, : len(row)] = 1
        return np.asarray(self._graph({"pieces": self._table.lookup(padded), "mask": mask})["vector"], np.float32)

    def encode_queries(self, contexts: Sequence[Sequence[str]]) -> Floats:
        """Return float32 [B, width] of contexts.

        The last turn is the query; a few turns before it are read too.
        """
        return self.encode([" ".join(context[-_TURNS:]) for context in contexts])

    def encode_replies(self, texts: Sequence[str]) -> Floats:
        """Return float32 [B, width] of replies: the same tower reads both."""
        return self.encode(texts)

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the cosine of the context with each candidate as a reply, float32 [N]."""
        return np.asarray(self.encode_replies(candidates) @ self.encode_queries([context])[0], dtype=np.float32)


def _batches(ids: Mapping[int, Sequence[int]]) -> Iterable[list[int]]:
    """Yield the places of texts that are encoded together, shortest first."""
    batch: list[int] = []
    for row in sorted(ids, key=lambda row: len(ids[row])):
        if batch and (len(batch) + 1) * len(ids[row]) > _BATCH_PIECES:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
