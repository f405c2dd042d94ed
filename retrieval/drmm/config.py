"""What a DRMM is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """The size of a DRMM; the values are the published ones (Guo et al. 2016, section 5.2).

    Log-count histograms of 30 bins, a hidden layer of 5. asked and said are the most words of a query and of a reply that
    are looked at.
    """

    bins: int = 30
    hidden: int = 5
    asked: int = 30
    said: int = 200

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)
