"""Precomputed vectors of known texts, so that the first start is quick."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import artifact
from data.artifact import Artifact, ArtifactError, Manifest, Score
from retrieval.postings import Floats

NAME, VECTORS = "starter-vectors", "vectors.npz"
# Rounded to so many steps either way a cosine is off by .003 on average, by .02 at most, and the file is smaller by half.
_STEPS = 7


@dataclass(frozen=True)
class PrecomputedVectors:
    """The vectors of some texts by the texts' hashes.

    hashes uint64 [N], ascending; codes int8 [N, width] and scales float32 [N]: a vector is its codes times its scale.
    """

    hashes: NDArray[np.uint64]
    codes: NDArray[np.int8]
    scales: Floats

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Floats) -> PrecomputedVectors:
        """Build the vectors of these texts from float32 [N, width], rounded.

        Texts that differ must have different hashes.
        """
        hashes, first = np.unique(_hash_all(texts), return_index=True)
        chosen = vectors[first]
        scales = np.abs(chosen).max(axis=1) / _STEPS
        codes = np.rint(chosen / scales[:, None]).astype(np.int8)
        # Of unit length again after the rounding.
        return cls(hashes, codes, (1 / np.linalg.norm(codes.astype(np.float32), axis=1)).astype(np.float32))

    def lookup(self, texts: Sequence[str]) -> dict[int, Floats]:
        """Return the known vectors, float32 [width] each, by the place of their text."""
        if not len(self.hashes) or not texts:
            return {}
        wanted = _hash_all(texts)
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return {
            int(place): self.codes[at[place]].astype(np.float32) * self.scales[at[place]]
            for place in np.flatnonzero(self.hashes[at] == wanted)
        }


def open_precomputed(folder: Path, encoder: str) -> PrecomputedVectors | None:
    """Open the vectors in an artifact folder.

    Returns:
        None if there is no such folder, or another encoder made them.

    Raises:
        ArtifactError: They are damaged.
    """
    if not folder.exists():
        return None
    opened = artifact.open(folder)
    if opened.manifest.config.get("encoder") != encoder:
        return None
    try:
        with np.load(io.BytesIO(opened.read_file(VECTORS)), allow_pickle=False) as arrays:
            return PrecomputedVectors(arrays["hashes"], arrays["codes"], arrays["scales"])
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{folder} holds no vectors ({error!r}); {artifact.repair_hint(folder)}") from error


def write_precomputed(folder: Path, encoder: str, texts: Sequence[str], vectors: Floats, trained_on: str) -> Artifact:
    """Write the vectors float32 [N, width] of these texts as an artifact.

    Args:
        encoder: The version of the encoder that made them.
    """
    known = PrecomputedVectors.of(texts, vectors)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, hashes=known.hashes, codes=known.codes, scales=known.scales)
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=trained_on,
        scores=(_compare(known, texts, vectors),),
        licence="Apache-2.0; made from text written for this project by a model under Apache-2.0",
        limits="Vectors of exactly these texts, rounded; whatever else is stored is encoded when it is stored.",
        config={"encoder": encoder, "texts": len(known.hashes)},
        train="python -m retrieval encode-starter",
    )
    return artifact.write(folder, manifest, files={VECTORS: stream.getvalue()})


def _compare(known: PrecomputedVectors, texts: Sequence[str], vectors: Floats) -> Score:
    """Return how often rounding leaves the nearest other text the same.

    A thousand of the texts are compared.
    """
    rounded = np.stack([vector for _, vector in sorted(known.lookup(texts).items())])
    some = np.arange(0, len(texts), max(1, len(texts) // 1000))
    nearest = []
    for each in (vectors, rounded):
        cosines = each[some] @ each.T
        cosines[np.arange(len(some)), some] = -1
        nearest.append(cosines.argmax(axis=1))
    return Score(
        f"{len(some)} texts of the starter corpus",
        "nearest other text is the same",
        round(float(np.mean(nearest[0] == nearest[1])), 4),
        round(1 / max(len(texts) - 1, 1), 4),
        1.0,
        "vectors that are not rounded",
    )


def _hash_all(texts: Iterable[str]) -> NDArray[np.uint64]:
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, np.uint64)
