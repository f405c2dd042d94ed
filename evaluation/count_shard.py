"""Count one shard of a log, and store the counts where a later run finds them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from data.formats.errors import reject_row
from data.formats.logs import FormatError, RejectedRow
from data.records import Place
from evaluation.accumulators import Accumulators
from evaluation.atomic_file import write_text_atomically
from evaluation.dialog_counter import DialogCounter
from evaluation.options import Options
from evaluation.reference_scorer import ReferenceScorer
from evaluation.shards import Shard
from evaluation.word_vectors import get_word_vectors

_CUT_NUMBER = re.compile(r"[A-Za-z0-9._%+-]*[0-9@][A-Za-z0-9@._%+() -]*…$")


def count_shard(
    shard: Shard, number: int, folder: Path, options: Options, on_read: Callable[[int], object] = lambda _: None
) -> int:
    """Count the shard into folder/NUMBER.json, and write its turns to folder/NUMBER.jsonl.

    A shard that was counted before is left as it is. The counts are put in place last and in one step, so that they are either
    complete or not there.

    Args:
        shard: what to read.
        number: the place of the shard in its plan.
        folder: where the counts go; it is made if it is not there.
        options: what changes the numbers.
        on_read: told now and then how many more bytes were read.

    Returns:
        The bytes of the shard.

    Raises:
        OSError: a log cannot be read, or the folder cannot be written.
    """
    if load_shard_counts(shard, number, folder, options) is not None:
        on_read(shard.bytes)
        return shard.bytes
    fingerprint = shard.compute_fingerprint(options)
    counts = Accumulators()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=folder, delete=False, suffix=".part") as turns:
        try:
            counter = DialogCounter(
                counts, options, lambda lines: turns.write(b"\n".join(lines) + b"\n"), ReferenceScorer(get_word_vectors)
            )
            for log_range in shard.ranges:
                counts.add_format(log_range.log_format, int(log_range.start == 0))
                try:
                    for record in log_range.read_records(on_read):
                        if isinstance(record, RejectedRow):
                            counts.add_rejected_row(_mask_rejected_row(record, options))
                        else:
                            counter.count(record)
                except FormatError as error:
                    counts.add_rejected_row(reject_row(Place(Path(log_range.file).name, log_range.row), "", str(error)))
            counter.flush()
        except BaseException:
            Path(turns.name).unlink(missing_ok=True)
            raise
    Path(turns.name).replace(folder / f"{number}.jsonl")
    header = json.dumps({"fingerprint": fingerprint})
    write_text_atomically(folder / f"{number}.json", f"{header}\n{counts.to_json()}")
    return shard.bytes


def load_shard_counts(shard: Shard, number: int, folder: Path, options: Options) -> Accumulators | None:
    """Return the stored counts of a shard, or None if there are none of the same options and the same files."""
    try:
        with (folder / f"{number}.json").open(encoding="utf-8") as file:
            header = json.loads(file.readline())
            is_same = header["fingerprint"] == shard.compute_fingerprint(options)
            if not is_same or not (folder / f"{number}.jsonl").exists():
                return None
            return Accumulators.from_json(file.read())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _mask_rejected_row(row: RejectedRow, options: Options) -> RejectedRow:
    if not options.mask_personal_data:
        return row
    # The text is cut already, and half a number or address at its end is not recognised as one.
    return type(row)(row.place, _CUT_NUMBER.sub("…", options.mask(row.given)), options.mask(row.why))
