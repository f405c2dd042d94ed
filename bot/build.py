"""Builds a bot from its settings. The only module that knows all parts."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.choice_names import NAME, UNKNOWN
from bot.components import Ranker
from bot.engine import Engine
from bot.home import open_home
from bot.journal import Journal
from bot.knowledge import DocumentReport, Knowledge
from bot.knowledge.document_learning import learn_document
from bot.page_reader import find_page_reader
from bot.pictures import Pictures
from bot.ranker import LearnedRanker, SourceScores
from bot.reports import Reports
from bot.rules import Rules
from bot.safety.infer import Safety
from bot.settings import Settings, SettingsError
from bot.sources.documents import DocumentSource
from bot.sources.knowledge import KnowledgeSource
from bot.sources.tools import ToolSource
from bot.sources.vision import VisionSource
from bot.state import StoreFullError, open_store
from bot.tool import Tool
from bot.toolbox import Toolbox, discover_tools
from bot.visual_intent.infer import VisualIntentClassifier
from data import artifact, paths
from data.artifact import ArtifactError
from data.records import Language
from data.text.segment import SEGMENTER
from retrieval.boosting import NAME as CALIBRATION
from retrieval.boosting import BoostedTrees, open_trees
from retrieval.dense_index import INDEX_NAMES, DenseIndex
from retrieval.features import FEATURES
from retrieval.milvus import Milvus, MilvusVectorIndex
from retrieval.paraphrase.infer import Paraphrase, open_judge
from retrieval.passages.features import Measures
from retrieval.passages.weights import NAME as PASSAGES
from retrieval.passages.weights import open_weights
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.sentence_encoder.precomputed import NAME as KNOWN
from retrieval.word_similarity import WordSimilarity
from vqa.ocr import TextReader
from vqa.ocr import is_installed as is_ocr_installed
from vqa.vision import Vision, has_artifacts, is_non_commercial, load_vision

if TYPE_CHECKING:
    from bot.llm.judge import LLMJudge
    from bot.sources.generator import GeneratorSource
    from bot.sources.llm import LLMSource

STARTER = Path(__file__).parent.parent / "data" / "starter"
RANKER = "ranker"
WRITER = "seq2seq"
SAFETY = "safety"
VISUAL_INTENT = "visual-question"
WORDS = "words"
_DAY = 86400.0
AMBIGUITY_MARGIN = 0.1
"""Two entries whose probabilities differ by less are both offered, and the person is asked which was meant."""
_LOG = logging.getLogger(__name__)

Look = Callable[[], Vision]
"""Loads the vision models, once for the whole process. Raises ArtifactError."""


@dataclass(frozen=True)
class Bot:
    """An engine with everything it uses.

    Call open() before the first use and close() after the last.

    sight is None where there are no vision models, or none that the settings allow.
    """

    settings: Settings
    engine: Engine
    knowledge: Knowledge
    journal: Journal
    knowledge_source: KnowledgeSource
    document_source: DocumentSource
    encoder: SentenceEncoder
    toolbox: Toolbox
    pictures: Pictures
    sight: Look | None = None
    check_model: Callable[[], None] = lambda: None
    closed: threading.Event = field(default_factory=threading.Event)

    async def open(self) -> None:
        """Open the store, update the starter corpus and build the index.

        Raises StoreError, KnowledgeError.
        """
        await self.engine.store.open()
        await self.prepare()

    async def prepare(self) -> None:
        """Prepare everything but the store, which is enough to answer.

        Raises KnowledgeError.
        """
        await asyncio.to_thread(self.knowledge.sync_starter, STARTER)
        await asyncio.to_thread(self.knowledge_source.refresh)
        await asyncio.to_thread(self.document_source.refresh)
        await asyncio.to_thread(self.reports.remove_expired)
        # Models load while the page is on its way to the browser. A question that comes sooner waits for them, and its
        # deadlines begin only then.
        # Not a daemon thread: a process that ends while models load would be torn down by the runtime that loads them.
        threading.Thread(target=self._warm, name="warm").start()

    def _warm(self) -> None:
        self.check_model()
        self.knowledge_source.warm()
        if self.sight is not None and not self.closed.is_set():
            try:
                self.sight()
            except ArtifactError as error:
                _LOG.warning("%s", error)

    async def close(self) -> None:
        """Close files and connections."""
        self.closed.set()
        await self.engine.store.close()
        self.knowledge.close()

    async def delete(self, owner: str, conversation: str) -> None:
        """Remove a conversation from the store, its lines from the journal, its pictures, and the reports that quote it.

        Raises:
            ConversationError: The owner has no such conversation.
            StoreError: The store cannot be used.
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

    def learn_document(
        self, path: Path, name: str | None = None, progress: Callable[[float], object] = lambda share: None
    ) -> DocumentReport:
        """Take in a document; its name is that of the file if none is given.

        Raises FormatError, KnowledgeError, OSError.
        """
        report = learn_document(self.knowledge, path, self.encoder, name, progress, find_page_reader())
        # The next question finds it, whatever waits for a large index.
        self.document_source.refresh()
        return report

    @property
    def evaluations(self) -> Path:
        """The folder of the evaluation reports that were made on the page."""
        return self.settings.home / "evaluations"

    @property
    def reports(self) -> Reports:
        """The reports that were made on the page."""
        return Reports(self.evaluations)


