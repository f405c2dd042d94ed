"""What a page shows before anything was said: the bot's name, its greeting and questions to begin with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from bot.choice_names import GREETING, NAME
from bot.knowledge import Knowledge
from data.records import Language
from ui.strings import STRINGS, Strings

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$])")
# The part of what the bot ships with that answers each of the page's own examples.
EXAMPLE_PARTS = ("courtesy", "course", "application", "course", "application", "daily_life")
_LONGEST = 60
"""Characters of a question that fits on a button."""


@dataclass(frozen=True)
class FirstScreen:
    """The name and the greeting as they are typed, and the examples."""

    name: str
    greeting: str
    examples: tuple[str, ...]


def name_of(knowledge: Knowledge, language: Language) -> str:
    """What the bot is called on a page of the language."""
    return knowledge.choices.words().get(NAME) or STRINGS[language].title


def compose(knowledge: Knowledge, language: Language) -> FirstScreen:
    """Compose the first screen: the owner's words and questions before ours, and only what is answered.

    Raises:
        KnowledgeError: The knowledge cannot be used.
    """
    words, said = STRINGS[language], knowledge.choices.words()
    switches = knowledge.choices.switches()
    ours = [text for text, part in zip(words.examples, EXAMPLE_PARTS, strict=True) if switches[part].on]
    most = len(words.examples)
    # One of ours stays: what can you do?
    own = knowledge.first_questions(language, most - bool(ours), _LONGEST)
    examples = tuple(dict.fromkeys([*own, *ours]))[:most]
    return FirstScreen(said.get(NAME) or words.title, said.get(GREETING[language]) or words.placeholder, examples)


def build_head(name: str, words: Strings, log_out: str, other: Language) -> str:
    """Build the line at the top of the page; log_out is the button that ends the session, or nothing."""
    return (
        f"<div id='head'><div><h1>{escape(name)}</h1><span class='tagline'>{words.tagline}</span></div>"
        f"<nav>{log_out}"
        f"<a class='language' href='/language/{other}' lang='{other}'>{words.other_language}</a></nav></div>"
    )


def as_markdown(text: str) -> str:
    """Write a text so that Markdown shows it as it was typed, line by line.

    >>> as_markdown("*Hi* <b>")
    '\\\\*Hi\\\\* &lt;b&gt;'
    """
    return "<br>".join(escape(_MARKS.sub(r"\\\1", line), quote=False) for line in text.splitlines())
