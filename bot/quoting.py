"""The texts that quote a document, and what surrounds the quotation there."""

from __future__ import annotations

from bot.messages import Translations
from bot.types import Quotation
from data.records import Language

_ANSWER: Translations = {"zh": "“{quote}”\n——{place}", "en": "“{quote}”\n— {place}"}
_OFFER: Translations = {
    "zh": "这个我拿不准，{place}里也许有你要的：\n“{quote}”",
    "en": "I am not sure about that. {place} may say it:\n“{quote}”",
}
_FILE: Translations = {"zh": "《{file}》", "en": "{file}"}
_PAGE: Translations = {"zh": "第 {page} 页", "en": "page {page}"}
_HEADING: Translations = {"zh": "“{heading}”", "en": "“{heading}”"}
_COMMA: Translations = {"zh": "，", "en": ", "}
_MOST_AROUND = 240


def quote(quotation: Quotation, language: Language) -> str:
    """Return the text of an answer: the quotation, and where it stands.

    >>> quote(Quotation("m-1", "manual.pdf", "The tank holds 2 litres.", ("Care", "Tank"), 3), "en")
    '“The tank holds 2 litres.”\\n— manual.pdf, page 3, “Tank”'
    """
    return _ANSWER[language].format(quote=_strip_quotes(quotation.text), place=describe_place(quotation, language))


def offer_quote(quotation: Quotation, language: Language) -> str:
    """Return the text that says that a document may hold the answer."""
    return _OFFER[language].format(quote=_strip_quotes(quotation.text), place=describe_place(quotation, language))


def describe_place(quotation: Quotation, language: Language) -> str:
    """Return the file, the page and the heading of a quotation."""
    parts = []
    if quotation.page is not None:
        parts.append(_PAGE[language].format(page=quotation.page))
    if quotation.heading:
        parts.append(_HEADING[language].format(heading=quotation.heading[-1]))
    file = _FILE[language].format(file=quotation.file)
    if language == "zh":
        return file + _COMMA["zh"].join(parts)
    return _COMMA["en"].join((file, *parts))


def show_surroundings(quotation: Quotation) -> str:
    """Return the quotation between brackets in the text that it stands in, cut off far from it."""
    before, after = quotation.before, quotation.after
    if len(before) > _MOST_AROUND:
        before = "…" + before[-_MOST_AROUND:]
    if len(after) > _MOST_AROUND:
        after = after[:_MOST_AROUND] + "…"
    return f"{before}【{quotation.stored or quotation.text}】{after}"


def _strip_quotes(text: str) -> str:
    """Return a text whose own double quotation marks are single ones, since it stands between double ones."""
    return text.replace("“", "‘").replace("”", "’").replace('"', "'")
