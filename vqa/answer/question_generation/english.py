"""Parse English captions by rules, without a syntactic parser.

The rules look at the order of the words and at what may stand between two of them.
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
_VERBS: dict[str, Relation] = {
    **dict.fromkeys(("wearing", "wears", "wear", "wore"), "wear"),
    **dict.fromkeys(("holding", "holds", "hold", "carrying", "carries", "carry"), "hold"),
    **dict.fromkeys(("riding", "rides", "ride"), "ride"),
}
_VEHICLES = {"cycle": "bicycle", "motor_ride": "motorcycle", "horse_ride": "horse", "skate_board": "skateboard"}
_SMALL = frozenset(
    "a an the his her its their some on in at of with and or while as is are to by from near into onto over through across along "
    "down up next behind beside under against for that who which has have being , . ; outside off around towards toward after "
    "before during between inside above below in front".split()
)
_PLACING = frozenset("in on at through across along into onto over down inside down around by near".split())
_PAST = frozenset("over across by near along down around".split())
"""Prepositions that lead past or over water, not into it."""
_ENDS = frozenset("and , . ; while with as in on at near through by is are who that to from of or".split())
_MANY = frozenset("several many some few group groups crowd crowds other others various".split())
_GATHERED = frozenset("group crowd team family couple audience crowds groups teams couples families police".split())


def parse(caption: str) -> ParsedCaption:
    """Return what an English caption says."""
    row = split_units(caption, "en")
    parsed = ParsedCaption()
    for unit in row:
        parsed.concepts.update(key for key in unit.keys if key_in_group(unit, "not") is None)
    _parse_counts(row, parsed)
    _parse_colours(row, parsed)
    _parse_relations(row, parsed)
    _parse_actions(row, parsed)
    _parse_places(row, parsed)
    return parsed


def _find_head(row: Sequence[Unit], at: int) -> tuple[int, int] | None:
    """Return the head of a noun phrase, and how many unknown words precede it.

    The head is an index. The phrase begins at index `at`. None if it has no known head.
    """
    passed = 0
    while at < len(row):
        unit = row[at]
        if noun_key(unit) is not None:
            while at + 1 < len(row) and noun_key(row[at + 1]) is not None:
                at += 1
            return (at, passed) if _ends_phrase(row, at) else None
        if unit.word in _ENDS or key_in_group(unit, "action") is not None or "not_object" in unit.keys:
            return None
        passed += not unit.keys and unit.word not in _SMALL
        if passed > 2:
            return None
        at += 1
    return None


def _ends_phrase(row: Sequence[Unit], at: int) -> bool:
    """Return whether a noun ends its phrase: no unknown noun follows."""
    if at + 1 == len(row):
        return True
    after = row[at + 1]
    return after.word in _SMALL or after.word.endswith(("ing", "ed", "ly")) or bool(after.keys) or after.word in _VERBS


def _parse_counts(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    sums: dict[str, list[tuple[int, bool, bool]]] = {}
    for at, unit in enumerate(row):
        who = being_key(unit)
        if who is None or not _ends_phrase(row, at):
            continue
        parsed.beings.append(who)
        kind = "person" if key_in_group(unit, "person") else who
        before = _collect_determiners(row, at)
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
        parsed.counts[kind] = Count(total if known else None, total, known and all(part[2] for part in parts))
    if any(
        unit.word in {"others", "another"} and (at + 1 == len(row) or row[at + 1].word in _SMALL)
        for at, unit in enumerate(row)
    ):
        for kind, count in parsed.counts.items():
            parsed.counts[kind] = Count(None, count.least + 1, False)


def _collect_determiners(row: Sequence[Unit], at: int) -> list[Unit]:
    found: list[Unit] = []
    unknown = 0
    while at > 0:
        at -= 1
        unit = row[at]
        if unit.word in _ENDS or key_in_group(unit, "action") or noun_key(unit) is not None or unit.word in _VERBS:
            break
        found.append(unit)
        unknown += not unit.keys and unit.word not in _SMALL
        if (
            unit.word in {"a", "an", "the", "another", *_MANY}
            or any(key in _NUMBERS for key in unit.keys)
            or unknown > 3
        ):
            break
    return found


def _parse_colours(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    at = 0
    while at < len(row):
        colours: set[str] = set()
        while at < len(row) and ((row[at].word in {"and", ","} and colours) or key_in_group(row[at], "colour")):
            colour = key_in_group(row[at], "colour")
            if colour is not None:
                colours.add(colour)
            at += 1
        if not colours:
            at += 1
            continue
        head = _find_head(row, at)
        if head is None or head[1] > 1 or any(key_in_group(unit, "colour") for unit in row[at : head[0]]):
            continue
        if any(unit.word in _SMALL for unit in row[at : head[0]]):
            continue
        thing = noun_key(row[head[0]])
        if (
            thing is None
            or key_in_group(row[head[0]], "person", "place") == thing
            or row[head[0]].word in {"haired", "eyed"}
        ):
            continue
        said = merge_colours(colours)
        parsed.colours.add((thing, said))
        if row[head[0]].form == 1:
            parsed.shared.add((thing, said))
        if key_in_group(row[head[0]], "worn"):
            who = _find_wearer(row, at)
            if who is not None:
                parsed.worn_colours.add((who, thing, said))


def _find_wearer(row: Sequence[Unit], at: int) -> str | None:
    """Return the person who wears what stands at index `at`.

    The person stands right before `in a`, `wearing a` or the like. None if there is none.
    """
    start = at
    while start > 0 and (
        key_in_group(row[start - 1], "colour") or row[start - 1].word in {"a", "an", "his", "her", "their", "and", ","}
    ):
        start -= 1
    if start < 2 or row[start - 1].word not in {"in", "wearing", "wears", "dressed"}:
        return None
    before = row[start - 2]
    if before.word in {"dressed", "is", "are"} and start > 2:
        before = row[start - 3]
    return key_in_group(before, "person") if before.form == 0 and before.word not in _GATHERED else None


def _find_subject(row: Sequence[Unit], at: int) -> str | None:
    """Return the person or animal that is the subject of a verb at index `at`.

    It is the nearest one before the verb; None where two are joined.
    """
    found = [index for index in range(at) if being_key(row[index]) is not None]
    if not found:
        return None
    last = found[-1]
    joined = len(found) > 1 and any(unit.word in {"and", "with"} for unit in row[found[-2] + 1 : last])
    return None if joined else being_key(row[last])


def _parse_relations(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    words = [unit.word for unit in row]
    for at, word in enumerate(words):
        relation = _VERBS.get(word)
        after = at + 1
        if word in {"playing", "plays", "play"} and words[at + 1 : at + 2] == ["with"]:
            relation, after = "play_with", at + 2
        elif word in {"sitting", "sits", "sit", "seated", "lying", "laying"} and words[at + 1 : at + 2] in (
            ["on"],
            ["in"],
        ):
            relation, after = "sit_on", at + 2
        if relation is None:
            continue
        head = _find_head(row, after)
        if head is None:
            continue
        if relation == "wear":
            thing = key_in_group(row[head[0]], "worn")
        elif relation == "sit_on":
            thing = key_in_group(row[head[0]], "thing", "place")
        elif relation == "play_with":
            thing = key_in_group(row[head[0]], "thing", "animal")
        else:
            thing = (
                key_in_group(row[head[0]], "thing", "animal", "person")
                if relation == "hold"
                else key_in_group(row[head[0]], "thing", "animal")
            )
        if thing is not None:
            parsed.relations.add((_find_subject(row, at), relation, thing))
    for at, unit in enumerate(row):
        for key in unit.keys:
            if key in _VEHICLES:
                parsed.relations.add((_find_subject(row, at) or being_key(unit), "ride", _VEHICLES[key]))
        if unit.word == "mouth" and at > 2 and row[at - 2].word == "in":
            thing = key_in_group(row[at - 3], "thing", "worn", "animal")
            if thing is not None:
                parsed.relations.add((None, "mouth", thing))


def _parse_actions(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    for at, unit in enumerate(row):
        action = key_in_group(unit, "action")
        if action is None or (at + 1 < len(row) and "not_object" in row[at + 1].keys):
            continue
        after = row[at + 1] if at + 1 < len(row) else None
        if (
            action == "play"
            and after is not None
            and (after.word in {"a", "an", "the", "his", "her"} or noun_key(after) is not None)
        ):
            continue
        who = being_key(unit)
        if who is None and at > 0 and row[at - 1].word in {"a", "an", "the"} and after is not None:
            who = being_key(after)
            if who is None:
                continue
        if who is None:
            who = _find_subject(row, at)
        if action in {"drive", "race", "watch"} and who is None:
            continue
        parsed.actions.add((who, action))


def _parse_places(row: Sequence[Unit], parsed: ParsedCaption) -> None:
    for at, unit in enumerate(row):
        place = key_in_group(unit, "place")
        if place is None or not _ends_phrase(row, at):
            continue
        if at + 1 < len(row) and key_in_group(row[at + 1], "thing", "worn", "person", "animal"):
            continue
        before = {one.word for one in row[max(0, at - 4) : at]}
        wet = place in {"water", "pool", "sea", "river", "lake"}
        if before & ((_PLACING - _PAST) if wet else _PLACING):
            parsed.places.add(place)
