"""python -m pytest tests/vqa/encoder/test_lessons.py"""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.places import CorpusError
from tests.vqa.pictures import jpeg
from vqa.encoder import lessons, teacher
from vqa.encoder.lessons import VIEWS
from vqa.encoder.teacher import CLASSES, Scale


class Pupil:
    """Stands in for the teacher: its map is the mean colour of what it is shown."""

    asked = 0

    def __init__(self, threads: int = 1) -> None:
        self.scales = {"middle": Scale(1.0, 0), "map": Scale(0.5, 0), "logits": Scale(1.0, 3)}

    def look(self, picture: lessons.Bytes) -> dict[str, lessons.Bytes]:
        assert picture.shape == (224, 224, 3)
        Pupil.asked += 1
        grey = np.uint8(picture.mean())
        return {
            "middle": np.full((14, 14, 96), grey, np.uint8),
            "map": np.full((7, 7, 1280), grey, np.uint8),
            "logits": np.full(CLASSES, grey, np.uint8),
        }


def pictures() -> Iterator[tuple[str, bytes]]:
    for name, colour in (("黑.jpg", "black"), ("white.jpg", "white"), ("灰.jpg", "grey")):
        yield name, jpeg(colour)


def test_an_interrupted_writing_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "Teacher", Pupil)
    written = lessons.write(pictures(), 3, tmp_path / "whole")
    assert written.names == ("黑.jpg", "white.jpg", "灰.jpg")
    assert written.map[::VIEWS, 0, 0, 0].tolist() == pytest.approx([0, 255, 128], abs=2)
    assert written.pictures.shape == (3 * VIEWS, 128, 128, 3)
    assert written.scales["map"] == Scale(0.5, 0)
    # As if it had been stopped after the second.
    index = json.loads((tmp_path / "whole" / "index.json").read_text())
    index["names"] = index["names"][:2]
    (tmp_path / "whole" / "index.json").write_text(json.dumps(index))
    before = Pupil.asked
    again = lessons.write(pictures(), 3, tmp_path / "whole")
    assert Pupil.asked - before == VIEWS
    assert np.array_equal(again.map, written.map)


def test_other_pictures_are_not_mixed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "Teacher", Pupil)
    lessons.write(pictures(), 3, tmp_path)
    with pytest.raises(ValueError, match="begins with other pictures"):
        lessons.write(((f"x{name}", data) for name, data in pictures()), 3, tmp_path)
    with pytest.raises(ValueError, match="has the shape"):
        lessons.write(pictures(), 4, tmp_path)
    with pytest.raises(ValueError, match="3 pictures were given, 4 announced"):
        lessons.write(pictures(), 4, tmp_path / "new")


def test_a_part_is_the_same_each_time_and_inside() -> None:
    picture = Image.open(io.BytesIO(jpeg("red", (160, 120))))
    sizes = {lessons.part(picture, f"{number}.jpg").size for number in range(50)}
    assert lessons.part(picture, "一.jpg").size == lessons.part(picture, "一.jpg").size
    assert len(sizes) > 25
    for wide, high in sizes:
        assert 0.3 < wide * high / (160 * 120) <= 1


def test_a_missing_teacher_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    with pytest.raises(CorpusError, match="teacher is not at"):
        teacher.labels()
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher" / "imagenet_labels.txt").write_text("狗\ncat\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="has 2 labels, expected 1001"):
        teacher.labels()
