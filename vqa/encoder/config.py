"""The configuration of a picture encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal["alexnet", "resnet", "densenet", "mobilenet"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Config:
    """The architecture of an encoder.

    The side of a picture belongs to the codec, the channels of the map to the net.
    """

    kind: Kind

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no encoder {self.kind!r}; there are {', '.join(KINDS)}")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for from_dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """Build the config that to_dict wrote.

        Raises:
            TypeError: A value is missing or unknown.
            ValueError: There is no such architecture.
        """
        return cls(**raw)
