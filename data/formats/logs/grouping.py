"""Group the rows of a log by conversation, on disk if there are many."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Row = tuple[str, int, Any]
"""A conversation, the number of a row, and its content: a JSON-ready value."""

IN_MEMORY = 50_000
_BATCH = 5_000


Grouped = tuple[str, list[tuple[int, Any]]]


def group_rows(rows: Iterator[Row | T], in_memory: int = IN_MEMORY) -> Iterator[Grouped | T]:
    """Yield each conversation with its rows in the order of the file, and what is no row as it comes.

    Up to in_memory rows are held in memory. If there are more, all are sorted in a temporary SQLite file.
    """
    held: dict[str, list[tuple[int, Any]]] = {}
    count = 0
    for row in rows:
        if not isinstance(row, tuple):
            yield row
            continue
        held.setdefault(row[0], []).append(row[1:])
        count += 1
        if count >= in_memory:
            yield from _group_on_disk(held, rows)
            return
    yield from held.items()


def _group_on_disk(held: dict[str, list[tuple[int, Any]]], rows: Iterator[Row | T]) -> Iterator[Grouped | T]:
    with tempfile.TemporaryDirectory(prefix="kanliao-rows-") as folder:
        database = sqlite3.connect(Path(folder) / "rows.db", isolation_level=None)
        with closing(database):
            # The file is temporary, so nothing has to survive a crash.
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute("PRAGMA temp_store = FILE")
            database.execute("CREATE TABLE rows (conversation TEXT, number INTEGER, said TEXT)")
            database.execute("BEGIN")
            batch: list[tuple[str, int, str]] = [
                (id, number, json.dumps(said)) for id, part in held.items() for number, said in part
            ]
            held.clear()
            for row in rows:
                if not isinstance(row, tuple):
                    yield row
                    continue
                batch.append((row[0], row[1], json.dumps(row[2])))
                if len(batch) >= _BATCH:
                    database.executemany("INSERT INTO rows VALUES (?, ?, ?)", batch)
                    batch.clear()
            database.executemany("INSERT INTO rows VALUES (?, ?, ?)", batch)
            database.execute("COMMIT")
            found = database.execute("SELECT conversation, number, said FROM rows ORDER BY conversation, number")
            for id, part in groupby(found, key=lambda row: str(row[0])):
                yield id, [(int(number), json.loads(said)) for _, number, said in part]
