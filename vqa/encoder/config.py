"""The configuration of a picture encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from data.config import StoredConfig

Kind = Literal["alexnet", "resnet", "densenet", "mobilenet", "efficientnet-lite0", "efficientnet-lite2"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Config(StoredConfig):
    """The architecture of an encoder.

    The side of a picture belongs to the codec, the channels of the map to the net.
    """

    kind: Kind

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no encoder {self.kind!r}; there are {', '.join(KINDS)}")
