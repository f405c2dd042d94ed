"""Conversations kept: in SQLite, or in Redis with SQLite behind it. One contract, two stores."""

from __future__ import annotations

from pathlib import Path

from bot.state.error import StoreError, StoreFullError
from bot.state.sqlite import SqliteStore
from bot.types import Store

__all__ = ["SqliteStore", "StoreError", "StoreFullError", "open_store"]


def open_store(address: str | None, folder: Path, ttl: float | None) -> Store:
    """The store at the address, not yet opened: SQLite in the folder for None, else Redis with its spool in the folder.

    ttl is how many seconds a conversation in Redis may rest before it is removed, or None for ever.
    """
    if address is None:
        return SqliteStore(folder / "conversations.db")
    from bot.state.failover_store import RedisStore  # a start without Redis does not pay for its import

    return RedisStore(address, folder / "spool.db", ttl)
