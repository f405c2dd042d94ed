"""Assign the speakers of a log: who is the person, who the bot, and who neither."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from data.formats.errors import RejectedRow
from data.formats.logs.conversation import Conversation
from data.formats.logs.speakers import BOT, NEITHER, USER, find_side, is_system
from data.formats.logs.utterance import LogUtterance

MAX_NAMES = 6
"""How many names of one side are shown."""

SAMPLED = 1_000
"""The conversations that are looked at first. If the words of their speakers tell all, no more are."""

_PLAIN = {"user": USER, "assistant": BOT, "bot": BOT, "human": USER, "gpt": BOT}
_OTHER = {USER: BOT, BOT: USER}
# What only the one who serves says. Each is a whole sentence: "how can I help my plants grow" is no such thing.
_SERVING = re.compile(
    r"有什么(?:可以|能)(?:帮助?(?:到)?(?:您|你|的)?|为(?:您|你)(?:效劳|服务|做))|很高兴(?:能)?为(?:您|你)服务"
    r"|(?:正在|竭诚)为(?:您|你)服务|工号[:： ]?\w+|欢迎(?:光临|咨询)"
    r"|\b(?:how|what) (?:can|may|could) (?:i|we) (?:help|assist|do for)(?: you)?(?: today| with)?\s*[?？!.]*\s*(?:$|[.?!])"
    r"|\bthank you for (?:contacting|calling|reaching out)|\bwelcome to our\b",
    re.IGNORECASE,
)


class UndecidedRow(RejectedRow):
    """A conversation that was not accepted because its speakers cannot be told."""


class SpeakerError(ValueError):
    """Who is the person and who the bot cannot be told; the message says what was seen and how to name them."""


@dataclass(frozen=True)
class Speakers:
    """Who speaks for which side.

    Args:
        users: Names of persons, as given or found.
        bots: Names of bots.
        has_system_bot: "system" is the name of the bot, as in corpora of task dialogues.
        has_stars: Ratings are 1 to 5 stars, so that 1 is a dislike.
        reading: A sentence that says how the names were read; empty where their words tell.
    """

    users: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    has_system_bot: bool = False
    has_stars: bool = False
    reading: str = ""

    def find_side(self, name: str) -> str | None:
        """Return USER, BOT or NEITHER; None where the name does not tell."""
        if name in self.users:
            return USER
        if name in self.bots:
            return BOT
        if self.has_system_bot and is_system(name):
            return BOT
        return find_side(name)

    def find_sides(self, names: Iterable[str]) -> dict[str, str]:
        """Return the side of each speaker of a conversation.

        Where the names of one side are known, all others are the other side.

        Raises:
            SpeakerError: The names do not tell.
        """
        sides = {name: self.find_side(name) for name in names}
        unknown = [name for name, side in sides.items() if side is None]
        if unknown:
            known = {side for side in sides.values() if side in _OTHER}
            if len(known) != 1:
                raise SpeakerError(explain_unknown(unknown, sides))
            side = _OTHER[known.pop()]
            sides.update(dict.fromkeys(unknown, side))
        return {name: side for name, side in sides.items() if side is not None}

    def assign(self, conversation: Conversation) -> list[LogUtterance]:
        """Return the utterances of the person and the bot, with USER and BOT as speakers.

        Raises:
            SpeakerError: The names do not tell.
        """
        if self.has_stars and conversation.facts.get("stars") == 1.0:
            conversation.facts["liked"] = False
        if not (self.users or self.bots or self.has_stars or conversation.facts):
            # Nearly every log names its speakers so.
            said_by = {utterance.speaker for utterance in conversation.said}
            if said_by <= _PLAIN.keys():
                for utterance in conversation.said:
                    utterance.speaker = _PLAIN[utterance.speaker]
                return conversation.said
        sides = self.find_sides(dict.fromkeys(one.speaker for one in conversation.said))
        said: list[LogUtterance] = []
        for utterance in conversation.said:
            side = sides[utterance.speaker]
            if side != NEITHER:
                utterance.speaker = side
                if self.has_stars and utterance.facts and utterance.facts.get("stars") == 1.0:
                    utterance.facts["liked"] = False
                said.append(utterance)
        return conversation.attach_facts(said)


def explain_unknown(unknown: Iterable[str], sides: dict[str, str | None] | None = None) -> str:
    """Return a sentence that says which names are unknown and what to do."""
    names = _list_names(unknown)
    known = {side for side in (sides or {}).values() if side in _OTHER}
    why = " beside both a person and a bot" if len(known) == 2 else ""
    first, *others = list(unknown) or ["NAME"]
    return (
        f"who is the person and who the bot cannot be told by {names}{why}; name them: "
        f"--user {_quote(first)} --bot {_quote(others[0] if others else 'NAME')}, or the other way round"
    )


@dataclass
class SpeakerSurvey:
    """What the conversations of a file say of its speakers, in bounded memory."""

    speakers: Speakers = field(default_factory=Speakers)
    conversations: int = 0
    undecided: int = 0
    users: dict[str, None] = field(default_factory=dict)
    bots: dict[str, None] = field(default_factory=dict)
    serving: dict[str, None] = field(default_factory=dict)
    common: set[str] | None = None
    others: dict[str, None] = field(default_factory=dict)
    ratings: set[float] = field(default_factory=set)
    has_bot: bool = False
    has_late_system: bool = False
    has_odd_name: bool = False

    def add(self, conversation: Conversation) -> None:
        """Count one conversation."""
        self.conversations += 1
        names = list(dict.fromkeys(one.speaker for one in conversation.said))
        self._look_at_ratings(conversation)
        try:
            sides = self.speakers.find_sides(names)
        except SpeakerError:
            self.undecided += 1
            unknown = [name for name in names if self.speakers.find_side(name) is None]
            self.common = set(unknown) if self.common is None else self.common & set(unknown)
            for name in unknown:
                _remember(self.others, name)
            for utterance in conversation.said:
                if utterance.speaker in unknown and _SERVING.search(utterance.text):
                    _remember(self.serving, utterance.speaker)
            self.has_bot = True
            return
        for name, side in sides.items():
            if side in _OTHER:
                _remember(self.users if side == USER else self.bots, name)
                self.has_bot = self.has_bot or side == BOT
                self.has_odd_name = self.has_odd_name or self.speakers.find_side(name) is None
        if not self.has_late_system and USER in sides.values():
            seen_user = False
            for utterance in conversation.said:
                if sides[utterance.speaker] == USER:
                    seen_user = True
                elif seen_user and is_system(utterance.speaker):
                    self.has_late_system = True
                    break

    def _look_at_ratings(self, conversation: Conversation) -> None:
        for facts in (conversation.facts, *(one.facts for one in conversation.said)):
            if facts and isinstance(stars := facts.get("stars"), float) and len(self.ratings) < MAX_NAMES:
                self.ratings.add(stars)

    @property
    def needs_all(self) -> bool:
        """Whether the rest of the file has to be looked at."""
        return bool(self.undecided)

    def decide(self) -> Speakers:
        """Return who speaks for which side.

        Raises:
            SpeakerError: It cannot be told.
        """
        users, bots = self.speakers.users, self.speakers.bots
        has_stars = bool(self.ratings & {3.0, 4.0, 5.0, 2.0})
        has_system_bot = self.has_late_system and not self.has_bot
        reading = ""
        if self.undecided:
            bot, why = self._find_bot()
            bots = (*bots, bot)
            people = [name for name in self.others if name != bot]
            reading = (
                f"Read {_quote(bot)} as the bot ({why}) and {_list_names(people)} as "
                f"{'the person' if len(people) == 1 else 'the people'}. If it is the other way round: --user {_quote(bot)}"
                + (f" --bot {_quote(people[0])}." if len(people) == 1 else ".")
            )
        elif has_system_bot:
            reading = (
                'Read "system" as the bot: it speaks after the person, and no other bot does. If it is not: --bot NAME.'
            )
        elif self.has_odd_name:
            reading = f"Read {_list_names(self.users)} as the person and {_list_names(self.bots)} as the bot."
            if not users and not bots:
                reading += " If that is wrong, name them: --user NAME --bot NAME."
        return Speakers(users, bots, has_system_bot, has_stars, reading)

    def _find_bot(self) -> tuple[str, str]:
        common = self.common or set()
        if list(self.others) == ["first", "second"]:
            raise SpeakerError(
                f"Who is the person and who the bot cannot be told: the messages of {self.undecided} of "
                f"{self.conversations} conversations do not say who speaks. Taken by turns they are "
                '"first" and "second"; name them: --user first --bot second, or the other way round.'
            )
        if len(self.serving) == 1 and self.serving.keys() <= common:
            return next(iter(self.serving)), "it says what those say who serve others"
        if len(common) == 1 and self.undecided > 1 and self.serving.keys() <= common:
            return next(iter(common)), f"it speaks in each of {self.undecided} conversations"
        raise SpeakerError(
            f"Who is the person and who the bot cannot be told: {_list_names(self.others)} "
            f"{'speaks' if len(self.others) == 1 else 'speak'} in {self.undecided} of {self.conversations} "
            f"conversation{'s' * (self.conversations != 1)}, no name tells its role, and none alone is in every one of them. "
            f"Name them: --user {_quote(next(iter(self.others), 'NAME'))} --bot {_quote(_second(self.others))}, or the other "
            "way round."
        )


def _second(names: dict[str, None]) -> str:
    return list(names)[1] if len(names) > 1 else "NAME"


def _remember(names: dict[str, None], name: str) -> None:
    if len(names) < 2 * MAX_NAMES:
        names.setdefault(name)


def _quote(name: str) -> str:
    line = " ".join(name.split())
    line = line if len(line) <= 40 else line[:39] + "…"
    return f'"{line}"' if " " in line or not line else line


def _list_names(names: Iterable[str]) -> str:
    shown = [_quote(name) for name in names]
    return ", ".join(shown[:MAX_NAMES]) + (" …" if len(shown) > MAX_NAMES else "")
