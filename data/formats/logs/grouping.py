"""Rows of many conversations, mixed, put together by conversation; beyond some number of them on disk."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

from data.formats.errors import RejectedRow

Row = tuple[str, int, Any]
"""A conversation, the number of a row, and what the row says: a JSON-ready value."""

IN_MEMORY = 50_000
_BATCH = 5_000


def group_rows(
    rows: Iterator[Row | RejectedRow], in_memory: int = IN_MEMORY
) -> Iterator[tuple[str, list[tuple[int, Any]]] | RejectedRow]:
    """Each conversation with its rows in the file's order, and the refusals as they come.

    Up to in_memory rows are held; where there are more, all go through a SQLite file in the temporary folder, sorted there.
    """
    held: dict[str, list[tuple[int, Any]]] = {}
    count = 0
    for one in rows:
        if isinstance(one, RejectedRow):
            yield one
            continue
        held.setdefault(one[0], []).append(one[1:])
        count += 1
        if count >= in_memory:
            yield from _group_on_disk(held, rows)
            return
    yield from held.items()


def _group_on_disk(
    held: dict[str, list[tuple[int, Any]]], rows: Iterator[Row | RejectedRow]
) -> Iterator[tuple[str, list[tuple[int, Any]]] | RejectedRow]:
    with tempfile.TemporaryDirectory(prefix="kanliao-rows-") as folder:
        database = sqlite3.connect(Path(folder) / "rows.db", isolation_level=None)
        with closing(database):
            # The file is gone with the process: nothing of it has to survive.
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute("PRAGMA temp_store = FILE")
            database.execute("CREATE TABLE rows (conversation TEXT, number INTEGER, said TEXT)")
            database.execute("BEGIN")
            batch: list[tuple[str, int, str]] = [
                (id, number, json.dumps(said)) for id, part in held.items() for number, said in part
            ]
            held.clear()
            for one in rows:
                if isinstance(one, RejectedRow):
                    yield one
                    continue
                batch.append((one[0], one[1], json.dumps(one[2])))
                if len(batch) >= _BATCH:
                    database.executemany("INSERT INTO rows VALUES (?, ?, ?)", batch)
                    batch.clear()
            database.executemany("INSERT INTO rows VALUES (?, ?, ?)", batch)
            database.execute("COMMIT")
            found = database.execute("SELECT conversation, number, said FROM rows ORDER BY conversation, number")
            for id, part in groupby(found, key=lambda row: str(row[0])):
                yield id, [(int(number), json.loads(said)) for _, number, said in part]
