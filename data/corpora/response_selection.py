"""One reply out of ten: instances made from dialogues, the same for everybody who makes them.

    KANLIAO_CORPORA=... python -m data.corpora.response_selection --out FOLDER

writes lccc.dev.tsv, lccc.test.tsv, xdailydialog.zh.dev.tsv and so on, in the usual form: label, turns, reply. An instance is a
dialogue of the part, cut at a chance place: up to three turns, the utterance that followed, and nine utterances of other
dialogues of the same part and language. One instance a dialogue, so that instances are independent of each other.
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
# Of a usual part a dozen draws suffice; with too few texts no number would.
_DRAWS = 10_000


def load_dialogs(name: str, part: Part) -> list[Dialog]:
    """The dialogues of a part, each once, without those of one utterance. Raises CorpusError, and KeyError for an unknown set."""
    if name == "lccc":
        found: Iterable[Dialog] = (one for one in lccc.read() if assign_part(join_utterances(one)) == part)
    else:
        language = {"xdailydialog.zh": "zh", "xdailydialog.en": "en"}[name]
        # Split by the English form in both languages, so that no translation crosses over.
        english = (assign_part(join_utterances(one)) == part for one in xdailydialog.read("en"))
        both = zip(xdailydialog.read("zh" if language == "zh" else "en"), english, strict=True)
        found = (one for one, inside in both if inside)
    kept: dict[str, Dialog] = {}
    for one in found:
        if len(one.utterances) > 1:
            kept.setdefault(one.id, one)
    return list(kept.values())


def build_instances(found: list[Dialog], seed: int = _SEED) -> Iterator[Selection]:
    """One instance of each dialogue: its true reply and nine from other dialogues, in chance order.

    Raises ValueError if the other dialogues do not say nine different things.
    """
    chance = random.Random(seed)
    pool = [(one.id, utterance.text) for one in found for utterance in one.utterances]
    for one in found:
        place = chance.randrange(1, len(one.utterances))
        right = one.utterances[place].text
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
            if id != one.id and normalize(text):
                texts.setdefault(normalize(text), text)
        order = list(texts.values())
        chance.shuffle(order)
        context = tuple(utterance.text for utterance in one.utterances[max(0, place - _TURNS) : place])
        yield Selection(context, tuple(order), tuple(int(text == right) for text in order))


def format_instances(selections: Iterable[Selection]) -> str:
    """The instances as text: one line a candidate, label, turns and candidate separated by tabs."""
    lines = []
    for one in selections:
        for text, label in zip(one.candidates, one.labels, strict=True):
            lines.append("\t".join([str(label), *(" ".join(part.split()) for part in (*one.context, text))]))
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
