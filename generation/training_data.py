"""Training data and held-out exchanges of the shipped generator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from data.corpora import cdial, lccc, xpersona
from data.corpora.heldout_overlap import HeldoutOverlap
from data.corpora.response_selection import load_dialogs
from data.corpora.split import Part, assign_part, join_utterances
from data.formats.starter import read_starter
from data.records import LANGUAGES, Dialog
from data.text.token_spacing import capitalize_sentences, remove_token_spaces
from generation.examples import Exchange, is_in_one_language, split_dialogs

TRAINED_ON = (
    "LCCC-base and XDailyDialog in Chinese and English (training dialogues), CDial-GPT, XPersona in English, the starter corpus; "
    "without what is said in a held-out dialogue"
)
LICENCE = (
    "non-commercial: XDailyDialog is CC BY-NC-SA. LCCC, CDial-GPT and XPersona are MIT, the starter corpus was written for this "
    "project"
)
SETS = ("lccc", "xdailydialog.zh", "xdailydialog.en")


def load_held_out(name: str, part: Part) -> list[Exchange]:
    """Return all exchanges of the dev or test dialogues of a set.

    Args:
        name: One of SETS.
        part: "dev" or "test".

    Raises:
        CorpusError: A corpus is missing or damaged.
    """
    found = load_dialogs(name, part)
    if name == "lccc":
        return list(split_dialogs(found, "chat", "zh"))
    return list(split_dialogs(map(_normalize_dialog, found), "talk", "zh" if name.endswith("zh") else "en"))


def load_examples(starter: Path) -> list[Exchange]:
    """Return all training exchanges whose reply no held-out dialogue has.

    Raises:
        CorpusError: A corpus is missing or damaged.
        FormatError: The starter corpus in the folder is damaged.
    """
    held = HeldoutOverlap(
        _normalize_dialog(dialog) for name in SETS for part in _HELD for dialog in load_dialogs(name, part)
    )
    kept = []
    for exchange in _read_all(starter):
        if is_in_one_language(exchange) and not any(
            held.has_copy(turn, exchange.reply) for turn in exchange.context[-1:]
        ):
            kept.append(exchange)
    return kept


_HELD: tuple[Part, Part] = ("dev", "test")
_PHRASINGS = 3


def _read_all(starter: Path) -> Iterator[Exchange]:
    yield from split_dialogs(
        (dialog for dialog in lccc.read() if assign_part(join_utterances(dialog)) == "train"), "chat", "zh"
    )
    yield from split_dialogs(cdial.read(), "chat", "zh")
    for language in LANGUAGES:
        for dialog in load_dialogs(f"xdailydialog.{language}", "train"):
            yield from split_dialogs([_normalize_dialog(dialog)], "talk", language)
    yield from split_dialogs((_normalize_dialog(dialog, lower=True) for dialog in xpersona.read("en")), "talk", "en")
    for entry in read_starter(starter):
        # The bot should say the same about itself whether it retrieves a reply or generates it.
        for question in entry.questions[:_PHRASINGS]:
            yield Exchange((question,), entry.reply, entry.language)


def _normalize_dialog(dialog: Dialog, lower: bool = False) -> Dialog:
    """Return the dialogue without tokenizer spaces in English.

    With `lower`, also with capitals restored.
    """
    said = []
    for utterance in dialog.utterances:
        text = remove_token_spaces(utterance.text) if utterance.text.isascii() or lower else utterance.text
        said.append(replace(utterance, text=capitalize_sentences(text) if lower else text))
    return replace(dialog, utterances=tuple(said))
