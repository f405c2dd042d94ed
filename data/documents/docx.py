"""Read DOCX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.documents.archive import open_archive
from data.documents.block import Block
from data.documents.markup import read_markup
from data.formats.errors import FormatError

# Of Word's own styles, what mammoth does not map by itself.
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2:fresh
p[style-name='标题'] => h1:fresh
p[style-name='标题 1'] => h1:fresh
p[style-name='标题 2'] => h2:fresh
p[style-name='标题 3'] => h3:fresh
p[style-name='标题 4'] => h4:fresh
p[style-name='toc 1'] => !
p[style-name='toc 2'] => !
p[style-name='toc 3'] => !
p[style-name='TOC Heading'] => !
p[style-name='header'] => !
p[style-name='footer'] => !
"""


def read(path: Path) -> list[Block]:
    """Return the blocks of a document; pictures are left out, changes that were not accepted count as made.

    Raises:
        FormatError: It is broken or too large.
    """
    import mammoth

    with open_archive(path, "DOCX"):
        pass
    try:
        with path.open("rb") as file:
            made = mammoth.convert_to_html(
                file, style_map=_STYLES, convert_image=_drop_picture, ignore_empty_paragraphs=True
            )
    except Exception as error:
        # The parser raises many kinds of errors for a broken file: KeyError, ExpatError, AttributeError, ...
        raise FormatError(
            f"{path.name} cannot be read as a DOCX document ({type(error).__name__}: {error}). Open it in a word processor and "
            "save it again as .docx, or as PDF."
        ) from error
    return read_markup(made.value)


def _drop_picture(image: Any) -> list[Any]:
    return []
