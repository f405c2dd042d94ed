"""Print captions and answers for many pictures: `python -m vqa caption --images` and `ask --file`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from data.records import Language
from vqa.batch import EXPECTED, Record, answer_file, caption_pictures
from vqa.vision import Vision


def print_answers(vision: Vision, file: Path, place: Path, language: Language | None, as_json: bool) -> int:
    """Print one line for each line of a file of questions.

    Args:
        vision: The models.
        file: JSON lines; "-" reads standard input.
        place: A folder or a tar of pictures.
        language: The language of the answers where neither line nor question tells one.
        as_json: Whether to print JSON, rather than picture, question, answer and probability with tabs between them.

    Returns:
        The exit status: 1 if a line has no answer, or if there is no line at all.

    Raises:
        FormatError: There are no pictures at the place, or the archive is damaged.
        OSError: A file cannot be read.
    """
    with ExitStack() as stack:
        lines: BinaryIO = sys.stdin.buffer if str(file) == "-" else stack.enter_context(file.open("rb"))
        return _print_records(answer_file(vision, lines, place, language), as_json, f"{file} has no lines; {EXPECTED}")


def print_captions(vision: Vision, place: Path, language: Language, as_json: bool) -> int:
    """Print one line for each picture of a folder or tar.

    Args:
        vision: The models.
        place: The folder or tar.
        language: The language of the captions.
        as_json: Whether to print JSON, rather than picture and caption with a tab between them.

    Returns:
        The exit status: 1 if a picture has no caption.

    Raises:
        FormatError: There are no pictures at the place, or the archive is damaged.
        OSError: A file cannot be read.
    """
    return _print_records(caption_pictures(vision, place, language), as_json, f"{place} has no pictures")


def _print_records(records: Iterable[Record], as_json: bool, nothing: str) -> int:
    printed = failed = 0
    try:
        for record in records:
            printed += 1
            failed += "error" in record
            print(json.dumps(record, ensure_ascii=False) if as_json else _build_line(record), flush=True)
    except BrokenPipeError:
        # The reader has closed the pipe. What is still to be flushed at the end goes to /dev/null.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if not printed:
        print(nothing, file=sys.stderr)
    return int(failed > 0 or not printed)


def _build_line(record: Record) -> str:
    if "error" in record:
        said = f"error: {record['error']['message']}"
        cells = [record.get("image") or f"line {record.get('line')}", record.get("question"), said]
    elif "answer" in record:
        unsure = None if record["sure"] else "not sure"
        cells = [record["image"], record["question"], record["answer"], f"{record['probability']:.1%}", unsure]
    else:
        cells = [record["image"], record["caption"]]
    return "\t".join(" ".join(str(cell).split()) for cell in cells if cell is not None)
