"""python -m pytest tests/vqa/answer/test_train.py -m train"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data import artifact
from data.records import PictureQuestion
from data.runtime import verify
from tests.vqa.answer import tiny
from tests.vqa.answer.tiny import EIGHT, SHOWN, Pictures
from vqa.answer.infer import Answerer

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from data.training.loop import Plan  # noqa: E402
from vqa.answer.config import Config  # noqa: E402
from vqa.answer.net import Answering, Picture, Question  # noqa: E402
from vqa.answer.train import Learned, batch_of, loss_of, save, train  # noqa: E402


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answering, float]:
    return tiny.learn(tmp_path_factory.mktemp("seeing"))


def test_with_the_picture_eight_questions_are_learned(learned: tuple[Answering, float]) -> None:
    net, accuracy = learned
    assert accuracy == 1.0
    assert Learned(net, tiny.codec(), Pictures()).said(EIGHT) == [one.answers[0] for one in EIGHT]


def test_without_it_they_cannot_be(tmp_path: Path) -> None:
    net, accuracy = tiny.learn(tmp_path, blind=True)
    assert accuracy == 0.5
    made = Learned(net, tiny.codec(), Pictures()).log_probs(EIGHT)
    # The same words get the same answer, whatever is on the picture.
    np.testing.assert_allclose(made[:4], made[4:], atol=1e-6)


@pytest.mark.parametrize("small", [False, True])
def test_the_graphs_say_what_the_net_says(learned: tuple[Answering, float], tmp_path: Path, small: bool) -> None:
    net, _ = learned
    codec = tiny.codec()
    made = save(net, codec, Pictures(), "blue", artifact.Manifest("tiny", "1", "", "", ""), tmp_path / "tiny", small)
    assert verify(made) < 1e-4
    answerer = Answerer(tmp_path / "tiny")
    assert answerer.config == net.config
    probabilities = np.exp(Learned(net, codec, Pictures()).log_probs(EIGHT) / net.config.temperature)
    probabilities /= probabilities.sum(1, keepdims=True)
    for row, one in zip(probabilities, EIGHT, strict=True):
        best = answerer.answer(SHOWN[one.image], one.question, one.language).answers[0]
        assert best.text == codec.decode(int(row.argmax()), one.language)[0]
        assert best.probability == pytest.approx(float(row.max()), abs=1e-4 if not small else 2e-2)


def test_a_blind_net_is_exported_too(tmp_path: Path) -> None:
    config = Config(len(tiny.codec().vocab), 6, tiny.CHANNELS, 8, 8, 8, blind=True, encoder=tiny.ENCODER)
    save(Answering(config), tiny.codec(), Pictures(), "red", artifact.Manifest("b", "1", "", "", ""), tmp_path, False)
    answerer = Answerer(tmp_path)
    one, other = (answerer.answer(SHOWN[name], "Is it red?", "en") for name in SHOWN)
    assert one.answers == other.answers
    np.testing.assert_allclose(one.attention, 1 / one.attention.size, rtol=1e-4)


def test_shapes_and_what_the_two_graphs_make_of_a_batch() -> None:
    torch.manual_seed(0)
    codec = tiny.codec()
    net = Answering(Config(len(codec.vocab), 6, tiny.CHANNELS, 8, 16, 12, glimpses=3)).eval()
    batch = batch_of(EIGHT, codec, Pictures(), net.config)
    assert batch.map.shape == (2, tiny.CHANNELS, tiny.HEIGHT, tiny.WIDTH)
    assert batch.pictures.tolist() == [0] * 4 + [1] * 4
    with torch.no_grad():
        scores = net(batch.ids, batch.map, batch.pooled, batch.pictures)
        assert scores.shape == (8, 6)
        for row, one in enumerate(EIGHT):
            seen = Picture(net)(*(part[batch.pictures[row]][None] for part in (batch.map, batch.pooled)))
            ids = torch.tensor([codec.ids(one.question, one.language)])
            log_probs, attention = Question(net)(ids, *seen)
            assert attention.shape == (3, tiny.HEIGHT * tiny.WIDTH)
            torch.testing.assert_close(attention.sum(1), torch.ones(3))
            # A question alone and among longer ones is the same question.
            torch.testing.assert_close(log_probs, scores[row].log_softmax(0), atol=1e-5, rtol=1e-4)


def test_the_loss_is_least_at_what_people_said() -> None:
    codec = tiny.codec()
    asked = [PictureQuestion("red", "Is it red?", ("yes",) * 3 + ("no",), "yes/no", "en")]
    net = Answering(Config(len(codec.vocab), 6, tiny.CHANNELS, 8, 8, 8, unseen=0.0)).eval()
    batch = batch_of(asked, codec, Pictures(), net.config)
    shares = batch.targets.clamp(min=1e-12)

    def loss_at(scores: torch.Tensor) -> float:
        net.forward = lambda *_: scores  # type: ignore[method-assign]
        return float(loss_of(net, batch))

    entropy = float(-(batch.targets * shares.log()).sum())
    assert loss_at(shares.log()) == pytest.approx(entropy, abs=1e-5)
    assert loss_at(torch.zeros_like(shares)) > entropy
    assert loss_at(shares.log() * 2) > entropy


def test_nothing_to_learn_from_or_to_stop_by_is_said(tmp_path: Path) -> None:
    codec = tiny.codec()
    config = Config(len(codec.vocab), 6, tiny.CHANNELS, 8, 8, 8)
    unknown = [PictureQuestion("red", "Is it red?", ("perhaps",), "other", "en")]
    for sets, dev, words in (([EIGHT], [], "stop the training"), ([unknown], EIGHT, "no questions to make batches")):
        with pytest.raises(ValueError, match=words):
            train(sets, dev, Pictures(), codec, config, Plan(2), tmp_path)
