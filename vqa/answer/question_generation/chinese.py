"""Parse Chinese captions by rules.

Numeral, measure word and noun stand in this order; 的 stands before its head, a verb before its object.
"""

from __future__ import annotations

from collections.abc import Sequence

from vqa.answer.lexicon import Unit, key_in_group, split_units
from vqa.answer.question_generation.parsed_caption import (
    Count,
    ParsedCaption,
    Relation,
    being_key,
    merge_colours,
    noun_key,
)

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_MEASURES = frozenset("个名位只条头匹")
_OF_ANIMALS = frozenset("只条头匹")
_MANY = frozenset("群些多几众排队们帮伙组")
_SMALL = frozenset("小大老的色着了长短毛胖瘦幼一个只条件顶辆根块双把张副")
_VERBS: dict[str, Relation] = {
    "穿": "wear", "戴": "wear", "带": "wear", "拿": "hold", "举": "hold", "抱": "hold", "提": "hold", "握": "hold", "持": "hold",
    "骑": "ride", "叼": "mouth",
}  # fmt: skip
_BITES = frozenset(("咬", "撕咬", "咬着", "咬住"))
_VEHICLES = {"cycle": "bicycle", "motor_ride": "motorcycle", "horse_ride": "horse", "skate_board": "skateboard"}
_PLACED = frozenset("上里中边下内旁间")


def parse(caption: str) -> ParsedCaption:
    """Return what a Chinese caption says."""
    row = split_units(caption, "zh")
    parsed = ParsedCaption()
    for unit in row:
        if key_in_group(unit, "not") is None:
            parsed.concepts.update(unit.keys)
    parsed.beings.extend(who for who in map(being_key, row) if who is not None)
    _parse_counts(row, parsed)
    _parse_colours(row, parsed)
    _parse_relations(row, parsed)
    _parse_actions(row, parsed)
    _parse_places(row, parsed)
    return parsed


