"""python -m pytest tests/bot/test_pictures.py"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.pictures import Pictures
from data.image import PictureError
from tests.vqa.fake_vision import draw_square


@pytest.mark.parametrize(
    "names", [("..", "a.jpg"), ("c", "../a.jpg"), ("c", ".."), ("", "a.jpg"), ("c", ""), ("c/d", "a")]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, names: tuple[str, str]) -> None:
    (tmp_path / "a.jpg").write_bytes(b"secret")
    (tmp_path / "pictures" / "c" / "d").mkdir(parents=True)
    (tmp_path / "pictures" / "c" / "d" / "a").write_bytes(b"secret")
    with pytest.raises(FileNotFoundError):
        Pictures(tmp_path / "pictures").read(*names)


def test_pictures_are_those_of_their_conversation_and_go_with_it(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path)
    name = pictures.store("mine", draw_square("red"))
    assert pictures.read("mine", name)[:2] == b"\xff\xd8"
    with pytest.raises(FileNotFoundError):
        pictures.read("yours", name)
    with pytest.raises(PictureError):
        pictures.store("mine", b"<svg/>")
    assert [path.name for path in tmp_path.rglob("*.jpg")] == [name]
    pictures.delete("mine")
    pictures.delete("mine")
    assert list(tmp_path.rglob("*.jpg")) == []
