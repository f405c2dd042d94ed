"""Make the documents of the benchmark from their readable sources: a PDF, a DOCX, a web page, a text and a Markdown file each."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt

from benchmarks.documents.write_docx import write_docx
from benchmarks.documents.write_pdf import write_pdf
from data.documents.block import Block
from data.documents.markdown import read_markdown

SOURCES = Path(__file__).parent / "sources"
FILES = {
    "zh-vacuum": "净小白S2使用手册.pdf",
    "zh-library": "读者规则.docx",
    "zh-gym": "会员服务协议.html",
    "zh-medicine": "舒宁感冒片说明书.txt",
    "zh-expenses": "差旅与报销制度.md",
    "en-coffee": "brewmate-300-manual.pdf",
    "en-house": "house-rules.docx",
    "en-shop": "terms-of-sale.html",
    "en-insurance": "travel-insurance.txt",
    "en-leave": "leave-policy.md",
}
"""The file that each source is made into."""


def build_files(folder: Path) -> list[Path]:
    """Write all documents into a folder and return their paths."""
    return [build_file(name, folder) for name in FILES]


def build_file(name: str, folder: Path) -> Path:
    """Write the document of that source into a folder and return its path."""
    text = (SOURCES / f"{name}.md").read_text(encoding="utf-8")
    path = folder / FILES[name]
    blocks = read_markdown(text)
    match path.suffix:
        case ".pdf":
            write_pdf(path, blocks, footer=blocks[0].text)
        case ".docx":
            write_docx(path, blocks)
        case ".html":
            path.write_text(_build_page(text, blocks[0].text), encoding="utf-8")
        case ".txt":
            path.write_text(build_text(blocks), encoding="utf-8")
        case _:
            path.write_text(text, encoding="utf-8")
    return path


def _build_page(text: str, title: str) -> str:
    body = MarkdownIt().enable("table").render(text)
    links = "<nav><a href='/'>Home</a> <a href='/cart'>Cart</a></nav>"
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title><style>p{{margin:0}}</style></head>"
        f"<body>{links}<main>{body}</main><footer>© 2025</footer><script>console.log(1)</script></body></html>"
    )


def build_text(blocks: Sequence[Block]) -> str:
    """Return blocks as people type a plain text: headings on lines of their own, tables in columns set apart by spaces."""
    parts: list[str] = []
    last = ""
    for block in blocks:
        if block.kind == "table":
            parts.append("\n" + "\n".join(_align(block.rows)) + "\n")
        elif block.kind == "heading":
            parts.append(f"\n{block.text}\n")
        else:
            parts.append(block.text if last == block.kind == "item" else "\n" + block.text)
        last = block.kind
    return "\n".join(parts).strip() + "\n"


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(_measure, column)) + 4 for column in zip(*rows, strict=True)]
    return [
        "".join(cell + " " * (width - _measure(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _measure(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
