"""Passages of documents, quoted where they answer."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Sequence

from bot.knowledge import Documents
from bot.knowledge.document_learning import Encoder, encode_passages
from bot.knowledge.passages import StoredPassage
from bot.quoting import quote
from bot.types import Candidate, Context, Evidence, Quotation
from data.records import Language
from retrieval.passages.choose_quote import choose_quote
from retrieval.passages.features import Measures
from retrieval.passages.index import PassageHit, PassageIndex
from retrieval.passages.vectors import PassageVectors
from retrieval.passages.weights import PassageWeights

_GREETING = re.compile(
    r"^(?:(?:你好|您好|哈喽|嗨|请问(?:一下)?|打扰(?:一下)?|麻烦问(?:一下|下)|老师|亲"
    r"|hi|hello|hey|good (?:morning|afternoon|evening)|excuse me)(?: there)?[\s,，.。!！~～、]*)+",
    re.I,
)
_COUNT = 4


class DocumentSource:
    """Search the passages of documents, and keep their index up to date.

    The vectors lie in the knowledge beside the passages; those that are missing, after a restore or a change by hand, are made
    when the index is built.
    """

    name = "documents"
    """What stands in stored conversations and journals."""
    deadline = 4.0

    def __init__(
        self,
        documents: Documents,
        encoder: Encoder,
        measures: Callable[[], Measures],
        weights: PassageWeights,
        patience: float = 1.0,
    ) -> None:
        """Prepare a source; `refresh` builds its index.

        Args:
            documents: The documents.
            encoder: Makes the vectors of passages and questions.
            measures: Loads what words are measured with.
            weights: How passages are ordered, and how probable the first is.
            patience: Seconds that a message waits for a changed index before it is answered from the current one.
        """
        self._documents = documents
        self._encoder = encoder
        self._load_measures = measures
        self._measures: Measures | None = None
        self._weights = weights
        self._patience = patience
        self._lock = threading.Lock()
        self._revision = -1
        self._index = PassageIndex.of((), (), ())
        self._refreshing: asyncio.Task[None] | None = None
        self.progress: Callable[[float], object] = lambda share: None
        """Called with the share of the missing vectors, from 0 to 1, that are made while the index is built."""

    def refresh(self) -> None:
        """Update the index to the current revision of the documents.

        One thread at a time does the work.
        """
        with self._lock:
            if self._documents.revision() == self._revision:
                return
            revision, stored, known = self._documents.snapshot(self._encoder.version)
            missing = [each for each in stored if each.id not in known]
            known |= self._encode(missing)
            width = 0
            if stored:
                width = len(self._encoder.encode(["."])[0])
            vectors = [PassageVectors.from_bytes(known[each.id], width) for each in stored]
            self._index = PassageIndex.of(
                [each.id for each in stored], [each.passage for each in stored], vectors, self._index
            )
            self._revision = revision

    def _encode(self, missing: Sequence[StoredPassage]) -> dict[str, bytes]:
        made: dict[str, bytes] = {}
        for places, encoded in encode_passages(self._encoder, [each.passage for each in missing]):
            batch = [(missing[place], raw) for place, raw in zip(places, encoded, strict=True)]
            self._documents.put_vectors(self._encoder.version, batch)
            made |= {each.id: raw for each, raw in batch}
            self.progress(len(made) / len(missing))
        return made

    async def load(self, context: Context) -> None:
        """Wait until everything that a search needs is loaded."""
        await self._follow()
        if len(self._index) and self._measures is None:
            self._measures = await asyncio.to_thread(self._load_measures)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return the best passages as candidates; each quotes the sentence of it that fits best."""
        index, text = self._index, _GREETING.sub("", context.message.text)
        if not len(index) or not text.strip():
            return []
        hits = await asyncio.to_thread(self._search, index, text)
        return [self._to_candidate(hit, text, context.language) for hit in hits]

    def _search(self, index: PassageIndex, text: str) -> list[PassageHit]:
        measures = self._measures or self._load_measures()
        return index.search(text, self._encoder.encode([text])[0], measures, self._weights)[:_COUNT]

    async def _follow(self) -> None:
        if self._revision == await asyncio.to_thread(self._documents.revision):
            return
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(asyncio.to_thread(self.refresh))
        await asyncio.wait({self._refreshing}, timeout=self._patience)
        if self._refreshing.done():
            self._refreshing.result()

    def _to_candidate(self, hit: PassageHit, question: str, language: Language) -> Candidate:
        passage, chosen = hit.passage, choose_quote(question, hit.passage.text, hit.units, hit.best)
        stored = "" if chosen.stored == chosen.text else chosen.stored
        quotation = Quotation(
            hit.id, passage.file, chosen.text, passage.heading, passage.page, chosen.before, chosen.after, stored
        )
        shares = {name: round(share, 4) for name, share in self._weights.explain(hit.features).items()}
        evidence = Evidence(file=passage.file, features=shares, quotation=quotation)
        return Candidate(quote(quotation, language), self.name, round(hit.probability, 6), evidence)
