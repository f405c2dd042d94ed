"""Settings in, a working bot out: the only place where the parts meet."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.choice_names import UNKNOWN
from bot.engine import Engine
from bot.home import open_home
from bot.journal import Journal
from bot.knowledge import Knowledge
from bot.pictures import Pictures
from bot.ranker import Calibrated, Learned
from bot.reports import Reports
from bot.rules import Rules
from bot.safety.infer import Safety
from bot.settings import Settings, SettingsError
from bot.sources.knowledge import KnowledgeSource
from bot.sources.tools import ToolSource
from bot.sources.vision import VisionSource
from bot.state import StoreFullError, open_store
from bot.tool import Tool
from bot.toolbox import Toolbox, discover_tools
from bot.types import Ranker
from bot.visual_intent.infer import VisualIntentClassifier
from data import artifact, paths
from data.artifact import ArtifactError
from data.records import Language
from data.text.segment import SEGMENTER
from retrieval.boosting import NAME as CALIBRATION
from retrieval.boosting import BoostedTrees, open_trees
from retrieval.features import FEATURES
from retrieval.meaning import NAMES, Meaning
from retrieval.milvus import Milvus, MilvusVectors
from retrieval.paraphrase.infer import open_judge
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.sentence_encoder.known import NAME as KNOWN
from vqa.sight import Sight, non_commercial, open_sight, present

if TYPE_CHECKING:
    from bot.sources.generator import GeneratorSource
    from bot.sources.llm import LLMSource

STARTER = Path(__file__).parent.parent / "data" / "starter"
RANKER = "ranker"
WRITER = "seq2seq"
SAFETY = "safety"
VISUAL_INTENT = "visual-question"
_DAY = 86400.0
MARGIN = 0.1
"""Two entries whose probabilities are nearer than this are both offered, and the person is asked which was meant."""
_LOG = logging.getLogger(__name__)

Look = Callable[[], Sight]
"""Opens what sees, once for the whole process. Raises ArtifactError."""


@dataclass(frozen=True)
class Bot:
    """An engine with everything it stands on. open() before the first use, close() after the last.

    sight is None where there is nothing that sees, or none that may be used.
    """

    settings: Settings
    engine: Engine
    knowledge: Knowledge
    journal: Journal
    retrieved: KnowledgeSource
    toolbox: Toolbox
    pictures: Pictures
    sight: Look | None = None
    closed: threading.Event = field(default_factory=threading.Event)

    async def open(self) -> None:
        """Open the store, bring the starter corpus up to date and make the index. Raises StoreError, KnowledgeError."""
        await self.engine.store.open()
        await self.prepare()

    async def prepare(self) -> None:
        """What answering needs of `open`: everything but the store, which it leaves alone. Raises KnowledgeError."""
        await asyncio.to_thread(self.knowledge.sync_starter, STARTER)
        await asyncio.to_thread(self.retrieved.refresh)
        await asyncio.to_thread(self.reports.tidy)
        # Models are opened while the page is on its way to the browser. A question that comes sooner waits for them, and its
        # deadlines begin to run only then.
        # No daemon: a process that ends while models are being opened would be torn down by the runtime they are opened in.
        threading.Thread(target=self._warm, name="warm").start()

    def _warm(self) -> None:
        self.retrieved.warm()
        if self.sight is not None and not self.closed.is_set():
            try:
                self.sight()
            except ArtifactError as error:
                _LOG.warning("%s", error)

    async def close(self) -> None:
        """Let go of files and connections."""
        self.closed.set()
        await self.engine.store.close()
        self.knowledge.close()

    async def delete(self, owner: str, conversation: str) -> None:
        """Remove a conversation from the store, its lines from the journal, its pictures, and the reports that quote it.

        Raises ConversationError, StoreError.
        """
        store = self.engine.store
        try:
            await store.delete(owner, conversation)
        except StoreFullError:
            # Removing files needs no room and makes some.
            await store.turns(owner, conversation, last=0)
            await self._delete_files(conversation)
            await store.delete(owner, conversation)
        await self._delete_files(conversation)

    async def _delete_files(self, conversation: str) -> None:
        await asyncio.to_thread(self.journal.delete, conversation)
        await asyncio.to_thread(self.pictures.delete, conversation)
        await asyncio.to_thread(self.reports.delete_quoting, conversation)

    @property
    def evaluations(self) -> Path:
        """The folder of the reports that were made on the page."""
        return self.settings.home / "evaluations"

    @property
    def reports(self) -> Reports:
        """The reports that were made on the page."""
        return Reports(self.evaluations)


def calibration() -> BoostedTrees:
    """Return what judges the entries that a search found. Raises ArtifactError if it is damaged or missing."""
    return open_trees(paths.artifacts_dir() / CALIBRATION, FEATURES)


def _meaning(settings: Settings, model: SentenceEncoder, identity: str) -> Callable[[], Meaning]:
    """What opens the vectors where the settings say they are. Raises SettingsError."""
    if settings.vectors is None:
        return lambda: Meaning.open(model, settings.home / "index" / "vectors")
    try:
        milvus = Milvus(settings.vectors)
    except ModuleNotFoundError as error:
        raise SettingsError(f"KANLIAO_VECTORS is set, but {error}") from error
    # Several bots may share a cluster.
    phrasings, replies = (MilvusVectors(milvus, f"kanliao_{identity}_{name}", model.width) for name in NAMES)
    return lambda: Meaning(model, phrasings, replies)


def _written(settings: Settings) -> list[GeneratorSource]:
    """The generator that the settings name, or the shipped one, if any may write. Raises SettingsError, ArtifactError."""
    folder = settings.writer or paths.artifacts_dir() / WRITER
    shipped = folder.exists() and (paths.artifacts_dir() / RANKER).exists()
    if not settings.writes or not (settings.writer or shipped):
        return []
    if settings.commercial and artifact.open(folder).manifest.non_commercial:
        if settings.writer is None:
            return []
        raise SettingsError(
            f"KANLIAO_WRITER is {folder}, which learned from non-commercial data, and KANLIAO_COMMERCIAL is on. Name another "
            "generator, train one on your own dialogues (python -m generation train), or leave one of the two unset."
        )
    # They bring a tokenizer, which nothing else needs.
    from bot.sources.generator import GeneratorSource, load_generator

    if settings.writer is not None:
        # Who names one wants to hear at once that it cannot be used; the shipped one is opened when it is needed.
        load_generator(folder)
    return [GeneratorSource(partial(load_generator, folder))]


def _ranker() -> Ranker:
    """The learned ranker, where there is one; until then the sources' own scores. Raises ArtifactError if it is damaged."""
    folder = paths.artifacts_dir() / RANKER
    return Learned.open(folder) if folder.exists() else Calibrated()


