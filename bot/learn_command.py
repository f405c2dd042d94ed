"""The command `python -m bot learn`: take in questions and replies from files, look at them first, or undo the last import."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bot import documents_command
from bot.import_report import describe_notes, describe_reading, describe_samples
from bot.knowledge import Knowledge, KnowledgeError, Report
from bot.knowledge.document_learning import list_learnable
from data.formats import ColumnChoice, FormatError, Reading, UnknownColumnsError, read_pairs
from data.formats.errors import shorten

HELP = (
    "take in questions and replies (CSV, TSV, XLSX, JSON, JSONL, text with Q: and A:, Markdown, HTML or ParlAI text), documents "
    "(PDF, DOCX, HTML, Markdown, text, EPUB), or a folder of them"
)
_MAX_ROWS = 1000
_ASK_COLUMNS = (
    "Name them with --question COLUMN --answer COLUMN (a name, a letter or a number from 1); add --no-header if the first row is "
    "itself a question with its reply."
)
_ASK_KEYS = "Name them with --question KEY --answer KEY."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument(
        "--preview", action="store_true", help="show what would be taken, merged and refused, and store nothing"
    )
    parser.add_argument("--undo", action="store_true", help="put every entry back as it was before the last import")
    parser.add_argument(
        "--question",
        metavar="COLUMN",
        help="the column with the questions: its name, its letter or its number (with --answer)",
    )
    parser.add_argument("--answer", metavar="COLUMN", help="the column with the replies")
    parser.add_argument(
        "--no-header",
        action="store_true",
        help="the first row is a question with its reply (with --question and --answer)",
    )


def find_usage_error(given: argparse.Namespace) -> str | None:
    """Return what is wrong with the arguments; None if nothing is."""
    if given.undo and (given.files or given.preview or given.question or given.answer):
        return "--undo takes back the last import and goes with nothing else"
    if not given.undo and not given.files:
        return "name a FILE to learn, or --undo"
    if bool(given.question) != bool(given.answer):
        return "--question and --answer go together: name both columns"
    if given.no_header and not given.question:
        return "--no-header goes with --question and --answer"
    return None


def run(given: argparse.Namespace, knowledge: Knowledge) -> int:
    """Learn the files, or preview them, or undo the last import; the exit status is 1 if a file gave nothing.

    Raises:
        KnowledgeError: There is no import to undo.
    """
    if given.undo:
        _undo(knowledge)
        return 0
    choice = None
    if given.question:
        choice = ColumnChoice(given.question, given.answer, False if given.no_header else None)
    failed = 0
    for file, document in list_learnable(given.files):
        if document is None or choice is not None:
            failed += not _learn(knowledge, file, choice, given.preview)
        elif given.preview:
            print(
                f"{file}: a document; it is taken in as passages, and has no preview. python -m bot documents shows them."
            )
        else:
            failed += not documents_command.learn(knowledge, file, document)
    return 1 if failed else 0


def _learn(knowledge: Knowledge, file: Path, choice: ColumnChoice | None, is_preview: bool) -> bool:
    """Learn or preview one file and print what came of it; return whether it gave anything."""
    reading = Reading(choice)
    take = knowledge.preview if is_preview else knowledge.learn
    try:
        report = take(read_pairs(file, reading=reading), file.name, _build_progress(file.name))
    except (FormatError, KnowledgeError, OSError) as error:
        print(f"\r{file}: refused, nothing changed. {error}", file=sys.stderr)
        if isinstance(error, UnknownColumnsError):
            for row in error.rows:
                print("  " + " | ".join(row), file=sys.stderr)
            print(_ASK_KEYS if error.has_header else _ASK_COLUMNS, file=sys.stderr)
        return False
    said = "preview, nothing is stored: " if is_preview else ""
    print(f"\r{file}: {said}{_format_counts(report)}")
    for line in (*describe_reading(reading, "en"), *describe_notes(reading, "en")):
        print(f"  {line}")
    if is_preview:
        for line in describe_samples(report.samples, "en"):
            print(f"  {line}")
    _print_rows(report)
    if report.is_empty:
        print(
            f"{file}: nothing in it can be learned; see the reasons above, correct the file and try again.",
            file=sys.stderr,
        )
    return not report.is_empty


def _print_rows(report: Report) -> None:
    for refusal in report.refused[:_MAX_ROWS]:
        print(f"  {refusal.place}: {refusal.why}: {refusal.given!r}")
    if len(report.refused) > _MAX_ROWS:
        print(f"  … {len(report.refused) - _MAX_ROWS} more rows were refused")
    for conflict in report.replaced[:_MAX_ROWS]:
        print(
            f"  {conflict.place}: {conflict.question!r} was answered at {conflict.entry_place} with {conflict.other!r}; replaced"
        )
        if conflict.left:
            left, id = ", ".join(map(repr, conflict.left)), conflict.entry
            print(f"    {id} still gives that reply to {left}; `python -m bot forget {id}` removes it")
    if len(report.replaced) > _MAX_ROWS:
        print(f"  … {len(report.replaced) - _MAX_ROWS} more were replaced")
    for conflict in report.kept[:_MAX_ROWS]:
        print(
            f"  {conflict.place}: {conflict.question!r} keeps the reply that you wrote ({conflict.entry}), not {conflict.reply!r}"
        )


def _undo(knowledge: Knowledge) -> None:
    undone = knowledge.undo_import()
    print(f"Undone: {undone.file}; {undone.removed} entries removed, {undone.restored} as they were before.")
    if undone.kept:
        ids = ", ".join(shorten(id, 60) for id in undone.kept[:20]) + (" …" if len(undone.kept) > 20 else "")
        print(f"  Changed since the import, so left as they are: {ids}")


def _format_counts(report: Report) -> str:
    counts = (
        f"{report.taken} taken, {report.merged} merged, {len(report.replaced)} replaced, {len(report.refused)} refused"
    )
    return f"{counts}, {len(report.kept)} kept as you wrote them" if report.kept else counts


def _build_progress(name: str) -> Callable[[int], None]:
    """Return a callback that prints how many rows were read, on a terminal only."""

    def show(rows: int) -> None:
        if sys.stderr.isatty() and rows % 500 == 0:
            print(f"\r{name}: {rows} rows", end="", file=sys.stderr, flush=True)

    return show
