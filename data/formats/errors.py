"""Errors in files that are read: of one row, or of the whole file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.records import Language, Pair, Place
from data.text.clean import clean

MAX_BYTES = 50 * 2**20
MAX_QUESTION = 500
MAX_REPLY = 4000

_SHOWN = 80


class Sentence(str):
    """A sentence in English that also holds its Chinese translation."""

    chinese: str

    def __new__(cls, english: str, chinese: str) -> Sentence:
        """Return the English sentence with its translation."""
        sentence = super().__new__(cls, english)
        sentence.chinese = chinese
        return sentence


class FormatError(ValueError):
    """A file cannot be used at all; the message says what was given, what is expected and what to do."""


class UnknownColumnsError(FormatError):
    """The columns of questions and replies cannot be told; a person has to name them.

    Args:
        message: What was found and what to do.
        names: The cells of the first row (or the keys of the first object) as they stand.
        rows: The first rows, that one included, each cell shortened.
        has_header: Whether the names are surely no question with its reply, as the keys of an object are.
    """

    def __init__(
        self, message: str, names: Sequence[str], rows: Sequence[Sequence[str]] = (), has_header: bool = False
    ) -> None:
        super().__init__(message)
        self.names = tuple(names)
        self.rows = tuple(tuple(row) for row in rows)
        self.has_header = has_header


def translate(message: object, language: Language) -> str:
    """Return a sentence, or the message of an error, in the language; in English where there is no translation."""
    text = message.args[0] if isinstance(message, Exception) and message.args[:1] else message
    return text.chinese if language == "zh" and isinstance(text, Sentence) else str(message)


@dataclass(frozen=True)
class RejectedRow:
    """A row or line that was not accepted.

    Args:
        place: Where it is.
        given: The beginning of its content.
        why: The reason; a Sentence where it is known in both languages.
    """

    place: Place
    given: str
    why: str


def reject_row(place: Place, given: str, why: str) -> RejectedRow:
    """Return a RejectedRow with the content as one short printable line."""
    return RejectedRow(place, shorten(given), why)


def shorten(text: str, length: int = _SHOWN) -> str:
    """Return the beginning of the text as one short printable line."""
    line = " ".join(clean(text[: 4 * length]).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def validate_entry(question: str, reply: str) -> Sentence | None:
    """Return why a question and its reply cannot be an entry; None if they can. Lengths are those of cleaned text.

    >>> validate_entry("什么是CNN", "  "), validate_entry("what is a CNN", "A network.")
    ('the reply is empty', None)
    """
    question, reply = clean(question), clean(reply)
    if not question:
        return Sentence("the question is empty", "问题是空的")
    if not reply:
        return Sentence("the reply is empty", "答案是空的")
    if len(question) > MAX_QUESTION:
        return Sentence(
            f"the question has {len(question)} characters; at most {MAX_QUESTION} are allowed",
            f"问题有 {len(question)} 个字符，最多 {MAX_QUESTION} 个",
        )
    if len(reply) > MAX_REPLY:
        return Sentence(
            f"the reply has {len(reply)} characters; at most {MAX_REPLY} are allowed",
            f"答案有 {len(reply)} 个字符，最多 {MAX_REPLY} 个",
        )
    return None


def validate_pair(question: str, reply: str, place: Place) -> Pair | RejectedRow:
    """Return the pair unchanged, or a RejectedRow if it cannot be an entry or its text was lost before it came here."""
    why = validate_entry(question, reply) or find_damage(question) or find_damage(reply)
    return Pair(question, reply, place) if why is None else reject_row(place, question or reply, why)


def find_damage(text: str) -> Sentence | None:
    """Return what shows that the text was saved in a wrong encoding before; None if nothing does."""
    if "\ufffd" in text or "锟斤拷" in text:
        return Sentence(
            "it holds characters that were lost when the file was saved (�); save it again from its source as UTF-8",
            "其中有保存时已经损坏的字符（�）；请从原文件另存为 UTF-8",
        )
    marks = "".join(text.split())
    if len(marks) >= 3 and not marks.strip("?"):
        return Sentence(
            "it is only question marks: its characters were lost when the file was saved; save it again as UTF-8",
            "只剩下问号：文字在保存时已经丢失；请从原文件另存为 UTF-8",
        )
    if repaired := _undo_wrong_decoding(text):
        return Sentence(
            f"it was saved in a wrong encoding before (it should read {shorten(repaired, 30)!r}); save it again "
            "from its source",
            f"文字在之前保存时编码就错了（应为「{shorten(repaired, 30)}」）；请从原文件重新保存",
        )
    return None


def _undo_wrong_decoding(text: str) -> str | None:
    """Return UTF-8 Chinese that was once decoded as Windows-1252 as it was meant; None for any other text.

    >>> _undo_wrong_decoding("é€€è´§"), _undo_wrong_decoding("Für Kinder?")
    ('退货', None)
    """
    if not any("\xe3" <= character <= "\xe9" for character in text):
        return None
    try:
        meant = "".join(chr(_CP1252.get(character, ord(character))) for character in text).encode("latin-1").decode()
    except UnicodeError:
        return None
    return meant if any("\u4e00" <= character <= "\u9fff" for character in meant) else None


_CP1252 = {
    bytes([value]).decode("cp1252"): value for value in range(0x80, 0xA0) if value not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
