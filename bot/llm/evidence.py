"""What was found, as numbered sources that a larger model may cite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.choosing import is_courtesy
from bot.messages import Translations
from bot.types import Candidate
from data.records import Language

MAX_SOURCES = 6
_LIST: Translations = {"zh": "资料来源：", "en": "Sources:"}
_ENTRY: Translations = {"zh": "[{number}] {place}：“{title}”", "en": "[{number}] {place}, “{title}”"}
_PLAIN = "[{number}] {place}"
_ROW: Translations = {"zh": "{file} 第 {row} 行", "en": "{file}, row {row}"}
_PAGE: Translations = {"zh": "《{file}》第 {page} 页", "en": "{file}, page {page}"}
_MAX_TITLE = 80
_CITATION = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class NumberedSource:
    """A candidate that may be cited.

    Attributes:
        number: What stands in brackets, from 1.
        title: The stored question, or the headings of a passage.
        text: The stored reply, or the whole passage.
        file: The file that it was learned from.
        row: The row in that file, for an entry.
        page: The page, for a passage of a document that has pages.
    """

    number: int
    title: str
    text: str
    file: str
    row: int | None = None
    page: int | None = None


def number_sources(
    candidates: Sequence[Candidate], least: float = 0.0, count: int = MAX_SOURCES
) -> tuple[NumberedSource, ...]:
    """Return the entries and passages among the candidates as numbered sources, in their order.

    The same candidates always get the same numbers. Small talk is no evidence, and equal texts count once.

    Args:
        candidates: What was found, best first.
        least: The least score of a source.
        count: The most sources.
    """
    found: dict[tuple[str, str], NumberedSource] = {}
    for candidate in candidates:
        source = describe_source(candidate, len(found) + 1)
        if source is None or candidate.score < least or len(found) == count:
            continue
        found.setdefault((source.title, source.text), source)
    return tuple(found.values())


def describe_source(candidate: Candidate, number: int) -> NumberedSource | None:
    """Return a candidate as a source; None if it is neither an entry nor a passage, or is small talk."""
    evidence = candidate.evidence
    # A passage of a document carries where it stands and what surrounds it.
    quotation = getattr(evidence, "quotation", None)
    if quotation is not None:
        text = f"{quotation.before}{quotation.stored or quotation.text}{quotation.after}"
        title = " > ".join(quotation.heading)
        return NumberedSource(number, title, text, quotation.file, page=quotation.page)
    if not evidence.entry or is_courtesy(evidence):
        return None
    return NumberedSource(number, evidence.question or "", candidate.text, evidence.file or "", evidence.row)


def list_sources(text: str, sources: Sequence[NumberedSource], language: Language) -> str:
    """Return the sources that a text cites, a line each under a heading; empty if it cites none."""
    cited = {int(number) for number in _CITATION.findall(text)}
    lines = [_show(source, language) for source in sources if source.number in cited]
    return "\n".join([_LIST[language], *lines]) if lines else ""


def _show(source: NumberedSource, language: Language) -> str:
    place = source.file
    if source.page is not None:
        place = _PAGE[language].format(file=source.file, page=source.page)
    elif source.row is not None:
        place = _ROW[language].format(file=source.file, row=source.row)
    title = " ".join(source.title.split())
    title = title if len(title) <= _MAX_TITLE else title[: _MAX_TITLE - 1] + "…"
    form = _ENTRY[language] if title else _PLAIN
    return form.format(number=source.number, place=place, title=title)
