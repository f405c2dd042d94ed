"""Sign hashing: candidates for the nearest vectors. Only this file imports faiss.

Args:
    code of 32 bytes holds the signs of projections of a vector. The share of differing signs is the angle between two vectors
        over pi, in expectation; projections that are orthogonal to each other vary less. All codes are compared, so nothing
        must be trained and nothing is out of reach. Deletion filters results; codes are never removed. Compared with graphs and
        inverted files: benchmarks/vector_indexes.py.

Source: Charikar 2002, Similarity estimation techniques from rounding algorithms, section 3; Ji et al. 2012, Super-bit locality-
sensitive hashing.
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
    """Return directions float32 [width, 256] in orthogonal groups.

    They are stored beside the codes, because another library rounds differently.
    """
    chance = np.random.default_rng(_SEED)
    groups = [np.linalg.qr(chance.normal(size=(width, width)))[0] for _ in range(-(-_BITS // width))]
    return np.concatenate(groups, axis=1)[:, :_BITS].astype(np.float32)


def encode_signs(vectors: Floats | NDArray[np.float16], directions: Floats) -> Codes:
    """Return the signs of the vectors [N, D] as bits: uint8 [N, 32]."""
    parts = [vectors[first : first + _BLOCK].astype(np.float32) for first in range(0, len(vectors), _BLOCK)]
    made = [np.packbits(part @ directions > 0, axis=1) for part in parts]
    return np.concatenate(made) if made else np.zeros((0, _BITS // 8), np.uint8)


def find_candidates(codes: Codes, asked: Codes, count: int) -> NDArray[np.int64]:
    """Return for each query code the numbers of the codes that differ least.

    Args:
        codes: uint8 [N, 32].
        asked: uint8 [Q, 32].
        count: At most N.

    Returns:
        int64 [Q, count].
    """
    import faiss

    # Several searches at once are several threads already.
    faiss.omp_set_num_threads(1)
    found: NDArray[np.int64] = faiss.knn_hamming(asked, codes, count, variant="mc")[1]
    return found
