"""A fact of a photograph: a question and its answer, before any language."""

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
    """One thing that is so in a photograph, and how it would be asked; about, thing and answer are keys of concepts.

    about: whom or what the question is about ("" where about nothing in particular); many: whether of several;
    thing: what else the question names ("" where nothing); answer: of the lexicon, or one of `answers.OTHERS`.
    """

    image: str
    form: Form
    about: str
    thing: str
    answer: str
    many: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of question it makes."""
        return KINDS[self.form]
