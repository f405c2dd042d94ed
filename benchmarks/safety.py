"""The safety filter on COLDataset, on read lines and on written lines.

    KANLIAO_CORPORA=... python -m benchmarks.safety [--half test] [--misses]

benchmarks/safety_lines holds the lines written for it, in two halves each: the rules were developed on dev; test was scored when
they were done. read.jsonl holds digests of 500 lines of LCCC (test dialogues) and ChatterBot's corpus, drawn by seed and read one
by one; clean says that nobody would be offended by the line. Their texts stay in the corpora.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.safety.featurizer import Featurizer
from bot.safety.infer import Safety, words_file
from data import artifact, paths
from data.corpora import chatterbot, coldataset, lccc
from data.corpora.coldataset import Comment
from data.corpora.split import assign_part, join_utterances
from data.metrics.accuracy import accuracy
from data.metrics.bootstrap import compare_pairs
from data.records import LANGUAGES, Language

LINES = Path(__file__).parent / "safety_lines"


def read_written(name: str, half: str) -> list[dict[str, Any]]:
    """Return the rows of a file of written lines that belong to a half."""
    rows = [json.loads(line) for line in (LINES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["half"] == half]


def compute_f1(given: Sequence[bool], wanted: Sequence[bool]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the offensive class; 0 for nothing."""
    hit = sum(one and other for one, other in zip(given, wanted, strict=True))
    precision, recall = hit / max(sum(given), 1), hit / max(sum(wanted), 1)
    return precision, recall, 2 * precision * recall / (precision + recall) if hit else 0.0


def print_comments(safety: Safety, listed: Callable[[str], bool], test: Sequence[Comment]) -> None:
    """Print the scores on COLDataset's dev part, on which nothing was chosen."""
    wanted = [one.offensive for one in test]
    most = sum(wanted) * 2 >= len(wanted)
    learned = [safety.classifier.predict(one.text) >= safety.config.threshold for one in test]
    systems = {
        "majority": [most] * len(test),
        "a word of the list": [listed(one.text) for one in test],
        "weights alone": learned,
        "the filter": [safety.judge(one.text, "zh").kind == "offensive" for one in test],
    }
    print(
        f"\nCOLDataset dev, held out: {len(test)} comments, {sum(wanted)} offensive; threshold {safety.config.threshold}"
    )
    print(f"{'':22}accuracy  precision  recall     F1  alarms on inoffensive")
    for name, given in systems.items():
        alarms = [one for one, other in zip(given, wanted, strict=True) if not other]
        precision, recall, score = compute_f1(given, wanted)
        print(
            f"{name:22}{accuracy(given, wanted):8.4f}{precision:11.4f}{recall:8.4f}{score:7.4f}{sum(alarms) / len(alarms):10.4f}"
        )
    for topic in sorted({one.topic for one in test}):
        of = [place for place, one in enumerate(test) if one.topic == topic]
        alarms = [systems["the filter"][place] for place in of if not wanted[place]]
        right = accuracy([systems["the filter"][place] for place in of], [wanted[place] for place in of])
        print(f"  {topic:8}{len(of):6} comments, accuracy {right:.4f}, alarms on inoffensive {np.mean(alarms):.4f}")
    one, other = (
        [float(a == b) for a, b in zip(systems[name], wanted, strict=True)]
        for name in ("the filter", "a word of the list")
    )
    print(f"filter minus list, accuracy: {compare_pairs(one, other)}")


def print_read_lines(safety: Safety, misses: bool) -> None:
    """Print the false alarms on lines that were read and found clean."""
    rows = [json.loads(line) for line in (LINES / "read.jsonl").read_text(encoding="utf-8").splitlines()]
    texts: dict[tuple[str, str], dict[str, str]] = {
        ("lccc", "zh"): _digest(one.text for dialog in lccc.read() for one in dialog.utterances)
    }
    for language in LANGUAGES:
        spoken = (one.text for dialog in chatterbot.read([language]) for one in dialog.utterances)
        texts["chatterbot", language] = _digest(spoken)
    print("\nLines read: false alarms (offence or distress) among the clean, and what fires among the others")
    clean, alarms = Counter[str](), Counter[str]()
    for row in rows:
        text = texts[row["set"], row["language"]][row["digest"]]
        name = f"{row['set']} {row['language']}, {'clean' if row['clean'] else 'not clean'}"
        verdict = safety.judge(text, "zh" if row["language"] == "zh" else "en")
        clean[name] += 1
        alarms[name] += verdict.kind is not None
        if misses and row["clean"] and verdict.kind:
            print(f"  {verdict}: {text}")
    for name in clean:
        print(f"{name:28}{alarms[name]:4} of {clean[name]:4}  {alarms[name] / clean[name]:7.2%}")
    total, fired = (sum(count[name] for name in clean if name.endswith(", clean")) for count in (clean, alarms))
    print(f"{'all clean':28}{fired:4} of {total:4}  {fired / total:7.2%}")
    unread = sorted(
        {
            one.text
            for dialog in lccc.read()
            if assign_part(join_utterances(dialog)) == "test"
            for one in dialog.utterances
        }
    )
    fires = sum(safety.judge(text, "zh").kind is not None for text in unread)
    print(f"{'LCCC test dialogues, unread':28}{fires:4} of {len(unread):4}  {fires / len(unread):7.2%}")


