"""What generators learn from: what was said, the reply to it, the language and the style it is written in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from data.records import Dialog, Language, Pair
from data.text.language import detect, language_of

CONTEXT = 3
"""How many turns a reply may look back at."""

Style = Literal["chat", "talk"]
"""chat: the clipped, slangy way of microblogs. talk: everyday sentences, what the bot speaks."""
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True)
class Exchange:
    """context: what was said, oldest first, at least one turn; reply: what was answered."""

    context: tuple[str, ...]
    reply: str
    language: Language
    style: Style = "talk"


def split_dialogs(
    dialogs: Iterable[Dialog], style: Style = "talk", language: Language | None = None
) -> Iterator[Exchange]:
    """Every utterance but the first as the reply to those before it; the language is looked at where none is given."""
    for dialog in dialogs:
        texts = [utterance.text for utterance in dialog.utterances]
        for place in range(1, len(texts)):
            context = tuple(texts[max(0, place - CONTEXT) : place])
            if texts[place].strip() and context[-1].strip():
                yield Exchange(context, texts[place], language or language_of(texts[place], "zh"), style)


def convert_pairs(pairs: Iterable[Pair]) -> Iterator[Exchange]:
    """A question and its reply."""
    for pair in pairs:
        yield Exchange((pair.question,), pair.reply, language_of(pair.reply, "zh"))


def is_in_one_language(exchange: Exchange) -> bool:
    """Whether the reply is in the exchange's language; one without words of either is."""
    return detect(exchange.reply) in (exchange.language, "mixed" if exchange.language == "zh" else None, None)
