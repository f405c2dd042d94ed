"""The configuration of an answerer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from data.config import StoredConfig


@dataclass(frozen=True)
class Config(StoredConfig):
    """The sizes of the net, what it reads, and its calibration.

    Attributes:
        tokens: The number of question tokens.
        answers: The number of answers.
        channels: The channels of the encoder's map.
        width: The width of a token's vector.
        hidden: The width of the question's encoding.
        joint: The width in which picture and question are combined.
        glimpses: The number of attention maps (2 in Kazemi and Elqursh 2017).
        dropout: The dropout rate, in training only.
        token_dropout: The share of tokens that become unknown, in training only.
        blind: Whether the net reads only the question: the same net, with a picture of zeros.
        encoder: The version of the encoder whose features it was trained on.
        temperature: Divides the scores to calibrate the probabilities; fitted on dev.
        threshold: The probability below which an answer is not confident; fitted on dev.

    Source:
        Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2, for the temperature.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {"token_dropout": "unseen", "threshold": "floor"}

    tokens: int
    answers: int
    channels: int
    width: int = 160
    hidden: int = 256
    joint: int = 256
    glimpses: int = 2
    dropout: float = 0.3
    token_dropout: float = 0.02
    blind: bool = False
    encoder: str = ""
    temperature: float = 1.0
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"the temperature is {self.temperature}; expected a number above 0")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"the threshold is {self.threshold}; expected a probability")
