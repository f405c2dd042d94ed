"""Reading an English caption without a parser: by the order of its words and by what may stand between two of them."""

from __future__ import annotations

from collections.abc import Sequence

from vqa.answer.derive.reading import Count, Reading, Relation, being, noun, together
from vqa.answer.lexicon import Unit, of_group, units

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_VERBS: dict[str, Relation] = {
    **dict.fromkeys(("wearing", "wears", "wear", "wore"), "wear"),
    **dict.fromkeys(("holding", "holds", "hold", "carrying", "carries", "carry"), "hold"),
    **dict.fromkeys(("riding", "rides", "ride"), "ride"),
}
_RIDDEN = {"cycle": "bicycle", "motor_ride": "motorcycle", "horse_ride": "horse", "skate_board": "skateboard"}
_SMALL = frozenset(
    "a an the his her its their some on in at of with and or while as is are to by from near into onto over through across along "
    "down up next behind beside under against for that who which has have being , . ; outside off around towards toward after "
    "before during between inside above below in front".split()
)
_PLACING = frozenset("in on at through across along into onto over down inside down around by near".split())
_ENDS = frozenset("and , . ; while with as in on at near through by is are who that to from of or".split())
_NOT_NEW = frozenset("the his her their its".split())
_MANY = frozenset("several many some few group groups crowd crowds other others various".split())
_GATHERED = frozenset("group crowd team family couple audience crowds groups teams couples families police".split())


def read(caption: str) -> Reading:
    """What an English caption says."""
    row = units(caption, "en")
    reading = Reading()
    for unit in row:
        reading.named.update(key for key in unit.keys if of_group(unit, "not") is None)
    _count(row, reading)
    _colour(row, reading)
    _relate(row, reading)
    _act(row, reading)
    _place(row, reading)
    return reading


def _phrase(row: Sequence[Unit], at: int) -> tuple[int, int] | None:
    """Where the noun phrase that begins at a place has its head, and how many units were passed over; None where it is not known."""
    passed = 0
    while at < len(row):
        unit = row[at]
        if noun(unit) is not None:
            while at + 1 < len(row) and noun(row[at + 1]) is not None:
                at += 1
            return (at, passed) if _closed(row, at) else None
        if unit.word in _ENDS or of_group(unit, "action") is not None or "not_object" in unit.keys:
            return None
        passed += not unit.keys and unit.word not in _SMALL
        if passed > 2:
            return None
        at += 1
    return None


def _closed(row: Sequence[Unit], at: int) -> bool:
    """Whether a noun ends its phrase: what follows is no other noun that the lexicon does not know."""
    if at + 1 == len(row):
        return True
    after = row[at + 1]
    return after.word in _SMALL or after.word.endswith(("ing", "ed", "ly")) or bool(after.keys) or after.word in _VERBS


def _count(row: Sequence[Unit], reading: Reading) -> None:
    sums: dict[str, list[tuple[int, bool, bool]]] = {}
    for at, unit in enumerate(row):
        who = being(unit)
        if who is None or not _closed(row, at):
            continue
        reading.beings.append(who)
        kind = "person" if of_group(unit, "person") else who
        before = _determiners(row, at)
        number = next((_NUMBERS[key] for one in before for key in one.keys if key in _NUMBERS), None)
        words = {one.word for one in before}
        plural = unit.form == 1 or unit.word in _GATHERED
        if words & _MANY or (plural and number is None) or unit.word in _GATHERED:
            sums.setdefault(kind, []).append((2, False, False))
        elif "the" in words and kind in sums and number is None:
            continue
        else:
            sums.setdefault(kind, []).append((number or 1, True, number is not None or bool(words & {"a", "an"})))
    for kind, parts in sums.items():
        total, known = sum(part[0] for part in parts), all(part[1] for part in parts)
        reading.counts[kind] = Count(total if known else None, total, known and all(part[2] for part in parts))
    if any(unit.word in {"others", "another"} and (at + 1 == len(row) or row[at + 1].word in _SMALL) for at, unit in enumerate(row)):
        for kind, count in reading.counts.items():
            reading.counts[kind] = Count(None, count.least + 1, False)


def _determiners(row: Sequence[Unit], at: int) -> list[Unit]:
    found: list[Unit] = []
    unknown = 0
    while at > 0:
        at -= 1
        unit = row[at]
        if unit.word in _ENDS or of_group(unit, "action") or noun(unit) is not None or unit.word in _VERBS:
            break
        found.append(unit)
        unknown += not unit.keys and unit.word not in _SMALL
        if unit.word in {"a", "an", "the", "another", *_MANY} or any(key in _NUMBERS for key in unit.keys) or unknown > 3:
            break
    return found


