"""Replies from the knowledge, found by search."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.choosing import is_courtesy
from bot.knowledge import Knowledge
from bot.types import Candidate, Context, Evidence, Turn
from data.records import Entry, Language
from data.text.segment import SEGMENTER
from retrieval.array_files import DamagedIndexError
from retrieval.boosting import BoostedTrees
from retrieval.dense_index import DenseIndex
from retrieval.features import GROUPS
from retrieval.hit import Hit
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import Judge

_LOG = logging.getLogger(__name__)
# After this many changes, or this share of all entries, the index is saved again, because loading it repeats all changes since.
_MAX_UNSAVED = 500
_MAX_UNSAVED_SHARE = 0.05
_WARM_UP_QUERIES: Mapping[Language, str] = {"zh": "你好，请问几点开门？", "en": "Hello, when do you open?"}


class KnowledgeSource:
    """Search the knowledge, and keep its index up to date.

    A search always uses one complete index. When the knowledge changes, the next index is built beside the current one and
    replaces it in one step, so no answer comes from half a change. The index is saved in a folder beside the knowledge. It is
    built again if it is damaged, or if it was built by other versions of the models and the tokenizer.
    """

    name = "retrieved"
    """What stands in stored conversations and journals."""
    deadline = 4.0

    def __init__(
        self,
        knowledge: Knowledge,
        calibration: BoostedTrees,
        meaning: Callable[[], DenseIndex],
        folder: Path,
        fingerprint: str,
        count: int = 8,
        patience: float = 1.0,
        judge: Judge | None = None,
    ) -> None:
        """Prepare a source; `refresh` builds or loads its index.

        Args:
            knowledge: The entries.
            calibration: Turns the features of a hit into a probability.
            meaning: Loads the vectors, or makes empty ones.
            folder: Where the index is saved.
            fingerprint: Identifies what the index depends on besides the entries.
            count: The most candidates of a search.
            patience: Seconds that a message waits for a changed index before it is answered from the current one.
            judge: Decides whether a phrasing that was found asks the same as the message.
        """
        self._knowledge = knowledge
        self._calibration = calibration
        self._meaning = meaning
        self._judge = judge
        self._folder = folder
        self._about = {"knowledge": knowledge.identity(), "reading": fingerprint}
        self._count = count
        self._patience = patience
        self._lock = threading.Lock()
        self._revision = -1
        self._unsaved = 0
        self._index = Hybrid(calibration)
        self._refreshing: asyncio.Task[None] | None = None
        self.progress: Callable[[float], object] = lambda share: None
        """Called with the share of the entries, from 0 to 1, that are in the index while it is built from all of them."""
        self._warming = threading.Lock()
        self._is_warm = False

    def refresh(self) -> None:
        """Update the index to the current revision of the knowledge.

        One thread at a time does the work.
        """
        with self._lock:
            if not self._is_stale(self._knowledge.revision()):
                return
            index, revision = (self._index, self._revision) if self._revision >= 0 else self._open_or_build()
            if (meaning := index.dense_index) is not None and meaning.is_stale and meaning.is_reachable():
                # The vectors can be reached again: repeat every change since the last save.
                index, revision = self._open_or_build()
            changes = self._knowledge.changes_since(revision)
            changed = [entry for entry in changes.changed if not _holds(index, entry)]
            # An entry that was only switched off stays in the index: removing and adding a thousand takes seconds.
            kept = self._knowledge.filter_stored(changes.gone)
            gone = [id for id in changes.gone if id not in kept]
            if changed or gone:
                index = index.update(changed, gone)
                self._unsaved += len(changed) + len(gone)
            self._index, self._revision = index, changes.revision
            if self._unsaved > max(_MAX_UNSAVED, _MAX_UNSAVED_SHARE * self._index.entries.live_count):
                self._save()

    def _is_stale(self, revision: int) -> bool:
        meaning = self._index.dense_index
        return revision != self._revision or (meaning is not None and meaning.is_stale)

    def _open_or_build(self) -> tuple[Hybrid, int]:
        """Return an index and its revision.

        It is the saved index, or one built from all entries if no saved one fits.
        """
        meaning = self._meaning()
        try:
            index, about = Hybrid.open(self._folder, self._calibration, meaning, self._judge)
            fits = all(about.get(name) == value for name, value in self._about.items())
            if fits and meaning.has_vectors(about["vectors"]):
                return index, int(about["revision"])
        except DamagedIndexError as error:
            if self._folder.exists():
                _LOG.warning("%s", error)
        meaning.clear()
        empty = Hybrid(self._calibration, meaning, self._judge)
        self._revision, self._index = self._knowledge.build_from(
            lambda entries: empty.update(self._report_progress(entries))
        )
        self._save()
        return self._index, self._revision

    def _report_progress(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield the entries, and report the progress."""
        total = max(1, self._knowledge.count())
        for number, entry in enumerate(entries):
            if number % 100 == 0:
                self.progress(number / total)
            yield entry

    def _save(self) -> None:
        """Save the index and continue with the saved one, which is memory-mapped."""
        try:
            meaning = self._index.dense_index
            assert meaning is not None
            meaning.save()
            self._index.save(self._folder, {**self._about, "revision": self._revision, "vectors": meaning.sizes})
            self._index, _ = Hybrid.open(self._folder, self._calibration, meaning, self._judge)
            self._unsaved = 0
        except (OSError, DamagedIndexError) as error:
            # Only the next start is slower.
            _LOG.warning("The index could not be written to %s: %s", self._folder, error)
            self._unsaved = -_MAX_UNSAVED

    def warm(self) -> None:
        """Search once in each language, so that everything is loaded.

        This blocks; one thread does the work.
        """
        with self._warming:
            if not self._is_warm:
                SEGMENTER.load()
                for language, text in _WARM_UP_QUERIES.items():
                    self._index.search(text, language, self._count)
                self._is_warm = True

    async def load(self, context: Context) -> None:
        """Wait until everything that a search needs is loaded."""
        if not self._is_warm:
            await asyncio.to_thread(self.warm)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """Return the best entries as candidates. The score is the calibrated probability."""
        await self._follow()
        previous = find_previous(context.turns)
        search = self._index.search
        # Parts that are switched off stay in the index, so that switching takes no time.
        silent = await asyncio.to_thread(self._knowledge.choices.list_silent_parts)
        hits = await asyncio.to_thread(search, context.message.text, context.language, self._count, previous, silent)
        said = [turn.reply.text for turn in context.turns]
        return [self._to_candidate(hit, said) for hit in hits]

    async def find_entry(self, entry: str, context: Context) -> Candidate | None:
        """Return an entry as it is stored now, with score 1.

        It is None if there is none with that id.

        Raises:
            KnowledgeError: The knowledge cannot be read.
        """
        found = await asyncio.to_thread(self._knowledge.find, entry)
        if found is None:
            return None
        # The phrasing that the button showed, unless it has been changed since.
        shown = context.message.text
        question = shown if shown in found.questions else found.questions[0]
        evidence = Evidence(entry=found.id, file=found.place.file, row=found.place.row, question=question)
        said = [turn.reply.text for turn in context.turns]
        return Candidate(choose_reply(found.replies, said), self.name, 1.0, evidence)

    async def _follow(self) -> None:
        if not self._is_stale(await asyncio.to_thread(self._knowledge.revision)):
            return
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(asyncio.to_thread(self.refresh))
        # A small change is indexed before the answer; during a large one the old index answers.
        await asyncio.wait({self._refreshing}, timeout=self._patience)
        if self._refreshing.done():
            self._refreshing.result()

    def _explain(self, hit: Hit) -> dict[str, float]:
        """Return the shares of the probability in log-odds.

        What an exact match adds belongs to "same".
        """
        told = self._calibration.explain(hit.features, GROUPS)
        if hit.features.get("same") and 0 < hit.probability < 1:
            told["same"] += math.log(hit.probability / (1 - hit.probability)) - sum(told.values())
        return {name: round(share, 4) for name, share in told.items()}

    def _to_candidate(self, hit: Hit, said: Sequence[str]) -> Candidate:
        entry = hit.entry
        evidence = Evidence(
            entry=entry.id,
            file=entry.place.file,
            row=entry.place.row,
            question=hit.question,
            features=self._explain(hit),
        )
        return Candidate(choose_reply(entry.replies, said), self.name, round(hit.probability, 6), evidence)


