"""What a DSSM is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Variant = Literal["huang", "weighted"]


@dataclass(frozen=True)
class Config:
    """The size and kind of a DSSM.

    huang is the published one: two towers of tanh layers over summed letter trigrams (Huang et al. 2013, section 3 and
    figure 1: 30k hashed trigrams, 300, 300, 128). weighted is ours: units carry a learned weight and are averaged, words and
    pairs of words stand beside the n-grams, the towers share their table and add the average to what two layers make of it.
    sharpness is the factor on the cosine before the softmax (gamma in the paper); negatives is how many wrong texts of its
    own a query is trained against (4 in section 3.3), beside the replies to all other queries of its batch. weighted drops a
    share of what its layers are given (dropout) and of the units it sees (unseen): with tens of thousands of pairs, not a
    hundred million, it would learn them by heart.
    """

    variant: Variant = "huang"
    buckets: int = 30_000
    hidden: int = 300
    width: int = 128
    sharpness: float = 10.0
    negatives: int = 4
    dropout: float = 0.0
    unseen: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)


PUBLISHED = Config()
OURS = Config("weighted", buckets=2**16, hidden=512, width=128, sharpness=12.0, negatives=0, dropout=0.2, unseen=0.5)
SHIPPED = replace(OURS, negatives=1)
"""Ours, with one of a question's own wrong answers beside those of its batch."""
