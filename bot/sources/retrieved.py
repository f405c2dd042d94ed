"""Replies that are already written: the knowledge, searched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from bot.knowledge import Knowledge
from bot.types import Candidate, Context, Evidence
from retrieval.calibration import Calibration
from retrieval.hybrid import Hit, Hybrid


class Retrieved:
    """The source that searches the knowledge and follows its changes.

    A search always sees one finished index. When the knowledge has changed, the next index is made beside the old one and
    takes its place in a single step, so nothing is ever answered from half of a change.
    """

    name = "retrieved"
    deadline = 2.0

    def __init__(self, knowledge: Knowledge, calibration: Calibration, count: int = 8, patience: float = 0.25) -> None:
        self._knowledge = knowledge
        self._count = count
        self._patience = patience
        self._lock = threading.Lock()
        self._revision = -1
        self._index = Hybrid(calibration=calibration)
        self._refreshing: asyncio.Task[None] | None = None

    def refresh(self) -> None:
        """Bring the index up to the knowledge's present revision; one thread at a time does the work."""
        with self._lock:
            if self._knowledge.revision() == self._revision:
                return
            if self._revision < 0:
                revision, entries = self._knowledge.snapshot()
                index = Hybrid(calibration=self._index.calibration).changed(entries)
            else:
                changes = self._knowledge.changes_since(self._revision)
                revision, index = changes.revision, self._index.changed(changes.changed, changes.gone)
            self._index, self._revision = index, revision

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """The best entries as candidates; the score is the calibrated probability."""
        await self._follow()
        hits = await asyncio.to_thread(self._index.search, context.message.text, context.language, self._count)
        return [self._candidate(hit) for hit in hits]

    async def _follow(self) -> None:
        if await asyncio.to_thread(self._knowledge.revision) == self._revision:
            return
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(asyncio.to_thread(self.refresh))
        # A small change is in before the answer; a large one is left to finish behind it, and the old index answers.
        await asyncio.wait({self._refreshing}, timeout=self._patience)
        if self._refreshing.done():
            self._refreshing.result()

    def _candidate(self, hit: Hit) -> Candidate:
        assert self._index.calibration is not None
        entry = hit.entry
        evidence = Evidence(
            entry=entry.id,
            file=entry.place.file,
            row=entry.place.row,
            question=hit.question,
            features={name: round(share, 4) for name, share in self._index.calibration.shares(hit.features).items()},
        )
        return Candidate(entry.reply, self.name, round(hit.probability, 6), evidence)
