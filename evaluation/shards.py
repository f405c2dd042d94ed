"""Shards of a log: ranges of files of about equal size, each counted by itself, here or elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from data.formats.logs import (
    SPLIT_AT,
    ByteRange,
    FormatError,
    RejectedRow,
    SpeakerError,
    Speakers,
    find_speakers,
    read_log,
    recognise_log,
)
from data.formats.logs.byte_range import detect_head_encoding, read_head
from data.formats.logs.objects import is_json_lines
from data.records import LoggedDialog
from evaluation.options import EvaluationError, Options

SHARD_BYTES = 8 * 2**20
"""About how many bytes one shard has."""

_BLOCK_BYTES = 2**20
_GZIP_MAGIC = b"\x1f\x8b"
_LOG_SUFFIXES = frozenset({".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".txt", ".xlsx", ".gz", ".log"})
_MAX_REASONS = 10


@dataclass(frozen=True)
class LogRange:
    """A range of a log file with the name of its format.

    start and end are bytes, end None for the end of the file; row is the number of the first line; speakers says
    who is the person and who the bot.
    """

    file: str
    log_format: str
    start: int = 0
    end: int | None = None
    row: int = 1
    speakers: Speakers = field(default_factory=Speakers)

    @property
    def byte_range(self) -> ByteRange:
        """The range as the readers of log formats take it."""
        return ByteRange(Path(self.file), self.start, self.end, self.row)

    def read_records(self, on_read: Callable[[int], object] = lambda _: None) -> Iterator[LoggedDialog | RejectedRow]:
        """Yield the conversations of the range, and what could not be read. Raises FormatError, OSError."""
        return read_log(self.byte_range, self.log_format, on_read, self.speakers)


@dataclass(frozen=True)
class Shard:
    """Ranges that are counted together; bytes is how much there is to read."""

    ranges: tuple[LogRange, ...]
    bytes: int

    def compute_fingerprint(self, options: Options) -> str:
        """Return 32 hexadecimal digits of what the shard's numbers depend on.

        These are the options, and the size and the time of change of its files. Raises OSError.
        """
        stats = {log_range.file: Path(log_range.file).stat() for log_range in self.ranges}
        versions = [[name, stat.st_size, stat.st_mtime_ns] for name, stat in sorted(stats.items())]
        inputs = [options.compute_fingerprint(), [asdict(log_range) for log_range in self.ranges], versions]
        return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ShardPlan:
    """The shards of some logs in order.

    Attributes:
        shards: in order.
        rejected_files: the files that are no logs, each with the reason.
        readings: for files whose speakers are named by other words than those of their roles, how the names were read.
    """

    shards: tuple[Shard, ...]
    rejected_files: tuple[tuple[str, str], ...]
    readings: tuple[tuple[str, str], ...] = ()

    def read_dialogs(self) -> Iterator[LoggedDialog]:
        """Yield the conversations in order. Lines that cannot be read are left out: counting reports them."""
        for shard in self.shards:
            for log_range in shard.ranges:
                try:
                    for record in log_range.read_records():
                        if isinstance(record, LoggedDialog):
                            yield record
                except FormatError:
                    continue


def plan_shards(
    logs: Sequence[Path], log_format: str | None, shard_bytes: int = SHARD_BYTES, speakers: Speakers | None = None
) -> ShardPlan:
    """Return how the logs are cut into shards.

    Of a folder, every file in it that has a log's suffix is taken. A file whose conversations may be mixed stays whole.

    Raises:
        EvaluationError: there is nothing to read, or it cannot be told who is the person and who the bot.
        OSError: a file cannot be read.
    """
    ranges: list[tuple[LogRange, int]] = []
    rejected: list[tuple[str, str]] = []
    readings: list[tuple[str, str]] = []
    for path, is_in_folder in _list_files(logs):
        try:
            name = log_format or recognise_log(path)
            found = find_speakers(path, name, speakers)
            ranges.extend(_split_file(path, name, shard_bytes, found))
            if found.reading:
                readings.append((str(path), found.reading))
        except SpeakerError as error:
            raise EvaluationError(f"{path.name}: {error}") from error
        except FormatError as error:
            if not is_in_folder and len(logs) == 1:
                raise EvaluationError(str(error)) from error
            rejected.append((str(path), str(error)))
    if not ranges:
        reasons = "\n".join(reason for _, reason in rejected[:_MAX_REASONS])
        raise EvaluationError(
            reasons or f"There is no log in {', '.join(map(str, logs))}. Give files, or a folder of files."
        )
    return ShardPlan(tuple(_pack(ranges, shard_bytes)), tuple(rejected), tuple(readings))


def _list_files(logs: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield each file, and whether it was found inside a folder."""
    for path in logs:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                is_hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and file.suffix.lower() in _LOG_SUFFIXES and not is_hidden:
                    yield file, True
        elif path.exists():
            yield path, False
        else:
            raise EvaluationError(f"{path} is not there. Give the file or folder of a log.")


def _split_file(path: Path, log_format: str, shard_bytes: int, speakers: Speakers) -> Iterator[tuple[LogRange, int]]:
    """Yield the ranges of a file with their bytes: one, unless its format can be cut between conversations."""
    total = path.stat().st_size
    first = read_head(path)
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP_MAGIC
    encoding = detect_head_encoding(path.name, first)
    is_whole = total <= shard_bytes or is_packed or log_format not in SPLIT_AT or encoding == "utf-16"
    if is_whole or (log_format != "parlai" and not is_json_lines(first, encoding)):
        yield LogRange(str(path), log_format, speakers=speakers), total
        return
    start, row, first_row = 0, 1, 1
    with path.open("rb") as file:
        while start < total:
            target = min(total, start + shard_bytes)
            position = start
            while position < target and (block := file.read(min(_BLOCK_BYTES, target - position))):
                row += block.count(b"\n")
                position += len(block)
            # On to the end of a line at which a conversation may end.
            while line := file.readline():
                row += line.endswith(b"\n")
                position += len(line)
                if SPLIT_AT[log_format] in line:
                    break
            yield LogRange(str(path), log_format, start, position, first_row, speakers), position - start
            start, first_row = position, row


def _pack(ranges: Sequence[tuple[LogRange, int]], shard_bytes: int) -> Iterator[Shard]:
    """Yield shards of neighbouring ranges, none larger than shard_bytes unless a single range is."""
    packed: list[LogRange] = []
    total = 0
    for log_range, size in ranges:
        if packed and total + size > shard_bytes:
            yield Shard(tuple(packed), total)
            packed, total = [], 0
        packed.append(log_range)
        total += size
    yield Shard(tuple(packed), total)
