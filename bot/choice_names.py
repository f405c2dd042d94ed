"""The names under which an owner's choices are stored and set."""

from __future__ import annotations

from collections.abc import Mapping

from data.formats.starter import FOLDER
from data.records import LANGUAGES, Language

NAME = "name"
GREETING: Mapping[Language, str] = {language: f"greeting.{language}" for language in LANGUAGES}
UNKNOWN: Mapping[Language, str] = {language: f"unknown.{language}" for language in LANGUAGES}
WORDS = (NAME, *GREETING.values(), *UNKNOWN.values())
"""The names of the owner's texts: the bot's name, its greeting and its reply to a question that nothing answers."""


def switch_name(part: str) -> str:
    """Return the name under which the switch of a part is stored."""
    return f"{FOLDER}.{part}"
