"""The owner's choices: which parts of the shipped texts are on, the bot's name, and texts of the owner's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.choice_names import NAME, WORDS, switch_name
from bot.knowledge.database import Database, KnowledgeError
from bot.knowledge.entries import Change, has_own_entries, to_one_line
from data.formats.starter import FOLDER, PARTS
from data.text.clean import clean

LONGEST_NAME, LONGEST_WORDS = 40, 1000
"""Characters."""
_ALONE = "courtesy"

Why = Literal["environment", "owner", "own entries", "no own entries", "always"]


@dataclass(frozen=True)
class Switch:
    """Whether a part speaks, why, and how many entries it has.

    why is "environment" or "owner" where one of these decides; otherwise courtesy always speaks, and the other parts as long
    as there are no entries of the owner's.
    """

    on: bool
    why: Why
    count: int


def read_choices(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the stored choices: "on" or "off" by the name of a switch, and texts by their name."""
    return dict(connection.execute("SELECT name, value FROM choices ORDER BY name"))


def write_choices(connection: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Replace all stored choices by these."""
    connection.execute("DELETE FROM choices")
    connection.executemany("INSERT INTO choices VALUES (?, ?)", list(values.items()))


def list_silent_parts(connection: sqlite3.Connection, fixed: Mapping[str, str]) -> tuple[str, ...]:
    """Return the parts that are off.

    What is fixed takes precedence over what is stored.
    """
    chosen = {**read_choices(connection), **fixed}
    otherwise = "off" if has_own_entries(connection) else "on"
    return tuple(
        part for part in PARTS if chosen.get(switch_name(part), "on" if part == _ALONE else otherwise) == "off"
    )


class Choices:
    """The owner's choices in the knowledge.

    Those that the environment fixes take precedence over the stored ones.
    """

    def __init__(self, database: Database, fixed: Mapping[str, str]) -> None:
        self.fixed = fixed
        self._database = database

    def switches(self) -> dict[str, Switch]:
        """Return the switch of each part."""
        with self._database.read_transaction() as connection:
            stored, own = read_choices(connection), has_own_entries(connection)
            silent = list_silent_parts(connection, self.fixed)
            counts = {
                part: connection.execute(
                    "SELECT count(*) FROM entries WHERE file GLOB ?", (f"{FOLDER}/{part}/*",)
                ).fetchone()[0]
                for part in PARTS
            }
        reasons: dict[str, Why] = dict.fromkeys(PARTS, "own entries" if own else "no own entries")
        reasons[_ALONE] = "always"
        reasons |= {part: "owner" for part in PARTS if switch_name(part) in stored}
        reasons |= {part: "environment" for part in PARTS if switch_name(part) in self.fixed}
        return {part: Switch(part not in silent, reasons[part], int(counts[part])) for part in PARTS}

    def list_silent_parts(self) -> tuple[str, ...]:
        """Return the parts that do not speak. One cheap query."""
        with self._database.read_transaction() as connection:
            return list_silent_parts(connection, self.fixed)

    def switch(self, part: str, on: bool) -> None:
        """Let a part speak, or not, whatever other entries there are.

        Raises:
            KnowledgeError: There is no such part.
        """
        if part not in PARTS:
            raise KnowledgeError(f"There is no part {part!r}; expected one of {', '.join(PARTS)}.")
        with self._database.write_transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO choices VALUES (?, ?)", (switch_name(part), "on" if on else "off")
            )
            Change(connection).note_part(part)

    def switch_automatically(self) -> None:
        """Forget what was chosen about the parts: whether they speak depends on the entries of the owner's again."""
        with self._database.write_transaction() as connection:
            change = Change(connection)
            for part in PARTS:
                gone = connection.execute("DELETE FROM choices WHERE name = ?", (switch_name(part),))
                if gone.rowcount:
                    change.note_part(part)

    def words(self) -> dict[str, str]:
        """Return the owner's texts by their name; those that are not set are missing."""
        with self._database.read_transaction() as connection:
            chosen = {**read_choices(connection), **self.fixed}
        return {name: chosen[name] for name in WORDS if chosen.get(name)}

    def set_words(self, words: Mapping[str, str]) -> None:
        """Store these words by their name.

        Blank ones are removed, so that ours are said again.

        Raises:
            KnowledgeError: A text is too long; nothing is changed then.
        """
        kept = {name: to_one_line(text) if name == NAME else clean(text) for name, text in words.items()}
        for name, text in kept.items():
            longest = LONGEST_NAME if name == NAME else LONGEST_WORDS
            if len(text) > longest:
                raise KnowledgeError(
                    f"This has {len(text)} characters; expected at most {longest} for the "
                    f"{'name' if name == NAME else 'text'}. Shorten it and save again."
                )
        with self._database.write_transaction() as connection:
            before = read_choices(connection)
            connection.executemany("DELETE FROM choices WHERE name = ?", [(name,) for name in kept])
            connection.executemany(
                "INSERT INTO choices VALUES (?, ?)", [(name, text) for name, text in kept.items() if text]
            )
            if read_choices(connection).get(NAME) != before.get(NAME):
                Change(connection).note_name_change()