def _digest(texts: Any) -> dict[str, str]:
    return {hashlib.sha256(text.encode()).hexdigest()[:16]: text for text in texts}


def print_written(safety: Safety, listed: dict[Language, Callable[[str], bool]], half: str, misses: bool) -> None:
    """Print the scores on written lines: offensive ones and hard clean ones."""
    print(f"\nWritten lines, half {half}: offensive found, clean taken for offensive (or for distress)")
    for language in LANGUAGES:
        rows = read_written(language, half)
        wanted = [bool(row["offensive"]) for row in rows]
        for name, given in (
            ("a word of the list", [listed[language](row["text"]) for row in rows]),
            ("the filter", [safety.judge(row["text"], language).kind is not None for row in rows]),
        ):
            hit = sum(a and b for a, b in zip(given, wanted, strict=True))
            alarm = sum(a and not b for a, b in zip(given, wanted, strict=True))
            print(
                f"{language} {name:20} found {hit:3} of {sum(wanted)}, alarms {alarm:3} of {len(wanted) - sum(wanted)}, "
                f"accuracy {accuracy(given, wanted):.3f}"
            )
        if misses:
            _print_texts([row["text"] for row, a, b in zip(rows, given, wanted, strict=True) if a != b])


def print_care(safety: Safety, half: str, misses: bool) -> None:
    """Print the scores on messages of distress, and on those that only sound like it."""
    rows = read_written("care", half)
    print(f"\nDistress, half {half}: met with care, and near misses met with care")
    for language in LANGUAGES:
        for kind in ("harm", "abuse", None):
            of = [row for row in rows if row["language"] == language and row["wanted"] == kind]
            said = [safety.judge(row["text"], language).kind for row in of]
            cared = sum(one in ("harm", "abuse") for one in said)
            same = "" if kind is None else f", {sum(one == kind for one in said)} with the reply meant for it"
            print(f"{language} {kind or 'near miss':10}{cared:3} of {len(of)}{same}")
            if misses:
                _print_texts([row["text"] for row, one in zip(of, said, strict=True) if one != kind])


def _print_texts(texts: Sequence[str]) -> None:
    for text in texts:
        print(f"    {text}")


def print_speed(safety: Safety, test: Sequence[Comment]) -> None:
    """Print the milliseconds a text, and the size of the artifact."""
    print("\nLatency, one thread, ms a text")
    drawn = random.Random(0).sample([one.text for one in test], 1000)
    long = "".join(one.text for one in test)[:2000]
    english = [row["text"] for half in ("dev", "test") for row in read_written("en", half)]
    for name, texts in (("COLDataset, 1,000", drawn), ("English, 200", english), ("2,000 characters", [long] * 20)):
        took = []
        for text in texts:
            began = time.perf_counter()
            safety.judge(text, "zh")
            took.append((time.perf_counter() - began) * 1000)
        length = sum(map(len, texts)) / len(texts)
        print(f"{name:20} {length:6.0f} characters: median {np.median(took):.3f}, p99 {np.quantile(took, 0.99):.3f}")
    size = sum(path.stat().st_size for path in (paths.artifacts_dir() / "safety").iterdir())
    print(f"artifact: {size / 1e6:.3f} MB")


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety")
    parser.add_argument("--half", choices=["dev", "test"], default="test", help="of the written lines")
    parser.add_argument("--misses", action="store_true", help="show the lines that were judged wrongly")
    given = parser.parse_args()
    folder = paths.artifacts_dir() / "safety"
    safety, opened = Safety(folder), artifact.open(folder)
    words = {name: opened.read_file(words_file(name)).decode().splitlines() for name in LANGUAGES}
    featurizer = Featurizer(words["zh"], 2, 1)
    english = set(words["en"])
    listed: dict[Language, Callable[[str], bool]] = {
        "zh": lambda text: bool(featurizer.find_listed(text)),
        "en": lambda text: any(f" {word} " in f" {' '.join(text.lower().split())} " for word in english),
    }
    test = list(coldataset.read("dev"))
    print_comments(safety, listed["zh"], test)
    print_read_lines(safety, given.misses)
    print_written(safety, listed, given.half, given.misses)
    print_care(safety, given.half, given.misses)
    print_speed(safety, test)


if __name__ == "__main__":
    main()
