"""Write a DOCX and an EPUB, without a library."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from html import escape
from pathlib import Path

from data.documents.block import Block

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="{type}" Target="{target}"/></Relationships>'
)


def write_docx(path: Path, blocks: Iterable[Block], styled: bool = True) -> None:
    """Write the blocks as a DOCX; styled says whether headings have Word's styles, or are only bold."""
    body = "".join(
        _build_table(block) if block.kind == "table" else _build_paragraph(block, styled) for block in blocks
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{level}"><w:name w:val="heading {level}"/></w:style>'
        for level in range(1, 5)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(type=f"{_RELATION}/officeDocument", target="word/document.xml"),
        "word/_rels/document.xml.rels": _RELATIONS.format(type=f"{_RELATION}/styles", target="styles.xml"),
        "word/styles.xml": f'<?xml version="1.0" encoding="UTF-8"?><w:styles {_W}>{styles}</w:styles>',
        "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?><w:document {_W}><w:body>{body}</w:body></w:document>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def _build_run(text: str, bold: bool = False) -> str:
    style = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{style}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _build_paragraph(block: Block, styled: bool) -> str:
    if block.kind != "heading":
        return f"<w:p>{_build_run(block.text)}</w:p>"
    style = f'<w:pPr><w:pStyle w:val="{min(block.level, 4)}"/></w:pPr>' if styled else ""
    return f"<w:p>{style}{_build_run(block.text, not styled)}</w:p>"


def _build_table(block: Block) -> str:
    rows = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p>{_build_run(cell)}</w:p></w:tc>" for cell in row) + "</w:tr>"
        for row in block.rows
    )
    return f"<w:tbl>{rows}</w:tbl>"


def write_epub(path: Path, chapters: Iterable[str]) -> None:
    """Write chapters, each an XHTML body, as an EPUB."""
    bodies = list(chapters)
    items = "".join(
        f'<item id="c{n}" href="text/c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(bodies))
    )
    order = "".join(f'<itemref idref="c{n}"/>' for n in range(len(bodies)))
    container = (
        '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
        f"{items}</manifest><spine>{order}</spine></package>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("OEBPS/content.opf", package)
        for number, body in enumerate(bodies):
            page = f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
            archive.writestr(f"OEBPS/text/c{number}.xhtml", page)
