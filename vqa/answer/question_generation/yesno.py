"""Facts with the answer yes or no: what captions assert and what they rule out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vqa.answer.lexicon import ancestors, concept_keys, group_of
from vqa.answer.question_generation.fact import Fact
from vqa.answer.question_generation.facts import NUMBERS, WEAK, Evidence, find_actions, find_facts, find_place
from vqa.answer.question_generation.implied_concepts import (
    are_distinct_colours,
    are_incompatible_actions,
    are_incompatible_places,
    implied_concepts,
)

SALIENT = (
    "person",
    "man",
    "woman",
    "boy",
    "girl",
    "baby",
    "child",
    "dog",
    "cat",
    "horse",
    "bird",
    "cow",
    "sheep",
    "ball",
    "frisbee",
    "stick",
    "bicycle",
    "motorcycle",
    "car",
    "boat",
    "skateboard",
    "surfboard",
    "snowboard",
    "swing",
    "slide",
    "guitar",
    "umbrella",
    "bench",
    "camera",
    "book",
    "balloon",
    "fountain",
    "bed",
    "trampoline",
)
"""Concepts that every description of a photograph mentions. Of all others, silence proves nothing."""

_PLACES = (
    "beach",
    "sea",
    "snow",
    "pool",
    "street",
    "grass",
    "forest",
    "mountain",
    "room",
    "desert",
    "ice",
    "water",
    "track",
    "restaurant",
    "store",
    "stage",
    "river",
)
_FREELY_DENIED = frozenset(
    "run swim jump climb ski surf skate_board cycle motor_ride horse_ride boat_ride swing_ride slide_ride sleep eat dance "
    "sing music read fight dig kiss skate walk play_soccer play_football play_basketball play_tennis play_baseball "
    "photograph drink_up sit lie".split()
)
_COLOURS = ("black", "white", "brown", "red", "blue", "green", "yellow", "orange", "pink", "purple", "grey")
_EXCLUSIVE_PERSONS: dict[str, frozenset[str]] = {
    "man": frozenset({"woman", "girl"}),
    "woman": frozenset({"man", "boy"}),
    "boy": frozenset({"woman", "girl"}),
    "girl": frozenset({"man", "boy"}),
    "baby": frozenset({"man", "woman"}),
    "child": frozenset({"man", "woman"}),
}


def find_yes_no_facts(evidence: Evidence) -> list[Fact]:
    """Return all facts of a photograph with a certain yes or no, in a fixed order.

    Many more are no than yes.
    """
    found = [
        *_presence_facts(evidence),
        *_colour_facts(evidence),
        *_number_facts(evidence),
        *_place_facts(evidence),
        *_action_facts(evidence),
    ]
    return list(dict.fromkeys(found))


def _presence_facts(evidence: Evidence) -> Iterable[Fact]:
    named = evidence.concepts
    support = Counter(
        key
        for parsed in evidence.parsed_captions
        for key in SALIENT
        if key in parsed.concepts.union(*map(ancestors, parsed.concepts))
    )
    possible = frozenset().union(*(implied_concepts(one) for one in named if one in concept_keys()))
    persons = {being for parsed in evidence.parsed_captions for being in parsed.beings if group_of(being) == "person"}
    for key in SALIENT:
        direct = (
            sum(key in parsed.concepts for parsed in evidence.parsed_captions)
            if group_of(key) != "person"
            else support[key]
        )
        if support[key] >= 3 and direct >= 2 and not _is_contested(key, evidence):
            yield Fact(evidence.image, "is_there", "", key, "yes")
        elif group_of(key) == "person":
            if not support[key] and _is_person_ruled_out(key, persons, evidence):
                yield Fact(evidence.image, "is_there", "", key, "no")
        elif key not in possible:
            yield Fact(evidence.image, "is_there", "", key, "no")


def _is_contested(key: str, evidence: Evidence) -> bool:
    """Return whether this word for the one person is contested.

    It is if enough captions use a word that excludes it.
    """
    if key not in _EXCLUSIVE_PERSONS:
        return False
    voices = [set(parsed.beings) for parsed in evidence.parsed_captions]
    for_it = sum(key in voice for voice in voices)
    against = sum(
        bool(voice & (_EXCLUSIVE_PERSONS.keys() - {key} - ancestors(key))) and key not in voice for voice in voices
    )
    return for_it < 3 or (against >= for_it and evidence.number("person") in {None, 1})


def _is_person_ruled_out(key: str, persons: set[str], evidence: Evidence) -> bool:
    if not any(group_of(one) == "person" for one in evidence.concepts):
        acts = {act for parsed in evidence.parsed_captions for _, act in parsed.actions}
        return not acts & {
            "cycle",
            "motor_ride",
            "horse_ride",
            "ski",
            "surf",
            "skate_board",
            "drive",
            "race",
            "boat_ride",
            "swing_ride",
        }
    if key == "person":
        return False
    specific = {one for one in persons if one != "person"}
    if not specific or not specific <= _EXCLUSIVE_PERSONS[key] or evidence.number("person") is None:
        return False
    return sum(bool(set(parsed.beings) & specific) for parsed in evidence.parsed_captions) >= 4


def _colour_facts(evidence: Evidence) -> Iterable[Fact]:
    for fact in find_facts(evidence):
        if fact.form != "colour" or fact.answer not in _COLOURS:
            continue
        for colour in _COLOURS:
            if colour == fact.answer or are_distinct_colours(colour, fact.answer):
                yield Fact(
                    evidence.image, "is_colour", fact.thing, colour, "yes" if colour == fact.answer else "no", fact.many
                )


def _number_facts(evidence: Evidence) -> Iterable[Fact]:
    for fact in find_facts(evidence):
        if fact.form == "number" and fact.answer in NUMBERS[:5]:
            for number in NUMBERS[1:5]:
                yield Fact(evidence.image, "is_number", fact.about, number, "yes" if number == fact.answer else "no")


def _place_facts(evidence: Evidence) -> Iterable[Fact]:
    here = find_place(evidence)
    if here is None:
        return
    named = [key for key in evidence.concepts if group_of(key) == "place"]
    for key in _PLACES:
        if key == here:
            yield Fact(evidence.image, "is_place", "", key, "yes")
        elif all(are_incompatible_places(key, one) for one in named):
            yield Fact(evidence.image, "is_place", "", key, "no")


def _action_facts(evidence: Evidence) -> Iterable[Fact]:
    named = [key for key in evidence.concepts if group_of(key) == "action"]
    for who, many, act in find_actions(evidence):
        if act not in WEAK or act in {"sit", "lie"}:
            yield Fact(evidence.image, "is_action", who, act, "yes", many)
        for key in concept_keys("action"):
            if key in _FREELY_DENIED and all(are_incompatible_actions(key, one) for one in named):
                yield Fact(evidence.image, "is_action", who, key, "no", many)
