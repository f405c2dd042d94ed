"""What a caption says, in terms of the lexicon, in either language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vqa.answer.lexicon import Unit, key_in_group

Relation = Literal["wear", "hold", "ride", "mouth", "play_with", "sit_on"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a kind a caption speaks of.

    Attributes:
        exact: The number; None for at least so many.
        least: The least number.
        explicit: Whether the caption states a number in words.
    """

    exact: int | None
    least: int
    explicit: bool

    def allows(self, number: int) -> bool:
        """Return whether the caption is compatible with this number."""
        return number == self.exact if self.exact is not None else number >= self.least


@dataclass(slots=True)
class ParsedCaption:
    """All that a caption says, as keys of the lexicon.

    Attributes:
        concepts: All concepts that the caption names.
        beings: The persons and animals, in order.
        counts: Of persons together (key "person") and of each animal.
        colours: (thing, colour).
        shared: (thing, colour) where a plural noun has one colour.
        worn_colours: (who, thing, colour).
        relations: (who, relation, thing); who is None where the caption leaves it open.
        actions: (who, action); who is None where the caption leaves it open.
        places: The places where the scene is.
    """

    concepts: set[str] = field(default_factory=set)
    beings: list[str] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    colours: set[tuple[str, str]] = field(default_factory=set)
    shared: set[tuple[str, str]] = field(default_factory=set)
    worn_colours: set[tuple[str, str, str]] = field(default_factory=set)
    relations: set[tuple[str | None, Relation, str]] = field(default_factory=set)
    actions: set[tuple[str | None, str]] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


def being_key(unit: Unit) -> str | None:
    """Return the person or animal that a unit names; None if it names none."""
    return key_in_group(unit, "person", "animal")


def noun_key(unit: Unit) -> str | None:
    """Return the concept of a noun, or None.

    It is a person, animal, piece of clothing, thing or place.
    """
    return key_in_group(unit, "person", "animal", "worn", "thing", "place")


def merge_colours(colours: set[str]) -> str:
    """Return the one colour that several colours of a thing amount to."""
    if colours == {"black", "white"}:
        return "black_white"
    return next(iter(colours)) if len(colours) == 1 else "mixed"
