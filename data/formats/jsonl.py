"""Read questions and replies from JSON: objects a line, one array, or objects within others ({"faqs": [...]}, SQuAD, articles).

An object is a question with its reply under the names that columns of tables have too (Alpaca, prompt/completion, Firefly ...), a
conversation (OpenAI's messages, ShareGPT, WildChat, Belle), a text with Human: and Assistant:, or a map of questions to replies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from data.formats.columns import ColumnGroup, Columns, find_columns, normalize_name
from data.formats.conversation import DIALOG_KEYS, is_turn, read_turns
from data.formats.csv_records import Record
from data.formats.encoding import detect_encoding
from data.formats.errors import (
    FormatError,
    RejectedRow,
    Sentence,
    UnknownColumnsError,
    reject_row,
    shorten,
    validate_pair,
)
from data.formats.header import is_interrogative
from data.formats.html_text import extract_text, is_html
from data.formats.json_stream import BrokenJson, JsonNumber, LineFinder, read_values
from data.formats.json_text import (
    MAX_SHOWN,
    TEXT_KEYS,
    list_history,
    list_phrasings,
    list_texts,
    load_list,
    read_text,
    show_json,
)
from data.formats.marked_text import read_marked
from data.formats.reading import ColumnChoice, Reading
from data.formats.table import Table, read_table
from data.records import Pair, Place

NO_OBJECT = Sentence("the line is not a JSON object", "这一行不是 JSON 对象")

_MAX_DEPTH = 8
_MARKED_KEYS = ("text", "chosen", "conversation", "dialog", "dialogue", "对话", "content")


def read(path: Path, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs object by object; the number of a row is the line that the object begins on.

    A line that is not JSON is rejected by itself.

    Raises:
        UnknownColumnsError: No key of any object names a question or a reply.
        FormatError: The file is not JSON, or it is empty.
    """
    reading = reading or Reading()
    reading.encoding = reading.encoding or detect_encoding(path)
    walker = _Walker(path.name, reading)
    found = False
    values = read_values(path, exact=True, encoding=reading.encoding)
    first = next(values, None)
    if first is not None and isinstance(first[2], list) and not any(map(is_turn, first[2])):
        yield from _read_rows(first, values, Table(path.name), reading)
        return
    lines = None
    while first is not None:
        found = True
        row, end, value = first
        place = Place(path.name, row)
        if isinstance(value, dict):
            # The line of an object within another is found by its text.
            is_outer = end > row and not _holds_pairs(value)
            if is_outer and lines is None:
                lines = path.read_text(encoding=reading.encoding)
            walker.lines = LineFinder(lines, row) if is_outer and lines is not None else None
            yield from walker.walk(value, place)
        elif isinstance(value, list) and any(map(is_turn, value)):
            yield from read_turns(value, place, reading)
        else:
            yield reject_row(place, value if isinstance(value, str) else show_json(value), NO_OBJECT)
        first = next(values, None)
    if not found:
        raise FormatError(
            Sentence(
                f'{path.name} holds no JSON objects. Write one on each line: {{"question": "…", "answer": "…"}}',
                f'{path.name} 里没有 JSON 对象。请每行写一个：{{"question": "…", "answer": "…"}}',
            )
        )
    walker.finish()


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the line that each value begins on, and the object, or its text if it is not an object.

    Raises:
        FormatError: As `read` does.
    """
    for row, _, value in read_values(path):
        if isinstance(value, dict):
            yield row, value
        else:
            yield (
                row,
                str(value) if isinstance(value, BrokenJson) else json.dumps(value, ensure_ascii=False)[:MAX_SHOWN],
            )


def _read_rows(
    first: tuple[int, int, Any], rest: Iterator[tuple[int, int, Any]], table: Table, reading: Reading
) -> Iterator[Pair | RejectedRow]:
    """Yield the pairs of an array of arrays: the rows of a table."""

    def rows() -> Iterator[Record]:
        for row, _, value in chain([first], rest):
            if isinstance(value, list):
                yield Record(row, [read_text(cell)[0] for cell in value])
            else:
                yield Record(row, [str(value)], False, NO_OBJECT)

    yield from read_table(rows(), table, reading)


class _Walker:
    """Walks through a value down to the objects that hold questions and replies."""

    def __init__(self, file: str, reading: Reading) -> None:
        self.lines: LineFinder | None = None
        self._file = file
        self._reading = reading
        self._known: set[tuple[str, ...]] = set()
        self._unknown: Mapping[str, Any] | None = None
        self._has_pairs = False

    def walk(self, value: Mapping[str, Any], place: Place, depth: int = 0) -> Iterator[Pair | RejectedRow]:
        """Yield the pairs of an object and of those within it, or a RejectedRow if it has none."""
        for item in self._walk(value, place, depth):
            self._has_pairs = self._has_pairs or isinstance(item, Pair) or item.why not in _MISSING
            yield item

    def finish(self) -> None:
        """Raise UnknownColumnsError if no object had a key of a question or reply."""
        self._reading.finish()
        if self._has_pairs or self._unknown is None:
            return
        keys = [str(key) for key in self._unknown][:50]
        shown = ", ".join(shorten(key, 30) for key in keys[:12])
        raise UnknownColumnsError(
            Sentence(
                f"{self._file} holds JSON objects with the keys {shown!r}, none of which surely names a "
                "question or a reply; expected question and answer (or 问题 and 答案). Say which keys they are.",
                f"{self._file} 里的 JSON 对象有这些键：「{shown}」，看不出哪个是问题、哪个是答案；应有 question "
                "和 answer（或「问题」和「答案」）。请指定问题和答案的键。",
            ),
            keys,
            [keys, [shorten(read_text(value)[0] or str(value), 60) for value in list(self._unknown.values())[:50]]],
            has_header=True,
        )

    def _walk(self, value: Mapping[str, Any], place: Place, depth: int) -> Iterator[Pair | RejectedRow]:
        if depth > _MAX_DEPTH:
            yield reject_row(place, "", Sentence("the objects are nested too deeply", "对象嵌套太深"))
            return
        if (why := _find_draft(value)) is not None:
            yield reject_row(place, show_json(value), why)
            return
        found = False
        for key in DIALOG_KEYS[:-1]:
            turns = load_list(value.get(key))
            if turns is not None and (
                any(map(is_turn, turns)) or not any(isinstance(turn, (dict, list)) for turn in turns)
            ):
                found = True
                if not turns or not all(isinstance(turn, dict) for turn in turns):
                    why = Sentence("the turns are not a list of objects", "对话不是对象列表")
                    yield reject_row(place, show_json(turns), why)
                else:
                    yield from read_turns(turns, self._place(turns[0], place), self._reading)
            elif key in ("messages", "conversations") and isinstance(value.get(key), (str, int)) and not found:
                marked = list(read_marked(str(value[key]), place))
                why = Sentence("the turns are not a list of objects", "对话不是对象列表")
                yield from marked or [reject_row(place, str(value[key]), why)]
                return
        if found:
            return
        pairs = list(self._read_pairs(value, place))
        yield from pairs
        inner = list(self._find_inner(value, pairs))
        for child in inner:
            yield from self._walk(child, place, depth + 1)
        if pairs or inner:
            return
        for key in _MARKED_KEYS:
            if isinstance(value.get(key), str) and (marked := list(read_marked(value[key], place))):
                yield from marked
                return
        if depth == 0 and self._is_map(value):
            for question, reply in value.items():
                yield validate_pair(question, read_text(reply)[0], self._place(question, place))
            return
        yield self._explain_missing(value, place)

    def _place(self, said: Any, place: Place) -> Place:
        """Return the place of a text, or of an object with it, within a value over several lines."""
        if self.lines is None:
            return place
        text = (
            said
            if isinstance(said, str)
            else next((text for text in said.values() if isinstance(text, str) and text), "")
        )
        return Place(place.file, self.lines.find(text)) if text else place

    def _read_pairs(self, value: Mapping[str, Any], place: Place) -> Iterator[Pair | RejectedRow]:
        """Yield the pairs of one object by its keys; nothing if they do not name a question and a reply."""
        columns = self._find_columns(value)
        if columns is None:
            return
        keys = list(columns.names)
        for group in columns.groups:
            asked = [value[keys[at]] for at in group.questions]
            given = value[keys[group.reply]]
            if _holds_pairs(given) or any(_holds_pairs(question) for question in asked):
                return
            self._note_columns(columns)
            if isinstance(given, Mapping) and all(isinstance(question, Mapping) for question in asked):
                shared = [key for key in given if all(key in question for question in asked)]
                if shared and not set(shared) & set(TEXT_KEYS):
                    for key in shared:
                        for question in asked:
                            yield validate_pair(read_text(question[key])[0], read_text(given[key])[0], place)
                    continue
            similar = [value[keys[at]] for at in (*group.similar,)]
            addition = value[keys[group.addition]] if group.addition is not None else None
            titles = [value[keys[at]] for at in group.titles]
            yield from self._build_pairs(value, asked, similar, addition, titles, given, place)

    def _build_pairs(
        self,
        value: Mapping[str, Any],
        asked: list[Any],
        similar: list[Any],
        addition: Any,
        titles: list[Any],
        given: Any,
        place: Place,
    ) -> Iterator[Pair | RejectedRow]:
        turns = load_list(given)
        if turns and all(map(is_turn, turns)):
            yield from read_turns(turns, place, self._reading)
            return
        reply, left = read_text(given)
        questions = [text for question in asked for text in list_texts(question)]
        added = read_text(addition)[0].strip() if addition is not None else ""
        if added and questions:
            questions = [f"{questions[0].strip()}\n{added}", *questions[1:]]
        questions += [text for other in similar for text in list_phrasings(other)]
        if not any(question.strip() for question in questions):
            questions += [text for title in titles[:1] for text in list_texts(title)]
        if is_html(reply):
            self._reading.count("HTML was turned into plain text", "HTML 已转换为纯文本", str(place.row))
            reply = extract_text(reply)
        questions = [_strip_separator(question) for question in questions if question.strip()]
        place = self._place(questions[0] if questions else reply, place)
        if left:
            self._reading.count(
                "of several marked answers the first was taken", "多个标注答案只取第一个", str(place.row)
            )
        if value.get("is_impossible") is True and not reply.strip():
            why = Sentence("the question is marked as one without an answer", "该问题标明没有答案")
            yield reject_row(place, questions[0] if questions else show_json(value), why)
            return
        for earlier in list_history(value.get("history")):
            yield validate_pair(*earlier, place)
        if not questions:
            yield validate_pair("", reply, place)
            return
        for question in questions if reply.strip() else questions[:1]:
            yield validate_pair(question, reply, place)

    def _find_columns(self, value: Mapping[str, Any]) -> Columns | None:
        if self._reading.choice is not None:
            return _apply_choice(value, self._reading.choice)
        if "acceptedAnswer" in value and isinstance(value.get("name"), str):
            # schema.org's Question.
            keys = tuple(map(str, value))
            return Columns((ColumnGroup((keys.index("name"),), keys.index("acceptedAnswer")),), keys)
        filled = tuple(str(key) for key, given in value.items() if given not in (None, "", [], {}))[:200]
        found = _find_columns(filled)
        return found if found is not None else _find_columns(tuple(map(str, value))[:200])

    def _note_columns(self, columns: Columns) -> None:
        groups = columns.groups
        asked = tuple(columns.names[at] for group in groups for at in group.asked)
        said = tuple(columns.names[group.reply] for group in groups)
        if (*asked, *said) in self._known or len(self._known) > 20:
            return
        self._known.add((*asked, *said))
        unused = [name for name in columns.names if name not in asked and name not in said]
        self._reading.add_table("", 0, asked, said, unused)

    def _find_inner(self, value: Mapping[str, Any], pairs: Sequence[object]) -> Iterator[Mapping[str, Any]]:
        """Yield the objects within an object; beside pairs only those that hold some themselves."""
        for given in value.values():
            if isinstance(given, Mapping):
                if not pairs or _holds_pairs(given):
                    yield given
            elif isinstance(given, list):
                for child in given:
                    if isinstance(child, Mapping) and (not pairs or _holds_pairs(child)):
                        yield child

    def _is_map(self, value: Mapping[str, Any]) -> bool:
        """Return whether an object is a map of questions to replies."""
        if not all(isinstance(given, (str, JsonNumber, bool)) for given in value.values()):
            return False
        return sum(is_interrogative(key) for key in value) * 2 > len(value)

    def _explain_missing(self, value: Mapping[str, Any], place: Place) -> RejectedRow:
        self._unknown = self._unknown or value
        names = _find_sides(tuple(map(str, value))[:200])
        why = _NO_REPLY if names == (True, False) else _NO_QUESTION if names == (False, True) else _NO_COLUMN
        return reject_row(place, show_json(value), why)


_NO_COLUMN = Sentence("no such column: no key names a question with its reply", "没有哪个键写明是问题和答案")
_NO_REPLY = Sentence(
    "no such column: there is no reply under answer (or 答案) that is a text",
    "没有答案：没有名为 answer（或「答案」）的键",
)
_NO_QUESTION = Sentence(
    "no such column: there is no question under question (or 问题) that is a text",
    "没有问题：没有名为 question（或「问题」）的键",
)
_MISSING = (_NO_COLUMN, _NO_REPLY, _NO_QUESTION)


def _strip_separator(question: str) -> str:
    """Return a prompt without what marks its end in data for fine-tuning.

    >>> _strip_separator("怎么退货\\n\\n###\\n\\n"), _strip_separator("refund ->"), _strip_separator("why?")
    ('怎么退货', 'refund', 'why?')
    """
    for separator in ("->", "###"):
        question = question.rstrip().removesuffix(separator)
    return question.rstrip()


@lru_cache(maxsize=512)
def _find_columns(keys: tuple[str, ...]) -> Columns | None:
    return find_columns(keys) if keys else None


@lru_cache(maxsize=512)
def _find_sides(keys: tuple[str, ...]) -> tuple[bool, bool]:
    """Return whether a key may name a question, and whether one may name a reply."""
    return _find_columns((*keys, "answer")) is not None, _find_columns((*keys, "question")) is not None


def _apply_choice(value: Mapping[str, Any], choice: ColumnChoice) -> Columns | None:
    keys = tuple(map(str, value))
    names = [normalize_name(key) for key in keys]
    try:
        question, reply = (names.index(normalize_name(name)) for name in (choice.question, choice.reply))
    except ValueError:
        return None
    return Columns((ColumnGroup((question,), reply),), keys) if question != reply else None


def _holds_pairs(given: Any) -> bool:
    """Return whether a value is, or is a list of, objects that are questions with replies themselves."""
    if isinstance(given, list):
        return any(isinstance(child, Mapping) and _holds_pairs(child) for child in given[:5])
    if not isinstance(given, Mapping):
        return False
    keys = tuple(map(str, given))[:200]
    return _find_columns(keys) is not None or any(isinstance(given.get(key), list) for key in DIALOG_KEYS)


def _find_draft(value: Mapping[str, Any]) -> Sentence | None:
    """Return why an article is not for the public; None if it is."""
    is_article = "body" in value or "content" in value
    if is_article and (
        value.get("draft") is True or str(value.get("state", value.get("status", ""))).lower() == "draft"
    ):
        return Sentence(
            "the article is a draft; publish it, or copy its text", "该文章是草稿；请先发布，或另行复制内容"
        )
    return None
