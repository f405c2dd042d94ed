"""report.html: one file that needs nothing else, with numbers, plots, examples and the words of both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.phrases import PHRASES

_FOLDER = Path(__file__).parent / "report"
# Nothing in the data can end the script element that holds it, or begin a comment in it.
_HIDDEN = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def html(result: Mapping[str, Any], examples: Mapping[str, Any], sheet: str) -> str:
    """The page. Every text of a log stands in it as data and is put on the page as text, never as HTML."""
    data = embedded({"result": result, "examples": examples, "sheet": sheet, "words": PHRASES})
    parts = {"/*STYLE*/": "style.css", "/*SCRIPT*/": "script.js"}
    page = (_FOLDER / "report.html").read_text(encoding="utf-8")
    for mark, name in parts.items():
        page = page.replace(mark, (_FOLDER / name).read_text(encoding="utf-8"))
    return page.replace("/*DATA*/", data)


def embedded(value: Any) -> str:
    """The value as JSON that is safe inside a script element.

    >>> embedded({"text": "</script><b>"})
    '{"text": "\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for character, escape in _HIDDEN.items():
        text = text.replace(character, escape)
    # Half of a surrogate pair is no character and cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode()
