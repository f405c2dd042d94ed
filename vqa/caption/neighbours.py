"""The captions of similar training photos, and how well they support a caption.

Letters: N photos, C channels of the pooled features, D width of a photo's vector.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.records import LANGUAGES, CaptionedPicture, Language
from vqa.caption.tokenizer import Tokenizer

FILE = "neighbours.npz"
WIDTH = 128
COUNT = 20
"""How many photos support a caption."""
_SHARE = 0.5
"""The share of their captions, the most alike, that counts: photos resemble each other in one of several things."""
_FAR, _NEAR = 0.35, 0.55
"""The mean cosines at which photos support nothing, and fully: 0.42 is usual between Flickr8k and COCO, 0.58 within COCO."""
_ORDERS = 4
_SIGMA = 6.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Neighbours:
    """Training photos as vectors, with their captions as ids.

    mean and scale are float32 [C], projection float32 [C, D], vectors float32 [N, D] of length 1. captions holds the captions of
    each photo by language. weights is the weight of each id by language: rare words tell more.
    """

    mean: Floats
    scale: Floats
    projection: Floats
    vectors: Floats
    captions: Mapping[Language, Sequence[Sequence[tuple[int, ...]]]]
    weights: Mapping[Language, Floats]

    @classmethod
    def build(
        cls,
        photos: Sequence[CaptionedPicture],
        pooled: Floats,
        every: Floats,
        tokenizer: Tokenizer,
        width: int = WIDTH,
    ) -> Neighbours:
        """Build the neighbours from training photos.

        Args:
            photos: The photos with their captions.
            pooled: Their pooled features [N, C].
            every: The pooled features of all training photos, which the principal components are of.
            tokenizer: The tokenizer of the captions.
            width: The width of a photo's vector.
        """
        mean, scale = every.mean(0), every.std(0) + 1e-3
        centred = (every - mean) / scale
        components = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :width]
        projection = np.ascontiguousarray(components, dtype=np.float32)
        captions: dict[Language, list[list[tuple[int, ...]]]] = {
            language: [
                [tuple(tokenizer.encode(text, language)[:-1]) for text in photo.captions.get(language, ())]
                for photo in photos
            ]
            for language in LANGUAGES
        }
        size = len(tokenizer.vocab)
        return cls(
            mean,
            scale,
            projection,
            _project(pooled, mean, scale, projection),
            captions,
            {language: _weigh(captions[language], size) for language in LANGUAGES},
        )

    def find_nearest(self, pooled: Floats, count: int = COUNT) -> tuple[NDArray[np.int64], Floats]:
        """Return the most similar photos of pooled features [C], best first, and their cosines."""
        cosines = self.vectors @ _project(pooled[None], self.mean, self.scale, self.projection)[0]
        best = np.argsort(-cosines, kind="stable")[:count]
        return best, cosines[best]

    def support(self, pooled: Floats, captions: Sequence[Sequence[int]], language: Language) -> list[float]:
        """Return how well the captions of similar photos support each of these captions of ids, 0 to 1.

        It is the mean similarity, as CIDEr-D has it, with the more similar half of their captions, times how near the photos are:
        those that show something else support nothing.

        Source:
            Mao et al. 2015, Deep Captioning with Multimodal Recurrent Neural Networks, section 8, consensus reranking; Devlin et
            al. 2015, Exploring Nearest Neighbor Approaches for Image Captioning.
        """
        nearest, cosines = self.find_nearest(pooled)
        near = float(np.clip((cosines.mean() - _FAR) / (_NEAR - _FAR), 0, 1))
        weights = self.weights[language]
        others = [_Weighted(ids, weights) for photo in nearest.tolist() for ids in self.captions[language][photo]]
        kept = max(1, int(_SHARE * len(others)))
        found = []
        for ids in captions:
            own = _Weighted(ids, weights)
            alike = sorted((own.similarity(other) for other in others), reverse=True)[:kept]
            found.append(near * sum(alike) / kept if alike else 0.0)
        return found

    def to_bytes(self) -> bytes:
        """Return the bytes of an npz archive for from_bytes."""
        arrays: dict[str, NDArray[Any]] = {
            "mean": self.mean.astype(np.float16),
            "scale": self.scale.astype(np.float16),
            "projection": np.rint(self.projection / np.abs(self.projection).max(0) * 127).astype(np.int8),
            "projection_scale": (np.abs(self.projection).max(0) / 127).astype(np.float32),
            "vectors": np.rint(self.vectors * 127).astype(np.int8),
        }
        for language in LANGUAGES:
            texts = [ids for photo in self.captions[language] for ids in photo]
            arrays[f"{language}_counts"] = np.array([len(photo) for photo in self.captions[language]], dtype=np.uint8)
            arrays[f"{language}_lengths"] = np.array([len(ids) for ids in texts], dtype=np.uint8)
            arrays[f"{language}_ids"] = np.array([id for ids in texts for id in ids], dtype=np.uint16)
        packed = io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, size: int) -> Neighbours:
        """Build the neighbours from what to_bytes returned.

        Args:
            data: The bytes of the archive.
            size: The number of tokens of the captioner.

        Raises:
            ValueError: The archive is damaged, or holds ids that the captioner does not have.
            KeyError: An array is missing.
        """
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            vectors = arrays["vectors"].astype(np.float32)
            captions: dict[Language, list[list[tuple[int, ...]]]] = {}
            for language in LANGUAGES:
                ids = arrays[f"{language}_ids"]
                if ids.max(initial=0) >= size:
                    raise ValueError(f"the neighbours hold the token {ids.max()}, the captioner has {size}")
                ends = np.cumsum(arrays[f"{language}_lengths"].astype(np.int64))
                texts = iter(tuple(part.tolist()) for part in np.split(ids, ends[:-1]))
                captions[language] = [
                    [next(texts) for _ in range(count)] for count in arrays[f"{language}_counts"].tolist()
                ]
            return cls(
                arrays["mean"].astype(np.float32),
                arrays["scale"].astype(np.float32),
                arrays["projection"].astype(np.float32) * arrays["projection_scale"],
                vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6),
                captions,
                {language: _weigh(captions[language], size) for language in LANGUAGES},
            )


class _Weighted:
    """The n-grams of a caption by order with their weights: the mean weight of their tokens, times how often they stand."""

    def __init__(self, ids: Sequence[int], weights: Floats) -> None:
        own = weights[list(ids)].tolist()
        counts = Counter(
            (tuple(ids[first : first + size]), sum(own[first : first + size]) / size)
            for size in range(1, _ORDERS + 1)
            for first in range(len(ids) - size + 1)
        )
        self.length = len(ids)
        self.orders: list[dict[tuple[int, ...], float]] = [{} for _ in range(_ORDERS)]
        for (gram, weight), count in counts.items():
            self.orders[len(gram) - 1][gram] = weight * count
        self.norms = [math.sqrt(sum(value * value for value in order.values())) for order in self.orders]

    def similarity(self, other: _Weighted) -> float:
        """Return the similarity of CIDEr-D, 0 to 1: clipped cosines of the orders, less for another length."""
        total = 0.0
        for own, theirs, norm, their_norm in zip(self.orders, other.orders, self.norms, other.norms, strict=True):
            if norm and their_norm:
                shared = sum(min(value, theirs[gram]) * theirs[gram] for gram, value in own.items() if gram in theirs)
                total += shared / (norm * their_norm)
        return total / _ORDERS * math.exp(-((self.length - other.length) ** 2) / (2 * _SIGMA**2))


def _project(pooled: Floats, mean: Floats, scale: Floats, projection: Floats) -> Floats:
    made = ((pooled - mean) / scale) @ projection
    return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def _weigh(captions: Sequence[Sequence[tuple[int, ...]]], size: int) -> Floats:
    """Return the logarithm of how few photos have each id, float32 [V]."""
    counts = np.ones(size)
    for photo in captions:
        for id in {id for ids in photo for id in ids}:
            counts[id] += 1
    return np.asarray(np.log(max(2, len(captions)) / counts).clip(min=0), dtype=np.float32)