def load_calibration() -> BoostedTrees:
    """Load the calibration of the entries that a search found.

    Raises:
        ArtifactError: It is damaged or missing.
    """
    return open_trees(paths.artifacts_dir() / CALIBRATION, FEATURES)


def _choose_vectors(settings: Settings, model: SentenceEncoder, identity: str) -> Callable[[], DenseIndex]:
    """Return a function that opens the vectors where the settings say they are.

    Raises SettingsError.
    """
    if settings.vectors is None:
        return lambda: DenseIndex.open(model, settings.home / "index" / "vectors")
    try:
        milvus = Milvus(settings.vectors)
    except ModuleNotFoundError as error:
        raise SettingsError(f"KANLIAO_VECTORS is set, but {error}") from error
    # Several bots may share a cluster.
    phrasings, replies = (MilvusVectorIndex(milvus, f"kanliao_{identity}_{name}", model.width) for name in INDEX_NAMES)
    return lambda: DenseIndex(model, phrasings, replies)


def _build_generators(settings: Settings) -> list[GeneratorSource]:
    """Return the generator that the settings name, or the shipped one.

    The list is empty if generation is off.

    Raises:
        SettingsError: The named generator may not be used.
        ArtifactError: Its artifact is damaged.
    """
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
    # Imports a tokenizer, which nothing else needs.
    from bot.sources.generator import GeneratorSource, load_generator

    if settings.writer is not None:
        # Loaded now, so that an unusable one is reported at the start; the shipped one is loaded when it is needed.
        load_generator(folder)
    return [GeneratorSource(partial(load_generator, folder))]


def _load_ranker() -> Ranker:
    """Load the learned ranker.

    If there is none, the scores of the sources are used. Raises ArtifactError if it is damaged.
    """
    folder = paths.artifacts_dir() / RANKER
    return LearnedRanker.open(folder) if folder.exists() else SourceScores()


def _build_llm(
    settings: Settings, rules: Rules, model: SentenceEncoder, knowledge: Knowledge
) -> tuple[list[LLMSource], LLMJudge | None]:
    """Return the external model as a source and as a judge, each if the settings want it.

    Its replies are scored at the answer threshold.
    """
    if settings.remote is None or settings.remote_model is None:
        return [], None
    # Imports httpx, which takes a while and is needed for nothing else.
    from bot.llm.endpoint import Endpoint, EndpointClient
    from bot.llm.judge import LLMJudge
    from bot.llm.support import SupportChecker
    from bot.sources.llm import LLMSource

    client = EndpointClient(
        Endpoint(
            settings.remote,
            settings.remote_model,
            settings.remote_key,
            settings.remote_deadline,
            settings.remote_first_wait,
            settings.remote_tokens,
            settings.remote_options,
        )
    )
    may = settings.remote_may
    source = LLMSource(
        client,
        rules.answer_threshold,
        SupportChecker(model.encode) if "answer" in may else None,
        least=rules.offer_threshold,
        may_talk="talk" in may,
        bot_name=lambda: knowledge.choices.words().get(NAME),
    )
    judge = LLMJudge(client, reviews="review" in may) if may & {"judge", "review"} else None
    return [source] if may & {"answer", "talk"} else [], judge


