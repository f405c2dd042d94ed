"""python -m pytest tests/vqa/answer/test_infer.py"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import artifact
from data.artifact import ArtifactError, Manifest
from data.records import Language, PictureQuestion
from data.runtime import Arrays, verify
from tests.vqa.answer.tiny import EIGHT, FOLDER, SHOWN, SPOT, featurizer
from vqa.answer.evaluate import MostFrequent, ServedAnswerer, evaluate
from vqa.answer.infer import Answerer
from vqa.encoder.infer import Features


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer(FOLDER)


def test_the_committed_artifact_holds_its_golden_and_stays_small() -> None:
    assert verify(artifact.open(FOLDER)) < 1e-4
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 60_000
    assert artifact.open(FOLDER).manifest.codec == featurizer().to_dict()


@pytest.mark.parametrize("asked", EIGHT, ids=lambda one: f"{one.image} {one.question}")
def test_what_was_learned_is_answered_in_the_language_of_the_question(
    answerer: Answerer, asked: PictureQuestion
) -> None:
    # Even if the page is in the other language.
    for language in ("zh", "en"):
        made = answerer.answer(SHOWN[asked.image], asked.question, language)
        assert (made.answers[0].text, made.answers[0].language) == (asked.answers[0], asked.language)
        assert made.is_confident
        assert made.answers[0].probability >= made.threshold


def test_answers_come_in_order_and_are_of_the_kind_that_was_asked_for(answerer: Answerer) -> None:
    for question, words in (
        ("它是红色的吗？", {"是", "不是"}),
        ("红色还是蓝色？", {"红色", "蓝色"}),
        ("图里有什么？", {"红色", "蓝色", "2"}),
    ):
        answers = answerer.answer(SHOWN["red"], question, "zh").answers
        probabilities = [one.probability for one in answers]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)
        # A choice without a Chinese word answers no Chinese question; a number is at home in both.
        assert {one.text for one in answers} == words
        assert {one.language for one in answers} == {"zh"}


@pytest.mark.parametrize("name", SPOT)
def test_it_looks_where_the_answer_is(answerer: Answerer, name: str) -> None:
    attention = answerer.answer(SHOWN[name], "What colour is the spot?", "en").attention
    assert attention.shape == SHOWN[name].map.shape[1:]
    assert attention.dtype == np.float32
    assert attention.sum() == pytest.approx(1, abs=1e-5)
    assert divmod(int(attention.argmax()), attention.shape[1]) == SPOT[name]


def test_a_picture_of_another_shape_is_looked_at_too(answerer: Answerer) -> None:
    wide = Features(np.tile(SHOWN["blue"].map, (1, 2, 3)), SHOWN["blue"].pooled, SHOWN["blue"].encoder)
    made = answerer.answer(wide, "这个点是什么颜色？", "zh")
    assert made.answers[0].text == "蓝色"
    assert made.attention.shape == wide.map.shape[1:]


@pytest.mark.parametrize("question", ["", " \n\t", "\u200b\u202e", "\x07"])
def test_an_empty_question_is_refused(answerer: Answerer, question: str) -> None:
    with pytest.raises(ValueError, match="question is empty"):
        answerer.answer(SHOWN["red"], question, "zh")


def test_features_of_another_encoder_are_refused(answerer: Answerer) -> None:
    with pytest.raises(ValueError, match=r"'tiny-encoder 1'.*'tiny-encoder 2'"):
        answerer.answer(replace(SHOWN["red"], encoder="tiny-encoder 2"), "Is it red?", "en")


@pytest.mark.parametrize("question", ["Welche Farbe hat er?", "ქართული ენა", "???", "🐕", "魑魅魍魉"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_question_without_a_known_word_is_never_sure(answerer: Answerer, question: str, language: Language) -> None:
    assert not answerer.answer(SHOWN["red"], question, language).is_confident


def test_a_long_question_is_cut(answerer: Answerer) -> None:
    start = "Is it red? " * 40
    long = answerer.answer(SHOWN["red"], start * 200, "en")
    assert long.answers == answerer.answer(SHOWN["red"], start, "en").answers


def test_unknown_words_among_known_ones_are_tolerated(answerer: Answerer) -> None:
    made = answerer.answer(SHOWN["blue"], "What colour is the gorgeous spot?", "en")
    assert all(np.isfinite(one.probability) for one in made.answers)


def test_a_picture_is_seen_once_and_only_the_last_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answerer = Answerer(FOLDER, cache_size=2)
    seen: list[Arrays] = []
    graph = answerer._picture

    def count_runs(arrays: Arrays) -> Arrays:
        seen.append(arrays)
        return graph(arrays)

    monkeypatch.setattr(answerer, "_picture", count_runs)
    pictures = [replace(SHOWN["red"]) for _ in range(3)]
    for picture, count in ((0, 1), (0, 1), (1, 2), (0, 2), (2, 3), (0, 3), (1, 4)):
        answerer.answer(pictures[picture], "它是红色的吗？", "zh")
        assert len(seen) == count


def test_words_and_nets_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    opened = artifact.open(FOLDER)
    graphs = {name: opened.read_graph(name) for name in opened.manifest.graphs}
    raw = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))

    def write_model(name: str, config: dict[str, object], words: dict[str, object]) -> Path:
        manifest = Manifest(name, "1", "", "", "", config=raw["config"] | config, codec=raw["codec"] | words)
        return artifact.write(tmp_path / name, manifest, graphs).folder

    with pytest.raises(ArtifactError, match="not of the same training"):
        Answerer(write_model("fewer", {}, {"choices": raw["codec"]["choices"][:-1]}))
    with pytest.raises(ArtifactError, match=r"cannot be read.*git checkout"):
        Answerer(write_model("hot", {"temperature": -1}, {}))
    with pytest.raises(ArtifactError, match="cannot be read"):
        Answerer(write_model("worded", {}, {"vocab": {"tokens": ["狗"], "digest": "0"}}))


def test_what_is_measured_stands_beside_the_most_frequent_answers(answerer: Answerer) -> None:
    training = [
        *EIGHT,
        PictureQuestion("red", "is it", ("no",), "yes/no", "en"),
        PictureQuestion("red", "颜色", ("蓝色",), "other", "zh"),
    ]
    report = evaluate({"ours": ServedAnswerer(answerer, SHOWN.__getitem__)}, EIGHT, training)
    assert report["ours"] == {"all": 1.0, "other": 1.0, "yes/no": 1.0}
    assert report["frequent"] == {"all": 0.5, "other": 0.5, "yes/no": 0.5}
    assert MostFrequent(training).predict(
        [EIGHT[1], EIGHT[2], PictureQuestion("x", "几只", ("2",), "number", "zh")]
    ) == [
        "蓝色",
        "no",
        "蓝色",
    ]
