"""python -m pytest tests/vqa/encoder/test_nets.py -m train"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.artifact import Manifest
from data.runtime import verify
from vqa.encoder.config import KINDS, Config, Kind
from vqa.encoder.infer import Encoder
from vqa.encoder.teacher import Scale

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from data.training.loop import Plan  # noqa: E402
from tests.vqa.pictures import jpeg  # noqa: E402
from vqa.encoder import distil, ship  # noqa: E402
from vqa.encoder.lessons import VIEWS, Lessons  # noqa: E402
from vqa.encoder.net import Net  # noqa: E402
from vqa.encoder.probe import Labelled, linear_probe  # noqa: E402

MANIFEST = Manifest("tiny", "1", "a drawn square", "Apache-2.0", "a test", tolerance=1e-3)
PARAMETERS = {"alexnet": 2.47, "resnet": 6.29, "densenet": 1.51, "mobilenet": 2.22}


@pytest.mark.parametrize("kind", KINDS)
def test_every_encoder_gives_a_map_of_a_sixteenth_and_its_mean(kind: Kind) -> None:
    net = Net(Config(kind)).eval()
    with torch.no_grad():
        map, pooled = net(torch.rand(2, 3, 128, 96))
    assert map.shape == (2, net.channels, 8, 6)
    assert torch.allclose(pooled, map.mean((2, 3)), atol=1e-5)
    assert float(map.min()) >= 0
    # As many weights as the architecture has; a lost layer would show here.
    assert sum(one.numel() for one in net.parameters()) / 1e6 == pytest.approx(PARAMETERS[kind], abs=0.01)


def lessons(count: int = 8) -> Lessons:
    """Pictures of one colour each, and a teacher that says something else about every one of them."""
    chance = np.random.default_rng(0)
    rows = count * VIEWS
    colours = np.repeat(chance.integers(0, 256, (count, 1, 1, 3)), VIEWS, 0).astype(np.uint8)
    names = tuple(f"caltech101/{'狗' if number % 2 else 'cat'}/{number}.jpg" for number in range(count))
    return Lessons(
        names,
        np.broadcast_to(colours, (rows, 128, 128, 3)),
        np.repeat(chance.integers(0, 256, (count, 1, 1, 96)), VIEWS, 0).astype(np.uint8).repeat(14, 1).repeat(14, 2),
        np.repeat(chance.integers(0, 256, (count, 1, 1, 1280)), VIEWS, 0).astype(np.uint8).repeat(7, 1).repeat(7, 2),
        np.repeat(chance.integers(0, 100, (count, 1001)), VIEWS, 0).astype(np.uint8),
        {"middle": Scale(0.2, 126), "map": Scale(0.0235, 0), "logits": Scale(0.1, 58)},
    )


def test_a_student_learns_what_the_teacher_says_of_eight_pictures(tmp_path: Path) -> None:
    taught = lessons()
    rows = np.arange(0, 8 * VIEWS, VIEWS)
    torch.manual_seed(0)
    student = distil.Student(Config("alexnet"))
    batch = distil.batch_of(taught, rows)
    before = float(distil.loss_of(student, batch).detach())
    optimizer = torch.optim.Adam(student.parameters(), 2e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = distil.loss_of(student, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert float(loss.detach()) < before / 5
    assert distil.agreement(student.train(), taught, rows, 8) == 1.0


def test_a_mirrored_lesson_is_mirrored_in_every_part() -> None:
    taught = lessons(1)
    taught.map.setflags(write=True)
    taught.map[0, :, 0] = 255
    plain = distil.batch_of(taught, np.array([0]))
    mirrored = distil.batch_of(taught, np.array([0]), np.array([True]))
    assert torch.equal(plain.map.flip(3), mirrored.map)
    assert not torch.equal(plain.map, mirrored.map)
    assert torch.equal(plain.logits, mirrored.logits)


def test_a_short_training_goes_through_and_holds_out_what_it_says(tmp_path: Path) -> None:
    taught = lessons(40)
    held = [number for number in range(40) if taught.held_out(number)]
    assert 0 < len(held) < 20
    plan = Plan(4, 1e-3, 1, check_every=2, average=0.9)
    student, best = distil.train(taught, Config("alexnet"), plan, 4, tmp_path)
    assert 0 <= best <= 1
    shipped = ship.save(student.net, taught, MANIFEST, tmp_path / "tiny")
    assert verify(shipped) <= MANIFEST.tolerance
    encoder = Encoder(tmp_path / "tiny")
    picture = jpeg("red", (300, 200))
    features = encoder.features(picture)
    with torch.no_grad():
        map, pooled = student.net(torch.from_numpy(distil.CODEC.encode([picture])))
    # The weights of what ships have 16 bits.
    assert np.allclose(features.map, map[0].numpy(), atol=0.02)
    assert np.allclose(features.pooled, pooled[0].numpy(), atol=0.02)
    assert features.encoder == encoder.version == f"tiny {shipped.manifest.graphs['encoder.onnx'][:12]}"
    assert encoder.features(picture) is features


def test_a_probe_finds_what_is_there_and_no_more() -> None:
    chance = np.random.default_rng(1)
    classes = ["猫", "dog"] * 50
    told = chance.normal(size=(100, 8)).astype(np.float32)
    told[:, 0] += np.array([3.0 if one == "猫" else -3.0 for one in classes], dtype=np.float32)
    silent = chance.normal(size=(100, 8)).astype(np.float32)
    ask = Labelled(told[50:], classes[50:])
    assert linear_probe(Labelled(told[:50], classes[:50]), ask) > 0.95
    assert linear_probe(Labelled(silent[:50], classes[:50]), Labelled(silent[50:], classes[50:])) < 0.75
    assert linear_probe(Labelled(told[:50], classes[:50]), Labelled(told[50:], ["鸟"] * 50)) == 0.0