def _remote(settings: Settings, floor: float) -> list[LLMSource]:
    """The larger model outside, if the settings name one. Its replies are scored as just good enough to be given."""
    if settings.remote is None or settings.remote_model is None:
        return []
    # It brings httpx, which takes a while to import and is needed for nothing else.
    from bot.sources.llm import Endpoint, LLMSource

    endpoint = Endpoint(settings.remote, settings.remote_model, settings.remote_key, settings.remote_deadline)
    return [LLMSource(endpoint, floor)]


def _sight(settings: Settings) -> Look | None:
    """What opens the models that see; None if there are none, or none that the settings allow. Raises ArtifactError."""
    folder = paths.artifacts_dir()
    if not present(folder) or (settings.commercial and non_commercial(folder)):
        return None
    return partial(open_sight, folder)


def _forbidden(tool: Tool) -> bool:
    """Whether a model of the tool learned from data that may not be used for profit. Raises ArtifactError."""
    folders = [paths.artifacts_dir() / name for name in tool.models]
    return any(artifact.open(folder).manifest.non_commercial for folder in folders if folder.exists())


def own_unknown(knowledge: Knowledge, language: Language) -> str | None:
    """The owner's words for not knowing, if he set any."""
    return knowledge.choices.words().get(UNKNOWN[language])


def build(settings: Settings) -> Bot:
    """The bot that the settings describe, not yet opened. Raises SettingsError, ArtifactError, KnowledgeError."""
    open_home(settings.home)
    if settings.dictionary is not None:
        try:
            SEGMENTER.add_file(settings.dictionary)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"KANLIAO_DICTIONARY is {settings.dictionary}, which cannot be read ({error}); expected a UTF-8 text file with "
                "one word a line. Correct it or leave it unset."
            ) from error
    knowledge = Knowledge(settings.home / "knowledge.db", settings.choices)
    journal = Journal(settings.home / "journal")
    measured = calibration()
    rules = Rules(
        answer_threshold=measured.answer_threshold if settings.floor is None else settings.floor,
        ambiguity_margin=MARGIN if settings.margin is None else settings.margin,
        offer_threshold=measured.offer_threshold,
    )
    model = SentenceEncoder(paths.artifacts_dir() / ENCODER, paths.artifacts_dir() / KNOWN)
    index = settings.home / "index"
    # What the environment fixes is no change of the knowledge, but of what the index has of it.
    fixed = sorted(settings.choices.items()) or ""
    fingerprint = f"{SEGMENTER.fingerprint()} {model.version} {fixed}"
    retrieved = KnowledgeSource(
        knowledge,
        measured,
        _meaning(settings, model, knowledge.identity()),
        index / "entries",
        fingerprint,
        judge=open_judge(),
    )
    ttl = None if settings.idle_days is None else settings.idle_days * _DAY
    store = open_store(settings.store, settings.home, ttl)
    sight = _sight(settings)
    # What may not be used is not offered; where a model is only missing, its tool's card says what to do.
    toolbox = Toolbox(tool for tool in discover_tools() if not (settings.commercial and _forbidden(tool)))
    pictures = Pictures(settings.home / "pictures")
    seen = (
        []
        if sight is None
        else [
            VisionSource(sight, rules.answer_threshold, VisualIntentClassifier(paths.artifacts_dir() / VISUAL_INTENT))
        ]
    )
    safety = Safety(paths.artifacts_dir() / SAFETY) if settings.safety else None
    remote = _remote(settings, rules.answer_threshold)
    engine = Engine(
        [retrieved, ToolSource(toolbox), *seen],
        _ranker(),
        store,
        journal.write,
        rules,
        writers=remote,
        filter=safety,
        generators=[*_written(settings), *remote],
        pictures=pictures.read,
        unknown=partial(own_unknown, knowledge),
    )
    return Bot(settings, engine, knowledge, journal, retrieved, toolbox, pictures, sight)
