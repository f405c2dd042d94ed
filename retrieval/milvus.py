"""Vectors in Milvus. The only file that imports pymilvus.

The server is a cluster under an address, or the same engine embedded in a file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from retrieval.postings import Floats
from retrieval.vectors import Keys, UnreachableError

Result = TypeVar("Result")
# A search waits no longer than this for a server, and while one does not answer it is not asked again for a while: a question
# is answered from words in the meantime, and soon.
_TIMEOUT = 1.0
_PATIENCE = 60.0
_PAUSE = 10.0
_BLOCK = 5_000


class Milvus:
    """A connection that is made when it is needed; safe to use from several threads."""

    def __init__(self, address: str) -> None:
        """Take an address; the connection is opened when it is needed.

        Args:
            address: http://HOST:PORT, https://USER:PASSWORD@HOST:PORT or the path of a file that ends in .db.

        Raises:
            ModuleNotFoundError: pymilvus is not installed; the message names the extra.
        """
        import importlib.util

        if importlib.util.find_spec("pymilvus") is None:
            raise ModuleNotFoundError("pymilvus is not installed; install it: pip install '.[milvus]'")
        found = urlsplit(address)
        self._login = {"user": found.username or "", "password": found.password or ""} if found.username else {}
        # Without the password: it is named in messages.
        self.address = urlunsplit(found._replace(netloc=found.netloc.rpartition("@")[2])) if found.scheme else address
        # The embedded engine is started by who connects first.
        self.timeout = _TIMEOUT if found.scheme else _PATIENCE
        self._lock = threading.Lock()
        self._client: Any = None
        self._away_until = 0.0

    def call(self, what: Callable[[Any], Result]) -> Result:
        """Return the result of a function of the client.

        Raises:
            UnreachableError: The server does not answer, or did not a moment ago.
        """
        from grpc import RpcError
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException

        try:
            with self._lock:
                if time.monotonic() < self._away_until:
                    raise self._unreachable_error("it did not answer a moment ago")
                if self._client is None:
                    self._client = MilvusClient(self.address, timeout=self.timeout, **self._login)
                client = self._client
            return what(client)
        except (MilvusException, RpcError) as error:
            self._away_until = time.monotonic() + _PAUSE
            raise self._unreachable_error(str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _unreachable_error(self, why: str) -> UnreachableError:
        return UnreachableError(
            f"The vectors in Milvus at {self.address} cannot be reached: {why}. Start it, or correct KANLIAO_VECTORS."
        )


class MilvusVectorIndex:
    """One collection of vectors in Milvus.

    Every method raises UnreachableError while the server does not answer.
    """

    def __init__(self, milvus: Milvus, collection: str, width: int) -> None:
        """Take a collection; it is created when it is first needed.

        Args:
            collection: Letters, digits and underscores.
        """
        self._milvus, self._collection, self._width = milvus, collection, width
        self._making = threading.Lock()
        self._made = False

    @property
    def size(self) -> int:
        """How many vectors there are."""
        found = self._call(
            lambda client: client.query(
                self._collection, filter="", output_fields=["count(*)"], timeout=self._milvus.timeout
            )
        )
        return int(found[0]["count(*)"])

    @property
    def width(self) -> int:
        """The number of values in a vector."""
        return self._width

    def add(self, keys: Keys, vectors: Floats) -> None:
        """Put the vectors under the keys. Raises ValueError for vectors of another width."""
        if vectors.ndim != 2 or vectors.shape != (len(keys), self._width):
            raise ValueError(
                f"vectors of shape {vectors.shape} for {len(keys)} keys; expected ({len(keys)}, {self._width})"
            )
        # Of a key given twice Milvus may keep either.
        last = dict(zip(keys.tolist(), vectors, strict=True))
        rows = [{"key": key, "vector": vector} for key, vector in last.items()]
        for first in range(0, len(rows), _BLOCK):
            self._call(methodcaller("upsert", self._collection, rows[first : first + _BLOCK], timeout=_PATIENCE))

    def remove(self, keys: Keys) -> None:
        """Remove the vectors under these keys."""
        for first in range(0, len(keys), _BLOCK):
            part = keys[first : first + _BLOCK].tolist()
            self._call(methodcaller("delete", self._collection, ids=part, timeout=_PATIENCE))

    def search(self, queries: Floats, count: int) -> tuple[Keys, Floats]:
        """Return the nearest keys and their inner products."""
        found = self._call(
            lambda client: client.search(
                self._collection, data=list(queries), limit=count, output_fields=["key"], timeout=self._milvus.timeout
            )
        )
        keys = np.full((len(queries), count), -1, np.int64)
        products = np.full((len(queries), count), -np.inf, np.float32)
        for row, hits in enumerate(found):
            ordered = sorted((-hit["distance"], hit["key"]) for hit in hits)
            keys[row, : len(hits)] = [key for _, key in ordered]
            products[row, : len(hits)] = [-product for product, _ in ordered]
        return keys, products

    def save(self, folder: Path) -> None:
        """Do nothing: Milvus stores what it has acknowledged."""

    def clear(self) -> None:
        """Remove all vectors, also those of another width."""
        with self._making:
            self._made = False
            self._milvus.call(lambda client: client.drop_collection(self._collection, timeout=_PATIENCE))

    def close(self) -> None:
        """Do nothing: whoever opened the connection closes it."""

    def _call(self, what: Callable[[Any], Result]) -> Result:
        # Two threads that make the collection at once would be refused, and the server then taken for unreachable.
        with self._making:
            if not self._made:
                self._milvus.call(self._create)
                self._made = True
        return self._milvus.call(what)

    def _create(self, client: Any) -> None:
        from pymilvus import DataType

        if client.has_collection(self._collection, timeout=self._milvus.timeout):
            fields = client.describe_collection(self._collection, timeout=self._milvus.timeout)["fields"]
            if [int(field["params"]["dim"]) for field in fields if field["name"] == "vector"] == [self._width]:
                client.load_collection(self._collection, timeout=_PATIENCE)
                return
            client.drop_collection(self._collection, timeout=_PATIENCE)
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self._width)
        index = client.prepare_index_params()
        index.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
        # A process sees its own changes at once; another's soon, and until then their keys lead to nothing.
        client.create_collection(
            self._collection, schema=schema, index_params=index, consistency_level="Session", timeout=_PATIENCE
        )
