"""The configuration of an answerer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        classes: The number of class probabilities that the encoder gives beside its features; 0 for none.
        ngrams: The number of buckets of the question's n-grams, which give a prior of the answers; 0 for no prior.
        stride: Every how many-th place of the map is attended to.
        ngram_width: The width of an n-gram's vector.
        blind: Whether the net reads only the question: the same net, with a picture of zeros.
        encoder: The version of the encoder whose features it was trained on.
        temperature: Divides the scores to calibrate the probabilities; fitted on dev.
        threshold: The probability below which an answer is not confident; fitted on dev.
        temperatures: The temperature of each kind of question that dev had enough of.
        thresholds: The threshold of each kind of question that dev had enough of.

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
    classes: int = 0
    stride: int = 1
    ngrams: int = 0
    ngram_width: int = 64
    blind: bool = False
    encoder: str = ""
    temperature: float = 1.0
    threshold: float = 0.0
    temperatures: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for temperature in (self.temperature, *self.temperatures.values()):
            if not temperature > 0:
                raise ValueError(f"the temperature is {temperature}; expected a number above 0")
        for threshold in (self.threshold, *self.thresholds.values()):
            if not 0 <= threshold <= 1:
                raise ValueError(f"the threshold is {threshold}; expected a probability")
