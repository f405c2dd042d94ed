"""Facts of a photograph: a question and its answer, apart from any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["object", "colour", "number", "place", "action", "yes/no"]
Form = Literal[
    "what",
    "animal",
    "who",
    "wear",
    "head",
    "face",
    "hold",
    "ride",
    "mouth",
    "play_with",
    "sit_on",
    "colour",
    "number",
    "place",
    "setting",
    "action",
    "sport",
    "is_there",
    "is_colour",
    "is_number",
    "is_place",
    "is_action",
]

KINDS: Mapping[Form, Kind] = {
    "what": "object",
    "animal": "object",
    "who": "object",
    "wear": "object",
    "head": "object",
    "face": "object",
    "hold": "object",
    "ride": "object",
    "mouth": "object",
    "play_with": "object",
    "sit_on": "object",
    "colour": "colour",
    "number": "number",
    "place": "place",
    "setting": "place",
    "action": "action",
    "sport": "action",
    "is_there": "yes/no",
    "is_colour": "yes/no",
    "is_number": "yes/no",
    "is_place": "yes/no",
    "is_action": "yes/no",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a photograph and how it is asked.

    about, thing and answer are keys of concepts.

    Attributes:
        image: The photograph.
        form: The form of the question.
        about: Whom or what the question is about; "" if about nothing in particular.
        thing: What else the question names; "" for nothing.
        answer: A key of the lexicon, or one of answers.GENERAL_ANSWERS.
        many: Whether the question is about several.
    """

    image: str
    form: Form
    about: str
    thing: str
    answer: str
    many: bool = False

    @property
    def kind(self) -> Kind:
        """Return the kind of question it makes."""
        return KINDS[self.form]
