"""Imaginary knowledges of many trades with questions, to calibrate on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from data.corpora import ask, xpersona
from data.corpora.ask import AskItem
from data.records import LANGUAGES, Entry, Language, Place
from retrieval.calibrate import LabelledQuestion
from retrieval.typing_slips import dress, slip

WRITTEN = Path(__file__).parent / "written"
"""Of each trade that is learned from, a folder each: replies, with a question for a detail that the reply gives and for one that
it does not; vague questions that two or three items could answer; and messages that follow up on the answer before."""

_KNOWLEDGES = ("zh", "en", "both")
_OFF_TOPIC = 10
_SMALL_TALK = 8


@dataclass(frozen=True)
class Trade:
    """The entries of an imaginary owner and the questions of his customers."""

    name: str
    entries: tuple[Entry, ...]
    questions: tuple[LabelledQuestion, ...]


def generate_trades(kept: bool, seed: int = 13) -> Iterator[Trade]:
    """Yield three knowledges of each trade: Chinese, English, and both languages.

    Args:
        kept: Yield the trades that nothing is learned from. Of the written replies only the other trades have some; the replies
            of these say nothing.
        seed: Of everything that is drawn.

    Raises:
        CorpusError: A corpus is missing.
    """
    items = list(ask.read())
    talk = {language: _read_small_talk(language) for language in LANGUAGES}
    for domain, group in groupby(items, key=lambda item: item.domain):
        own = list(group)
        if ask.is_held_out(domain) == kept:
            others = [item for item in items if item.domain != domain]
            for knowledge in _KNOWLEDGES:
                chance = random.Random(f"{seed} {domain} {knowledge}")
                yield _TradeBuilder(domain, own, _read_written("replies", domain), chance).build(
                    knowledge, others, talk
                )


def _read_written(folder: str, domain: str) -> list[Mapping[str, Any]]:
    path = WRITTEN / folder / f"{domain}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _read_small_talk(language: Language) -> list[str]:
    return [dialog.utterances[0].text for dialog in xpersona.read(language) if dialog.utterances]


@dataclass(frozen=True)
class _TradeBuilder:
    domain: str
    items: Sequence[AskItem]
    written: Sequence[Mapping[str, Any]]
    chance: random.Random

    def build(self, knowledge: str, others: Sequence[AskItem], talk: Mapping[Language, Sequence[str]]) -> Trade:
        entries: list[Entry] = []
        right: list[dict[Language, str]] = []
        for row, item in enumerate(self.items, 1):
            own: dict[Language, str] = {}
            for language in self._choose_languages(knowledge):
                more = self.chance.sample(item.same[language], self.chance.choice((0, 0, 0, 1, 1, 2)))
                phrasings = tuple(dict.fromkeys((item.stored[language], *more)))
                own[language] = f"{row}.{language}"
                entries.append(
                    Entry(own[language], language, phrasings, self._find_reply(row, language), Place(self.domain, row))
                )
            right.append(own)
        stored = {phrasing for entry in entries for phrasing in entry.questions}
        asked = [one for place, item in enumerate(self.items) for one in self._ask_about(place, item, right[place])]
        asked += [*self._ask_vaguely(right), *self._ask_follow_ups(right), *self._ask_off_topic(others, talk)]
        return Trade(
            f"{self.domain} {knowledge}",
            tuple(entries),
            tuple(one for one in asked if one.kind != "same" or one.question not in stored),
        )

    def _choose_languages(self, knowledge: str) -> tuple[Language, ...]:
        if knowledge == "zh":
            return ("zh",)
        if knowledge == "en":
            return ("en",)
        one: tuple[tuple[Language, ...], ...] = (("zh",), ("zh",), ("en",), ("en",), ("zh", "en"))
        return self.chance.choice(one)

    def _find_reply(self, row: int, language: Language) -> str:
        return self.written[row - 1][language] if self.written else "…"

    def _ask_about(self, place: int, item: AskItem, right: Mapping[Language, str]) -> Iterator[LabelledQuestion]:
        ids, chance = frozenset(right.values()), self.chance
        more = self.written[place] if self.written else {}
        for language in LANGUAGES:
            stored, same, near = item.stored[language], item.same[language], item.near[language]
            if language in right:
                yield from (LabelledQuestion(text, language, ids, "same") for text in same)
                yield from (LabelledQuestion(text, language, frozenset(), "near") for text in near)
                yield LabelledQuestion(slip(stored, language, chance), language, ids, "slip")
                yield LabelledQuestion(dress(stored, language, chance), language, ids, "dressed")
                if chance.random() < 0.5:
                    yield LabelledQuestion(slip(chance.choice(same), language, chance), language, ids, "same")
                if chance.random() < 0.4:
                    yield LabelledQuestion(slip(chance.choice(near), language, chance), language, frozenset(), "near")
                if chance.random() < 0.3:
                    yield LabelledQuestion(stored, language, ids, "stored")
                if more:
                    yield LabelledQuestion(more[f"detail_{language}"], language, ids, "detail")
                    yield LabelledQuestion(more[f"beyond_{language}"], language, frozenset(), "beyond")
            elif chance.random() < 0.6:
                yield LabelledQuestion(chance.choice(same), language, ids, "across")
                yield LabelledQuestion(stored, language, ids, "across")
                yield LabelledQuestion(chance.choice(near), language, frozenset(), "near across")

    def _ask_vaguely(self, right: Sequence[Mapping[Language, str]]) -> Iterator[LabelledQuestion]:
        for one in _read_written("vague", self.domain):
            if sum(one["language"] in right[place] for place in one["items"]) > 1:
                yield LabelledQuestion(one["question"], one["language"], frozenset(), "vague")

    def _ask_follow_ups(self, right: Sequence[Mapping[Language, str]]) -> Iterator[LabelledQuestion]:
        for one in _read_written("follow", self.domain):
            language: Language = one["language"]
            if language in right[one["previous"]] and (one["item"] is None or right[one["item"]]):
                ids = frozenset() if one["item"] is None else frozenset(right[one["item"]].values())
                previous = self.items[one["previous"]].stored[language]
                yield LabelledQuestion(one["question"], language, ids, "follow" if ids else "near", previous)

    def _ask_off_topic(
        self, others: Sequence[AskItem], talk: Mapping[Language, Sequence[str]]
    ) -> Iterator[LabelledQuestion]:
        for item in self.chance.sample(list(others), _OFF_TOPIC):
            for language in LANGUAGES:
                text = self.chance.choice((*item.same[language], item.stored[language]))
                yield LabelledQuestion(text, language, frozenset(), "off topic")
        for language in LANGUAGES:
            for text in self.chance.sample(list(talk[language]), _SMALL_TALK):
                yield LabelledQuestion(text, language, frozenset(), "small talk")
