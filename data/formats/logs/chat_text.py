"""Read conversations written as text: WhatsApp (Android and iOS), WeChat, QQ, transcripts with a speaker before each line.

A line begins a message if it has the form of the file's first lines; any other line goes on with the message before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from data.formats.errors import RejectedRow, reject_row
from data.formats.logs.byte_range import ByteRange, Tick, read_lines
from data.formats.logs.chat_time import DATE, TIME, DateOrder, find_date_order, parse_chat_time
from data.formats.logs.conversation import Conversation
from data.formats.logs.speakers import NEITHER, find_side
from data.formats.logs.utterance import LogUtterance
from data.records import Place

MAX_LINES = 200_000
"""The lines of one conversation: a text is read as a whole."""

_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_STAMP = rf"(?:{DATE}[,，T ]*\s*{TIME}|{TIME}[,， ]*\s*{DATE}|{TIME})"
_NAME = r"[^:：\n\t]{1,60}?"
# [2025/10/1 10:00:05] Name: text   01/10/2025, 10:00 - Name: text   2025-10-01 10:00:05 Name: text
_STAMPED = re.compile(rf"[\[(【]?(?P<stamp>{_STAMP})[\])】]?\s*(?:[-–—|]\s*)?(?P<name>{_NAME})\s*[:：]\s?(?P<text>.*)")
# [10:00] <Name> text, as IRC clients write it
_ANGLED = re.compile(rf"(?:[\[(]?(?P<stamp>{_STAMP})[\])]?\s*)?<(?P<name>[^<>\n]{{1,60}})>\s?(?P<text>.*)")
# A line of a stamp and a name alone, above the text: WeChat, QQ; in either order.
_HEAD = re.compile(rf"[\[(【]?(?P<stamp>{_STAMP})[\])】]?\s+(?P<name>[^:：\n\t]{{1,60}}?)\s*[:：]?\s*")
_HEAD_AFTER = re.compile(rf"(?P<name>[^:：\n\t\[(]{{1,60}}?)[ \t:：]+[\[(【]?(?P<stamp>{_STAMP})[\])】]?\s*")
_SERVICE = re.compile(rf"[\[(]?{DATE}[,，T ]*\s*{TIME}[\])]?\s*(?:[-–—]\s*)?(?P<text>.*)")
_PLAIN = re.compile(
    r"\s*(?:\*\*|__|[#>*•-]+\s+)?[\[【]?(?P<name>[^:：\s\[\]【】*][^:：\n\t\[\]【】*]{0,38})[\]】]?(?:\*\*|__)?\s*[:：](?:\*\*|__)?\s?(?P<text>.*)"
)
_BETWEEN = re.compile(
    r"\s*(?:[-=_*#~]{3,}.*|#{0,4}\s*(?:会话|对话|聊天|conversation|dialog(?:ue)?|chat|session|transcript)\s*(?:#|no\.?|id)?\s*[:：]?\s*[\w-]{0,40}\s*[-=]*)\s*",
    re.IGNORECASE,
)
_MEDIA = re.compile(
    r"<(?:media omitted|medien ausgeschlossen|attached: "
    r"[^>]*"
    r"|附件[：:][^>]*|媒体文件已忽略|已忽略媒体|省略多媒体文件|媒體已略去)>|(?:image|video|audio|sticker|gif|document|contact "
    r"card) omitted"
    r"|(?:图像|图片|视频|音频|贴图|语音|动图|文档)已忽略|\S+\.(?:jpg|jpeg|png|webp|mp4|opus|pdf) \(file "
    r"attached\)|\[(?:图片|照片|视频|语音|动画表情|文件|表情|Photo|Image|Sticker)\]",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"messages and calls are (?:now )?(?:secured with )?end-to-end "
    r"encrypt|消息和通话(?:均已)?.{0,10}端到端加密|訊息和通話.{0,12}端對端加密|this message was "
    r"deleted|你?撤回了一条消息",
    re.IGNORECASE,
)
_QQ_ID = re.compile(r"\s*(?:[(（]\d{4,}[)）]|<[^<>@]+@[^<>]+>)\s*$")
_PATTERNS = {"stamped": _STAMPED, "angled": _ANGLED, "head": _HEAD, "head_after": _HEAD_AFTER, "plain": _PLAIN}
_MAX_WORDS = 5


@dataclass
class _Message:
    name: str
    text: list[str]
    stamp: str | None
    row: int


def find_form(lines: list[str]) -> str | None:
    """Return the name of the form of the lines that begin a message; None if the text is no conversation.

    Stamped forms need two such lines. A plain form, "name: text", needs two different names with a line each, and names of the
    roles of both sides, or that most lines have it: prose holds colons too.
    """
    lines = [_MARKS.sub("", line) for line in lines if line.strip()]
    counts = {form: sum(_match(form, line) is not None for line in lines) for form in _PATTERNS}
    for form in ("stamped", "angled"):
        if counts[form] >= 2 and counts[form] * 4 >= len(lines):
            return form
    for form in ("head", "head_after"):
        if counts[form] >= 2 and counts[form] * 8 >= len(lines) and counts[form] * 2 <= len(lines) + 1:
            return form
    names = [found["name"].strip() for line in lines if (found := _match("plain", line))]
    sides = {find_side(name) for name in names} - {None, NEITHER}
    if len(set(names)) >= 2 and sides and (len(sides) == 2 or len(names) * 2 >= len(lines)):
        return "plain"
    is_regular = (
        len(names) >= 4 and len(names) * 5 >= 4 * len(lines) and 2 <= len(set(names)) <= max(2, len(names) // 2)
    )
    return "plain" if is_regular else None


def _match(form: str, line: str, is_dated: bool = False) -> re.Match[str] | None:
    found = _PATTERNS[form].fullmatch(line)
    if found is None:
        return None
    name = found["name"].strip()
    if is_dated and form != "plain" and found["stamp"] and not re.search(DATE, found["stamp"]):
        return None  # "10:30 is fine" goes on with a message
    if form != "plain" and len(name.split()) > _MAX_WORDS:
        return None  # a notice: somebody changed the subject to: ...
    if not name or (form == "plain" and ("//" in found["text"][:2] or name.isdigit() or len(name.split()) > 4)):
        return None
    return found


def is_chat_text(head: str) -> bool:
    """Return whether the beginning of a file is a conversation as text."""
    return find_form(head.splitlines()[:400]) is not None


def read(span: ByteRange, tick: Tick) -> Iterator[Conversation | RejectedRow]:
    """Yield the conversations of a text.

    A rule (---) or a title (会话 2) separates them, as an empty line does where each part is one.
    """
    lines: list[tuple[int, str]] = []
    last = 0
    for row, line in read_lines(span, tick):
        if isinstance(line, RejectedRow):
            yield line
            continue
        if row > last + 1 and lines:
            lines.append((row - 1, ""))
        last = row
        lines.append((row, _MARKS.sub("", line)))
        if len(lines) > MAX_LINES:
            yield reject_row(
                Place(span.path.name, row),
                line,
                f"the text has more than {MAX_LINES} lines; split the file here and read the rest alone",
            )
            break
    form = find_form([line for _, line in lines[:400]])
    if form is None:
        yield reject_row(Place(span.path.name, 1), lines[0][1] if lines else "", "no line begins with who speaks")
        return
    order = find_date_order(
        [found["stamp"] for _, line in lines if form != "plain" and (found := _match(form, line)) and found["stamp"]]
    )
    for part in _split(lines, form):
        yield from _read_part(part, form, order, span.path.name)


def _split(lines: list[tuple[int, str]], form: str) -> Iterator[list[tuple[int, str]]]:
    parts: list[list[tuple[int, str]]] = [[]]
    for row, line in lines:
        if _BETWEEN.fullmatch(line) and _match(form, line) is None:
            parts.append([])
        else:
            parts[-1].append((row, line))
    for part in parts:
        if not any(line.strip() for _, line in part):
            continue
        blocks: list[list[tuple[int, str]]] = [[]]
        for row, line in part:
            if line.strip():
                blocks[-1].append((row, line))
            elif blocks[-1]:
                blocks.append([])
        blocks = [block for block in blocks if block]
        if form == "plain" and len(blocks) > 1 and all(_is_whole(block) for block in blocks):
            yield from blocks
        else:
            yield part


def _is_whole(block: list[tuple[int, str]]) -> bool:
    names = {found["name"].strip() for _, line in block if (found := _match("plain", line))}
    return len(names) >= 2


def _read_part(
    lines: list[tuple[int, str]], form: str, order: DateOrder, file: str
) -> Iterator[Conversation | RejectedRow]:
    messages: list[_Message] = []
    speakers = _find_speakers([line for _, line in lines]) if form == "plain" else None
    stamps = [
        found["stamp"] for _, line in lines if form != "plain" and (found := _match(form, line)) and found["stamp"]
    ]
    is_dated = sum(re.search(DATE, stamp) is not None for stamp in stamps) * 2 > len(stamps)
    for row, line in lines:
        found = _match(form, line, is_dated)
        name = _QQ_ID.sub("", found["name"]).strip() if found else ""
        if found is not None and (speakers is None or name in speakers):
            groups = found.groupdict()
            messages.append(_Message(name, [groups["text"]] if "text" in groups else [], groups.get("stamp"), row))
        elif form in ("stamped", "angled") and (is_dated and _SERVICE.fullmatch(line)):
            continue  # a notice of the application: encryption, somebody joined
        elif messages:
            messages[-1].text.append(line)
        elif line.strip() and not _is_title(line):
            yield reject_row(Place(file, row), line, "a line before the first that says who speaks")
    said = []
    for message in messages:
        text = "\n".join(message.text).strip()
        bare = _MEDIA.sub("", text).strip()
        facts = {"picture": True} if bare != text else None
        if (bare or facts) and not _NOTICE.match(bare):
            time = parse_chat_time(message.stamp, order) if message.stamp else None
            said.append(LogUtterance(message.name, bare, message.row, time, facts))
    if said:
        yield Conversation("", said, Place(file, said[0].row))


def _is_title(line: str) -> bool:
    return len(line) < 80


def _find_speakers(lines: list[str]) -> set[str]:
    """Return the names that speak in a plain text: those of roles, and where these are of one side, the others as well."""
    names: dict[str, int] = {}
    for line in lines:
        if found := _match("plain", line):
            name = found["name"].strip()
            names[name] = names.get(name, 0) + 1
    sides = {name: side for name in names if (side := find_side(name)) is not None}
    if len(set(sides.values()) - {NEITHER}) == 2:
        return set(sides)
    return set(names)
