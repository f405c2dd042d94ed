"""`python -m bot learn` of a document, and `python -m bot documents`: list, show, delete."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bot.knowledge import DocumentReport, Knowledge, KnowledgeError
from bot.knowledge.document_learning import Encoder, learn_document
from bot.knowledge.passages import StoredDocument
from bot.page_reader import find_page_reader
from bot.steps import Steps
from data import paths
from data.formats.errors import FormatError
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder

ACTIONS = ("list", "show", "forget")
_MAX_PAGES_SHOWN = 12
_WHY = {"scanned": "a picture without text", "garbled": "garbled text"}


@cache
def load_encoder() -> Encoder:
    """Load the encoder of passages, once.

    Raises:
        ArtifactError: It is damaged or missing.
    """
    return SentenceEncoder(paths.artifacts_dir() / ENCODER)


def learn(knowledge: Knowledge, file: Path, name: str, load: Callable[[], Encoder] = load_encoder) -> bool:
    """Take in a document with a progress bar, print what came of it, and return whether it was taken.

    Raises:
        ArtifactError: The encoder is damaged or missing.
    """
    try:
        with Steps(1, lines=False) as steps:
            steps.begin(f"Reading {name}")
            report = learn_document(knowledge, file, load(), name, steps.advance, find_page_reader())
    except (FormatError, KnowledgeError, OSError) as error:
        print(f"{file}: refused, nothing changed. {error}", file=sys.stderr)
        return False
    print(f"{file}: {describe_report(report)}")
    for line in describe_details(report):
        print(f"  {line}")
    return True


def describe_report(report: DocumentReport) -> str:
    """Describe in one line what came of learning a document."""
    pages = "" if report.pages is None else f"{_count(report.pages, 'page')}, "
    counts = f"{pages}{_count(report.passages, 'passage')}, {report.added} new, {report.removed} removed"
    kept = f", {len(report.kept)} kept as you wrote them" if report.kept else ""
    unread = f", {_count(len(report.unread), 'page')} not read" if report.unread else ""
    return f"{counts}{kept}{unread}"


def describe_details(report: DocumentReport) -> list[str]:
    """Describe pages that were not read, and passages that keep a person's text."""
    lines = [f"page {page}: {_WHY.get(why, why)}" for page, why in report.unread[:_MAX_PAGES_SHOWN]]
    if len(report.unread) > _MAX_PAGES_SHOWN:
        lines.append(f"… and {len(report.unread) - _MAX_PAGES_SHOWN} more pages")
    if report.unread:
        lines.append("Install the extra `ocr` to read pages that are pictures, or give a version with text.")
    lines += [f"{id} keeps the text that you wrote; the document has changed there" for id in report.kept]
    return lines


def run(knowledge: Knowledge, action: str, file: str | None) -> None:
    """Do what was asked and print it.

    Raises:
        KnowledgeError: There is no such document, or none was named.
    """
    if action == "list":
        _list(knowledge.documents.list_documents())
        return
    if file is None:
        raise KnowledgeError(f"Say which document to {action}, by the name that `python -m bot documents` lists.")
    if action == "forget":
        print(f"Forgotten: {file} with {_count(knowledge.documents.delete(file), 'passage')}.")
        return
    found = knowledge.documents.list_passages(file)
    if not found:
        raise KnowledgeError(f"There is no document {file!r}; `python -m bot documents` lists them.")
    for stored in found:
        page = "" if stored.passage.page is None else f", page {stored.passage.page}"
        edited = " (taken out)" if not stored.passage.text else " (edited)" if stored.is_edited else ""
        print(f"{stored.id}{page}{edited}  {' > '.join(stored.passage.heading)}")
        print("\n".join(f"    {line}" for line in stored.passage.text.split("\n") if line))


def _list(documents: list[StoredDocument]) -> None:
    for document in documents:
        pages = "" if document.pages is None else f"{_count(document.pages, 'page')}, "
        edited = f", {document.edited} edited" if document.edited else ""
        unread = f", {_count(len(document.unread), 'page')} not read" if document.unread else ""
        print(f"{document.file}  {pages}{_count(document.passages, 'passage')}{edited}{unread}")
    if not documents:
        print("No document has been learned. Take one in with `python -m bot learn FILE`.")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
