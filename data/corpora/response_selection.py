"""Test instances of response selection: one right reply out of ten.

They are reproducible from the corpora.

    KANLIAO_CORPORA=... python -m data.corpora.response_selection --out FOLDER

writes lccc.dev.tsv, lccc.test.tsv, xdailydialog.zh.dev.tsv and so on, in the usual form: label, turns, reply. An instance is a
dialogue of the part, cut at a random place: up to three turns, the utterance after them, and nine utterances of other
dialogues of the same part and language. Each dialogue gives one instance, so instances are independent.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from data.corpora import lccc, xdailydialog
from data.corpora.split import Part, assign_part, join_utterances, normalize
from data.records import Dialog, Selection

SETS = ("lccc", "xdailydialog.zh", "xdailydialog.en")
CANDIDATES = 10
_TURNS = 3
_SEED = 7
# A dozen draws are usual; with too few texts no number would be enough.
_DRAWS = 10_000


def load_dialogs(name: str, part: Part) -> list[Dialog]:
    """Return the distinct dialogues of a part that have more than one utterance.

    Raises:
        CorpusError: A corpus is missing or incomplete.
        KeyError: There is no set of that name.
    """
    if name == "lccc":
        found: Iterable[Dialog] = (dialog for dialog in lccc.read() if assign_part(join_utterances(dialog)) == part)
    else:
        language = {"xdailydialog.zh": "zh", "xdailydialog.en": "en"}[name]
        # Both languages are split by the English text, so that no translation crosses over.
        english = (assign_part(join_utterances(dialog)) == part for dialog in xdailydialog.read("en"))
        both = zip(xdailydialog.read("zh" if language == "zh" else "en"), english, strict=True)
        found = (dialog for dialog, inside in both if inside)
    kept: dict[str, Dialog] = {}
    for dialog in found:
        if len(dialog.utterances) > 1:
            kept.setdefault(dialog.id, dialog)
    return list(kept.values())


def build_instances(found: list[Dialog], seed: int = _SEED) -> Iterator[Selection]:
    """Yield an instance of each dialogue: its reply and nine others, shuffled.

    The nine come from other dialogues.

    Raises:
        ValueError: The other dialogues have fewer than nine different utterances.
    """
    chance = random.Random(seed)
    pool = [(dialog.id, utterance.text) for dialog in found for utterance in dialog.utterances]
    for dialog in found:
        place = chance.randrange(1, len(dialog.utterances))
        right = dialog.utterances[place].text
        texts = {normalize(right): right}
        draws = 0
        while len(texts) < CANDIDATES:
            draws += 1
            if draws > _DRAWS:
                raise ValueError(
                    f"{len(found)} dialogues hold {len(texts) - 1} wrong replies for one of them; expected "
                    f"{CANDIDATES - 1}. Give more dialogues."
                )
            id, text = chance.choice(pool)
            if id != dialog.id and normalize(text):
                texts.setdefault(normalize(text), text)
        order = list(texts.values())
        chance.shuffle(order)
        context = tuple(utterance.text for utterance in dialog.utterances[max(0, place - _TURNS) : place])
        yield Selection(context, tuple(order), tuple(int(text == right) for text in order))


def format_instances(selections: Iterable[Selection]) -> str:
    """Return the instances as text, a line for each candidate.

    A line has label, turns and candidate, separated by tabs.
    """
    lines = []
    for selection in selections:
        for text, label in zip(selection.candidates, selection.labels, strict=True):
            lines.append("\t".join([str(label), *(" ".join(part.split()) for part in (*selection.context, text))]))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write every set's dev and test instances."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    parts: tuple[Part, Part] = ("dev", "test")
    for name in SETS:
        for part in parts:
            found = load_dialogs(name, part)
            text = format_instances(build_instances(found))
            (given.out / f"{name}.{part}.tsv").write_text(text, encoding="utf-8")
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            print(f"{name}.{part}.tsv: {len(found)} instances, sha256 {digest}, seed {_SEED}")


if __name__ == "__main__":
    main()
