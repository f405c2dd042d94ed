"""What an answerer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Config:
    """The sizes of the net, what it sees, and how far its word is taken.

    tokens and answers are the sizes of the two vocabularies, channels those of the encoder's map; width is that of a token's
    vector, hidden of what is remembered of the question, joint of what picture and question are brought to. glimpses is how many
    places of the picture are looked at (2 in Kazemi and Elqursh 2017). blind is the question-only form: the same net, whose
    picture is zero. encoder is the version of the encoder whose features it was trained on. dropout is the share of what its
    layers are given that is dropped, unseen the share of tokens that become unknown ones; both in training only.

    temperature divides the scores, so that probabilities are as often right as they say (Guo et al. 2017, On Calibration of
    Modern Neural Networks, section 4.2). floor is the probability below which an answer is not sure. Both are found on dev.
    """

    tokens: int
    answers: int
    channels: int
    width: int = 160
    hidden: int = 256
    joint: int = 256
    glimpses: int = 2
    dropout: float = 0.3
    unseen: float = 0.02
    blind: bool = False
    encoder: str = ""
    temperature: float = 1.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"the temperature is {self.temperature}; expected a number above 0")
        if not 0 <= self.floor <= 1:
            raise ValueError(f"the floor is {self.floor}; expected a probability")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown, ValueError if it cannot be."""
        return cls(**raw)
