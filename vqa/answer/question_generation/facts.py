"""Facts that the captions of a photograph agree on, in both languages together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.records import Language
from vqa.answer.lexicon import ancestors, group_of, is_related
from vqa.answer.question_generation import chinese, english
from vqa.answer.question_generation.fact import Fact
from vqa.answer.question_generation.parsed_caption import ParsedCaption, Relation

HEAD, FACE = ("hat", "helmet", "bandanna"), ("glasses", "sunglasses", "goggles", "mask")
WEAK = frozenset(
    "sit stand lie kneel watch laugh pose play perform rest wait race catch throw talk bite fly chase work play_ball".split()
)
VAGUE = frozenset(("something", "hair", "eye", "board", "clothes", "animal", "vehicle", "instrument", "paper"))
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
SPORTS = (
    "play_soccer",
    "play_football",
    "play_basketball",
    "play_tennis",
    "play_baseball",
    "play_volleyball",
    "play_hockey",
    "play_golf",
    "surf",
    "ski",
    "snowboard_ride",
    "skate_board",
    "climb",
    "swim",
    "cycle",
    "motor_ride",
    "skate",
    "boat_ride",
    "horse_ride",
)
INDOOR, OUTDOOR = (
    frozenset(("room", "restaurant", "bed", "sofa")),
    frozenset(
        "beach sea river lake snow grass street sidewalk dirt sand desert mountain forest park playground track garden".split()
    ),
)
_FURS = {"yellow": "brown", "beige": "brown", "orange": "brown"}
_NEAR_PLACES = (
    frozenset("beach sea sand water".split()),
    frozenset("grass field park garden".split()),
    frozenset("street sidewalk".split()),
    frozenset("mountain rock snow".split()),
    frozenset("dirt track field".split()),
)


@dataclass(frozen=True)
class Evidence:
    """The parsed captions of one photograph, about five in each language."""

    image: str
    parsed_captions: tuple[ParsedCaption, ...]

    @property
    def concepts(self) -> frozenset[str]:
        """Return all concepts that any caption names."""
        return frozenset().union(*(parsed.concepts for parsed in self.parsed_captions))

    def number(self, kind: str) -> int | None:
        """Return how many persons, or animals of a kind, there are.

        None unless the captions that count agree and no other contradicts them.
        """
        counts = [parsed.counts[kind] for parsed in self.parsed_captions if kind in parsed.counts]
        said = Counter(count.exact for count in counts if count.exact is not None and count.explicit)
        if not said:
            return None
        number, support = said.most_common(1)[0]
        enough = support >= (4 if number == 1 else 2)
        return number if number is not None and enough and all(count.allows(number) for count in counts) else None

    def who(self, kind: str) -> tuple[str, bool] | None:
        """Return the key of the one being of a kind, or (kind, True) for several.

        None where the captions are not sure.
        """
        support = Counter(
            being for parsed in self.parsed_captions for being in set(parsed.beings) if is_related(being, kind)
        )
        if sum(1 for parsed in self.parsed_captions if kind in parsed.counts) < 3:
            return None
        number = self.number(kind)
        if number is None or number > 1:
            counts = [parsed.counts[kind] for parsed in self.parsed_captions if kind in parsed.counts]
            many = number is not None or sum(count.least > 1 for count in counts) >= max(2, len(counts) // 3)
            return (kind, True) if many else None
        if kind != "person":
            return kind, False
        for lineage in (
            ("man",),
            ("woman",),
            ("boy", "child"),
            ("girl", "child"),
            ("baby", "child", "boy", "girl"),
            ("child",),
        ):
            said = {being for being in support if being != "person"}
            if lineage[0] in said and said <= set(lineage) and support[lineage[0]] >= 2:
                return lineage[0], False
        return "person", False


def parse_captions(image: str, captions: Mapping[Language, Sequence[str]]) -> Evidence:
    """Parse the captions of a photograph."""
    return Evidence(
        image,
        (
            *(english.parse(caption) for caption in captions.get("en", ())),
            *(chinese.parse(caption) for caption in captions.get("zh", ())),
        ),
    )


def find_facts(evidence: Evidence) -> list[Fact]:
    """Return all facts with open answers, in a fixed order."""
    found = [
        *_object_facts(evidence),
        *_colour_facts(evidence),
        *_number_facts(evidence),
        *_place_facts(evidence),
        *_action_facts(evidence),
    ]
    return list(dict.fromkeys(found))


def find_consensus(votes: Iterable[Iterable[str]], least: int) -> str | None:
    """Return the key that at least `least` captions name, itself or a relative of it.

    Two captions have to name the key itself. The most specific key wins: a bicycle, where others say vehicle. A rival is a key
    that is not related; it must have less than half the votes of the relatives, and fewer than the key itself.

    Args:
        votes: The keys that each caption names.
        least: The least number of captions.
    """
    voices = [frozenset(said) for said in votes]
    said = Counter(key for voice in voices for key in voice)
    kin = {key: sum(any(is_related(key, one) for one in voice) for voice in voices) for key in said if said[key] >= 2}
    if not kin:
        return None
    best = max(kin, key=lambda key: (kin[key], len(ancestors(key)), said[key], key))
    rival = max((times for key, times in said.items() if not is_related(key, best)), default=0)
    return best if kin[best] >= least and 2 * rival < kin[best] and rival < said[best] else None


def _collect_relations(evidence: Evidence, relation: Relation, among: Iterable[str] | None = None) -> list[set[str]]:
    allowed = None if among is None else set(among)
    return [
        {thing for _, said, thing in parsed.relations if said == relation and (allowed is None or thing in allowed)}
        for parsed in evidence.parsed_captions
    ]


def _object_facts(evidence: Evidence) -> Iterable[Fact]:
    person, dog = evidence.who("person"), evidence.who("dog")
    kinds = {
        key
        for parsed in evidence.parsed_captions
        for key in parsed.beings
        if group_of(key) == "animal" and key != "animal"
    }
    mentions = Counter(key for parsed in evidence.parsed_captions for key in set(parsed.beings))
    if len(kinds) == 1:
        animal = next(iter(kinds))
        if mentions[animal] >= 4:
            yield Fact(evidence.image, "animal", "", "", animal)
            if not mentions.keys() - {animal, "animal"}:
                yield Fact(evidence.image, "what", "", "", animal)
    if person is not None:
        who, many = person
        clear = who != "person" and not many and mentions[who] >= 4
        if clear and not kinds:
            yield Fact(evidence.image, "what", "", "", who)
        if clear:
            doing = _find_action(evidence, "person")
            if doing is not None and not any(
                doing == act for parsed in evidence.parsed_captions for one, act in parsed.actions if one == "dog"
            ):
                yield Fact(evidence.image, "who", "", doing, who)
        for form, among in (("head", HEAD), ("face", FACE)):
            worn = find_consensus(_collect_relations(evidence, "wear", among), 2)
            if worn is not None and _is_only_kind(evidence, among, worn):
                yield Fact(evidence.image, "head" if form == "head" else "face", who, "", worn, many)
        worn = find_consensus(_collect_relations(evidence, "wear"), 3)
        if worn is not None and worn not in VAGUE:
            yield Fact(evidence.image, "wear", who, "", worn, many)
        held = find_consensus(_collect_relations(evidence, "hold"), 2)
        if held is not None and held not in VAGUE:
            yield Fact(evidence.image, "hold", who, "", held, many)
        ridden = find_consensus(_collect_relations(evidence, "ride"), 2)
        if ridden is not None and ridden not in VAGUE:
            yield Fact(evidence.image, "ride", who, "", ridden, many)
    if "dog" in mentions:
        carried = find_consensus(_collect_relations(evidence, "mouth"), 2)
        if carried is not None and carried not in VAGUE and carried != "dog":
            yield Fact(evidence.image, "mouth", "dog", "", carried)
    alone = person if dog is None else dog if person is None else None
    if alone is not None:
        for relation in ("play_with", "sit_on"):
            thing = find_consensus(_collect_relations(evidence, relation), 2)
            if thing is not None and thing not in VAGUE and thing != alone[0]:
                yield Fact(evidence.image, relation, alone[0], "", thing, alone[1])


def _is_only_kind(evidence: Evidence, among: Sequence[str], worn: str) -> bool:
    return not any(key in evidence.concepts and not is_related(key, worn) for key in among)


def _collect_colours(evidence: Evidence) -> dict[str, list[set[str]]]:
    said: dict[str, list[set[str]]] = {}
    for parsed in evidence.parsed_captions:
        here: dict[str, set[str]] = {}
        for thing, colour in parsed.colours:
            named = _FURS.get(colour, colour) if group_of(thing) == "animal" else colour
            here.setdefault(thing, set()).add(named)
        for thing, colours in here.items():
            said.setdefault(thing, []).append(colours)
    return said


def _colour_facts(evidence: Evidence) -> Iterable[Fact]:
    said = _collect_colours(evidence)
    for thing in said:
        if thing in VAGUE - {"clothes"} and thing != "hair":
            continue
        votes = [colours for other, all_said in said.items() if is_related(thing, other) for colours in all_said]
        every = set().union(*votes)
        sure = 1 if group_of(thing) == "worn" and evidence.number("person") == 1 else 2
        if len(votes) < sure or any(len(vote) > 1 for vote in votes):
            continue
        support = Counter(colour for vote in votes for colour in vote)
        one = evidence.number("dog") == 1 if thing == "dog" else False
        if one and every <= {"black", "white", "black_white"} and support["black_white"] >= 2:
            colour = "black_white"
        elif len(every) == 1:
            colour = next(iter(every))
        else:
            continue
        if colour == "mixed":
            continue
        wearers = {
            who
            for parsed in evidence.parsed_captions
            for who, worn, shade in parsed.worn_colours
            if is_related(worn, thing) and shade == colour
        }
        person = evidence.who("person")
        about = (
            person[0]
            if person is not None and not person[1] and any(is_related(person[0], who) for who in wearers)
            else ""
        )
        several = group_of(thing) == "animal" and (evidence.who(thing) or ("", False))[1]
        if several and not any(one == thing for parsed in evidence.parsed_captions for one, _ in parsed.shared):
            continue
        yield Fact(evidence.image, "colour", about, thing, colour, several)


def _number_facts(evidence: Evidence) -> Iterable[Fact]:
    for kind in sorted({kind for parsed in evidence.parsed_captions for kind in parsed.counts}):
        number = evidence.number(kind)
        if number is None or kind == "animal":
            continue
        yield (
            Fact(evidence.image, "number", kind, "", NUMBERS[number - 1])
            if number <= len(NUMBERS)
            else Fact(evidence.image, "number", kind, "", "many")
        )


def _place_facts(evidence: Evidence) -> Iterable[Fact]:
    place = find_place(evidence)
    subject = evidence.who("person") or evidence.who("dog")
    if place is not None and place not in {"field"}:
        about, many = subject if subject is not None else ("", False)
        yield Fact(evidence.image, "place", about, "", place, many)
    said = [parsed.places | (parsed.concepts & {"bed", "sofa"}) for parsed in evidence.parsed_captions]
    inside, outside = sum(bool(places & INDOOR) for places in said), sum(bool(places & OUTDOOR) for places in said)
    if inside >= 2 and not outside:
        yield Fact(evidence.image, "setting", "", "", "indoors")
    if outside >= 3 and not inside:
        yield Fact(evidence.image, "setting", "", "", "outdoors")


def find_place(evidence: Evidence) -> str | None:
    """Return the place that most captions name.

    At least three have to name it, and no unrelated place that lies elsewhere may have half as many.
    """
    support: Counter[str] = Counter()
    for parsed in evidence.parsed_captions:
        support.update(parsed.places)
    whole = Counter(support)
    for key, times in support.items():
        for parent in ancestors(key):
            whole[parent] = max(whole[parent], times)
    for best, times in sorted(support.items(), key=lambda item: (-item[1], -len(ancestors(item[0])), item[0])):
        if times < 3:
            break
        rivals = [
            other
            for key, other in support.items()
            if not is_related(key, best) and not any({key, best} <= near for near in _NEAR_PLACES)
        ]
        return best if 2 * max(rivals, default=0) < times else None
    return None


def _collect_actions(evidence: Evidence, kind: str) -> list[set[str]]:
    other = "dog" if kind == "person" else "person"
    return [
        {
            act
            for who, act in parsed.actions
            if (is_related(who, kind) if who is not None else other not in parsed.counts)
        }
        for parsed in evidence.parsed_captions
    ]


def _find_action(evidence: Evidence, kind: str) -> str | None:
    """Return what the beings of a kind do.

    It is the strong action that two captions agree on, or a weak one that three name without a rival.
    """
    acts = _collect_actions(evidence, kind)
    strong = find_consensus([{act for act in said if act not in WEAK} for said in acts], 2)
    if strong is not None:
        return strong
    if any(act not in WEAK for said in acts for act in said):
        return None
    return find_consensus([said - {"watch", "wait"} for said in acts], 3)


def find_actions(evidence: Evidence) -> list[tuple[str, bool, str]]:
    """Return who acts (persons, then dogs), whether they are many, and the action."""
    found = []
    for kind in ("person", "dog"):
        who, act = evidence.who(kind), _find_action(evidence, kind)
        if who is not None and act is not None:
            found.append((*who, act))
    return found


def _action_facts(evidence: Evidence) -> Iterable[Fact]:
    for who, many, act in find_actions(evidence):
        yield Fact(evidence.image, "action", who, "", act, many)
        if (
            act in SPORTS
            and who != "dog"
            and (
                act != "climb"
                or (
                    evidence.concepts & {"rock", "mountain"}
                    and not evidence.concepts & {"wall", "playground", "stairs"}
                )
            )
        ):
            yield Fact(evidence.image, "sport", "", "", act)
