"""python -m pytest tests/data/test_image.py

Every picture is made here; what must be refused is refused before it costs memory.
"""

import io
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from data.image import ImagePreprocessor, PictureError, open_picture, reencode

PICTURES = Path(__file__).with_name("pictures")


def encode_image(picture: Image.Image, format: str, **options: Any) -> bytes:
    made = io.BytesIO()
    picture.save(made, format, **options)
    return made.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG whose header claims so many pixels and which holds none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def first_pixel(picture: Image.Image) -> tuple[int, ...]:
    return tuple(np.asarray(picture)[0, 0].tolist())


RED = Image.new("RGB", (40, 20), (200, 30, 30))
LEFT = Image.fromarray(np.repeat(np.linspace(0, 255, 40, dtype=np.uint8)[None, :, None], 20, 0).repeat(3, 2))

CORNERS = Image.fromarray(
    (np.arange(20)[:, None, None] * 8 + np.arange(40)[None, :, None] * 2).astype(np.uint8).repeat(3, 2)
)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "MPO", "TIFF", "AVIF", "JPEG2000"])
def test_every_format_is_read_as_the_same_picture(format: str) -> None:
    picture = open_picture(encode_image(RED, format))
    assert (picture.mode, picture.size) == ("RGB", (40, 20))
    assert np.allclose(first_pixel(picture), (200, 30, 30), atol=6)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_a_picture_may_be_tiny_or_thin(size: tuple[int, int]) -> None:
    data = encode_image(Image.new("RGB", size), "PNG")
    assert open_picture(data).size == size
    assert max(open_picture(reencode(data, max_side=100)).size) == min(100, max(size))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty"),
        ("这不是图片 no picture".encode(), "not a picture that can be read"),
        (encode_image(RED, "PPM"), "not a picture that can be read"),
        (png(8000, 8000), "8000 x 8000 pixels"),
        (png(10000, 10000), "10000 x 10000 pixels"),
        (png(20000, 20000), "far too many pixels"),
        (png(2**31 - 1, 2**31 - 1), "far too many pixels"),
        (png(10, 10), "damaged or cut short"),
        (b"\xff" * (20 * 2**20 + 1), "20 MB"),
    ],
)
def test_what_is_no_fit_picture_is_refused_in_a_sentence(data: bytes, message: str) -> None:
    with pytest.raises(
        PictureError, match=rf"{message}.*Expected a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF or JPEG 2000"
    ):
        open_picture(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "PostScript"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "SVG"),
        ("\ufeff<?xml version='1.0'?>\n<!-- 图 -->\n<svg/>".encode(), "SVG"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (encode_image(RED, "ICO"), "ICO"),
        (encode_image(RED, "PDF"), "PDF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\xff\x0a\xfa", "JPEG XL"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "camera RAW"),
        (b"PK\3\4\x14", "ZIP or Office"),
    ],
)
def test_a_known_format_that_is_not_read_is_refused_by_name_with_the_way_out(data: bytes, name: str) -> None:
    for read in (open_picture, reencode):
        with pytest.raises(PictureError, match=f"of the kind {name}, which is not read. Save or export it as") as seen:
            read(data)
        assert (seen.value.reason, seen.value.format) == ("format", name)