def find_previous(turns: Sequence[Turn]) -> str:
    """Return the stored question of the last turn; empty if there is none.

    A follow-up message may refer to it. It is the question that was answered, whose button was pressed, or that was the only
    one offered. Turns about a tool or a picture have none. Greetings and thanks in between are skipped.
    """
    for turn in reversed(turns):
        reply = turn.reply
        if reply.kind not in ("answer", "offer", "ask"):
            return ""
        if reply.chosen is None:
            return reply.suggestions[0].question if len(reply.suggestions) == 1 else ""
        evidence = reply.candidates[reply.chosen].evidence
        if not is_courtesy(evidence):
            return (evidence.question or "") if evidence.entry else ""
    return ""


def choose_reply(replies: Sequence[str], said: Sequence[str]) -> str:
    """Return an alternative that was not said yet in a conversation.

    If all were said, it is the one said longest ago.

    Args:
        replies: The alternatives, in the order in which they are given.
        said: What the bot said before, oldest first.

    >>> choose_reply(["a", "b"], []), choose_reply(["a", "b"], ["a"]), choose_reply(["a", "b"], ["a", "b"])
    ('a', 'b', 'a')
    """
    latest = {text: turn for turn, text in enumerate(said)}
    return min(replies, key=lambda reply: latest.get(reply, -1))


def _holds(index: Hybrid, entry: Entry) -> bool:
    """Return whether the entry is in the index as it is."""
    number = index.entries.find_number(entry.id)
    return number is not None and index.entries.read_entry(number) == entry
