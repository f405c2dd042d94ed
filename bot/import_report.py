"""What a file was understood as, in lines for the terminal and the page, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge import Sample
from data.formats import Reading, translate
from data.formats.errors import shorten
from data.formats.reading import TableReading
from data.records import Language

_MAX_TABLES = 12
_MAX_NOTES = 40
_MAX_PHRASINGS = 6
_MAX_REPLY = 200


@dataclass(frozen=True)
class _Words:
    formats: Mapping[str, str]
    read_as: str
    encoding: str
    part: str
    header: str
    columns: str
    positions: str
    unused: str
    more: str
    samples: str
    question: str
    reply: str
    notes: str


_TEXTS: Mapping[Language, _Words] = {
    "en": _Words(
        {
            "faq": "a table in text", "sheet": "an XLSX workbook", "jsonl": "JSON", "parlai": "ParlAI text",
            "marked_text": "text with questions and answers marked", "markdown": "Markdown", "html_page": "an HTML page",
        },
        "Read as {format}", "in {encoding}", "{part}: ", " (header in row {row})",
        "questions from {questions}; answers from {replies}",
        "no header: questions in column {questions}, answers in column {replies}", "not used: {unused}", "… {count} more",
        "For example:", "Q", "A", "Note",
    ),
    "zh": _Words(
        {
            "faq": "文本表格", "sheet": "XLSX 工作簿", "jsonl": "JSON", "parlai": "ParlAI 文本",
            "marked_text": "标明问与答的文本",
            "markdown": "Markdown", "html_page": "HTML 网页",
        },
        "读取为：{format}", "编码 {encoding}", "{part}：", "（表头在第 {row} 行）", "问题取自 {questions}；答案取自 {replies}",
        "没有表头：问题在第 {questions} 列，答案在第 {replies} 列",
        "未使用：{unused}", "……另有 {count} 项", "例如：", "问", "答", "注意",
    ),
}  # fmt: skip
_ENCODINGS = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32",
    "gb18030": "GB18030 (GBK)", "cp950": "Big5", "big5hkscs": "Big5 (HKSCS)", "cp1252": "Windows-1252",
}  # fmt: skip


def describe_reading(reading: Reading, language: Language) -> list[str]:
    """Return how a file was understood: its format, its encoding and its columns, each table on a line."""
    words = _TEXTS[language]
    comma = "，" if language == "zh" else ", "
    said = words.read_as.format(format=words.formats.get(reading.format, reading.format))
    if reading.encoding:
        said += comma + words.encoding.format(encoding=_ENCODINGS.get(reading.encoding, reading.encoding))
    lines = [said + ("。" if language == "zh" else ".")]
    lines += [_describe_table(table, words) for table in reading.tables[:_MAX_TABLES]]
    if len(reading.tables) > _MAX_TABLES:
        lines.append(words.more.format(count=len(reading.tables) - _MAX_TABLES))
    return lines


def describe_notes(reading: Reading, language: Language) -> list[str]:
    """Return what was left out, joined or changed in form, a line each."""
    words = _TEXTS[language]
    colon = "：" if language == "zh" else ": "
    lines = [f"{words.notes}{colon}{translate(note, language)}" for note in reading.notes[:_MAX_NOTES]]
    beyond = len(reading.notes) - _MAX_NOTES + reading.dropped_notes
    return [*lines, words.more.format(count=beyond)] if beyond > 0 else lines


def describe_samples(samples: Sequence[Sample], language: Language) -> list[str]:
    """Return entries as they would be stored, two lines each, under a heading; nothing if there are none."""
    words = _TEXTS[language]
    colon = "：" if language == "zh" else ": "
    lines = [words.samples] if samples else []
    for sample in samples:
        asked = " / ".join(sample.questions[:_MAX_PHRASINGS])
        more = len(sample.questions) - _MAX_PHRASINGS
        asked += f" (+{more})" if more > 0 else ""
        lines += [
            f"  {words.question}{colon}{shorten(asked, 2 * _MAX_REPLY)}",
            f"  {words.reply}{colon}{_shorten_reply(sample.reply)}",
        ]
    return lines


def _shorten_reply(reply: str) -> str:
    """Return a reply on one line, its line breaks shown."""
    return shorten(" ⏎ ".join(line for line in reply[: 4 * _MAX_REPLY].split("\n") if line.strip()), _MAX_REPLY)


def _describe_table(table: TableReading, words: _Words) -> str:
    questions, replies = ", ".join(table.questions), ", ".join(table.replies)
    is_numbered = not table.row and all(name.isdecimal() for name in (*table.questions, *table.replies))
    said = (words.positions if is_numbered else words.columns).format(questions=questions, replies=replies)
    if table.row:
        said += words.header.format(row=table.row)
    if table.unused:
        said += ("；" if "：" in words.unused else "; ") + words.unused.format(unused=", ".join(table.unused))
    return "  " + (words.part.format(part=table.part) if table.part else "") + said
