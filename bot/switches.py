"""`python -m bot starter`: list the parts of the starter corpus, and switch them."""

from __future__ import annotations

from pathlib import Path

from bot.knowledge import Knowledge, KnowledgeError
from bot.knowledge.choices import Why
from data.formats.starter import PARTS

ACTIONS = ("list", "on", "off", "auto")
_WHY: dict[Why, str] = {
    "always": "automatic: always",
    "environment": "set by KANLIAO_STARTER",
    "owner": "as you chose",
    "own entries": "automatic: there are entries of your own",
    "no own entries": "automatic: there is no entry of your own yet",
}


def run(knowledge: Knowledge, folder: Path, action: str, part: str | None) -> None:
    """Do what was asked and print how the switches stand.

    folder has the texts that the bot ships with.

    Raises:
        KnowledgeError: There is no such part, or none was named.
    """
    knowledge.sync_starter(folder)
    if action in ("on", "off"):
        if part is None:
            raise KnowledgeError(f"Say which part to switch {action}: one of {', '.join(PARTS)}.")
        knowledge.choices.switch(part, action == "on")
    elif part is not None:
        raise KnowledgeError(f"{action} takes no part, and was given {part!r}; to switch one use on or off.")
    elif action == "auto":
        knowledge.choices.switch_automatically()
    for name, switch in knowledge.choices.switches().items():
        print(f"{name:12} {'on ' if switch.on else 'off'}  {switch.count:4} entries  {_WHY[switch.why]}")
