"""Read questions and replies from text that marks them: Q: and A:, 问： and 答：, also in Markdown and as a conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow, Sentence, reject_row, shorten, validate_pair
from data.formats.reading import Reading
from data.records import Pair, Place

_ASK = (
    "questions?|q|frage|pregunta|pergunta|domanda|user|human|customer|visitor|client"
    "|提问|问题|问句|问|客户|用户|顾客|访客|用户问题|客户问题"
)
_SAY = (
    "answers?|ans|a|antwort|respuesta|resposta|risposta|reply|response|assistant|bot|chatbot|agent|ai|答案|答复|回答|回复|解答|答"
    "answers?|ans|a|antwort|respuesta|resposta|risposta|reply|response|assistant|bot|chatbot|agent|ai|答案|答复|回答|回复|解答|答"
    "|机器人|客服|助手|小助手"
)
_BEFORE = r"^\s*(?:[>*•\-]\s+|#{1,6}\s*)?(?:\*\*|__|`)?\s*(?:[(（]?\d{1,3}\s*[.．、)）]\s*)?(?:\*\*|__)?"
_AFTER = r"(?:\*\*|__|`)?\s*"


def _compile(words: str) -> re.Pattern[str]:
    number = r"\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
    bracketed = rf"[【\[〔<(（](?:{words})(?:{number})?[】\]〕>)）]\s*(?:\*\*)?\s*[:：]?"
    plain = rf"(?:{words})(?:{number})?\s*(?:\*\*|__)?\s*[:：]"
    numbered = rf"(?:{words}){number}\s*[.．、)）](?!\d)"
    return re.compile(rf"{_BEFORE}(?:{bracketed}|{plain}|{numbered}){_AFTER}(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)


_QUESTION = _compile(_ASK)
_REPLY = _compile(_SAY)
_INLINE = re.compile(
    rf"(?<=[\s。？！?!；;,，])(?:[【\[]?(?:{_SAY})[】\]]?\s*[:：]|[【\[](?:{_SAY})[】\]])\s*", re.IGNORECASE
)
_HEADING = re.compile(r"^\s*(#{1,6}\s+\S|={3,}|-{3,}|\*{3,}|_{3,})")
_SEARCHED = 400
_MARK_LENGTH = 120
"""A mark stands within as many characters at the beginning of a line."""


def _match(pattern: re.Pattern[str], line: str) -> str | None:
    """Return what stands behind a mark at the beginning of a line; None if there is none."""
    bare = line.lstrip()
    found = pattern.match(bare[:_MARK_LENGTH])
    return None if found is None else found["rest"] + bare[_MARK_LENGTH:]


def is_marked(lines: Iterable[str]) -> bool:
    """Return whether the first lines of a text mark questions and replies, or two questions at least.

    >>> is_marked(["常见问题", "问：怎么退货？", "答：七天内。"]), is_marked(["A: an option", "B: another"])
    (True, False)
    """
    asked = said = inline = 0
    first = None
    for number, line in enumerate(lines):
        if number > _SEARCHED:
            break
        if (rest := _match(_QUESTION, line)) is not None:
            asked += 1
            first = number if first is None else first
            inline += bool(_INLINE.search(rest))
        elif _match(_REPLY, line) is not None:
            said += 1
    return asked > 0 and (said > 0 or inline > 0 or asked > 1) and first is not None and first <= 40


def read(path: Path, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of a text; the number of a row is the line of its question.

    Raises:
        FormatError: No question is marked.
    """
    reading = reading or Reading()
    reading.encoding = detect_encoding(path)
    with path.open(encoding=reading.encoding) as file:
        yield from read_lines(enumerate(file, start=1), path.name, reading)


