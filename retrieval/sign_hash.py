"""Which of many vectors may be the nearest, by the signs of projections, 32 bytes a vector. The only file that imports faiss.

The share of differing signs is the angle between two vectors over pi, give or take chance (Charikar 2002, Similarity estimation
techniques from rounding algorithms, section 3); projections that are orthogonal to each other leave less to it (Ji et al. 2012,
Super-bit locality-sensitive hashing). All codes are looked at, so nothing has to be trained, nothing is out of reach, and a
code is taken away by not being believed. Beside graphs and inverted files: benchmarks/vector_indexes.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import Floats

Codes = NDArray[np.uint8]
_BITS = 256
_SEED = 256
_BLOCK = 65_536


def build_projections(width: int) -> Floats:
    """Directions float32 [width, 256] in orthogonal groups. Kept beside the codes: another library rounds otherwise."""
    chance = np.random.default_rng(_SEED)
    groups = [np.linalg.qr(chance.normal(size=(width, width)))[0] for _ in range(-(-_BITS // width))]
    return np.concatenate(groups, axis=1)[:, :_BITS].astype(np.float32)


def encode_signs(vectors: Floats | NDArray[np.float16], directions: Floats) -> Codes:
    """The signs uint8 [N, 32] of the vectors [N, D], a bit each."""
    parts = [vectors[first : first + _BLOCK].astype(np.float32) for first in range(0, len(vectors), _BLOCK)]
    made = [np.packbits(part @ directions > 0, axis=1) for part in parts]
    return np.concatenate(made) if made else np.zeros((0, _BITS // 8), np.uint8)


def find_candidates(codes: Codes, asked: Codes, count: int) -> NDArray[np.int64]:
    """For each of the asked codes [Q, 32] the numbers [Q, count] of those codes [N, 32] that differ least; count is at most N."""
    import faiss

    # Several searches at once are several threads already.
    faiss.omp_set_num_threads(1)
    found: NDArray[np.int64] = faiss.knn_hamming(asked, codes, count, variant="mc")[1]
    return found
