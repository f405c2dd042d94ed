"""python -m pytest tests/vqa/encoder/test_lessons.py -m train"""

import io
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from data.image import ImagePreprocessor, PictureError
from data.paths import CorpusError
from tests.vqa.pictures import jpeg
from vqa.encoder import teacher

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from tests.vqa.encoder.pupil import lessons  # noqa: E402
from vqa.encoder.lessons import seen  # noqa: E402

CODEC = ImagePreprocessor(64, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def test_student_and_teacher_are_shown_the_same_view() -> None:
    taught = lessons(12)
    batch = taught.batch([3, 5], ["map", "logits"], CODEC, random.Random(1))
    assert batch.picture.shape == (2, 3, 64, 64)
    assert batch.answers["map"].shape == (2, 1280, 7, 7)
    # The stand-in answers with the mean of what it is shown, and that is what the student sees too.
    shown = (batch.picture.mean((1, 2, 3)) * 0.5 + 0.5) * 6
    assert torch.allclose(batch.answers["map"][:, 0].mean((1, 2)), shown, atol=0.05)
    assert torch.equal(batch.picture, taught.batch([3, 5], [], CODEC, random.Random(1)).picture)
    assert not torch.equal(batch.picture, taught.batch([3, 5], [], CODEC, random.Random(2)).picture)


def test_one_photo_of_ten_is_held_out_whatever_its_place() -> None:
    taught = lessons(300)
    assert len(taught.held) == pytest.approx(30, abs=15)
    assert not set(taught.held) & set(taught.learned)
    assert len(taught.held) + len(taught.learned) == 300
    names = {taught.names[number] for number in taught.held}
    assert {taught.names[number] for number in lessons(200).held} <= names


def test_a_view_is_the_whole_or_a_part_and_never_nothing() -> None:
    chance = random.Random(0)
    picture = Image.open(io.BytesIO(jpeg("red", (160, 120))))
    sizes = [seen(picture, chance).size for _ in range(200)]
    assert 30 < sum(size == (160, 120) for size in sizes) < 100
    assert all(0.3 < wide * high / (160 * 120) <= 1.02 for wide, high in sizes)
    tiny = Image.new("RGB", (1, 1), "white")
    assert all(min(seen(tiny, chance).size) >= 1 for _ in range(50))


def test_a_picture_that_cannot_be_read_is_said() -> None:
    taught = lessons(2, [jpeg("red"), b"not a picture \xe5\x9b\xbe"])
    with pytest.raises(PictureError):
        taught.batch([1], [], CODEC)


def test_a_missing_teacher_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    with pytest.raises(CorpusError, match="teacher is not at"):
        teacher.labels()
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher" / "imagenet_labels.txt").write_text("狗\ncat\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="has 2 labels, expected 1001"):
        teacher.labels()


def test_the_teacher_knows_what_is_between_its_layers() -> None:
    try:
        asked = teacher.Teacher()
    except CorpusError:
        pytest.skip("the corpus teacher is not here")
    names = (*teacher.STAGES, "logits")
    made = asked.look(np.zeros((2, 224, 224, 3), dtype=np.uint8), names)
    assert made["stem"].shape == (2, 32, 112, 112)
    assert made[teacher.MIDDLE].shape == (2, 96, 14, 14)
    assert made["map"].shape == (2, 1280, 7, 7)
    assert made["map"].min() == 0
    assert made["map"].max() <= 6.01
    assert made["logits"].shape == (2, teacher.CLASSES)
    assert np.array_equal(made["logits"][0], made["logits"][1])
