"""python -m pytest tests/vqa/test_ocr.py"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from data.image import PictureError
from vqa import ocr
from vqa.ocr import TextReader

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
installed = pytest.mark.skipif(not ocr.is_installed(), reason="the extra ocr is not installed")


def draw_text(*lines: str, form: str = "PNG") -> bytes:
    picture = Image.new("RGB", (720, 40 + 70 * len(lines)), "white")
    font = ImageFont.truetype(str(FONT), 34) if FONT.exists() else ImageFont.load_default(34)
    for place, line in enumerate(lines):
        ImageDraw.Draw(picture).text((24, 24 + 70 * place), line, fill="black", font=font)
    made = io.BytesIO()
    picture.save(made, form)
    return made.getvalue()


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


@installed
def test_english_is_read_from_top_to_bottom(reader: TextReader) -> None:
    found = reader.read(draw_text("Error: connection refused", "Please try again later"))
    assert [line.text for line in found] == ["Error: connection refused", "Please try again later"]
    assert all(0.7 <= line.confidence <= 1 for line in found)


@installed
@pytest.mark.skipif(not FONT.exists(), reason="there is no font for Chinese")
def test_chinese_is_read(reader: TextReader) -> None:
    assert "".join(line.text for line in reader.read(draw_text("无法连接服务器"))) == "无法连接服务器"


@installed
def test_a_picture_without_writing_has_none_and_one_is_read_once(
    reader: TextReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = draw_text()
    assert reader.read(blank) == ()
    monkeypatch.setattr(reader, "_read", lambda _: pytest.fail("read twice"))
    assert reader.read(blank) == ()


@installed
def test_what_is_no_picture_is_refused(reader: TextReader) -> None:
    with pytest.raises(PictureError):
        reader.read(b"words")


def test_without_the_extra_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    monkeypatch.setattr(ocr, "PACKAGE", "no_such_package")
    assert not ocr.is_installed()
    with pytest.raises(ImportError):
        TextReader().load()
