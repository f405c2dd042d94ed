"""python -m pytest tests/bot/test_page_reader.py: a scanned page is read where the extra `ocr` is installed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.page_reader import find_page_reader
from data.documents import read_document
from data.formats.errors import FormatError
from tests.vqa.test_ocr import FONT, draw_text, installed
from vqa import ocr


def write_scan(folder: Path, *lines: str) -> Path:
    path = folder / "扫描 scan.pdf"
    Image.open(io.BytesIO(draw_text(*lines))).save(path, "PDF", resolution=150)
    return path


@installed
@pytest.mark.skipif(not FONT.exists(), reason="there is no font for Chinese")
def test_a_scanned_page_is_read_in_both_languages(tmp_path: Path) -> None:
    scan = write_scan(tmp_path, "签收后七天内可以退货", "Refunds are paid within five days")
    document = read_document(scan, recognise=find_page_reader())
    text = "".join(block.text for block in document.blocks)
    assert "七天内可以退货" in text
    assert "paid within five days" in text
    assert (document.recognised, document.unread) == ((1,), ())


def test_without_the_extra_a_scanned_page_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    assert find_page_reader.__wrapped__() is None
    with pytest.raises(FormatError, match="all of its pages are pictures without text"):
        read_document(write_scan(tmp_path, "签收后七天内可以退货", "Refunds"))