@pytest.mark.parametrize("name", ["photo.heic", "photo.avif"])
def test_what_telephones_take_is_read(name: str) -> None:
    data = (PICTURES / name).read_bytes()
    for picture in (open_picture(data), open_picture(reencode(data))):
        assert picture.size == (451, 300)
        assert np.allclose(np.asarray(picture).mean((0, 1)), (147.5, 111.5, 86.5), atol=3)
    for end in (30, 100, len(data) // 2, len(data) - 9):
        with pytest.raises(PictureError) as seen:
            reencode(data[:end])
        assert seen.value.reason == "damaged"


def test_without_its_decoder_a_heic_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(
        PictureError, match=r"HEIC, which is not read\. Reading it needs pi-heif.* Or save or export"
    ) as seen:
        open_picture((PICTURES / "photo.heic").read_bytes())
    assert (seen.value.reason, seen.value.format) == ("format", "HEIC")


def test_numbers_of_any_range_become_grey() -> None:
    ramp = np.linspace(-3, 5, 40 * 20, dtype=np.float32).reshape(20, 40)
    grey = np.asarray(open_picture(encode_image(Image.fromarray(ramp), "TIFF")))[..., 0]
    assert (grey[0, 0], grey[-1, -1]) == (0, 255)
    assert np.all(np.diff(grey[:, 0].astype(int)) > 0)
    assert first_pixel(open_picture(encode_image(Image.new("F", (3, 3), 2.5), "TIFF"))) == (2, 2, 2)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_every_cut_of_a_file_is_refused_or_read_but_never_breaks(format: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (16, 16, 3), dtype=np.uint8))
    whole = encode_image(noise, format)
    refused = 0
    for end in range(0, len(whole), max(1, len(whole) // 60)):
        try:
            open_picture(whole[:end])
        except PictureError:
            refused += 1
    assert refused > 20


def test_a_truncated_jpeg_is_refused() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    whole = encode_image(noise, "JPEG")
    with pytest.raises(PictureError, match="damaged or cut short"):
        open_picture(whole[: len(whole) // 2])


def test_of_a_moving_picture_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for format in ("GIF", "WEBP", "PNG", "TIFF", "AVIF"):
        data = encode_image(frames[0], format, save_all=True, append_images=frames[1:])
        assert np.allclose(first_pixel(open_picture(data)), (255, 0, 0), atol=6), format


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_is_turned_as_its_camera_says(format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    given = encode_image(CORNERS, format, exif=exif, quality=95)
    with Image.open(io.BytesIO(given)) as picture:
        wanted = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"), dtype=int)
    assert np.array_equal(np.asarray(open_picture(given), dtype=int), wanted)


def test_exif_with_faults_still_turns_the_picture_and_rubbish_does_not_spoil_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "hello"
    faulty = exif.tobytes().replace(b"\x01\x0e\x00\x02", b"\x01\x03\x00\x02")
    assert open_picture(encode_image(CORNERS, "JPEG", exif=faulty)).size == (20, 40)
    for rubbish in (b"garbage", b"MM\x00*\xff\xff\xff\xff rubbish"):
        assert open_picture(encode_image(CORNERS, "JPEG", exif=b"Exif\x00\x00" + rubbish)).size == (40, 20)


def test_every_mode_becomes_rgb() -> None:
    for format in ("JPEG", "TIFF"):
        assert np.allclose(first_pixel(open_picture(encode_image(RED.convert("CMYK"), format))), (200, 30, 30), atol=6)
    assert first_pixel(open_picture(encode_image(RED.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"))) == (
        200,
        30,
        30,
    )
    assert first_pixel(open_picture(encode_image(Image.new("1", (2, 2), 1), "PNG"))) == (255, 255, 255)
    assert first_pixel(open_picture(encode_image(Image.new("L", (2, 2), 77), "PNG"))) == (77, 77, 77)


@pytest.mark.parametrize(("value", "wanted"), [(65535, 255), (32768, 128), (200, 0), (0, 0)])
def test_sixteen_bits_are_scaled_not_clipped(value: int, wanted: int) -> None:
    grey = Image.fromarray(np.full((2, 2), value, dtype=np.uint16))
    for format in ("PNG", "TIFF", "JPEG2000"):
        assert first_pixel(open_picture(encode_image(grey, format))) == (wanted, wanted, wanted), format


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert first_pixel(open_picture(encode_image(clear, "PNG"))) == (255, 255, 255)
    assert first_pixel(open_picture(encode_image(Image.new("RGBA", (4, 4), (255, 0, 0, 255)), "PNG"))) == (255, 0, 0)
    assert first_pixel(open_picture(encode_image(Image.new("LA", (4, 4), (0, 0)), "PNG"))) == (255, 255, 255)
    assert first_pixel(open_picture(encode_image(clear, "GIF"))) == (255, 255, 255)
    keyed = encode_image(Image.new("RGB", (4, 4), (255, 0, 0)), "PNG", transparency=(255, 0, 0))
    assert first_pixel(open_picture(keyed)) == (255, 255, 255)


def test_what_is_kept_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    for format in ("JPEG", "PNG", "WEBP"):
        given = encode_image(RED, format, exif=exif, comment="a secret place", icc_profile=b"a secret place" * 10)
        assert b"secret" in given, format
        kept = reencode(given)
        assert b"secret" not in kept, format
        with Image.open(io.BytesIO(kept)) as picture:
            assert picture.format == "JPEG"
            assert not picture.getexif()
            assert not {"comment", "icc_profile"} & set(picture.info)


def test_what_is_kept_is_no_larger_than_asked_and_never_enlarged() -> None:
    wide = encode_image(Image.new("RGB", (3000, 1500)), "PNG")
    assert open_picture(reencode(wide)).size == (1600, 800)
    assert open_picture(reencode(wide, max_side=64)).size == (64, 32)
    assert open_picture(reencode(encode_image(RED, "PNG"))).size == (40, 20)


def test_pictures_become_arrays() -> None:
    codec = ImagePreprocessor(8, (0.5, 0.25, 0.0), (0.5, 0.25, 1.0))
    arrays = codec.encode([encode_image(Image.new("RGB", (30, 7), (255, 0, 51)), "PNG"), encode_image(RED, "JPEG")])
    assert arrays.shape == (2, 3, 8, 8)
    assert arrays.dtype == np.float32
    assert np.allclose(arrays[0].mean(axis=(1, 2)), [1.0, -1.0, 0.2], atol=1e-6)
    assert codec.encode([]).shape == (0, 3, 8, 8)
    with pytest.raises(PictureError, match="The file is empty"):
        codec.encode([encode_image(RED, "PNG"), b""])


def test_rows_stay_rows_and_columns_columns() -> None:
    array = ImagePreprocessor(4, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)).encode([encode_image(LEFT, "PNG")])[0]
    assert np.all(np.diff(array, axis=2) > 0.1), "brighter to the right"
    assert np.allclose(np.diff(array, axis=1), 0), "alike from top to bottom"


def test_the_codec_goes_through_json_and_back() -> None:
    codec = ImagePreprocessor(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert ImagePreprocessor.from_dict(json.loads(json.dumps(codec.to_dict()))) == codec
    with pytest.raises(TypeError):
        ImagePreprocessor.from_dict({"size": 224})
