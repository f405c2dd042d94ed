"""Read the writing in pictures, if the extra `ocr` is installed.

RapidOCR (Apache-2.0) brings PP-OCR models in its wheel, which are converted to ONNX. It opens its graphs by itself, so this file
is the only one that imports it: pyproject.toml has the contract.

Source: Du et al. 2020, PP-OCR: A Practical Ultra Lightweight OCR System.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from data.image import open_picture

PACKAGE = "rapidocr"
MIN_CONFIDENCE = 0.7
"""A line that is read with less confidence is left out: it is texture more often than writing."""


@dataclass(frozen=True)
class TextLine:
    """A line of writing, and the confidence in it, in [0, 1]."""

    text: str
    confidence: float


def is_installed() -> bool:
    """Return whether writing can be read here."""
    return importlib.util.find_spec(PACKAGE) is not None


class TextReader:
    """Read pictures, one at a time; the lines of the last few are cached."""

    version = "rapidocr"

    def __init__(self, threads: int = 1, cache_size: int = 32) -> None:
        """Prepare a reader; the models are loaded on first use.

        Args:
            threads: CPU threads of each graph.
            cache_size: Of how many pictures the lines are cached.
        """
        self._threads = threads
        self._engine: Any = None
        self._cache: OrderedDict[bytes, tuple[TextLine, ...]] = OrderedDict()
        self._cache_size = cache_size
        self._lock = Lock()

    def load(self) -> None:
        """Load the models unless they are loaded. This blocks.

        Raises:
            ImportError: The extra `ocr` is not installed.
        """
        with self._lock:
            self._load()

    def read(self, picture: bytes) -> Sequence[TextLine]:
        """Return the lines of writing in a picture, from top to bottom. This blocks.

        Args:
            picture: The bytes of the picture's file.

        Raises:
            PictureError: The bytes are no picture that can be read.
            ImportError: The extra `ocr` is not installed.
        """
        key = hashlib.sha256(picture).digest()
        with self._lock:
            if key not in self._cache:
                self._load()
                self._cache[key] = self._read(picture)
                while len(self._cache) > self._cache_size:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(key)
            return self._cache[key]

    def _load(self) -> None:
        if self._engine is not None:
            return
        from rapidocr import RapidOCR

        engine = "EngineConfig.onnxruntime"
        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                f"{engine}.intra_op_num_threads": self._threads,
                f"{engine}.inter_op_num_threads": 1,
            }
        )

    def _read(self, picture: bytes) -> tuple[TextLine, ...]:
        # The engine takes blue, green, red.
        found = self._engine(np.ascontiguousarray(np.asarray(open_picture(picture))[:, :, ::-1]))
        if found is None or not found.txts:
            return ()
        lines = (
            TextLine(" ".join(str(text).split()), float(score))
            for text, score in zip(found.txts, found.scores, strict=True)
        )
        return tuple(line for line in lines if line.text and line.confidence >= MIN_CONFIDENCE)
