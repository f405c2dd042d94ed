"""Which of two systems replies better: a blind comparison by a reader.

    python -m benchmarks.pairwise make "hybrid" "retrieval" [--items 100] [--out FOLDER]
    python -m benchmarks.pairwise show [--first 0] [--count 10] [--language zh]
    python -m benchmarks.pairwise score JUDGEMENTS

make takes what two systems of benchmarks.ladder said to held-out test exchanges (run that first), "human" being what the person
replied: as many exchanges in Chinese as in English, within a language as many of each set. Pairs that say the same are left out
and counted. FOLDER gets items.jsonl, which names no system and holds text of the corpora, so it stays out of the repository; and
key.json, which says who is where and holds no text. The reader opens the key only after the last judgement.

Which reply would you rather get, as the one who wrote the last message? What decides, in this order:

    misfit         it does not answer what was said last, or goes against what was said before
    language       it is not in the language of the conversation
    empty          it says nothing, or says the same again and again
    rude           it insults, mocks or threatens
    uninformative  it fits, but would fit nearly anything, where something particular could be said

Left or right if one is better by the first of these that tells them apart, tie if none does; two replies that both do not fit
tie. Length, capitals and style do not count. What is wrong is noted for both sides.

Judgements are lines of JSON. The first says what was read and by whom, {"items": "<sha256 of items.jsonl>", "reader": "..."},
then one for each item: {"item": 0, "verdict": "left", "faults": {"right": ["misfit"]}}, verdict left, right or tie, faults if
there are any. score refuses judgements of other items, and any that are missing or double. What was read is kept, with its keys,
in benchmarks/readings: score benchmarks/readings/NAME/judgements.jsonl --key benchmarks/readings/NAME/key.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from benchmarks import ladder
from benchmarks.ladder import ReadingError
from data import paths
from data.atomic_file import write_atomic
from data.metrics.bootstrap import compare_pairs
from data.records import LANGUAGES
from data.text.clean import clean, fold

SEED = 19
FAULTS = ("misfit", "language", "empty", "rude", "uninformative")
ITEMS, KEY = "items.jsonl", "key.json"

Verdict = Literal["left", "right", "tie"]
Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = get_args(Side)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Judgement:
    """What a reader says of an item: the better side, and what is wrong with either."""

    item: int
    verdict: Verdict
    faults: Mapping[Side, Sequence[str]] = field(default_factory=dict)


def find_reply(row: Row, name: str) -> str:
    """Return the reply of the system of that name, or the only one that contains it.

    Raises:
        ReadingError: None or several contain it.
    """
    replies = [each for each in row if each not in ("context", "language")]
    found = [each for each in replies if each == name] or [each for each in replies if name in each]
    if len(found) != 1:
        raise ReadingError(
            f"{name!r} names {len(found)} systems of the ladder; expected one of: {'; '.join(found or replies)}"
        )
    return str(row[found[0]])


def make_items(
    sets: Mapping[str, Sequence[Row]], systems: tuple[str, str], most: int, seed: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the items to read, and their key.

    sets are the ladder's lines by set. A set without enough pairs that differ gives what it has. Raises ReadingError for systems
    that it does not know, and if there is nothing to read.
    """
    draw = random.Random(seed)
    languages = {name: str(rows[0]["language"]) for name, rows in sets.items() if rows}
    drawn: list[tuple[str, Row]] = []
    counts: dict[str, dict[str, int]] = {}
    for language in LANGUAGES:
        own = [name for name in languages if languages[name] == language]
        for place, name in enumerate(own):
            rows = sets[name]
            differ = [row for row in rows if fold(find_reply(row, systems[0])) != fold(find_reply(row, systems[1]))]
            share, rest = divmod(most // 2, len(own))
            chosen = draw.sample(differ, min(share + (place < rest), len(differ)))
            counts[name] = {"exchanges": len(rows), "identical": len(rows) - len(differ), "items": len(chosen)}
            drawn += [(name, row) for row in chosen]
    if not drawn:
        raise ReadingError(
            f"{' and '.join(systems)} say the same everywhere; there is nothing to read. Name two others."
        )
    draw.shuffle(drawn)
    items, left = [], []
    for number, (_, row) in enumerate(drawn):
        first = draw.randrange(2)
        left.append(systems[first])
        said = {"left": find_reply(row, systems[first]), "right": find_reply(row, systems[1 - first])}
        items.append({"item": number, "language": row["language"], "context": list(row["context"]), **said})
    key = {
        "systems": list(systems),
        "seed": seed,
        "sets": counts,
        "left": left,
        "set": [name for name, _ in drawn],
        "language": [row["language"] for _, row in drawn],
    }
    return items, key


def format_lines(items: Sequence[Row]) -> str:
    """Return the items as the lines of their file."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in items)


def compute_digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_judgements(text: str, key: Row) -> tuple[str, list[Judgement]]:
    """Return the reader, and a judgement for each item of the key, in order.

    Raises:
        ReadingError: A judgement is missing, double or unreadable.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ReadingError(f"line {number} of the judgements is no JSON ({error}): {line[:80]}") from error
        if not isinstance(row, dict):
            raise ReadingError(f"line {number} of the judgements is {line[:80]}; expected an object in braces")
        rows.append(row)
    head = rows[0] if rows else {}
    if head.get("items") != key["items"]:
        raise ReadingError(
            f"the judgements are of items {head.get('items')}, the key is of {key['items']}. Give the key that was made with the "
            'items that were read; the first line of judgements is {"items": "<sha256>", "reader": "..."}, as show prints it.'
        )
    count = len(key["left"])
    judged = [_parse_judgement(row, number, count) for number, row in enumerate(rows[1:], 2)]
    often = Counter(one.item for one in judged)
    double = sorted(item for item, times in often.items() if times > 1)
    missing = [item for item in range(count) if item not in often]
    if double or missing:
        wrong = [
            f"{what} {', '.join(map(str, some))}" for what, some in (("double:", double), ("missing:", missing)) if some
        ]
        raise ReadingError(f"of {count} items one judgement each is expected; {'; '.join(wrong)}. Correct the file.")
    return str(head.get("reader", "")), sorted(judged, key=lambda one: one.item)


def _parse_judgement(row: Row, number: int, count: int) -> Judgement:
    item, faults = row.get("item"), row.get("faults", {})
    verdict = next((one for one in VERDICTS if one == row.get("verdict")), None)
    if type(item) is not int or not 0 <= item < count:
        raise ReadingError(f"line {number}: the item is {item!r}; expected a number from 0 to {count - 1}")
    if verdict is None:
        raise ReadingError(
            f"line {number}: the verdict on item {item} is {row.get('verdict')!r}; expected {', '.join(VERDICTS)}"
        )
    if not isinstance(faults, dict) or any(
        side not in SIDES or not isinstance(some, list) or any(one not in FAULTS for one in some)
        for side, some in faults.items()
    ):
        raise ReadingError(
            f"line {number}: the faults of item {item} are {faults!r}; expected lists of {', '.join(FAULTS)} under left and right"
        )
    return Judgement(item, verdict, faults)


@dataclass(frozen=True)
class Score:
    """Wins, losses and ties of the first system, and its win rate.

    Ties count as half a win; low and high are the interval of 95 %.
    """

    wins: int
    losses: int
    ties: int
    rate: float
    low: float
    high: float


def compute_score(judged: Sequence[Judgement], key: Row, language: str | None = None) -> Score:
    """Return the score on the items of a language, or on all.

    judged holds one judgement for each item, in order.

    Raises:
        ValueError: There are no items.
    """
    first = key["systems"][0]
    points = []
    for one in judged:
        if language is None or key["language"][one.item] == language:
            won = (one.verdict == "left") == (key["left"][one.item] == first)
            points.append(0.5 if one.verdict == "tie" else float(won))
    # What one system gets the other one loses, so the difference goes from -1 to 1 and the share from 0 to 1.
    apart = compare_pairs(points, [1 - each for each in points])
    counted = Counter(points)
    rate, low, high = (0.5 + each / 2 for each in (apart.mean, apart.low, apart.high))
    return Score(counted[1.0], counted[0.0], counted[0.5], rate, low, high)


def count_faults(judged: Sequence[Judgement], key: Row) -> dict[str, Counter[str]]:
    """Count how often each system had each fault."""
    seen: dict[str, Counter[str]] = {name: Counter() for name in key["systems"]}
    for one in judged:
        for side, some in one.faults.items():
            left = key["left"][one.item]
            other = next(name for name in key["systems"] if name != left)
            seen[left if side == "left" else other].update(set(some))
    return seen


def _make(given: argparse.Namespace) -> None:
    if given.one == given.other:
        raise ReadingError(f"{given.one!r} is named twice; give two systems")
    out: Path = given.out
    if (out / ITEMS).exists():
        raise ReadingError(
            f"{out / ITEMS} is there already, and judgements may belong to it. Name another folder by --out."
        )
    sets, run = ladder.read_run(given.source)
    items, key = make_items(sets, (given.one, given.other), given.items, given.seed)
    text = format_lines(items)
    out.mkdir(parents=True, exist_ok=True)
    write_atomic(out / ITEMS, text)
    write_atomic(
        out / KEY,
        json.dumps({"items": compute_digest(text), **key, "ladder": run}, ensure_ascii=False, indent=1) + "\n",
    )
    for name, counted in key["sets"].items():
        print(f"{name}: {counted['items']} items; {counted['identical']} of {counted['exchanges']} pairs say the same")
    print(
        f"{len(items)} items in {out / ITEMS}, sha256 {compute_digest(text)}; the key lies beside them, seed {given.seed}"
    )


def _show(given: argparse.Namespace) -> None:
    text = _read(given.out / ITEMS)
    print(f'first line of the judgements: {{"items": "{compute_digest(text)}", "reader": "..."}}')
    items = [json.loads(line) for line in text.splitlines()]
    items = [one for one in items if given.language in (None, one["language"])]
    for one in items[given.first : given.first + given.count]:
        print(f"\n{one['item']}  [{one['language']}]")
        for turn in one["context"]:
            print(f"    - {clean(turn)}")
        for side in SIDES:
            print(f"  {side:5} > {clean(one[side])}")


def _score(given: argparse.Namespace) -> None:
    key = json.loads(_read(given.key or given.out / KEY))
    items = given.out / ITEMS
    if given.key is None and compute_digest(_read(items)) != key["items"]:
        raise ReadingError(f"{items} is not what the key beside it was made with. Make both again, and read again.")
    reader, judged = read_judgements(_read(given.judgements), key)
    first, second = key["systems"]
    print(
        f"{first} against {second}; items {key['items'][:12]}, seed {key['seed']}, read by {reader or 'nobody named'}"
    )
    print(
        f"{'':6} {'items':>5} {'wins':>5} {'losses':>6} {'ties':>5}  win rate, ties as halves, bootstrap of 95 %; chance 50 %"
    )
    for language in (*(each for each in LANGUAGES if each in key["language"]), None):
        own = compute_score(judged, key, language)
        shown = f"{own.wins + own.losses + own.ties:5} {own.wins:5} {own.losses:6} {own.ties:5}"
        decided = "better" if own.low > 0.5 else "worse" if own.high < 0.5 else "not decided"
        print(f"{language or 'all':6} {shown}  {own.rate:.1%} [{own.low:.1%}, {own.high:.1%}], {decided}")
    sides = Counter(one.verdict for one in judged)
    print(f"left was better {sides['left']} times, right {sides['right']}")
    same, asked = (sum(one[what] for one in key["sets"].values()) for what in ("identical", "exchanges"))
    print(f"not read: {same} of {asked} pairs in which both say the same")
    for name, seen in count_faults(judged, key).items():
        print(f"faults of {name}: {', '.join(f'{fault} {seen[fault]}' for fault in FAULTS)}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReadingError(
            f"{path} cannot be read ({error}). Run python -m benchmarks.pairwise make, or name it."
        ) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 2 with the reason on stderr."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    made, shown, scored = (commands.add_parser(name) for name in ("make", "show", "score"))
    made.add_argument("one")
    made.add_argument("other")
    made.add_argument("--items", type=int, default=100)
    made.add_argument("--seed", type=int, default=SEED)
    made.add_argument("--source", type=Path, default=ladder.find_folder(), help="where the ladder kept its replies")
    made.set_defaults(run=_make)
    shown.add_argument("--first", type=int, default=0)
    shown.add_argument("--count", type=int, default=10)
    shown.add_argument("--language", choices=LANGUAGES)
    shown.set_defaults(run=_show)
    scored.add_argument("judgements", type=Path)
    scored.add_argument("--key", type=Path, help="a key that was kept without its items")
    scored.set_defaults(run=_score)
    for one in (made, shown, scored):
        one.add_argument("--out", type=Path, default=paths.runs_dir() / "pairwise", help="the folder of items and key")
    given = parser.parse_args(arguments)
    try:
        given.run(given)
    except ReadingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
