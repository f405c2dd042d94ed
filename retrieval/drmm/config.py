"""The settings of a DRMM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from data.config import StoredConfig


@dataclass(frozen=True)
class Config(StoredConfig):
    """The size of a DRMM; the defaults are the published values.

    Args:
        bins: The bins of a log-count histogram.
        hidden: The width of the hidden layer.
        max_query_words: Words of a query beyond so many are not read.
        max_reply_words: Words of a reply beyond so many are not read.

    Source: Guo et al. 2016, section 5.2.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {"max_query_words": "asked", "max_reply_words": "said"}

    bins: int = 30
    hidden: int = 5
    max_query_words: int = 30
    max_reply_words: int = 200
