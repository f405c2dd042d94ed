"""Questions about documents: is the right passage found first, and is one quoted where none answers?

Five documents in each language, written for the purpose (sources/), are made into a PDF, a DOCX, a web page, a text and a
Markdown file, and read back. 100 questions a language have an answer in them, 50 have none; every other question is for fitting
(dev), the rest for testing. All ten documents are learned together.

    python -m benchmarks.documents            the table; the bot is asked as a person would
    python -m benchmarks.documents --search   only the search for passages, which takes a minute
    python -m benchmarks.documents --fit      fit the weights on dev and write data/artifacts/passages
    python -m benchmarks.documents --pages 200    how long a PDF of so many pages takes to learn
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.documents.build_files import FILES, SOURCES, build_files
from benchmarks.documents.fit import fit_passages, write_weights
from benchmarks.documents.trials import Question, Trial, build_index, read_passages, read_questions, run_trials
from benchmarks.documents.write_pdf import write_pdf
from bot.build import Bot, build
from bot.documents_command import load_encoder
from bot.knowledge import Knowledge
from bot.knowledge.document_learning import learn_document
from bot.settings import Settings
from bot.steps import Steps
from bot.types import Message, Reply
from data import paths
from data.artifact import Score
from data.documents.markdown import read_markdown
from data.records import LANGUAGES, Passage
from retrieval.paraphrase.infer import open_judge
from retrieval.passages.features import Measures
from retrieval.passages.index import PassageIndex
from retrieval.passages.weights import NAME, PassageWeights, open_weights
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.word_similarity import WordSimilarity

SPLITS = ("dev", "test")


def find_first(trial: Trial, score: Callable[[dict[str, float]], float]) -> bool:
    """Return whether the passage with the highest score answers."""
    return bool(trial.hits) and max(trial.hits, key=lambda hit: score(hit.features)).id in trial.right


def search_bm25(index: PassageIndex, trial: Trial) -> bool:
    """Return whether the first passage by BM25 over all of them answers."""
    from data.text.segment import words
    from data.text.standardize import standardize

    found = index.by_words.search(words(standardize(trial.question.text)), 1)
    return bool(found) and index.ids[found[0][0]] in trial.right


def show_search(index: PassageIndex, trials: Sequence[Trial], weights: PassageWeights) -> list[Score]:
    """Print how often the right passage is first, and return the scores of the test halves."""
    print(f"\nright passage first, of {len(index)} passages")
    print(f"{'':24}" + "".join(f"{f'{language} {split}':>10}" for language in LANGUAGES for split in SPLITS))
    ways: dict[str, Callable[[Trial], bool]] = {
        "served": lambda trial: find_first(trial, weights.score),
        "BM25": lambda trial: search_bm25(index, trial),
        "encoder alone": lambda trial: find_first(trial, lambda features: features["meaning"]),
    }
    table = {name: _share_by_part(trials, way) for name, way in ways.items()}
    for name, shares in table.items():
        print(f"{name:24}" + "".join(f"{share:>10.0%}" for share in shares.values()))
    print(f"{'chance':24}" + f"{1 / len(index):>10.1%}" * 4)
    return [
        Score(
            f"{language}: 50 questions about five documents, {len(index)} passages",
            "right passage first",
            round(table["served"][language, "test"], 4),
            round(1 / len(index), 4),
            round(table["BM25"][language, "test"], 4),
            "BM25",
        )
        for language in LANGUAGES
    ]


def _share_by_part(trials: Sequence[Trial], way: Callable[[Trial], bool]) -> dict[tuple[str, str], float]:
    shares: dict[tuple[str, str], float] = {}
    for language in LANGUAGES:
        for split in SPLITS:
            own = [
                trial
                for trial in trials
                if trial.right and (trial.question.language, trial.question.split) == (language, split)
            ]
            shares[language, split] = float(np.mean([way(trial) for trial in own]))
    return shares


def judge_reply(question: Question, reply: Reply, passages: dict[str, Passage]) -> str:
    """Return what a reply is: "right", "offered" (the right passage, as a guess), "unsure", "wrong"."""
    quotation = None if reply.chosen is None else reply.candidates[reply.chosen].evidence.quotation
    is_right = quotation is not None and question.is_answered_by(passages[quotation.passage])
    if reply.kind == "answer":
        return "right" if is_right else "wrong"
    return "offered" if is_right else "unsure"


async def ask_bot(bot: Bot, files: Iterable[Path], failures: bool) -> None:
    """Learn the documents, ask the bot every question, and print what came of it."""
    with Steps(1) as steps:
        steps.begin("Learning the documents")
        for file in files:
            bot.learn_document(file)
    await bot.prepare()
    passages = {stored.id: stored.passage for stored in bot.knowledge.documents.list_passages()}
    rules = bot.engine.rules
    print(
        f"\nwhat the bot replies (answers from {rules.passage_threshold} on, offers from {rules.passage_offer_threshold} on)"
    )
    print(
        f"{'':24}{'right':>10}{'offered':>10}{'unsure':>10}{'wrong':>10}  |  none answers: {'answered':>10}{'offered':>10}"
    )
    for language in LANGUAGES:
        for split in SPLITS:
            asked = [question for question in read_questions(language) if question.split == split]
            found = [(question, await bot.engine.answer(Message(question.text), language)) for question in asked]
            judged = [judge_reply(question, reply, passages) for question, reply in found if question.answer]
            rest = [reply for question, reply in found if not question.answer]
            shares = [judged.count(what) / len(judged) for what in ("right", "offered", "unsure", "wrong")]
            answered = sum(reply.kind == "answer" for reply in rest) / len(rest)
            offered = sum(reply.kind == "offer" and reply.chosen is not None for reply in rest) / len(rest)
            print(
                f"{f'{language} {split}':24}" + "".join(f"{share:>10.0%}" for share in shares)
                + f"  |  {'':14}{answered:>10.0%}{offered:>10.0%}", flush=True
            )  # fmt: skip
            if failures and split == "dev":
                for question, reply in found:
                    if reply.kind == "answer" and (
                        not question.answer or judge_reply(question, reply, passages) == "wrong"
                    ):
                        print(f"    {question.text} -> {' '.join(reply.text.split())[:110]}")


def time_pages(count: int, folder: Path) -> None:
    """Print how long it takes to learn a PDF of so many pages: every page another text."""
    blocks = [block for name in FILES for block in read_markdown((SOURCES / f"{name}.md").read_text(encoding="utf-8"))]
    path, number = folder / "pages.pdf", 1
    from dataclasses import replace

    from data.documents.pdf_lines import open_pdf

    many = list(blocks)
    while True:
        write_pdf(path, many, footer="pages")
        with open_pdf(path) as file:
            pages = len(file)
        if pages >= count:
            break
        number += 1
        # No passage is known from an earlier copy.
        many += [replace(block, text=f"{block.text} ({number})") if block.text else block for block in blocks]
    began, spent = time.perf_counter(), time.process_time()
    with Steps(1) as steps:
        steps.begin(f"Learning {pages} pages")
        report = learn_document(Knowledge(folder / "pages.db"), path, load_encoder(), progress=steps.advance)
    wall, used = time.perf_counter() - began, time.process_time() - spent
    print(
        f"{pages} pages, {report.passages} passages: {wall:.1f} s, {used:.1f} s of processor time on {os.cpu_count()} cores "
        f"(load {os.getloadavg()[0]:.1f})"
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", action="store_true", help="measure the search only")
    parser.add_argument("--fit", action="store_true", help="fit the weights on the dev halves and write them")
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="time a PDF of so many pages")
    parser.add_argument("--failures", action="store_true", help="list what was answered wrong on dev")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.pages:
            time_pages(given.pages, folder)
            return
        files = build_files(folder)
        if given.search or given.fit:
            encoder = SentenceEncoder(paths.artifacts_dir() / ENCODER)
            measures = Measures(open_judge().rarity, WordSimilarity(paths.artifacts_dir() / "words").vector)
            index = build_index(read_passages(files), encoder, encoder.width)
            trials = run_trials(index, encoder, measures)
            dev = [trial for trial in trials if trial.question.split == "dev"]
            weights = fit_passages(dev) if given.fit else open_weights(paths.artifacts_dir() / NAME)
            scores = show_search(index, trials, weights)
            if given.fit:
                print(f"written to {write_weights(weights, scores, len(dev)).folder}\n{weights}")
            return
        home = folder / "home"
        bot = build(Settings.from_env({"KANLIAO_HOME": str(home)}))
        asyncio.run(_run(bot, files, given.failures))


async def _run(bot: Bot, files: Sequence[Path], failures: bool) -> None:
    await ask_bot(bot, files, failures)
    await bot.close()


if __name__ == "__main__":
    main()
