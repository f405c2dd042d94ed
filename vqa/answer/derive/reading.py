"""What one caption says, in the terms of the lexicon, whichever language it was written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vqa.answer.lexicon import Unit, of_group

Relation = Literal["wear", "hold", "ride", "mouth", "play_with", "sit_on"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a kind a caption speaks of: exactly so many, or (exact is None) at least so many. explicit: in words."""

    exact: int | None
    least: int
    explicit: bool

    def allows(self, number: int) -> bool:
        """Whether so many may be there for all that this caption says."""
        return number == self.exact if self.exact is not None else number >= self.least


@dataclass(slots=True)
class Reading:
    """All that was read in one caption; keys of the lexicon throughout.

    counts: of persons together (key "person") and of each animal. colours: (thing, colour). worn_colours: (who, thing, colour).
    relations: (who, relation, thing); actions: (who, action); who is None where the caption leaves it open.
    """

    named: set[str] = field(default_factory=set)
    beings: list[str] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    colours: set[tuple[str, str]] = field(default_factory=set)
    worn_colours: set[tuple[str, str, str]] = field(default_factory=set)
    relations: set[tuple[str | None, Relation, str]] = field(default_factory=set)
    actions: set[tuple[str | None, str]] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


def being(unit: Unit) -> str | None:
    """The person or animal that a unit names, if it names one."""
    return of_group(unit, "person", "animal")


def noun(unit: Unit) -> str | None:
    """The person, animal, piece of clothing, thing or place that a unit names, if it names one."""
    return of_group(unit, "person", "animal", "worn", "thing", "place")


def together(colours: set[str]) -> str:
    """The one colour that several said of the same thing in one breath amount to."""
    if colours == {"black", "white"}:
        return "black_white"
    return next(iter(colours)) if len(colours) == 1 else "mixed"
