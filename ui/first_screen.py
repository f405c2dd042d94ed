"""The first screen: the bot's name, its greeting, and example questions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from bot.choice_names import GREETING, NAME
from bot.knowledge import Knowledge
from data.records import Language
from ui.translations import TRANSLATIONS, Strings

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$])")
# The part of the starter knowledge that answers each of the built-in examples.
EXAMPLE_PARTS = ("courtesy", "course", "application", "course", "application", "daily_life")
_MAX_LENGTH = 60
"""Characters of a question that fits on a button."""


@dataclass(frozen=True)
class FirstScreen:
    """The name and the greeting as plain text, and the examples."""

    name: str
    greeting: str
    examples: tuple[str, ...]


def get_bot_name(knowledge: Knowledge, language: Language) -> str:
    """Return the name of the bot on the page of a language."""
    return knowledge.choices.words().get(NAME) or TRANSLATIONS[language].title


def build_first_screen(knowledge: Knowledge, language: Language) -> FirstScreen:
    """Build the first screen.

    The owner's texts and questions come before the built-in ones, and every question has an answer.

    Raises:
        KnowledgeError: The knowledge cannot be read.
    """
    words, said = TRANSLATIONS[language], knowledge.choices.words()
    switches = knowledge.choices.switches()
    ours = [text for text, part in zip(words.examples, EXAMPLE_PARTS, strict=True) if switches[part].on]
    most = len(words.examples)
    # One built-in example always stays: what can you do?
    own = knowledge.first_questions(language, most - bool(ours), _MAX_LENGTH)
    examples = tuple(dict.fromkeys([*own, *ours]))[:most]
    return FirstScreen(said.get(NAME) or words.title, said.get(GREETING[language]) or words.placeholder, examples)


def build_head(name: str, words: Strings, log_out: str, other: Language) -> str:
    """Build the line at the top of the page.

    Args:
        name: The name of the bot.
        words: The texts of the page.
        log_out: The HTML of the button that ends the session, or nothing.
        other: The language that the link switches to.
    """
    return (
        f"<div id='head'><div><h1>{escape(name)}</h1><span class='tagline'>{words.tagline}</span></div>"
        f"<nav>{log_out}"
        f"<a class='language' href='/language/{other}' lang='{other}'>{words.other_language}</a></nav></div>"
    )


def escape_markdown(text: str) -> str:
    """Escape a text so that Markdown shows it as it was typed, line by line.

    >>> escape_markdown("*Hi* <b>")
    '\\\\*Hi\\\\* &lt;b&gt;'
    """
    return "<br>".join(escape(_MARKS.sub(r"\\\1", line), quote=False) for line in text.splitlines())
