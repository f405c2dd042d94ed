"""python -m pytest tests/vqa/encoder/test_content.py"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from data.image import open_picture, resize_to_square
from vqa.encoder.content import Content, classify_content

SIDE = 260


def _classify(picture: Image.Image, quality: int = 85) -> Content:
    """Return the content of a picture after it was stored as a JPEG, as people send them."""
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=quality)
    return classify_content(resize_to_square(open_picture(stored.getvalue()), SIDE))


@pytest.mark.parametrize("colour", ["white", "black", "red", "#336699", "#eeeedd"])
@pytest.mark.parametrize("size", [(64, 64), (1024, 768)])
def test_one_colour_is_blank(colour: str, size: tuple[int, int]) -> None:
    assert _classify(Image.new("RGB", size, colour)) == "blank"


def test_a_sheet_of_paper_and_a_gradient_are_blank() -> None:
    light = 240 + np.random.default_rng(0).normal(0, 3, (600, 800, 1)) + np.linspace(-8, 8, 800)[None, :, None]
    assert _classify(Image.fromarray(light.clip(0, 255).astype(np.uint8).repeat(3, 2))) == "blank"
    assert _classify(Image.linear_gradient("L").convert("RGB")) == "blank"


@pytest.mark.parametrize("side", [64, 128, 260, 800])
@pytest.mark.parametrize("channels", [1, 3])
def test_noise_is_noise_at_any_size(side: int, channels: int) -> None:
    pixels = np.random.default_rng(side).integers(0, 256, (side, side, channels), dtype=np.uint8)
    assert _classify(Image.fromarray(pixels.repeat(3 // channels, 2))) == "noise"


def test_a_screenshot_and_a_line_drawing_are_drawn() -> None:
    screen = Image.new("RGB", (1200, 800), "white")
    pen = ImageDraw.Draw(screen)
    for top in range(20, 780, 22):
        pen.text((20, top), f"Traceback (most recent call last): line {top}, ValueError: 没有 such thing", fill="black")
    assert _classify(screen) == "drawing"
    drawn = Image.new("RGB", (600, 600), "white")
    pen = ImageDraw.Draw(drawn)
    pen.line((100, 500, 300, 100, 500, 500, 100, 500), fill="black", width=5)
    pen.ellipse((250, 300, 350, 400), fill="orange")
    assert _classify(drawn) == "drawing"


def test_what_has_the_texture_of_a_photo_is_a_photo() -> None:
    # Blurred noise at several scales, which has the spectrum of natural pictures.
    chance = np.random.default_rng(3)
    made = np.zeros((300, 300, 3))
    for radius in (2, 6, 18, 50):
        layer = Image.fromarray(chance.integers(0, 256, (300, 300, 3), dtype=np.uint8))
        blurred = np.asarray(layer.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float64)
        made += (blurred - blurred.mean()) / blurred.std()
    pixels = (128 + 30 * made + chance.normal(0, 3, made.shape)).clip(0, 255)
    assert _classify(Image.fromarray(pixels.astype(np.uint8))) == "photo"
