"""The names under which an owner's choices are kept and set."""

from __future__ import annotations

from collections.abc import Mapping

from data.formats.starter import FOLDER
from data.records import LANGUAGES, Language

NAME = "name"
GREETING: Mapping[Language, str] = {language: f"greeting.{language}" for language in LANGUAGES}
UNKNOWN: Mapping[Language, str] = {language: f"unknown.{language}" for language in LANGUAGES}
WORDS = (NAME, *GREETING.values(), *UNKNOWN.values())
"""The names under which an owner's words are kept: the bot's name, its greeting and what it says where it does not know."""


def switch_name(part: str) -> str:
    """The name under which the switch of a part is kept."""
    return f"{FOLDER}.{part}"
