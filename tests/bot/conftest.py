"""Real redis-servers for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.server import RedisServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server that every test of a file shares."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that one test may kill; its data lie in tmp_path/redis."""
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def address(request: pytest.FixtureRequest) -> str | None:
    """Where the store under test is: None for SQLite, or the shared Redis."""
    return None if request.param == "sqlite" else request.getfixturevalue("server").address
