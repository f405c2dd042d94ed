"""What the captions of one photograph, in both languages together, agree on: facts that can be asked in either language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from data.records import Language
from vqa.answer.derive import chinese, english
from vqa.answer.derive.reading import Reading, Relation
from vqa.answer.lexicon import akin, ancestors, group, keys

Kind = Literal["object", "colour", "number", "place", "action", "yes/no"]
Form = Literal[
    "what", "animal", "who", "wear", "head", "face", "hold", "ride", "mouth", "play_with", "sit_on", "colour", "number", "place",
    "setting", "action", "sport", "is_there", "is_colour", "is_number", "is_place", "is_action",
]  # fmt: skip

KINDS: Mapping[Form, Kind] = {
    "what": "object", "animal": "object", "who": "object", "wear": "object", "head": "object", "face": "object", "hold": "object",
    "ride": "object", "mouth": "object", "play_with": "object", "sit_on": "object", "colour": "colour", "number": "number",
    "place": "place", "setting": "place", "action": "action", "sport": "action", "is_there": "yes/no", "is_colour": "yes/no",
    "is_number": "yes/no", "is_place": "yes/no", "is_action": "yes/no",
}  # fmt: skip

HEAD, FACE = ("hat", "helmet", "bandanna"), ("glasses", "sunglasses", "goggles", "mask")
WEAK = frozenset("sit stand lie kneel watch laugh pose play perform rest wait race catch throw talk bite fly chase work play_ball".split())
VAGUE = frozenset(("something", "hair", "eye", "board", "clothes", "animal", "vehicle", "instrument", "paper"))
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
SPORTS = (
    "play_soccer", "play_football", "play_basketball", "play_tennis", "play_baseball", "play_volleyball", "play_hockey", "play_golf",
    "surf", "ski", "snowboard_ride", "skate_board", "climb", "swim", "cycle", "motor_ride", "skate", "boat_ride", "horse_ride",
)  # fmt: skip
INDOOR, OUTDOOR = frozenset(("room", "restaurant", "bed", "sofa")), frozenset(
    "beach sea river lake snow grass street sidewalk dirt sand desert mountain forest park playground track garden".split()
)  # fmt: skip
_FURS = {"yellow": "brown", "beige": "brown", "orange": "brown"}
_NEAR_PLACES = (frozenset("beach sea sand water".split()), frozenset("grass field park garden".split()),
                frozenset("street sidewalk".split()), frozenset("mountain rock snow".split()), frozenset("dirt track field".split()))  # fmt: skip


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


@dataclass(frozen=True)
class Evidence:
    """The captions of one photograph as they were read, five or so of each language."""

    image: str
    readings: tuple[Reading, ...]

    @property
    def named(self) -> frozenset[str]:
        """All that any caption names."""
        return frozenset().union(*(reading.named for reading in self.readings))

    def number(self, kind: str) -> int | None:
        """How many persons, or dogs, there are where the captions that count agree and no other contradicts; else None."""
        counts = [reading.counts[kind] for reading in self.readings if kind in reading.counts]
        said = Counter(count.exact for count in counts if count.exact is not None and count.explicit)
        if not said:
            return None
        number, support = said.most_common(1)[0]
        enough = support >= (4 if number == 1 else 2)
        return number if number is not None and enough and all(count.allows(number) for count in counts) else None

    def who(self, kind: str) -> tuple[str, bool] | None:
        """How the one being of a kind is called, or ("person", True) for several; None where there is none, or who knows how many."""
        support = Counter(being for reading in self.readings for being in set(reading.beings) if akin(being, kind))
        if sum(1 for reading in self.readings if kind in reading.counts) < 3:
            return None
        number = self.number(kind)
        if number is None or number > 1:
            counts = [reading.counts[kind] for reading in self.readings if kind in reading.counts]
            many = number is not None or sum(count.least > 1 for count in counts) >= max(2, len(counts) // 3)
            return (kind, True) if many else None
        if kind != "person":
            return kind, False
        for lineage in (("man",), ("woman",), ("boy", "child"), ("girl", "child"), ("baby", "child", "boy", "girl"), ("child",)):
            said = {being for being in support if being != "person"}
            if lineage[0] in said and said <= set(lineage) and support[lineage[0]] >= 2:
                return lineage[0], False
        return "person", False


def evidence(image: str, captions: Mapping[Language, Sequence[str]]) -> Evidence:
    """The captions of a photograph, read."""
    return Evidence(
        image,
        (
            *(english.read(caption) for caption in captions.get("en", ())),
            *(chinese.read(caption) for caption in captions.get("zh", ())),
        ),
    )


def facts(seen: Evidence) -> list[Fact]:
    """All facts but those of yes and no, in a fixed order."""
    found = [*_objects(seen), *_colours(seen), *_numbers(seen), *_places(seen), *_actions(seen)]
    return list(dict.fromkeys(found))


def agreed(votes: Iterable[Iterable[str]], least: int) -> str | None:
    """What at least so many readings say, or say of its kin, if two say just that and no rival comes near.

    The most specific is taken: a bicycle, where others say vehicle. A rival is what is not akin: it has less than half the voices
    of the kin, and fewer than the answer itself.
    """
    voices = [frozenset(said) for said in votes]
    said = Counter(key for voice in voices for key in voice)
    kin = {key: sum(any(akin(key, one) for one in voice) for voice in voices) for key in said if said[key] >= 2}
    if not kin:
        return None
    best = max(kin, key=lambda key: (kin[key], len(ancestors(key)), said[key], key))
    rival = max((times for key, times in said.items() if not akin(key, best)), default=0)
    return best if kin[best] >= least and 2 * rival < kin[best] and rival < said[best] else None


def _related(seen: Evidence, relation: Relation, among: Iterable[str] | None = None) -> list[set[str]]:
    allowed = None if among is None else set(among)
    return [
        {thing for _, said, thing in reading.relations if said == relation and (allowed is None or thing in allowed)}
        for reading in seen.readings
    ]


def _objects(seen: Evidence) -> Iterable[Fact]:
    person, dog = seen.who("person"), seen.who("dog")
    kinds = {key for reading in seen.readings for key in reading.beings if group(key) == "animal" and key != "animal"}
    mentions = Counter(key for reading in seen.readings for key in set(reading.beings))
    if len(kinds) == 1:
        animal = next(iter(kinds))
        if mentions[animal] >= 4:
            yield Fact(seen.image, "animal", "", "", animal)
            if not mentions.keys() - {animal, "animal"}:
                yield Fact(seen.image, "what", "", "", animal)
    if person is not None:
        who, many = person
        clear = who != "person" and not many and mentions[who] >= 4
        if clear and not kinds:
            yield Fact(seen.image, "what", "", "", who)
        if clear:
            doing = _doing(seen, "person")
            if doing is not None and not any(doing == act for reading in seen.readings for one, act in reading.actions if one == "dog"):
                yield Fact(seen.image, "who", "", doing, who)
        for form, among in (("head", HEAD), ("face", FACE)):
            worn = agreed(_related(seen, "wear", among), 2)
            if worn is not None and _one_only(seen, among, worn):
                yield Fact(seen.image, "head" if form == "head" else "face", who, "", worn, many)
        worn = agreed(_related(seen, "wear"), 3)
        if worn is not None and worn not in VAGUE:
            yield Fact(seen.image, "wear", who, "", worn, many)
        held = agreed(_related(seen, "hold"), 2)
        if held is not None and held not in VAGUE:
            yield Fact(seen.image, "hold", who, "", held, many)
        ridden = agreed(_related(seen, "ride"), 2)
        if ridden is not None and ridden not in VAGUE:
            yield Fact(seen.image, "ride", who, "", ridden, many)
    if dog is not None:
        carried = agreed(_related(seen, "mouth"), 2)
        if carried is not None and carried not in VAGUE and carried != "dog":
            yield Fact(seen.image, "mouth", "dog", "", carried, dog[1])
    alone = person if dog is None else dog if person is None else None
    if alone is not None:
        for relation in ("play_with", "sit_on"):
            thing = agreed(_related(seen, relation), 2)
            if thing is not None and thing not in VAGUE and thing != alone[0]:
                yield Fact(seen.image, relation, alone[0], "", thing, alone[1])


def _one_only(seen: Evidence, among: Sequence[str], worn: str) -> bool:
    return not any(key in seen.named and not akin(key, worn) for key in among)


def _coloured(seen: Evidence) -> dict[str, list[set[str]]]:
    said: dict[str, list[set[str]]] = {}
    for reading in seen.readings:
        here: dict[str, set[str]] = {}
        for thing, colour in reading.colours:
            named = _FURS.get(colour, colour) if group(thing) == "animal" else colour
            here.setdefault(thing, set()).add(named)
        for thing, colours in here.items():
            said.setdefault(thing, []).append(colours)
    return said


def _colours(seen: Evidence) -> Iterable[Fact]:
    said = _coloured(seen)
    for thing in said:
        if thing in VAGUE - {"clothes"} and thing != "hair":
            continue
        votes = [colours for other, all_said in said.items() if akin(thing, other) for colours in all_said]
        every = set().union(*votes)
        if len(votes) < 2 or any(len(vote) > 1 for vote in votes):
            continue
        support = Counter(colour for vote in votes for colour in vote)
        one = seen.number("dog") == 1 if thing == "dog" else False
        if one and every <= {"black", "white", "black_white"} and support["black_white"] >= 2:
            colour = "black_white"
        elif len(every) == 1:
            colour = next(iter(every))
        else:
            continue
        if colour == "mixed":
            continue
        wearers = {who for reading in seen.readings for who, worn, shade in reading.worn_colours if akin(worn, thing) and shade == colour}
        person = seen.who("person")
        about = person[0] if person is not None and not person[1] and any(akin(person[0], who) for who in wearers) else ""
        yield Fact(seen.image, "colour", about, thing, colour, thing in keys("animal") and (seen.number(thing) or 2) > 1)


def _numbers(seen: Evidence) -> Iterable[Fact]:
    for kind in sorted({kind for reading in seen.readings for kind in reading.counts}):
        number = seen.number(kind)
        if number is None or kind == "animal":
            continue
        yield Fact(seen.image, "number", kind, "", NUMBERS[number - 1]) if number <= len(NUMBERS) else Fact(
            seen.image, "number", kind, "", "many"
        )


def _places(seen: Evidence) -> Iterable[Fact]:
    place = place_of(seen)
    subject = seen.who("person") or seen.who("dog")
    if place is not None and place not in {"field"}:
        about, many = subject if subject is not None else ("", False)
        yield Fact(seen.image, "place", about, "", place, many)
    said = [reading.places | (reading.named & {"bed", "sofa"}) for reading in seen.readings]
    inside, outside = sum(bool(one & INDOOR) for one in said), sum(bool(one & OUTDOOR) for one in said)
    if inside >= 2 and not outside:
        yield Fact(seen.image, "setting", "", "", "indoors")
    if outside >= 3 and not inside:
        yield Fact(seen.image, "setting", "", "", "outdoors")


def place_of(seen: Evidence) -> str | None:
    """The place most captions name, if at least three do and no other that lies elsewhere is named by half as many."""
    support: Counter[str] = Counter()
    for reading in seen.readings:
        support.update(reading.places)
    whole = Counter(support)
    for key, times in support.items():
        for parent in ancestors(key):
            whole[parent] = max(whole[parent], times)
    for best, times in sorted(support.items(), key=lambda item: (-item[1], -len(ancestors(item[0])), item[0])):
        if times < 3:
            break
        rivals = [
            other for key, other in support.items()
            if not akin(key, best) and not any({key, best} <= near for near in _NEAR_PLACES)
        ]  # fmt: skip
        return best if 2 * max(rivals, default=0) < times else None
    return None


def _acts(seen: Evidence, kind: str) -> list[set[str]]:
    other = "dog" if kind == "person" else "person"
    return [
        {act for who, act in reading.actions if (akin(who, kind) if who is not None else other not in reading.counts)}
        for reading in seen.readings
    ]


def _doing(seen: Evidence, kind: str) -> str | None:
    """What the beings of a kind do: the strong action two captions agree on, or a weak one that three do and none rivals."""
    acts = _acts(seen, kind)
    strong = agreed([{act for act in said if act not in WEAK} for said in acts], 2)
    if strong is not None:
        return strong
    if any(act not in WEAK for said in acts for act in said):
        return None
    return agreed([said - {"watch", "wait"} for said in acts], 3)


def doings(seen: Evidence) -> list[tuple[str, bool, str]]:
    """Who (of persons and dogs), whether many, and what they do."""
    found = []
    for kind in ("person", "dog"):
        who, act = seen.who(kind), _doing(seen, kind)
        if who is not None and act is not None:
            found.append((*who, act))
    return found


def _actions(seen: Evidence) -> Iterable[Fact]:
    for who, many, act in doings(seen):
        yield Fact(seen.image, "action", who, "", act, many)
        if act in SPORTS and who != "dog":
            yield Fact(seen.image, "sport", "", "", act)
