"""Reading a Chinese caption: numeral, measure word and noun; 的 before its head; verbs before what they take."""

from __future__ import annotations

from collections.abc import Sequence

from vqa.answer.derive.reading import Count, Reading, Relation, being, noun, together
from vqa.answer.lexicon import Unit, of_group, units

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
_RIDDEN = {"cycle": "bicycle", "motor_ride": "motorcycle", "horse_ride": "horse", "skate_board": "skateboard"}
_PLACED = frozenset("上里中边下内旁间")


def read(caption: str) -> Reading:
    """What a Chinese caption says."""
    row = units(caption, "zh")
    reading = Reading()
    for unit in row:
        if of_group(unit, "not") is None:
            reading.named.update(unit.keys)
    reading.beings.extend(who for who in map(being, row) if who is not None)
    _count(row, reading)
    _colour(row, reading)
    _relate(row, reading)
    _act(row, reading)
    _place(row, reading)
    return reading


def _count(row: Sequence[Unit], reading: Reading) -> None:
    """Counts are exact only where every noun of the kind has its numeral: a bare noun may be one or many."""
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
            if unit.word != "俩" and after not in _MEASURES and not (at + 1 < len(row) and being(row[at + 1])):
                continue
        head = _head(row, at)
        if head is None:
            continue
        if plural:
            many.add(head)
        elif number is not None:
            claimed[head] = number
    sums: dict[str, list[int | None]] = {}
    for at, unit in enumerate(row):
        who = being(unit)
        if who is None:
            continue
        kind = "person" if of_group(unit, "person") else who
        following = row[at + 1].word if at + 1 < len(row) else ""
        if at in many or following == "们" or unit.word in {"人们", "人群", "群人", "观众", "乐队", "家人", "队员", "家庭", "男女"}:
            sums.setdefault(kind, []).append(-2)
        elif unit.word in {"情侣", "夫妇", "夫妻"}:
            sums.setdefault(kind, []).append(2)
        else:
            sums.setdefault(kind, []).append(claimed.get(at))
    for kind, parts in sums.items():
        least = sum(abs(part) if part is not None else 1 for part in parts)
        known = all(part is not None and part > 0 for part in parts)
        reading.counts[kind] = Count(least if known else None, least, known)


def _head(row: Sequence[Unit], at: int) -> int | None:
    """The person or animal that a numeral with its measure word belongs to: right after it, or the first after a 的."""
    measure = row[at + 1].word[:1] if at + 1 < len(row) else ""
    for index in range(at + 1, len(row)):
        unit = row[index]
        if unit.word in {"。", "，", "和", "与", "跟"}:
            return None
        who = of_group(unit, "animal") if measure in _OF_ANIMALS and row[at].word not in _MANY else being(unit)
        between = row[at + 1 : index]
        plain = all(one.word in _SMALL or one.word in _MEASURES or of_group(one, "colour") for one in between)
        if who is not None and (plain or row[index - 1].word == "的"):
            return index
    return None


def _colour(row: Sequence[Unit], reading: Reading) -> None:
    at = 0
    while at < len(row):
        colours: set[str] = set()
        while at < len(row) and ((row[at].word in "和、色" and colours) or of_group(row[at], "colour")):
            colour = of_group(row[at], "colour")
            if colour is not None:
                colours.add(colour)
            at += 1
        if not colours:
            at += 1
            continue
        head = at
        while head < len(row) and row[head].word in {"的", "小", "大", "长", "短", "毛", "长毛", "短袖"} and noun(row[head]) is None:
            head += 1
        if head == len(row):
            continue
        thing = of_group(row[head], "animal", "worn", "thing")
        if thing is None:
            continue
        said = together(colours)
        reading.colours.add((thing, said))
        if of_group(row[head], "worn") and head + 2 < len(row) and row[head + 1].word == "的":
            who = of_group(row[head + 2], "person")
            if who is not None:
                reading.worn_colours.add((who, thing, said))


def _object(row: Sequence[Unit], at: int) -> Unit | None:
    """What a verb that ends before a place takes: the next noun, past adjectives, numerals and colours; none past a 的 clause."""
    for unit in row[at : at + 7]:
        if noun(unit) is not None:
            return unit
        if not (unit.word in _SMALL or of_group(unit, "colour", "number")):
            return None
    return None


def _only_being(row: Sequence[Unit]) -> str | None:
    found = [who for who in map(being, row) if who is not None]
    return found[0] if len(found) == 1 else None


def _relate(row: Sequence[Unit], reading: Reading) -> None:
    who = _only_being(row)
    for at, unit in enumerate(row):
        relation = _VERBS.get(unit.word)
        if unit.word in _BITES or (unit.word == "咬" and who == "dog"):
            relation = "mouth"
        elif unit.word == "玩":
            relation = "play_with"
        elif unit.word in {"坐", "坐着", "趴", "趴着", "躺", "躺着"} and row[at + 1 : at + 2] and row[at + 1].word == "在":
            relation = "sit_on"
        for key in unit.keys:
            if key in _RIDDEN:
                reading.relations.add((who, "ride", _RIDDEN[key]))
        if relation is None:
            continue
        taken = _object(row, at + 2 if relation == "sit_on" else at + 1)
        if taken is None:
            continue
        thing = of_group(taken, "worn") if relation == "wear" else of_group(taken, "thing", "worn", "animal")
        if relation == "hold" and thing is None:
            thing = of_group(taken, "person")
        if relation == "sit_on":
            thing = of_group(taken, "thing", "place")
        if thing is not None and not (relation == "mouth" and who is not None and who != "dog"):
            reading.relations.add((None if relation == "mouth" else who, relation, thing))


def _act(row: Sequence[Unit], reading: Reading) -> None:
    who = _only_being(row)
    for unit in row:
        action = of_group(unit, "action")
        if action is not None:
            reading.actions.add((who, action))


def _place(row: Sequence[Unit], reading: Reading) -> None:
    for at, unit in enumerate(row):
        place = of_group(unit, "place")
        if place is None:
            continue
        after = row[at + 1].word[0] if at + 1 < len(row) else ""
        before = row[at - 1].word[-1] if at else ""
        if after in _PLACED or before in {"在", "从", "过"} or unit.word[-1] in _PLACED:
            reading.places.add(place)
