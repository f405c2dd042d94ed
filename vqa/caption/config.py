"""The configuration of a captioner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from data.config import StoredConfig

Form = Literal["basic", "attention"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True)
class Config(StoredConfig):
    """The form of a captioner, its sizes, and the encoder whose features it reads.

    basic is Show and Tell: the picture is read once, at the start. attention is Show, Attend and Tell: the picture is attended
    to for every token.

    Attributes:
        form: "basic" or "attention".
        vocabulary: The number of tokens.
        channels: The channels of the features.
        encoder: The version of the encoder whose features it reads.
        embedding: The width of a token's vector.
        hidden: The width of the recurrent state and of an annotation.
        attention: The width of the space in which states and annotations are compared.
        dropout: The dropout rate, in training only.
        stride: For the attention form, every how many-th place of the map becomes an annotation.
        calibration: By language the weights of vqa.caption.calibration; fitted on dev.
        coverage: The weight of the doubly stochastic attention, in training only.

    Source:
        Vinyals et al. 2015, Show and Tell; Xu et al. 2015, Show, Attend and Tell.
    """

    form: Form
    vocabulary: int
    channels: int
    encoder: str
    embedding: int = 256
    hidden: int = 384
    attention: int = 256
    dropout: float = 0.4
    coverage: float = 1.0
    stride: int = 1
    calibration: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"there is no captioner of the form {self.form!r}; there are {', '.join(FORMS)}")

    @property
    def input_name(self) -> Literal["pooled", "map"]:
        """Return which of the features the form reads; also the name of its graph's input."""
        return "pooled" if self.form == "basic" else "map"