def read_lines(lines: Iterable[tuple[int, str]], file: str, reading: Reading) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of numbered lines, as `read` does."""
    numbered = list(lines)
    has_replies = any(
        _match(_REPLY, line) is not None or _INLINE.search(_match(_QUESTION, line) or "") is not None
        for _, line in numbered
    )
    names = ("Q:", "A:") if has_replies else ("Q:", "the lines below it / 其后的文字")
    reading.add_table("", 0, names[:1], names[1:])
    draft = _Draft(file, has_replies)
    above: list[tuple[int, str]] = []
    found = False
    for at, (number, line) in enumerate(numbered):
        line = line.rstrip("\r\n")
        if (rest := _match(_QUESTION, line)) is not None:
            found = True
            yield from draft.ask(number, rest)
        elif (rest := _match(_REPLY, line)) is not None:
            yield from draft.say(number, rest)
        elif not line.strip():
            draft.skip_line()
        elif not draft.is_begun:
            above.append((number, line))
        elif _is_title(numbered, at):
            reading.note(
                f"line {number} was read as a heading, not as part of a reply: {shorten(line, 40)!r}",
                f"第 {number} 行按标题处理，不算答案：「{shorten(line, 40)}」",
            )
        else:
            draft.go_on(line)
    yield from draft.finish()
    for number, line in above[:20]:
        reading.note(
            f"line {number} stands above the first question and was left out: {shorten(line, 40)!r}",
            f"第 {number} 行在第一个问题之上，未取用：「{shorten(line, 40)}」",
        )
    if len(above) > 20:
        reading.note(
            f"{len(above) - 20} more lines stand above the first question", f"第一个问题之上还有 {len(above) - 20} 行"
        )
    if not found:
        raise FormatError(
            Sentence(
                f"{file} marks no question. Write Q: before each question and A: before its reply.",
                f"{file} 里没有标明问题。请在问题前写「问：」，答案前写「答：」。",
            )
        )


def read_marked(text: str, place: Place) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of a text within a record, all at its place; nothing if it marks none."""
    lines = re.sub(r"\s*###\s*(?=\w+\s*:)", "\n", text).split("\n")
    if not is_marked(lines):
        return
    for item in read_lines(enumerate(lines, start=1), place.file, Reading()):
        if isinstance(item, Pair):
            yield Pair(item.question, item.reply, place)
        else:
            yield RejectedRow(place, item.given, item.why)


def _is_title(lines: list[tuple[int, str]], at: int) -> bool:
    """Return whether a line is a heading: Markdown's, or a short one by itself right above a question."""
    line = lines[at][1].strip()
    if _HEADING.match(line[:_MARK_LENGTH]):
        return True
    if len(line) > 30 or re.search(r"[。.!！?？；;,，:：、]$", line) or (at and lines[at - 1][1].strip()):
        return False
    below = at + 1
    while below < len(lines) and not lines[below][1].strip():
        below += 1
    return at + 1 < below < len(lines) and _match(_QUESTION, lines[below][1]) is not None


class _Draft:
    """A question while its lines and those of its reply are read."""

    def __init__(self, file: str, has_replies: bool) -> None:
        self.file = file
        self.has_replies = has_replies
        self.is_begun = False
        self._questions: list[str] = []
        self._reply: list[str] = []
        self._row = 0
        self._in_reply = False

    def ask(self, number: int, text: str) -> Iterator[Pair | RejectedRow]:
        """Begin a question; one right below another is another phrasing of it, where replies are marked."""
        if self._in_reply or not self.has_replies:
            yield from self.finish()
        if not self._questions:
            self._row = number
        self.is_begun = True
        inline = _INLINE.search(text)
        asked = text[: inline.start()] if inline else text
        self._questions.append(_strip_emphasis(asked))
        self._in_reply = not self.has_replies
        if inline:
            self._in_reply = True
            self._reply.append(text[inline.end() :])

    def say(self, number: int, text: str) -> Iterator[RejectedRow]:
        """Begin the reply, or go on with it."""
        if not self._questions:
            self.is_begun = True
            why = Sentence("a reply without a question above it", "答案上面没有问题")
            yield reject_row(Place(self.file, number), text, why)
            return
        self._in_reply = True
        self._reply.append(text.removesuffix("**"))

    def go_on(self, line: str) -> None:
        """Take a line that is not marked."""
        if self._in_reply:
            self._reply.append(line)
        elif self._questions:
            self._questions[-1] = f"{self._questions[-1]} {line.strip()}"

    def skip_line(self) -> None:
        """Take a blank line."""
        if self._in_reply and self._reply:
            self._reply.append("")

    def finish(self) -> Iterator[Pair | RejectedRow]:
        """Yield the pairs of the question and forget it."""
        if self._questions:
            reply = "\n".join(self._reply).strip("\n")
            for question in self._questions if reply.strip() else self._questions[:1]:
                yield validate_pair(question.strip(), reply, Place(self.file, self._row))
        self._questions, self._reply, self._in_reply = [], [], False


def _strip_emphasis(text: str) -> str:
    text = text.strip()
    return text.removesuffix("**").removesuffix("__").strip()
