"""Questions to be answered with yes or no: what a photograph's captions make sure of, and what they make sure is not so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vqa.answer.derive.facts import NUMBERS, WEAK, Evidence, Fact, doings, facts, place_of
from vqa.answer.derive.likely import actions_clash, colours_clash, likely, places_clash
from vqa.answer.lexicon import ancestors, group, keys

SALIENT = (
    "person", "man", "woman", "boy", "girl", "baby", "child", "dog", "cat", "horse", "bird", "cow", "sheep", "ball", "frisbee", "stick",
    "bicycle", "motorcycle", "car", "boat", "skateboard", "surfboard", "snowboard", "swing", "slide", "guitar", "umbrella", "bench",
    "camera", "book", "balloon", "fountain", "bed", "trampoline",
)  # fmt: skip
"""What nobody who describes a photograph would leave out; of anything else, silence proves nothing."""

_ASKED_PLACES = (
    "beach", "sea", "snow", "pool", "street", "grass", "forest", "mountain", "room", "desert", "ice", "water", "track", "restaurant",
    "store", "stage", "river",
)  # fmt: skip
_FREELY_DENIED = frozenset("run swim jump climb ski surf skate_board cycle motor_ride horse_ride boat_ride swing_ride slide_ride sleep eat dance "
                           "sing music read fight dig kiss skate walk play_soccer play_football play_basketball play_tennis play_baseball "
                           "photograph drink_up sit lie".split())  # fmt: skip
_COLOURS = ("black", "white", "brown", "red", "blue", "green", "yellow", "orange", "pink", "purple", "grey")
_GROWN: dict[str, frozenset[str]] = {
    "man": frozenset({"woman", "girl"}), "woman": frozenset({"man", "boy"}), "boy": frozenset({"woman", "girl"}),
    "girl": frozenset({"man", "boy"}), "baby": frozenset({"man", "woman"}), "child": frozenset({"man", "woman"}),
}  # fmt: skip


def judged(seen: Evidence) -> list[Fact]:
    """All that could be asked of a photograph with a sure yes or a sure no, in a fixed order; many more no than yes."""
    found = [*_there(seen), *_colour(seen), *_number(seen), *_place(seen), *_action(seen)]
    return list(dict.fromkeys(found))


def _there(seen: Evidence) -> Iterable[Fact]:
    named = seen.named
    support = Counter(key for reading in seen.readings for key in SALIENT if key in reading.named.union(*map(ancestors, reading.named)))
    possible = frozenset().union(*(likely(one) for one in named if one in keys()))
    persons = {being for reading in seen.readings for being in reading.beings if group(being) == "person"}
    for key in SALIENT:
        direct = sum(key in reading.named for reading in seen.readings) if group(key) != "person" else support[key]
        if support[key] >= 3 and direct >= 2:
            yield Fact(seen.image, "is_there", "", key, "yes")
        elif group(key) == "person":
            if _no_such_person(key, persons, seen):
                yield Fact(seen.image, "is_there", "", key, "no")
        elif key not in possible:
            yield Fact(seen.image, "is_there", "", key, "no")


def _no_such_person(key: str, persons: set[str], seen: Evidence) -> bool:
    if not any(group(one) == "person" for one in seen.named):
        acts = {act for reading in seen.readings for _, act in reading.actions}
        return not acts & {"cycle", "motor_ride", "horse_ride", "ski", "surf", "skate_board", "drive", "race", "boat_ride", "swing_ride"}
    if key == "person":
        return False
    specific = {one for one in persons if one != "person"}
    if not specific or not specific <= _GROWN[key] or seen.number("person") is None:
        return False
    return sum(bool(set(reading.beings) & specific) for reading in seen.readings) >= 4


def _colour(seen: Evidence) -> Iterable[Fact]:
    for fact in facts(seen):
        if fact.form != "colour" or fact.answer not in _COLOURS:
            continue
        for colour in _COLOURS:
            if colour == fact.answer or colours_clash(colour, fact.answer):
                yield Fact(seen.image, "is_colour", fact.thing, colour, "yes" if colour == fact.answer else "no", fact.many)


def _number(seen: Evidence) -> Iterable[Fact]:
    for fact in facts(seen):
        if fact.form == "number" and fact.answer in NUMBERS[:5]:
            for number in NUMBERS[1:5]:
                yield Fact(seen.image, "is_number", fact.about, number, "yes" if number == fact.answer else "no")


def _place(seen: Evidence) -> Iterable[Fact]:
    here = place_of(seen)
    if here is None:
        return
    named = [key for key in seen.named if group(key) == "place"]
    for key in _ASKED_PLACES:
        if key == here:
            yield Fact(seen.image, "is_place", "", key, "yes")
        elif all(places_clash(key, one) for one in named):
            yield Fact(seen.image, "is_place", "", key, "no")


def _action(seen: Evidence) -> Iterable[Fact]:
    named = [key for key in seen.named if group(key) == "action"]
    for who, many, act in doings(seen):
        if act not in WEAK or act in {"sit", "lie"}:
            yield Fact(seen.image, "is_action", who, act, "yes", many)
        for key in keys("action"):
            if key in _FREELY_DENIED and all(actions_clash(key, one) for one in named):
                yield Fact(seen.image, "is_action", who, key, "no", many)
