"""Turn HTML into plain text: the body of an article, a cell of a help centre's export."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    """
    p div ul ol table tr h1 h2 h3 h4 h5 h6 section article blockquote pre dl dt dd figure figcaption header footer main
    details summary form fieldset aside nav address
    """.split()
)
_MAX_LENGTH = 2**20
_MAX_UNCLOSED = 20
_SILENT = frozenset("script style head title template noscript svg iframe object".split())
_TAG = re.compile(
    r"<(/?)(p|div|br|b|strong|i|em|u|s|a|ul|ol|li|span|h[1-6]|table|thead|tbody|tr|td|th|img|blockquote|pre|code|section|article|figure"
    r"|font|hr|sup|sub|small|dl|dt|dd)(\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BLOCK_TAG = re.compile(r"<(p|div|br|ul|ol|li|h[1-6]|table|section|article|blockquote)(\s[^<>]*)?/?>", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Return whether a text is a piece of HTML, not a text that speaks of it.

    >>> is_html("<p>Within <b>7</b> days</p>"), is_html("Use <b> for bold."), is_html("a < b > c")
    (True, False, False)
    """
    if "<" not in text or len(text) > _MAX_LENGTH:
        return False
    tags = list(_TAG.finditer(text[:20000]))
    if not tags:
        return False
    opened = {match.group(2).lower() for match in tags if not match.group(1)}
    closed = opened & {match.group(2).lower() for match in tags if match.group(1)}
    begins = text.lstrip().startswith("<") and text.lstrip().startswith(tags[0].group())
    single = opened and all(match.group(2).lower() in ("br", "img", "hr") for match in tags)
    return bool(single or (closed and (begins or _BLOCK_TAG.search(text))))


def extract_text(html: str) -> str:
    """Return HTML as plain text: paragraphs as lines, lists with their marks, links with their address, cells of tables with |.

    >>> extract_text("<p>Within <b>7</b> days</p><ul><li>unused</li><li>in its box</li></ul>")
    'Within 7 days\\n- unused\\n- in its box'
    """
    parser = _TextParser()
    parser.feed(close_last_tag(html))
    parser.close()
    return parser.text()


def close_last_tag(html: str) -> str:
    """Return HTML whose end is no long row of tags that are never closed: the parser would read them again and again."""
    return f'{html}"-->' if html.count("<", html.rfind(">") + 1) > _MAX_UNCLOSED else html


class _TextParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent: list[str] = []
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.pre = 0
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent.append(tag)
            return
        if self.silent:
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "br":
            self.parts.append("\n")
        elif tag == "hr":
            self._break()
        elif tag == "li":
            self._break()
            self._mark_item()
        elif tag in ("td", "th"):
            self.parts.append(" | " if self.cells else "")
            self.cells += 1
        elif tag == "img":
            name = given.get("alt", "").strip() or given.get("src", "").partition("?")[0].rpartition("/")[2]
            self.parts.append(f"[{name}]" if name and not given.get("src", "").startswith("data:") else "")
        elif tag == "a":
            self.links.append((given.get("href", "").strip(), len(self.parts)))
        elif tag in _BLOCKS:
            self._break()
        if tag in ("ul", "ol"):
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "tr":
            self.cells = 0
        elif tag == "pre":
            self.pre += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            if tag in self.silent:
                del self.silent[self.silent.index(tag) :]
            return
        if self.silent:
            return
        if tag == "a" and self.links:
            href, since = self.links.pop()
            said = "".join(self.parts[since:]).strip()
            if href.startswith(("http://", "https://", "mailto:", "tel:")):
                address = href.removeprefix("mailto:").removeprefix("tel:")
                if address.rstrip("/") != said.rstrip("/"):
                    self.parts.append(f" ({address})" if said else address)
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "pre":
            self.pre = max(0, self.pre - 1)
        if tag in _BLOCKS or tag == "li":
            self._break()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data if self.pre else re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def _mark_item(self) -> None:
        depth = "  " * max(0, len(self.lists) - 1)
        number = self.lists[-1] if self.lists else None
        self.parts.append(f"{depth}- " if number is None else f"{depth}{number}. ")
        if self.lists and number is not None:
            self.lists[-1] = number + 1

    def text(self) -> str:
        lines = [line if self.pre else line.rstrip() for line in "".join(self.parts).replace("\xa0", " ").split("\n")]
        tidy = [line if re.match(r"\s*(-|\d+\.) ", line) else line.lstrip() for line in lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(tidy)).strip()
