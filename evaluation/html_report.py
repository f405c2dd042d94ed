"""report.html: one file that needs nothing else, with numbers, plots, examples and the texts of both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.translations import TRANSLATIONS

_FOLDER = Path(__file__).parent / "report_html"
# Nothing in the data may end the script element that holds it, or begin a comment in it.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render_html(report: Mapping[str, Any], examples: Mapping[str, Any], question_csv: str) -> str:
    """Return the page. The texts of a log stand in it as data, and its script shows them as text, never as HTML.

    Args:
        report: what report.json holds.
        examples: what report.collect_examples returns.
        question_csv: the unanswered questions, for download.
    """
    data = {"result": report, "examples": examples, "sheet": question_csv, "words": TRANSLATIONS}
    page = (_FOLDER / "report.html").read_text(encoding="utf-8")
    for placeholder, name in (("/*STYLE*/", "style.css"), ("/*SCRIPT*/", "script.js")):
        page = page.replace(placeholder, (_FOLDER / name).read_text(encoding="utf-8"))
    return page.replace("/*DATA*/", encode_for_script(data))


def encode_for_script(value: Any) -> str:
    """Return the value as JSON that is safe inside a script element.

    >>> encode_for_script({"text": "</script><b>"})
    '{"text": "\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    # Half of a surrogate pair is no character and cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode()
