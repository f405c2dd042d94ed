"""The settings of a DSSM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from data.config import StoredConfig

Variant = Literal["huang", "weighted"]


@dataclass(frozen=True)
class Config(StoredConfig):
    """The size and kind of a DSSM; the defaults are the published values.

    Args:
        variant: "huang" is the published model: two towers of tanh layers over summed letter trigrams, 30k hashed trigrams, 300,
            300, 128. "weighted" is ours: each unit has a learned weight and units are averaged; words and pairs of words stand
            beside the n-grams; the towers share their table and add the average to the output of two layers.
        buckets: The number of hash buckets of units.
        hidden: The width of the hidden layers.
        width: The width of the vector of a text.
        gamma: The factor on the cosine before the softmax.
        negatives: Wrong texts of its own that a query is trained against (4 in section 3.3), beside the replies to all other
            queries of its batch.
        dropout: The share of the inputs of a layer that "weighted" drops in training.
        token_dropout: The share of units that "weighted" drops in training. With tens of thousands of pairs, not a hundred
            million, it would overfit without.

    Source: Huang et al. 2013, section 3 and figure 1.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {"gamma": "sharpness", "token_dropout": "unseen"}

    variant: Variant = "huang"
    buckets: int = 30_000
    hidden: int = 300
    width: int = 128
    gamma: float = 10.0
    negatives: int = 4
    dropout: float = 0.0
    token_dropout: float = 0.0


PUBLISHED = Config()
OURS = Config("weighted", buckets=2**16, hidden=512, width=128, gamma=12.0, negatives=0, dropout=0.2, token_dropout=0.5)
SHIPPED = replace(OURS, negatives=1)
"""Ours, with one of a question's own wrong answers beside those of its batch."""
