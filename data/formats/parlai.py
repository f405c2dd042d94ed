"""Read questions and replies from ParlAI dialogue text: one turn a line, `text:…<tab>labels:…|…<tab>episode_done:True`.

Format: https://parl.ai/docs/tutorial_task.html (ParlAI Dialog Format).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.formats.encoding import detect_encoding
from data.formats.errors import FormatError, RejectedRow, Sentence, reject_row, validate_pair
from data.formats.reading import Reading
from data.records import Pair, Place

_LABELS = ("labels", "eval_labels")


def parse_fields(line: str) -> dict[str, str]:
    """Return the fields of a line by name; empty if it has none.

    >>> parse_fields("text:你好\\tlabels:你好呀|hi\\tepisode_done:True")
    {'text': '你好', 'labels': '你好呀|hi', 'episode_done': 'True'}
    """
    named = (part.partition(":") for part in line.rstrip("\r\n").split("\t"))
    return {key: value for key, colon, value in named if colon and key.isidentifier()}


def read(path: Path, reading: Reading | None = None) -> Iterator[Pair | RejectedRow]:
    """Yield a pair for each label of each line.

    Raises:
        FormatError: The file is empty.
    """
    reading = reading or Reading()
    reading.encoding = detect_encoding(path)
    reading.add_table("", 0, ["text"], ["labels"])
    found = False
    with path.open(encoding=reading.encoding) as file:
        for row, line in enumerate(file, start=1):
            if not line.strip():
                continue
            found = True
            place = Place(path.name, row)
            given = parse_fields(line)
            labels = next((given[key] for key in _LABELS if key in given), None)
            if "text" not in given or labels is None:
                yield reject_row(place, line, _explain_missing("labels" if "text" in given else "text"))
                continue
            for label in labels.split("|"):
                yield validate_pair(_unescape(given["text"]), _unescape(label), place)
    if not found:
        raise FormatError(f"{path.name} holds no lines of ParlAI text.")


def _explain_missing(name: str) -> Sentence:
    return Sentence(f"no such column: the line has no {name}: field", f"缺少字段：这一行没有 {name}:")


def _unescape(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("__PIPE__", "|")
