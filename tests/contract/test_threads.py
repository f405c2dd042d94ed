"""python -m pytest tests/contract/test_threads.py: what models and stores give to one thread they give to eight."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.journal import Journal
from bot.knowledge import Knowledge
from bot.pictures import Pictures
from bot.safety.infer import Safety
from bot.sources import generator as generator_source
from bot.visual_intent.infer import VisualIntentClassifier
from data import paths
from data.records import Entry, Language, Place
from data.text.language import language_of
from data.word_vectors import WordVectors
from generation.infer import Generator
from generation.search import DecodingConfig
from retrieval import array_files
from retrieval.calibration import Calibration
from retrieval.dense_index import DenseIndex
from retrieval.features import FEATURES
from retrieval.hybrid import Hybrid
from retrieval.milvus import Milvus, MilvusVectorIndex
from retrieval.models import open_model
from retrieval.paraphrase.infer import open_judge
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.vectors import LocalVectorIndex
from retrieval.word_similarity import WordSimilarity
from tests.data.text.test_threads import forget
from tests.threads import THREADS, is_same, run_in_threads
from tests.vqa import tiny
from tests.vqa.answer.tiny import EIGHT, FOLDER, SHOWN
from vqa.answer.infer import Answerer
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder

QUESTIONS = [
    "什么是卷积神经网络", "how do recurrent networks remember?", "后面的電腦是什麼顏色", "what generalizes best",
    "怎么避免过拟合", "tell me about happiness and running", "你好", "is it raining in the picture", "不想活了", "傻 逼",
    "recomendations for studing", "CNNs 和 RNNs 的区别",
]  # fmt: skip
ANSWERS = [
    "卷积核在图片上滑动。",
    "A network reads a sequence step by step.",
    "早停和正则化。",
    "Running makes people happy.",
]
ENTRIES = [
    Entry(f"e{number}", language_of(text, "zh"), (text, f"{text}？"), ANSWERS[number % 4], Place("faq.csv", number))
    for number, text in enumerate(QUESTIONS)
]
EVEN = Calibration(FEATURES, tuple(0.1 for _ in FEATURES), -4.0, 0.5, 0.05)
SHORT = DecodingConfig(width=2, max_length=5)

Work = Callable[[str], Any]


def detect_language(text: str) -> Language:
    return language_of(text, "zh")


def sentence_encoder() -> Work:
    model = SentenceEncoder(paths.artifacts_dir() / ENCODER)
    return lambda text: model.score([QUESTIONS[0], text], ANSWERS)


def reranker(name: str) -> Callable[[], Work]:
    def open_reranker() -> Work:
        model = open_model(paths.artifacts_dir() / name, lambda term: 1.0 + len(term) % 3)
        return lambda text: model.score([text], ANSWERS)

    return open_reranker


def judge() -> Work:
    model = open_judge()
    return lambda text: model.log_odds(text, QUESTIONS)


def similar() -> Work:
    model = WordSimilarity(paths.artifacts_dir() / "words", guessing=True)
    return lambda text: (model.embed(text), model.find_nearest(text[:12], 3))


def word_vectors() -> Work:
    return WordVectors(paths.artifacts_dir() / "words").of


def safety() -> Work:
    model = Safety(paths.artifacts_dir() / "safety")
    return lambda text: model.judge(text, detect_language(text))


def visual_intent() -> Work:
    model = VisualIntentClassifier(paths.artifacts_dir() / "visual-question")
    return lambda text: model.classify(text, detect_language(text), turns_since=0)


def generator() -> Work:
    model = Generator(paths.artifacts_dir() / "seq2seq")
    return lambda text: (
        model.write([text], detect_language(text), config=SHORT),
        model.sample([text], detect_language(text), config=SHORT),
        model.fluency(text),
    )


def hybrid() -> Work:
    model = SentenceEncoder(paths.artifacts_dir() / ENCODER)
    meaning = DenseIndex(model, LocalVectorIndex(model.width), LocalVectorIndex(model.width))
    index = Hybrid(EVEN, meaning, open_judge()).update(ENTRIES)
    return lambda text: [
        (hit.entry.id, hit.question, hit.features, hit.probability) for hit in index.search(text, "zh")
    ]


def seeing() -> Work:
    encoder, names = Encoder(tiny.ENCODER, cache_size=2), sorted(tiny.SCENES)
    captioner, answerer = Captioner(tiny.CAPTIONERS["attention"]), Answerer(FOLDER, cache_size=1)

    def work(text: str) -> Any:
        place = QUESTIONS.index(text)
        features = encoder.encode(tiny.picture(names[place % len(names)]))
        asked = EIGHT[place % len(EIGHT)]
        answered = answerer.answer(SHOWN[asked.image], asked.question, asked.language)
        return features, captioner.caption(features, detect_language(text)), answered

    return work


MODELS = {
    "sentence encoder": sentence_encoder, "drmm": reranker("drmm"), "arc1": reranker("arc1"), "paraphrase": judge,
    "similar words": similar, "word vectors": word_vectors, "safety": safety, "visual intent": visual_intent,
    "generator": generator, "hybrid": hybrid, "seeing": seeing,
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_model_says_the_same_to_eight_threads_as_to_one(name: str) -> None:
    forget()
    made = run_in_threads(MODELS[name](), QUESTIONS)
    forget()
    # Opened anew: the first one may have kept what the threads made of each other's texts.
    work = MODELS[name]()
    wanted = [work(text) for text in QUESTIONS]
    for of_thread in made:
        different = [
            text for text, one, other in zip(QUESTIONS, of_thread, wanted, strict=True) if not is_same(one, other)
        ]
        assert different == []


def test_a_generator_is_opened_once_for_all_threads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun = threading.Event()
    opened: list[Path] = []

    def opens(folder: Path) -> Path:
        opened.append(folder)
        begun.wait(0.1)  # long enough for the others to come
        return folder

    monkeypatch.setattr(generator_source, "Generator", opens)
    run_in_threads(generator_source.load_generator, [tmp_path])
    assert opened == [tmp_path]


def test_knowledge_is_read_and_written_by_eight_threads(tmp_path: Path) -> None:
    knowledge = Knowledge(tmp_path / "knowledge.db")
    ids = run_in_threads(lambda text: knowledge.add([f"{text} {threading.get_ident()}"], text).id, QUESTIONS)
    assert len({id for of_thread in ids for id in of_thread}) == THREADS * len(QUESTIONS) == knowledge.count()
    found = run_in_threads(lambda text: (knowledge.count(text), len(knowledge.entries())), QUESTIONS)
    assert found == [[(knowledge.count(text), THREADS * len(QUESTIONS)) for text in QUESTIONS]] * THREADS
    knowledge.close()


def test_the_journal_takes_a_line_from_each_thread_also_after_a_torn_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("共享", {"text": "before"})
    (path,) = tmp_path.glob("??/*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"torn')
    run_in_threads(lambda text: journal.write("共享", {"text": text}), QUESTIONS)
    events = list(journal.read())
    assert events.count(None) == 1, "only the torn line is damaged"
    said = [event["text"] for event in events if event]
    assert sorted(said) == sorted(["before", *QUESTIONS * THREADS])


def test_pictures_are_kept_side_by_side(tmp_path: Path) -> None:
    pictures, data = Pictures(tmp_path), tiny.picture("red.png")
    kept = run_in_threads(lambda text: pictures.store(f"c{len(text) % 3}", data), QUESTIONS)
    names = [name for of_thread in kept for name in of_thread]
    assert len(set(names)) == len(names) == sum(1 for path in tmp_path.glob("*/*") if not path.name.startswith("."))


def test_an_index_that_several_threads_write_can_always_be_opened(tmp_path: Path) -> None:
    def write(number: int) -> int:
        array_files.write(tmp_path, {"a": np.arange(number)}, {"n": number})
        found = array_files.open(tmp_path)
        assert len(found.arrays["a"]) == found.about["n"]
        return number

    run_in_threads(write, range(1, 9))
    assert array_files.open(tmp_path).about["n"] in range(1, 9)


def test_a_writer_does_not_remove_what_another_has_just_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = array_files._sync_folder
    waiting = [2]

    def settles(folder: Path) -> None:
        settle(folder)
        if waiting and waiting.pop() == 2:
            # The other process's whole write falls between the first one's last step and its tidying up.
            generation = tmp_path / "0123456789abcdef"
            (tmp_path / array_files._read_current(tmp_path)).rename(generation)  # type: ignore[operator]
            (tmp_path / "current").write_text(generation.name, encoding="utf-8")

    monkeypatch.setattr(array_files, "_sync_folder", settles)
    array_files.write(tmp_path, {"a": np.arange(3)}, {"n": 1})
    assert array_files.open(tmp_path).about["n"] == 1


class _Client:
    """A server that takes the same collection once, as Milvus does."""

    def __init__(self) -> None:
        self.made = 0
        self._meeting = threading.Event()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *_, **__: []

    def has_collection(self, *_: object, **__: object) -> bool:
        self._meeting.wait(0.05)  # long enough for the others to come
        return False

    def create_schema(self, **_: object) -> _Client:
        return self

    def prepare_index_params(self) -> _Client:
        return self

    def create_collection(self, *_: object, **__: object) -> None:
        self.made += 1


def test_a_collection_is_made_by_one_thread(tmp_path: Path) -> None:
    pytest.importorskip("pymilvus")
    milvus, client = Milvus(str(tmp_path / "vectors.db")), _Client()
    milvus._client = client
    index = MilvusVectorIndex(milvus, "testing", 4)
    run_in_threads(lambda keys: index.remove(np.asarray(keys)), [[1], [2]])
    assert client.made == 1
