"""Stores for conversations: SQLite, or Redis with SQLite as its fallback."""

from __future__ import annotations

from pathlib import Path

from bot.state.error import StoreError, StoreFullError
from bot.state.sqlite import SqliteStore
from bot.types import Store

__all__ = ["SqliteStore", "StoreError", "StoreFullError", "open_store"]


def open_store(address: str | None, folder: Path, ttl: float | None) -> Store:
    """Return the store at the address, not yet opened.

    Args:
        address: The address of Redis, whose outbox lies in the folder; None for SQLite in the folder.
        folder: Where the files lie.
        ttl: After how many seconds without use a conversation in Redis is removed; None for never.
    """
    if address is None:
        return SqliteStore(folder / "conversations.db")
    from bot.state.failover_store import RedisStore  # a start without Redis does not pay for its import

    return RedisStore(address, folder / "spool.db", ttl)
