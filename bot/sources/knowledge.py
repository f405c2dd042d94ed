"""Replies that are already written: the knowledge, searched."""

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
from retrieval.boosting import BoostedTrees
from retrieval.features import GROUPS
from retrieval.hybrid import Hit, Hybrid
from retrieval.meaning import Meaning
from retrieval.paraphrase.infer import Judge
from retrieval.stored import DamagedIndex

_LOG = logging.getLogger(__name__)
# After this many changes, or this share of all entries, the index is written anew: opening it repeats the changes since.
_CHANGES = 500
_SHARE = 0.05
_WARMING: Mapping[Language, str] = {"zh": "你好，请问几点开门？", "en": "Hello, when do you open?"}


class KnowledgeSource:
    """The source that searches the knowledge and follows its changes.

    A search always sees one finished index. When the knowledge has changed, the next index is made beside the old one and
    takes its place in a single step, so nothing is ever answered from half of a change. The index is kept in a folder beside
    the knowledge and opened from there; a damaged one, or one made by another version of what reads texts, is made again.
    """

    name = "retrieved"
    deadline = 4.0

    def __init__(
        self,
        knowledge: Knowledge,
        calibration: BoostedTrees,
        meaning: Callable[[], Meaning],
        folder: Path,
        fingerprint: str,
        count: int = 8,
        patience: float = 1.0,
        judge: Judge | None = None,
    ) -> None:
        """meaning opens the vectors, or makes empty ones; fingerprint is what the stored index depends on beside the entries;
        judge tells phrasings apart that a search found.
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
        """Told which share of the entries is in an index that is made from all of them, from 0 to 1."""
        self._warming = threading.Lock()
        self._is_warm = False

    def refresh(self) -> None:
        """Bring the index up to the knowledge's present revision; one thread at a time does the work."""
        with self._lock:
            if not self._is_stale(self._knowledge.revision()):
                return
            index, revision = (self._index, self._revision) if self._revision >= 0 else self._open_or_build()
            if (meaning := index.meaning) is not None and meaning.behind and meaning.reachable():
                # Its vectors can be reached again: from what was saved last, every change since is made once more.
                index, revision = self._open_or_build()
            changes = self._knowledge.changes_since(revision)
            changed = [entry for entry in changes.changed if not _holds(index, entry)]
            # An entry that only fell silent is kept: to take a thousand out, and in again, takes seconds.
            kept = self._knowledge.among_stored(changes.gone)
            gone = [id for id in changes.gone if id not in kept]
            if changed or gone:
                index = index.changed(changed, gone)
                self._unsaved += len(changed) + len(gone)
            self._index, self._revision = index, changes.revision
            if self._unsaved > max(_CHANGES, _SHARE * self._index.shelf.living):
                self._save()

    def _is_stale(self, revision: int) -> bool:
        meaning = self._index.meaning
        return revision != self._revision or (meaning is not None and meaning.behind)

    def _open_or_build(self) -> tuple[Hybrid, int]:
        """The index as it was saved with its revision; or, where there is none that fits, made from all entries."""
        meaning = self._meaning()
        try:
            index, about = Hybrid.open(self._folder, self._calibration, meaning, self._judge)
            fits = all(about.get(name) == value for name, value in self._about.items())
            if fits and meaning.holds(about["vectors"]):
                return index, int(about["revision"])
        except DamagedIndex as error:
            if self._folder.exists():
                _LOG.warning("%s", error)
        meaning.clear()
        empty = Hybrid(self._calibration, meaning, self._judge)
        self._revision, self._index = self._knowledge.made_from(
            lambda entries: empty.changed(self._report_progress(entries))
        )
        self._save()
        return self._index, self._revision

    def _report_progress(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Pass the entries on and tell the progress of it."""
        total = max(1, self._knowledge.count())
        for number, entry in enumerate(entries):
            if number % 100 == 0:
                self.progress(number / total)
            yield entry

    def _save(self) -> None:
        """Write the index down and go on with the written one, which takes no memory of its own."""
        try:
            meaning = self._index.meaning
            assert meaning is not None
            meaning.save()
            self._index.save(self._folder, {**self._about, "revision": self._revision, "vectors": meaning.sizes})
            self._index, _ = Hybrid.open(self._folder, self._calibration, meaning, self._judge)
            self._unsaved = 0
        except (OSError, DamagedIndex) as error:
            # The next start takes longer; nothing else depends on it.
            _LOG.warning("The index could not be written to %s: %s", self._folder, error)
            self._unsaved = -_CHANGES

    def warm(self) -> None:
        """Search once in each language, so that whatever a search opens is open. Blocks; one thread does the work."""
        with self._warming:
            if not self._is_warm:
                SEGMENTER.load()
                for language, text in _WARMING.items():
                    self._index.search(text, language, self._count)
                self._is_warm = True

    async def load(self, context: Context) -> None:
        """Wait until a search has everything it needs."""
        if not self._is_warm:
            await asyncio.to_thread(self.warm)

    async def propose(self, context: Context) -> Sequence[Candidate]:
        """The best entries as candidates; the score is the calibrated probability."""
        await self._follow()
        previous = find_previous(context.turns)
        search = self._index.search
        # What is silent stays in the index: switching is at once, and back again.
        silent = await asyncio.to_thread(self._knowledge.choices.silent_parts)
        hits = await asyncio.to_thread(search, context.message.text, context.language, self._count, previous, silent)
        said = [turn.reply.text for turn in context.turns]
        return [self._to_candidate(hit, said) for hit in hits]

    async def find_entry(self, entry: str, context: Context) -> Candidate | None:
        """Return the entry of that id as it is stored now, certain to be meant; None if there is none. Raises KnowledgeError."""
        found = await asyncio.to_thread(self._knowledge.find, entry)
        if found is None:
            return None
        # The phrasing that the button showed, unless it was changed since.
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
        # A small change is in before the answer; a large one is left to finish behind it, and the old index answers.
        await asyncio.wait({self._refreshing}, timeout=self._patience)
        if self._refreshing.done():
            self._refreshing.result()

    def _explain(self, hit: Hit) -> dict[str, float]:
        """Return what the probability is made of, in log-odds; what being word for word adds is told as that."""
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
    """Return the stored question that the last turn was about, which a message may go on from; empty if there is none.

    It is the question that was answered, whose button was pressed, or that alone was offered. A tool and a picture have none,
    and a greeting or thanks in between changes no subject.
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
    """Choose the alternative that was not said yet in a conversation, or else the one said longest ago.

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
    number = index.shelf.number_of(entry.id)
    return number is not None and index.shelf.entry(number) == entry
