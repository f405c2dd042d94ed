"""`python -m vqa.answer.derive train`: questions from the captions of flickr8k, counted; with --sample, some to read."""

from __future__ import annotations

import argparse
import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from data.atomic_file import write_atomic
from data.corpora import flickr8k
from data.paths import CorpusError, find_corpus
from data.records import LANGUAGES, Language
from vqa.answer.derive.questions import Question, derive

Captions = Mapping[Language, Sequence[str]]


def report(questions: Sequence[Question], photos: int) -> str:
    """Counts, the most frequent answer and its share, per kind and form; what always saying it would score."""
    lines = [f"{photos} photographs, {len(questions)} questions, {len(questions) / max(1, photos):.2f} per photograph"]
    for language in LANGUAGES:
        mine = [question for question in questions if question.language == language]
        covered = len({question.image for question in mine})
        lines.append(
            f"{language}: {len(mine)} questions on {covered} photographs, {len({q.concept for q in mine})} answers"
        )
    lines.append(f"{'kind':8} {'form':10} {'zh':>6} {'en':>6} {'answers':>7}  most frequent (share) / each thing's own")
    asked = [question for question in questions if question.language == "en"]
    for name, some in _grouped(asked).items():
        answers = Counter(question.concept for question in some)
        top, times = answers.most_common(1)[0]
        blind: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for question in some:
            blind[question.fact.about, question.fact.thing][question.concept] += 1
        prior = sum(counts.most_common(1)[0][1] for counts in blind.values()) / len(some)
        zh = sum(
            1
            for question in questions
            if question.language == "zh" and name in {(question.kind, question.form), (question.kind, "")}
        )
        share = f"{top} ({times / len(some):.3f}) / {prior:.3f}"
        lines.append(f"{name[0]:8} {name[1] or '(all)':10} {zh:6} {len(some):6} {len(answers):7}  {share}")
    return "\n".join(lines)


def _grouped(questions: Sequence[Question]) -> dict[tuple[str, str], list[Question]]:
    grouped: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in questions:
        grouped[question.kind, ""].append(question)
        grouped[question.kind, question.form].append(question)
    return dict(sorted(grouped.items()))


def sample(questions: Sequence[Question], size: int, seed: int) -> list[Question]:
    """Questions drawn at random, half of them in each language."""
    chance = random.Random(seed)
    drawn: list[Question] = []
    for language in LANGUAGES:
        mine = [question for question in questions if question.language == language]
        drawn += chance.sample(mine, min(len(mine), size // 2))
    return drawn


def write(path: Path, questions: Sequence[Question], captions: Mapping[str, Captions]) -> None:
    """A table to read: image, language, kind, form, question, answer, captions; whole or not at all."""
    rows = ["image\tlanguage\tkind\tform\tquestion\tanswer\tcaptions"]
    for one in questions:
        said = " | ".join(caption for language in ("en", "zh") for caption in captions[one.image][language])
        rows.append(
            "\t".join((one.image, one.language, one.kind, one.form, one.question, one.answer, " ".join(said.split())))
        )
    write_atomic(path, "\n".join(rows) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Derive, count, and write a sample when one is wanted."""
    parser = argparse.ArgumentParser(prog="python -m vqa.answer.derive", description=__doc__)
    parser.add_argument("part", choices=("train", "val"), help="which part of flickr8k")
    parser.add_argument(
        "--sample", type=int, default=0, metavar="N", help="write so many questions to read, half in each language"
    )
    parser.add_argument("--to", type=Path, metavar="FILE.tsv", help="where the sample goes")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the sample (default 0); the questions are always those of seed 0"
    )
    options = parser.parse_args(arguments)
    if options.sample and options.to is None:
        parser.error("--sample was given and no place for it; say --to FILE.tsv")
    try:
        captions: dict[str, Captions] = {one.image: one.captions for one in flickr8k.read(options.part)}
        path = find_corpus(f"flickr8k/{options.part}.jsonl.gz")
    except CorpusError as error:
        parser.error(str(error))
    questions = derive(captions.items())
    print(f"flickr8k {options.part}, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}, seed 0")
    print(report(questions, len(captions)))
    if options.sample:
        write(options.to, sample(questions, options.sample, options.seed), captions)
        print(f"{options.sample} questions to read, seed {options.seed}: {options.to}")


if __name__ == "__main__":
    main()
