"""python -m pytest tests/vqa/test_overlay.py"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from data.image import PictureError
from tests.vqa.fake_vision import draw_square
from vqa.overlay import Floats, overlay, overlay_tokens


def decode_png(png: bytes) -> Floats:
    made = Image.open(io.BytesIO(png))
    assert made.format == "PNG"
    values: Floats = np.asarray(made.convert("RGB"), dtype=np.float32)
    return values


def focus(row: int, column: int, shape: tuple[int, int] = (4, 4)) -> Floats:
    made = np.full(shape, 0.01, dtype=np.float32)
    made[row, column] = 1
    made /= made.sum()
    return made


@pytest.mark.parametrize(
    ("size", "shown"), [((96, 64), (96, 64)), ((2000, 500), (512, 128)), ((1, 1), (1, 1)), ((3, 900), (2, 512))]
)
def test_it_is_a_png_of_the_pictures_shape(size: tuple[int, int], shown: tuple[int, int]) -> None:
    assert decode_png(overlay(draw_square("blue", size), focus(1, 1))).shape[1::-1] == shown


@pytest.mark.parametrize("cell", [(0, 0), (3, 0), (1, 2)])
def test_where_it_looked_is_yellow_and_elsewhere_the_photo_is_left(cell: tuple[int, int]) -> None:
    picture = decode_png(overlay(draw_square("white", (80, 80)), focus(*cell), with_ring=False))
    yellow = picture[..., 0] + picture[..., 1] - 2 * picture[..., 2]
    middle = tuple(20 * place + 10 for place in cell)
    assert yellow[middle] > 150
    row, column = np.unravel_index(int(yellow.argmax()), yellow.shape)
    assert (int(row) // 20, int(column) // 20) == cell
    far = ((cell[0] + 2) % 4 * 20 + 10, (cell[1] + 2) % 4 * 20 + 10)
    # Seven tenths of white at least.
    assert picture[far].min() > 0.65 * 250


def test_the_photo_shines_through_the_tint() -> None:
    half = Image.new("RGB", (80, 80), "white")
    half.paste("black", (40, 0, 80, 80))
    made = io.BytesIO()
    half.save(made, "PNG")
    heat = np.ones((4, 4), dtype=np.float32)
    heat[0, 0] = 0
    picture = decode_png(overlay(made.getvalue(), heat, with_ring=False)).mean(axis=-1)
    assert picture[60, 20] - picture[60, 60] > 80


def test_it_rises_smoothly() -> None:
    picture = decode_png(overlay(draw_square("black", (200, 200)), focus(1, 1), with_ring=False))
    assert float(np.abs(np.diff(picture, axis=0)).max()) < 12


def test_the_strongest_cell_has_a_ring() -> None:
    plain, marked = (
        decode_png(overlay(draw_square("black", (96, 96)), focus(2, 1), with_ring=one)) for one in (False, True)
    )
    changed = np.argwhere(np.abs(plain - marked).max(axis=-1) > 20)
    assert len(changed) > 10
    # The middle of the third row and second column.
    assert np.abs(changed.mean(axis=0) - (60, 36)).max() < 1.5


def test_attention_that_is_even_says_nothing() -> None:
    picture = decode_png(overlay(draw_square("white"), np.full((4, 4), 1 / 16, dtype=np.float32)))
    assert float(picture.std(axis=(0, 1)).max()) == 0


@pytest.mark.parametrize("shape", [(4,), (0, 4), (2, 2, 2)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \[H', W'\]"):
        overlay(draw_square("red"), np.zeros(shape, dtype=np.float32))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(PictureError):
        overlay(b"no picture", focus(0, 0))


def test_every_token_has_its_own_small_overlay() -> None:
    tokens = ("一只", "dog", "<b>")
    attention = np.stack([focus(0, 0), focus(1, 1), focus(3, 3)])
    parts = overlay_tokens(draw_square("blue", (400, 200)), tokens, attention)
    assert [token for token, _ in parts] == list(tokens)
    pictures = [decode_png(png) for _, png in parts]
    assert {picture.shape for picture in pictures} == {(80, 160, 3)}
    assert len({picture.tobytes() for picture in pictures}) == 3


def test_without_attention_there_is_no_strip_and_odd_numbers_are_refused() -> None:
    assert overlay_tokens(draw_square("blue"), ("a", "b"), np.zeros((0, 4, 4), dtype=np.float32)) == []
    with pytest.raises(ValueError, match="2 tokens have 1 maps"):
        overlay_tokens(draw_square("blue"), ("a", "b"), focus(0, 0)[None])