def _colour(row: Sequence[Unit], reading: Reading) -> None:
    at = 0
    while at < len(row):
        colours: set[str] = set()
        while at < len(row) and (row[at].word in {"and", ","} and colours or of_group(row[at], "colour")):
            colour = of_group(row[at], "colour")
            if colour is not None:
                colours.add(colour)
            at += 1
        if not colours:
            at += 1
            continue
        head = _phrase(row, at)
        if head is None or head[1] > 1 or any(of_group(unit, "colour") for unit in row[at : head[0]]):
            continue
        if any(unit.word in _SMALL for unit in row[at : head[0]]):
            continue
        thing = noun(row[head[0]])
        if thing is None or of_group(row[head[0]], "person", "place") == thing or row[head[0]].word in {"haired", "eyed"}:
            continue
        said = together(colours)
        reading.colours.add((thing, said))
        if of_group(row[head[0]], "worn"):
            who = _wearer(row, at)
            if who is not None:
                reading.worn_colours.add((who, thing, said))


def _wearer(row: Sequence[Unit], at: int) -> str | None:
    """Who stands right before `in a`, `wearing a` or `with a` that leads to a place in the row."""
    start = at
    while start > 0 and (of_group(row[start - 1], "colour") or row[start - 1].word in {"a", "an", "his", "her", "their", "and", ","}):
        start -= 1
    if start < 2 or row[start - 1].word not in {"in", "wearing", "wears", "dressed"}:
        return None
    before = row[start - 2]
    if before.word in {"dressed", "is", "are"} and start > 2:
        before = row[start - 3]
    return of_group(before, "person") if before.form == 0 and before.word not in _GATHERED else None


def _subject(row: Sequence[Unit], at: int) -> str | None:
    """The person or animal that a verb at a place is said of: the nearest one before it; None where two are joined."""
    found = [index for index in range(at) if being(row[index]) is not None]
    if not found:
        return None
    last = found[-1]
    joined = len(found) > 1 and any(unit.word in {"and", "with"} for unit in row[found[-2] + 1 : last])
    return None if joined else being(row[last])


def _relate(row: Sequence[Unit], reading: Reading) -> None:
    words = [unit.word for unit in row]
    for at, word in enumerate(words):
        relation = _VERBS.get(word)
        after = at + 1
        if word in {"playing", "plays", "play"} and words[at + 1 : at + 2] == ["with"]:
            relation, after = "play_with", at + 2
        elif word in {"sitting", "sits", "sit", "seated", "lying", "laying"} and words[at + 1 : at + 2] in (["on"], ["in"]):
            relation, after = "sit_on", at + 2
        if relation is None:
            continue
        head = _phrase(row, after)
        if head is None:
            continue
        if relation == "wear":
            thing = of_group(row[head[0]], "worn")
        elif relation == "sit_on":
            thing = of_group(row[head[0]], "thing", "place")
        elif relation == "play_with":
            thing = of_group(row[head[0]], "thing", "animal")
        else:
            thing = of_group(row[head[0]], "thing", "animal", "person") if relation == "hold" else of_group(row[head[0]], "thing", "animal")
        if thing is not None:
            reading.relations.add((_subject(row, at), relation, thing))
    for at, unit in enumerate(row):
        for key in unit.keys:
            if key in _RIDDEN:
                reading.relations.add((_subject(row, at) or being(unit), "ride", _RIDDEN[key]))
        if unit.word == "mouth" and at > 2 and row[at - 2].word == "in":
            thing = of_group(row[at - 3], "thing", "worn", "animal")
            if thing is not None:
                reading.relations.add((None, "mouth", thing))


def _act(row: Sequence[Unit], reading: Reading) -> None:
    for at, unit in enumerate(row):
        action = of_group(unit, "action")
        if action is None or (at + 1 < len(row) and "not_object" in row[at + 1].keys):
            continue
        who = being(unit)
        if who is None:
            who = _subject(row, at)
        if action in {"drive", "race", "watch"} and who is None:
            continue
        reading.actions.add((who, action))


def _place(row: Sequence[Unit], reading: Reading) -> None:
    for at, unit in enumerate(row):
        place = of_group(unit, "place")
        if place is None or not _closed(row, at):
            continue
        if at + 1 < len(row) and of_group(row[at + 1], "thing", "worn", "person", "animal"):
            continue
        before = {one.word for one in row[max(0, at - 4) : at]}
        if before & _PLACING:
            reading.places.add(place)
