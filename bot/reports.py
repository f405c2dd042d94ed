"""The evaluation reports made on the page, one folder each.

They name the conversations that they quote.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluation.atomic_file import write_text_atomically
from evaluation.shards import plan_shards
from evaluation.task import Task

KEPT = 10
"""How many reports are kept: the newest."""

FILES = ("report.html", "unanswered.csv", "turns.jsonl", "report.json")
_DAY = 86400.0
_NAME = re.compile(r"[0-9a-f]{32}")
# Marks an unfinished report; conversations deleted meanwhile are recorded in it for `finish`, one SHA-256 a line.
_UNFINISHED = ".unfinished"
_ABOUT = "about.json"
_QUOTED = "quoted.txt"


@dataclass(frozen=True)
class Report:
    """A finished report.

    made is in seconds since 1970; files are the names of the logs, none for the bot's own journal.
    """

    id: str
    made: float
    files: tuple[str, ...]
    turns: int


class Reports:
    """The folder of the reports.

    They outlive a restart; beyond KEPT the oldest are removed.

    A conversation that is deleted takes the reports with it that quote it, and no others; which these are is kept with each
    as the SHA-256 of the conversations' ids.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self) -> Path:
        """Make a new folder to write a report into. Raises OSError."""
        folder = self._folder / secrets.token_hex(16)
        folder.mkdir(mode=0o700, parents=True)
        (folder / _UNFINISHED).touch(mode=0o600)
        return folder

    def finish(self, task: Task, own: bool, turns: int) -> bool:
        """Keep the report that was written into the task's folder.

        Args:
            task: The finished evaluation.
            own: Whether the log is the bot's own journal.
            turns: How many turns were evaluated.

        Returns:
            False if the report quotes a conversation that was deleted meanwhile; the report is removed then.

        Raises:
            OSError: The folder cannot be written.
        """
        folder = task.folder
        names = () if own else tuple(path.name for path in task.logs)
        about = Report(folder.name, round(time.time(), 3), names, turns)
        write_text_atomically(folder / _ABOUT, json.dumps(asdict(about), ensure_ascii=False) + "\n")
        quoted = {*_find_quoted(folder), *_digest_all(_list_conversations(task.old_logs))}
        write_text_atomically(folder / _QUOTED, "".join(f"{digest}\n" for digest in sorted(quoted)))
        # A deletion is recorded before the quoted list is looked for, so that one of the two always sees the other.
        deleted = set((folder / _UNFINISHED).read_text("ascii").split())
        if quoted & deleted:
            self.discard(folder)
            return False
        (folder / _UNFINISHED).unlink()
        self.remove_expired()
        return True

    def discard(self, folder: Path) -> None:
        """Remove a report."""
        shutil.rmtree(folder, ignore_errors=True)

    def list_kept(self) -> list[Report]:
        """Return the finished reports, the newest first."""
        return sorted(self._list_finished(), key=lambda report: (-report.made, report.id))

    def find_file(self, id: str, name: str) -> Path | None:
        """Return a file of a finished report, or None.

        Both parts of its name come from a browser and are checked.
        """
        if not _NAME.fullmatch(id) or name not in FILES or (self._folder / id / _UNFINISHED).exists():
            return None
        path = self._folder / id / name
        return path if path.is_file() else None

    def delete_quoting(self, conversation: str) -> None:
        """Remove the reports that quote the conversation.

        Raises:
            OSError: One cannot be read.
        """
        digest = _digest(conversation)
        for folder in self._list_folders():
            if _record_deletion(folder, digest) and not (folder / _QUOTED).exists():
                continue  # `finish` sees the record
            try:
                quotes = digest in _read_quoted(folder)
            except FileNotFoundError:
                continue  # removed meanwhile
            except (ValueError, KeyError, TypeError):
                quotes = True  # damaged, so that nobody can tell
            if quotes:
                self.discard(folder)

    def remove_expired(self) -> None:
        """Remove all but the newest KEPT reports, and those not finished within a day."""
        for report in self.list_kept()[KEPT:]:
            self.discard(self._folder / report.id)
        before = time.time() - _DAY
        for folder in self._list_folders():
            with suppress(OSError):
                unfinished = (folder / _UNFINISHED).exists() or not (folder / "report.json").exists()
                if unfinished and folder.stat().st_mtime < before:
                    self.discard(folder)

    def _list_folders(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (path for path in self._folder.iterdir() if _NAME.fullmatch(path.name))

    def _list_finished(self) -> Iterator[Report]:
        for folder in self._list_folders():
            if (folder / _UNFINISHED).exists():
                continue
            try:
                about = json.loads((folder / _ABOUT).read_text("utf-8"))
                yield Report(folder.name, float(about["made"]), tuple(map(str, about["files"])), int(about["turns"]))
            except (OSError, ValueError, KeyError, TypeError):
                # Made by an earlier version, which wrote down nothing about it.
                with suppress(OSError, ValueError, KeyError, TypeError):
                    result = json.loads((folder / "report.json").read_text("utf-8"))
                    made = (folder / "report.json").stat().st_mtime
                    names = tuple(map(str, result["files"]))
                    yield Report(folder.name, made, () if names == ("journal",) else names, result["counts"]["turns"])


def _digest(conversation: str) -> str:
    return hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()


def _digest_all(conversations: Iterable[str]) -> set[str]:
    return set(map(_digest, set(conversations)))


def _record_deletion(folder: Path, digest: str) -> bool:
    """Write down that the conversation is deleted; False if the report is finished."""
    try:
        descriptor = os.open(folder / _UNFINISHED, os.O_WRONLY | os.O_APPEND)
    except FileNotFoundError:
        return False
    try:
        os.write(descriptor, f"{digest}\n".encode())
    finally:
        os.close(descriptor)
    return True


def _read_quoted(folder: Path) -> set[str]:
    try:
        return set((folder / _QUOTED).read_text("ascii").split())
    except FileNotFoundError:
        return _find_quoted(folder)


def _find_quoted(folder: Path) -> set[str]:
    """Return the digests of the conversations that a report quotes.

    They are read from its turns.
    """
    with (folder / "turns.jsonl").open("rb") as lines:
        return _digest_all(str(json.loads(line)["conversation"]) for line in lines)


def _list_conversations(logs: Sequence[Path]) -> Iterator[str]:
    """Yield the ids of the conversations of an older log.

    A report that compares with it may quote their replies.
    """
    if logs:
        yield from (dialog.id for dialog in plan_shards(logs, None).read_dialogs())
