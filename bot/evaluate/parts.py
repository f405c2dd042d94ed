"""A log in parts: stretches of files of about equal size, each counted by itself, here or elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.evaluate.options import EvaluationError, Options
from data.formats.logs import SPLIT_AT, ByteRange, FormatError, recognise_log
from data.formats.logs.byte_range import detect_head_encoding, read_head
from data.formats.logs.objects import is_json_lines

PART = 8 * 2**20
"""About how many bytes one part has."""

_BLOCK = 2**20
_GZIP = b"\x1f\x8b"
_LOGS = frozenset({".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".txt", ".xlsx", ".gz", ".log"})


@dataclass(frozen=True)
class Stretch:
    """A span of a file with the name of its format."""

    file: str
    form: str
    start: int = 0
    end: int | None = None
    row: int = 1

    @property
    def span(self) -> ByteRange:
        """The span that is read."""
        return ByteRange(Path(self.file), self.start, self.end, self.row)


@dataclass(frozen=True)
class Part:
    """Stretches that are counted together; bytes is how much there is to read."""

    stretches: tuple[Stretch, ...]
    bytes: int

    def fingerprint(self, options: Options) -> str:
        """What the part's numbers depend on: the options, and the size and the time of change of its files."""
        files = {one.file: Path(one.file).stat() for one in self.stretches}
        known = [[name, found.st_size, found.st_mtime_ns] for name, found in sorted(files.items())]
        told = json.dumps([options.fingerprint(), [asdict(one) for one in self.stretches], known])
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Plan:
    """The parts of a log in order, and the files of it that are no logs, each with the reason."""

    parts: tuple[Part, ...]
    refused: tuple[tuple[str, str], ...]


def plan(logs: Sequence[Path], form: str | None, size: int = PART) -> Plan:
    """How the logs are cut up; of a folder, every file in it that has a log's extension.

    A file in which conversations may be mixed stays whole. Raises EvaluationError if there is nothing to read, OSError.
    """
    stretches: list[tuple[Stretch, int]] = []
    refused: list[tuple[str, str]] = []
    for path, inside in _files(logs):
        try:
            name = form or recognise_log(path)
            stretches.extend(_stretches(path, name, size))
        except FormatError as error:
            if not inside and len(logs) == 1:
                raise EvaluationError(str(error)) from error
            refused.append((str(path), str(error)))
    if not stretches:
        why = "\n".join(why for _, why in refused[:10])
        raise EvaluationError(
            why or f"There is no log in {', '.join(map(str, logs))}. Give files, or a folder of files."
        )
    parts: list[Part] = []
    held: list[Stretch] = []
    total = 0
    for stretch, bytes in stretches:
        if held and total + bytes > size:
            parts.append(Part(tuple(held), total))
            held, total = [], 0
        held.append(stretch)
        total += bytes
    parts.append(Part(tuple(held), total))
    return Plan(tuple(parts), tuple(refused))


def _files(logs: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file, and whether it was found inside a folder."""
    for path in logs:
        if path.is_dir():
            for found in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in found.relative_to(path).parts)
                if found.is_file() and found.suffix.lower() in _LOGS and not hidden:
                    yield found, True
        elif path.exists():
            yield path, False
        else:
            raise EvaluationError(f"{path} is not there. Give the file or folder of a log.")


def _stretches(path: Path, name: str, size: int) -> Iterator[tuple[Stretch, int]]:
    total = path.stat().st_size
    first = read_head(path)
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    encoding = detect_head_encoding(path.name, first)
    if total <= size or packed or name not in SPLIT_AT or encoding == "utf-16":
        yield Stretch(str(path), name), total
        return
    if name != "parlai" and not is_json_lines(first, encoding):
        yield Stretch(str(path), name), total
        return
    start, row, begun = 0, 1, 1
    with path.open("rb") as file:
        while start < total:
            aim = min(total, start + size)
            at = start
            while at < aim and (block := file.read(min(_BLOCK, aim - at))):
                row += block.count(b"\n")
                at += len(block)
            # On to the end of a line at which a conversation may end.
            while line := file.readline():
                row += line.endswith(b"\n")
                at += len(line)
                if SPLIT_AT[name] in line:
                    break
            yield Stretch(str(path), name, start, at, begun), at - start
            start, begun = at, row
