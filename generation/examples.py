"""Training examples of generators: context, reply, language and style."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from data.records import Dialog, Language, Pair
from data.text.language import detect, language_of

CONTEXT = 3
"""The most turns of a context."""

Style = Literal["chat", "talk"]
"""chat: the clipped slang of microblogs. talk: everyday sentences, as the bot writes them."""
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True)
class Exchange:
    """A context and the reply to it.

    Args:
        context: What was said, oldest first, at least one turn.
    """

    context: tuple[str, ...]
    reply: str
    language: Language
    style: Style = "talk"


def split_dialogs(
    dialogs: Iterable[Dialog], style: Style = "talk", language: Language | None = None
) -> Iterator[Exchange]:
    """Yield every utterance but the first as the reply to those before it.

    The language is detected if none is given.
    """
    for dialog in dialogs:
        texts = [utterance.text for utterance in dialog.utterances]
        for place in range(1, len(texts)):
            context = tuple(texts[max(0, place - CONTEXT) : place])
            if texts[place].strip() and context[-1].strip():
                yield Exchange(context, texts[place], language or language_of(texts[place], "zh"), style)


def convert_pairs(pairs: Iterable[Pair]) -> Iterator[Exchange]:
    """Yield each pair as an exchange with one turn."""
    for pair in pairs:
        yield Exchange((pair.question,), pair.reply, language_of(pair.reply, "zh"))


def is_in_one_language(exchange: Exchange) -> bool:
    """Return whether the reply is in the exchange's language.

    So is one without words, such as emoji.
    """
    return detect(exchange.reply) in (exchange.language, "mixed" if exchange.language == "zh" else None, None)
