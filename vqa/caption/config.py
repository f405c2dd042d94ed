"""What a captioner is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Form = Literal["basic", "attention"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True)
class Config:
    """The form and its sizes, and the version of the encoder whose features it reads.

    basic is Show and Tell (Vinyals et al. 2015): the picture is fed once, at the start. attention is Show, Attend and Tell (Xu et
    al. 2015): it is looked at anew for every token. Sizes: vocabulary, channels of the features, width of a token's vector, of
    the recurrent state and of an annotation, of the space that the two are compared in. dropout, and coverage, the weight of the
    doubly stochastic attention, are on in training only.
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

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"there is no captioner of the form {self.form!r}; there are {', '.join(FORMS)}")

    @property
    def reads(self) -> Literal["pooled", "map"]:
        """Which of the features this form reads; the name of its encoder's input."""
        return "pooled" if self.form == "basic" else "map"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Config:
        """The config that to_dict wrote. Raises TypeError if a value is missing or unknown, ValueError for an unknown form."""
        return cls(**raw)