def _parse_counts(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    """Add the counts of persons and animals.

    Counts are exact only where every noun of the kind has a numeral: a bare noun may be one or many.
    """
    claimed: dict[int, int] = {}
    many: set[int] = set()
    for at, unit in enumerate(row):
        number = next((_NUMBERS[key] for key in unit.keys if key in _NUMBERS), None)
        if number is None and unit.word not in _MANY:
            continue
        plural = unit.word in _MANY or unit.word in {"群人", "人群"}
        if number is not None:
            after = row[at + 1].word[0] if at + 1 < len(row) else ""
            if after in _MANY or (number == 1 and after == "对"):
                continue
            if unit.word != "俩" and after not in _MEASURES and not (at + 1 < len(row) and being_key(row[at + 1])):
                continue
        head = _find_head(row, at)
        if head is None:
            continue
        if plural:
            many.add(head)
        elif number is not None:
            claimed[head] = number
    sums: dict[str, list[int | None]] = {}
    for at, unit in enumerate(row):
        who = being_key(unit)
        if who is None:
            continue
        kind = "person" if key_in_group(unit, "person") else who
        following = row[at + 1].word if at + 1 < len(row) else ""
        if (
            at in many
            or following == "们"
            or unit.word in {"人们", "人群", "群人", "观众", "乐队", "家人", "队员", "家庭", "男女"}
        ):
            sums.setdefault(kind, []).append(-2)
        elif unit.word in {"情侣", "夫妇", "夫妻"}:
            sums.setdefault(kind, []).append(2)
        else:
            sums.setdefault(kind, []).append(claimed.get(at))
    for kind, parts in sums.items():
        least = sum(abs(part) if part is not None else 1 for part in parts)
        known = all(part is not None and part > 0 for part in parts)
        parsed.counts[kind] = Count(least if known else None, least, known)


def _find_head(row: Sequence[Unit], at: int) -> int | None:
    """Return the index of the person or animal that a numeral counts.

    It stands right after the measure word, or is the first after a 的.
    """
    measure = row[at + 1].word[:1] if at + 1 < len(row) else ""
    for index in range(at + 1, len(row)):
        unit = row[index]
        if unit.word in {"。", "，", "和", "与", "跟"}:
            return None
        who = key_in_group(unit, "animal") if measure in _OF_ANIMALS and row[at].word not in _MANY else being_key(unit)
        between = row[at + 1 : index]
        plain = all(one.word in _SMALL or one.word in _MEASURES or key_in_group(one, "colour") for one in between)
        if who is not None and (plain or row[index - 1].word == "的"):
            return index
    return None


def _parse_colours(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    at = 0
    while at < len(row):
        colours: set[str] = set()
        while at < len(row) and ((row[at].word in "和、色" and colours) or key_in_group(row[at], "colour")):
            colour = key_in_group(row[at], "colour")
            if colour is not None:
                colours.add(colour)
            at += 1
        if not colours:
            at += 1
            continue
        head = at
        while (
            head < len(row)
            and row[head].word in {"的", "小", "大", "长", "短", "毛", "长毛", "短袖"}
            and noun_key(row[head]) is None
        ):
            head += 1
        if head == len(row):
            continue
        thing = key_in_group(row[head], "animal", "worn", "thing")
        if thing is None:
            continue
        said = merge_colours(colours)
        parsed.colours.add((thing, said))
        if key_in_group(row[head], "worn") and head + 2 < len(row) and row[head + 1].word == "的":
            who = key_in_group(row[head + 2], "person")
            if who is not None:
                parsed.worn_colours.add((who, thing, said))


def _find_object(row: Sequence[Unit], at: int) -> Unit | None:
    """Return the object of a verb that ends before index `at`.

    It is the next noun after adjectives, numerals and colours; None past a 的 clause.
    """
    for unit in row[at : at + 7]:
        if noun_key(unit) is not None:
            return unit
        if not (unit.word in _SMALL or key_in_group(unit, "colour", "number")):
            return None
    return None


def _only_being(row: Sequence[Unit]) -> str | None:
    found = [who for who in map(being_key, row) if who is not None]
    return found[0] if len(found) == 1 else None


def _parse_relations(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    who = _only_being(row)
    for at, unit in enumerate(row):
        relation = _VERBS.get(unit.word)
        if unit.word in _BITES or (unit.word == "咬" and who == "dog"):
            relation = "mouth"
        elif unit.word == "玩":
            relation = "play_with"
        elif (
            unit.word in {"坐", "坐着", "趴", "趴着", "躺", "躺着"}
            and row[at + 1 : at + 2]
            and row[at + 1].word == "在"
        ):
            relation = "sit_on"
        for key in unit.keys:
            if key in _VEHICLES:
                parsed.relations.add((who, "ride", _VEHICLES[key]))
        if relation is None:
            continue
        taken = _find_object(row, at + 2 if relation == "sit_on" else at + 1)
        if taken is None:
            continue
        thing = key_in_group(taken, "worn") if relation == "wear" else key_in_group(taken, "thing", "worn", "animal")
        if relation == "hold" and thing is None:
            thing = key_in_group(taken, "person")
        if relation == "sit_on":
            thing = key_in_group(taken, "thing", "place")
        if thing is not None and not (relation == "mouth" and who is not None and who != "dog"):
            parsed.relations.add((None if relation == "mouth" else who, relation, thing))


def _parse_actions(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    who = _only_being(row)
    for unit in row:
        action = key_in_group(unit, "action")
        if action is not None:
            parsed.actions.add((who, action))


def _parse_places(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    for at, unit in enumerate(row):
        place = key_in_group(unit, "place")
        if place is None:
            continue
        after = row[at + 1].word[0] if at + 1 < len(row) else ""
        before = row[at - 1].word[-1] if at else ""
        if place in {"water", "pool", "river", "lake"} and (after in {"边", "旁"} or unit.word[-1] == "边"):
            continue
        if after in _PLACED or before in {"在", "从", "过"} or unit.word[-1] in _PLACED:
            parsed.places.add(place)