def _choose_vision(settings: Settings) -> Look | None:
    """Return a function that loads the vision models.

    The result is None if there are none that the settings allow. Raises ArtifactError.
    """
    folder = paths.artifacts_dir()
    if not has_artifacts(folder) or (settings.commercial and is_non_commercial(folder)):
        return None
    return partial(load_vision, folder)


def _load_measures(judge: Paraphrase) -> Measures:
    """Load what the words of questions and passages are measured with.

    Raises ArtifactError.
    """
    return Measures(judge.rarity, WordSimilarity(paths.artifacts_dir() / WORDS).vector)


def _is_forbidden(tool: Tool) -> bool:
    """Return whether a model of the tool was trained on non-commercial data.

    Raises ArtifactError.
    """
    folders = [paths.artifacts_dir() / name for name in tool.models]
    return any(artifact.open(folder).manifest.non_commercial for folder in folders if folder.exists())


def get_unknown_text(knowledge: Knowledge, language: Language) -> str | None:
    """Return the owner's text for a question that nothing answers, if one is set."""
    return knowledge.choices.words().get(UNKNOWN[language])


def build(settings: Settings) -> Bot:
    """Build the bot that the settings describe; it is not opened yet.

    Raises:
        SettingsError: A setting cannot be used with the others, or names a file that cannot be read.
        ArtifactError: A model is damaged or missing.
        KnowledgeError: The knowledge cannot be opened.
    """
    settings = replace(settings, home=open_home(settings.home))
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
    calibration = load_calibration()
    weights = open_weights(paths.artifacts_dir() / PASSAGES)
    rules = Rules(
        answer_threshold=calibration.answer_threshold
        if settings.answer_threshold is None
        else settings.answer_threshold,
        ambiguity_margin=AMBIGUITY_MARGIN if settings.ambiguity_margin is None else settings.ambiguity_margin,
        offer_threshold=calibration.offer_threshold,
        passage_threshold=max(weights.answer_threshold, settings.answer_threshold or 0.0),
        passage_offer_threshold=weights.offer_threshold,
    )
    model = SentenceEncoder(paths.artifacts_dir() / ENCODER, paths.artifacts_dir() / KNOWN)
    judge = open_judge()
    index = settings.home / "index"
    # What the environment fixes does not change the knowledge, but changes what the index holds of it.
    fixed = sorted(settings.choices.items()) or ""
    fingerprint = f"{SEGMENTER.fingerprint()} {model.version} {fixed}"
    knowledge_source = KnowledgeSource(
        knowledge,
        calibration,
        _choose_vectors(settings, model, knowledge.identity()),
        index / "entries",
        fingerprint,
        judge=judge,
    )
    document_source = DocumentSource(knowledge.documents, model, partial(_load_measures, judge), weights)
    ttl = None if settings.idle_days is None else settings.idle_days * _DAY
    store = open_store(settings.store, settings.home, ttl)
    sight = _choose_vision(settings)
    # A tool whose model may not be used is left out; where a model is only missing, the tool's card says what to do.
    toolbox = Toolbox(tool for tool in discover_tools() if not (settings.commercial and _is_forbidden(tool)))
    pictures = Pictures(settings.home / "pictures")
    seen = (
        []
        if sight is None
        else [
            VisionSource(
                sight,
                rules.answer_threshold,
                VisualIntentClassifier(paths.artifacts_dir() / VISUAL_INTENT),
                reader=TextReader() if is_ocr_installed() else None,
                look_up=knowledge_source.propose,
            )
        ]
    )
    safety = Safety(paths.artifacts_dir() / SAFETY) if settings.safety else None
    remote, larger = _build_llm(settings, rules, model, knowledge)
    engine = Engine(
        [knowledge_source, document_source, ToolSource(toolbox), *seen],
        _load_ranker(),
        store,
        journal.write,
        rules,
        writers=remote,
        filter=safety,
        generators=[*_build_generators(settings), *remote],
        pictures=pictures.read,
        unknown=partial(get_unknown_text, knowledge),
        judge=larger,
    )
    check_model = remote[0].check_model if remote else larger.check_model if larger else Bot.check_model
    return Bot(
        settings, engine, knowledge, journal, knowledge_source, document_source, model, toolbox, pictures, sight,
        check_model,
    )  # fmt: skip
