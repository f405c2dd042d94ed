"""python -m pytest tests/data/documents/test_readers.py"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from benchmarks.documents.write_docx import write_docx, write_epub
from benchmarks.documents.write_pdf import write_pdf
from data.documents import Document, read_document
from data.documents.block import Block
from data.formats.errors import FormatError

TEXTS = {
    "zh": ("净水器手册", "更换滤芯", "滤芯每六个月更换一次，请先关闭进水阀。", ("型号", "容量"), ("A1", "8 升")),
    "en": (
        "Filter manual",
        "Changing the cartridge",
        "Change the cartridge every six months.",
        ("Model", "Volume"),
        ("A1", "8 litres"),
    ),
}


def build(language: str) -> list[Block]:
    title, heading, text, header, row = TEXTS[language]
    return [
        Block("heading", title, 1),
        Block("heading", heading, 2),
        Block("text", text),
        Block("table", rows=(header, row)),
    ]


def check(document: Document, language: str) -> None:
    title, heading, text, header, row = TEXTS[language]
    headings = [block.text for block in document.blocks if block.kind == "heading"]
    assert headings == [title, heading]
    assert text in [block.text for block in document.blocks]
    assert [block.rows for block in document.blocks if block.kind == "table"] == [(header, row)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pdf_has_pages_headings_and_tables(tmp_path: Path, language: str) -> None:
    write_pdf(tmp_path / "手册.pdf", build(language))
    document = read_document(tmp_path / "手册.pdf")
    check(document, language)
    assert (document.pages, {block.page for block in document.blocks}) == (1, {1})


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("styled", [True, False])
def test_docx_with_styles_or_only_bold_headings(tmp_path: Path, language: str, styled: bool) -> None:
    write_docx(tmp_path / "a.docx", build(language), styled)
    check(read_document(tmp_path / "a.docx"), language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_markdown_html_and_epub(tmp_path: Path, language: str) -> None:
    title, heading, text, header, row = TEXTS[language]
    (tmp_path / "a.md").write_text(
        f"---\ntitle: x\n---\n# {title}\n\n{heading}\n---\n\n{text}\n\n"
        f"| {' | '.join(header)} |\n|---|---|\n| {' | '.join(row)} |\n",
        encoding="utf-8",
    )
    check(read_document(tmp_path / "a.md"), language)
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in (header, row))
    body = f"<h1>{title}</h1><h2>{heading}</h2><p>{text}</p><table>{cells}</table>"
    page = f"<html><head><meta charset='gbk'><script>1</script></head><body><nav>Home</nav>{body}<footer>©</footer></body></html>"
    (tmp_path / "a.html").write_bytes(page.encode("gbk", "ignore"))
    check(read_document(tmp_path / "a.html"), language)
    write_epub(tmp_path / "a.epub", [body])
    check(read_document(tmp_path / "a.epub"), language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_text_with_headings_and_columns(tmp_path: Path, language: str, encoding: str) -> None:
    title, heading, text, header, row = TEXTS[language]
    said = f"{title}\n\n{heading}\n\n{text}\n\n{'     '.join(header)}\n{'     '.join(row)}\n"
    (tmp_path / "a.txt").write_bytes(said.encode(encoding))
    check(read_document(tmp_path / "a.txt"), language)


def test_text_told_by_numbers_and_broken_lines(tmp_path: Path) -> None:
    (tmp_path / "规则.txt").write_text(
        "第一章 总则\n本规则适用于全体读者。\n\n第二章 借阅\n一、期限\n每本书可借三十天，到期前可以续借一次，续借期为十五天，"
        "已被预约的\n图书不能续借。\n1. 带上证件\n2. 到服务台办理\n",
        encoding="utf-8",
    )
    blocks = read_document(tmp_path / "规则.txt").blocks
    assert [(block.text, block.level) for block in blocks if block.kind == "heading"] == [
        ("第一章 总则", 1),
        ("第二章 借阅", 1),
        ("一、期限", 2),
    ]
    assert "已被预约的图书不能续借。" in blocks[4].text
    assert [block.kind for block in blocks[-2:]] == ["item", "item"]


def test_merged_cells_are_said_in_every_place(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<table><tr><th>城市</th><th>标准</th></tr><tr><td rowspan=2>北京</td><td>450</td></tr><tr><td>600</td></tr>"
        "<tr><td colspan=2>其他另议</td></tr></table>",
        encoding="utf-8",
    )
    (block,) = read_document(tmp_path / "a.html").blocks
    assert block.rows == (("城市", "标准"), ("北京", "450"), ("北京", "600"), ("其他另议", "其他另议"))


def test_lines_that_come_again_on_every_page_are_left_out(tmp_path: Path) -> None:
    blocks = [
        Block("text", f"Rule {number}: keep the door of room {number} closed at all times.") for number in range(150)
    ]
    write_pdf(tmp_path / "a.pdf", blocks, footer="Harbour House")
    document = read_document(tmp_path / "a.pdf")
    assert document.pages is not None
    assert document.pages >= 3
    assert not any("Harbour House" in block.text or block.text.isdigit() for block in document.blocks)


def picture_pdf(path: Path, text: str = "") -> None:
    """Write a PDF whose only page is a picture, with or without text over it."""
    pixels = zlib.compress(b"\xaa" * 100)
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Filter /FlateDecode " + f"/Length {len(pixels)} >>\nstream\n".encode() + pixels + b"\nendstream"
    )
    content = b"q 500 0 0 700 40 40 cm /I Do Q"
    content += f" BT /F 12 Tf 50 700 Td ({text}) Tj ET".encode("latin-1") if text else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << /I 5 0 R >> /Font << /F << /Type /Font "
        b"/Subtype /Type1 /BaseFont /Helvetica >> >> >> /Contents 4 0 R >>",
        f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        picture,
    ]
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"
    path.write_bytes(made + end.encode())


def test_a_scan_is_named_and_read_where_something_can(tmp_path: Path) -> None:
    picture_pdf(tmp_path / "扫描.pdf")
    with pytest.raises(FormatError, match=r"扫描\.pdf: all of its pages are pictures without text .* extra `ocr`"):
        read_document(tmp_path / "扫描.pdf")
    seen: list[bytes] = []

    def recognise(png: bytes) -> str:
        seen.append(png)
        return "押金在七个工作日内退回。"

    document = read_document(tmp_path / "扫描.pdf", recognise=recognise)
    assert [(block.text, block.page) for block in document.blocks] == [("押金在七个工作日内退回。", 1)]
    assert (document.recognised, document.unread) == ((1,), ())
    width, height = struct.unpack(">II", seen[0][16:24])
    assert seen[0][:4] == b"\x89PNG"
    assert min(width, height) > 1000


def test_a_garbled_text_layer_is_named(tmp_path: Path) -> None:
    picture_pdf(tmp_path / "a.pdf", "xq zvrt wkl bnmp qrst " * 20)
    with pytest.raises(FormatError, match="the text layer of its pages is garbled"):
        read_document(tmp_path / "a.pdf")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF-1.4\nbroken", "is broken"),
        ("b.pdf", b"hello", "is no PDF file"),
        ("c.docx", b"PK\x03\x04 nothing", "is broken"),
        ("d.doc.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old or password-protected Office file"),
        ("e.md", b"", "is empty"),
        ("f.html", b"<html><body><script>1</script></body></html>", "has no text"),
        ("g.txt", bytes(range(256)), "is a binary file"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=said) as refused:
        read_document(tmp_path / name)
    assert name in str(refused.value)


def test_an_archive_that_is_no_document_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(FormatError, match="ZIP archive without a document"):
        read_document(tmp_path / "a.docx")


def test_hidden_and_outer_parts_of_a_page_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<body><header><h1>Rules</h1></header><p>Dogs must be on a lead.</p><p hidden>secret</p>"
        "<div style='display: none'>no</div>"
        "<ul><li>First<ul><li>Inner</li></ul></li></ul><ol start=3><li>Third</li></ol><p>&lt;b&gt; &amp; 你好</p></body>",
        encoding="utf-8",
    )
    texts = [block.text for block in read_document(tmp_path / "a.html").blocks]
    assert texts == ["Rules", "Dogs must be on a lead.", "- First", "- Inner", "3. Third", "<b> & 你好"]
