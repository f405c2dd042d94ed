"""python -m pytest tests/vqa/encoder/test_nets.py -m train"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.artifact import Manifest
from data.image import ImagePreprocessor
from data.runtime import verify
from vqa.encoder.config import KINDS, Config, Kind
from vqa.encoder.infer import Encoder
from vqa.encoder.teacher import STAGES

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from data.training.loop import Plan  # noqa: E402
from tests.vqa.encoder.fake_teacher import build_data  # noqa: E402
from tests.vqa.pictures import jpeg  # noqa: E402
from vqa.encoder import distillation, ship  # noqa: E402
from vqa.encoder.distillation_data import Batch  # noqa: E402
from vqa.encoder.net import Net  # noqa: E402
from vqa.encoder.probe import LabelledVectors, fit_linear_probe  # noqa: E402

MANIFEST = Manifest("tiny", "1", "drawn spots", "Apache-2.0", "a test", tolerance=1e-3)
CODEC = ImagePreprocessor(64, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
PARAMETERS = {"alexnet": 2.47, "resnet": 6.29, "densenet": 1.51, "mobilenet": 2.22}
# With the classifier, as published.
PARAMETERS |= {"efficientnet-lite0": 4.65, "efficientnet-lite2": 6.09}


@pytest.mark.parametrize("kind", KINDS)
def test_every_encoder_gives_a_map_of_a_thirty_second_and_its_mean(kind: Kind) -> None:
    net = Net(Config(kind)).eval()
    with torch.no_grad():
        map, pooled = net(torch.rand(2, 3, 128, 96))
        middle, *_ = net.forward_stages(torch.rand(2, 3, 128, 96))
    assert map.shape == (2, net.channels, 4, 3)
    assert middle.shape == (2, net.trunk.middle, 8, 6)
    assert torch.allclose(pooled, map.mean((2, 3)), atol=1e-5)
    assert float(map.min()) >= 0
    # As many weights as the architecture has; a lost layer would show here.
    assert sum(one.numel() for one in net.parameters()) / 1e6 == pytest.approx(PARAMETERS[kind], abs=0.01)


def test_a_mobilenet_is_the_published_one() -> None:
    student = distillation.Student(Config("mobilenet")).eval()
    assert tuple(student.stages) == STAGES
    x = torch.rand(1, 3, 224, 224)
    sizes = {}
    with torch.no_grad():
        for name, stage in student.stages.items():
            x = stage(x)
            sizes[name] = tuple(x.shape[1:])
    assert sizes["stem"] == (32, 112, 112)
    assert sizes["block5"] == (32, 28, 28)
    assert sizes["block12"] == (96, 14, 14)
    assert sizes["map"] == (1280, 7, 7)
    # 3.4 million weights with its classes, as table 4 has it for a thousand.
    assert sum(one.numel() for one in student.parameters()) / 1e6 == pytest.approx(3.5, abs=0.05)


def stage_convolutions(stage: "torch.nn.Module") -> Iterator["torch.nn.Conv2d"]:
    return (one for one in stage.modules() if isinstance(one, torch.nn.Conv2d))


def test_a_mobilenet_looks_at_the_pixels_that_its_teacher_looks_at() -> None:
    stem = distillation.Student(Config("mobilenet")).eval().stages["stem"]
    convolution = next(one for one in stage_convolutions(stem))
    picture = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        # The last of a kernel's nine weights: row and column 2 i + 2, and beyond the edge there is nothing.
        convolution.weight.zero_()
        convolution.weight[0, 0, 2, 2] = 1.0
        made = stem(picture)[0, 0]
    wanted = torch.zeros(4, 4)
    wanted[:3, :3] = picture[0, 0, 2::2, 2::2]
    assert torch.allclose(made, wanted, atol=1e-4)


def test_who_does_what_the_teacher_does_has_nothing_to_learn() -> None:
    student = distillation.Student(Config("mobilenet")).eval()
    x = picture = torch.rand(6, 3, 224, 224)
    answers = {}
    with torch.no_grad():
        for name, stage in student.stages.items():
            x = answers[name] = stage(x)
        answers["map"] = student.net.trunk.act(answers["map"])
        answers["logits"] = student.head(answers["map"].mean((2, 3)))
        # Windows lie at other places each time.
        for _ in range(3):
            assert float(distillation.blockwise_loss(student, Batch(picture, answers))) < 1e-3
        assert float(distillation.distillation_loss(student, Batch(picture, answers))) < 1e-3
        moved = {**answers, "block2": answers["block2"].roll(1, 3)}
        assert float(distillation.blockwise_loss(student, Batch(picture, moved))) > 0.1


def test_a_stage_begins_with_the_means_that_the_teacher_has() -> None:
    student = distillation.Student(Config("mobilenet")).train()
    batch = build_data(8).batch(range(8), student.targets, ship.CODEC)
    distillation.init_from_teacher(student, batch)
    with torch.no_grad():
        for name, given in (("block6", "block5"), ("block7", "block6")):
            made = student.stages[name](batch.targets[given])
            assert torch.allclose(made.mean((0, 2, 3)), batch.targets[name].mean((0, 2, 3)), atol=1e-2)


@pytest.mark.parametrize("loss", [distillation.blockwise_loss, distillation.distillation_loss])
def test_a_student_learns_from_eight_pictures(loss: distillation.Loss) -> None:
    student = distillation.Student(Config("mobilenet")).train()
    wanted = ("block15", "block16", "map", "logits") if loss is distillation.blockwise_loss else student.targets
    codec = ship.CODEC if loss is distillation.blockwise_loss else CODEC
    batch = build_data(8).batch(range(8), wanted, codec)
    optimizer = torch.optim.Adam(student.parameters(), 3e-3)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        found = loss(student, batch)
        found.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(found.detach()))
    assert losses[-1] < 0.7 * losses[0]


def test_a_net_that_is_not_built_as_the_teacher_cannot_learn_apart(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="alexnet is not built as the teacher"):
        distillation.train(build_data(), Config("alexnet"), CODEC, Plan(1), [Plan(1)], 4, tmp_path)


def test_a_short_training_goes_through_both_parts_and_is_shipped(tmp_path: Path) -> None:
    data = build_data(40)
    plan = Plan(2, 1e-3, 1, check_every=1, average=0.9)
    student, best = distillation.train(
        data, Config("mobilenet"), ship.CODEC, plan, [plan, replace(plan, seed=1)], 4, tmp_path
    )
    assert 0 <= best <= 1
    assert {path.name for path in tmp_path.iterdir()} == {"apart", "whole-1", "whole-2"}
    shipped = ship.save(student.net, CODEC, MANIFEST, tmp_path / "tiny")
    assert verify(shipped) <= MANIFEST.tolerance
    encoder = Encoder(tmp_path / "tiny")
    picture = jpeg("red", (300, 200))
    features = encoder.encode(picture)
    with torch.no_grad():
        map, pooled = student.net(torch.from_numpy(CODEC.encode([picture])))
    # The weights of what ships have 16 bits.
    assert np.allclose(features.map, map[0].numpy(), atol=0.02)
    assert np.allclose(features.pooled, pooled[0].numpy(), atol=0.02)
    assert features.encoder == encoder.version == f"tiny {shipped.manifest.graphs['encoder.onnx'][:12]}"
    assert encoder.encode(picture) is features


def test_a_probe_finds_what_is_there_and_no_more() -> None:
    chance = np.random.default_rng(1)
    classes = ["猫", "dog"] * 50
    told = chance.normal(size=(100, 8)).astype(np.float32)
    told[:, 0] += np.array([3.0 if one == "猫" else -3.0 for one in classes], dtype=np.float32)
    silent = chance.normal(size=(100, 8)).astype(np.float32)
    ask = LabelledVectors(told[50:], classes[50:])
    assert fit_linear_probe(LabelledVectors(told[:50], classes[:50]), ask) > 0.95
    assert (
        fit_linear_probe(LabelledVectors(silent[:50], classes[:50]), LabelledVectors(silent[50:], classes[50:])) < 0.75
    )
    assert fit_linear_probe(LabelledVectors(told[:50], classes[:50]), LabelledVectors(told[50:], ["鸟"] * 50)) == 0.0
