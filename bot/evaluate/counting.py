"""One part of a log, counted and written down where it can be found again."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.evaluate.measure import Measure
from bot.evaluate.options import Options, Safety
from bot.evaluate.parts import Part
from bot.evaluate.references import References
from bot.evaluate.tally import Tally
from bot.evaluate.vectors import vectors_of
from data.formats.errors import reject_row
from data.formats.logs import FormatError, RejectedRow, read_log
from data.records import Place
from data.text.mask import mask

_HALF = re.compile(r"[A-Za-z0-9._%+-]*[0-9@][A-Za-z0-9@._%+() -]*…$")


def count_part(
    part: Part,
    number: int,
    folder: Path,
    options: Options,
    safety: Safety | None = None,
    tick: Callable[[int], object] = lambda _: None,
) -> int:
    """Count the part into folder/NUMBER.json, with its turns in folder/NUMBER.jsonl; what was counted before is left as it is.

    The returned number of bytes is what the part has. The count is put in place last and in one step, so that a part is either
    there as a whole or not at all. Raises OSError.
    """
    fingerprint = part.fingerprint(options)
    if counted(part, number, folder, options) is not None:
        tick(part.bytes)
        return part.bytes
    tally = Tally()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False, suffix=".part") as lines:
        try:
            measure = Measure(tally, options, lambda line: lines.write(line + "\n"), safety, References(vectors_of))
            for stretch in part.stretches:
                tally.formats[stretch.form] = tally.formats.get(stretch.form, 0) + (stretch.start == 0)
                try:
                    for one in read_log(stretch.span, stretch.form, tick):
                        if isinstance(one, RejectedRow):
                            tally.refuse(_masked(one) if options.masked else one)
                        else:
                            measure.dialog(one)
                except FormatError as error:
                    tally.refuse(reject_row(Place(Path(stretch.file).name, stretch.row), "", str(error)))
        except BaseException:
            Path(lines.name).unlink(missing_ok=True)
            raise
    Path(lines.name).replace(folder / f"{number}.jsonl")
    write_whole(folder / f"{number}.json", json.dumps({"fingerprint": fingerprint}) + "\n" + tally.to_json())
    return part.bytes


def counted(part: Part, number: int, folder: Path, options: Options) -> Tally | None:
    """The tally of a part that was counted before under the same options from the same files, or None."""
    try:
        with (folder / f"{number}.json").open(encoding="utf-8") as file:
            told = json.loads(file.readline())
            if told["fingerprint"] != part.fingerprint(options) or not (folder / f"{number}.jsonl").exists():
                return None
            return Tally.from_json(file.read())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_whole(path: Path, text: str) -> None:
    """Write the file so that it is either as it was or as it should be, never half. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False, suffix=".part") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def _masked(one: RejectedRow) -> RejectedRow:
    # What was given is cut already, and half a number or address at its end is not known for one.
    return RejectedRow(one.place, _HALF.sub("…", mask(one.given)), mask(one.why))
