"""What a picture encoder is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal["alexnet", "resnet", "densenet", "mobilenet"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Config:
    """The architecture. The side of a picture is the codec's; the channels of the map are the net's."""

    kind: Kind

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no encoder {self.kind!r}; there are {', '.join(KINDS)}")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown."""
        return cls(**raw)
