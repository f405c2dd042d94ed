"""Cut a reply that comes in pieces into sentences, each with the numbers of the sources that it cites."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from data.han import HAN_RANGE

_OPEN, _CLOSE = r"\[【［〔", r"\]】］〕"
_NUMBERS = r"\d{1,4}(?:\s*(?:[,，、;；&/]|and|和|[-–—~至])\s*\d{1,4})*"
_WORDS = r"(?:sources?|src|ref(?:erence)?s?|doc(?:ument)?s?|id|来源|资料|文档|参考|出处|编号)"
# [1], [1, 2], [1][2], 【1】, [^1], [Source 1], [资料1], [ID:1], 【1†source】
_CITATION = re.compile(
    rf"[{_OPEN}]\s*\^?\s*(?:{_WORDS}\s*[:：#.]?\s*)?({_NUMBERS})\s*(?:†[^{_CLOSE}]{{0,40}})?[{_CLOSE}]", re.IGNORECASE
)
# （资料1）, (source 2): parentheses around a bare number count something.
_SPOKEN_CITATION = re.compile(rf"[(（]\s*(?:{_WORDS})\s*[:：#.]?\s*({_NUMBERS})\s*[)）]", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)\s*[-–—~至]\s*(\d+)")
_MAX_RANGE = 20
_END = re.compile(r"[。！？!?…]+|[；;](?=\s)|\.+(?=\s|[\[【［〔(（\"”’)])|\n+")
_CLOSERS = re.compile(r"[”’\"'」』）)]*")
_SPACES = re.compile(r"[ \t]*")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|no|nos|mr|mrs|ms|dr|prof|st|fig|approx|min|max|inc|ltd|co|dept|est|a\.m|p\.m)|(?:^|\s)[A-Za-z]|"
    r"(?:^|\n)\s*\d{1,2})\.$",
    re.IGNORECASE,
)
_LONGEST_CITATION = 60
_MARKER = re.compile(r"^\s*(?:[-*•·]\s+|#+\s+|\d{1,2}[.)、）]\s*|[(（]\d{1,2}[)）]\s*|[①-⑳]\s*)+")
_EMPHASIS = re.compile(r"\*\*|__|`|^#+\s+")
_PUNCTUATION = re.compile(r"([。！？!?；;：:，,.…]+[”’\"'」』）)]*)$")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a reply.

    Attributes:
        text: The sentence without its citations.
        cited: The numbers in its brackets, in their order.
        gap: The white space before it.
        is_whole: Whether it came to its end.
    """

    text: str
    cited: tuple[int, ...] = ()
    gap: str = ""
    is_whole: bool = True

    @property
    def claim(self) -> str:
        """The sentence without the marker of a list before it."""
        return _MARKER.sub("", self.text)

    def show(self, numbers: tuple[int, ...]) -> str:
        """Return the sentence with these numbers in brackets before its final punctuation."""
        if not numbers:
            return self.text
        brackets = "".join(f"[{number}]" for number in numbers)
        found = _PUNCTUATION.search(self.text)
        body, end = (self.text[: found.start()], found[0]) if found else (self.text, "")
        space = "" if not body or re.match(rf"[{HAN_RANGE}）」』”]", body[-1]) else " "
        return f"{body}{space}{brackets}{end}"


class SentenceCutter:
    """Collects the pieces of a reply and returns each sentence once the citations behind it can be known."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[Sentence]:
        """Return the sentences that are complete now."""
        self._rest += piece
        found = []
        while (end := self._find_end()) is not None:
            # A bracket that stands alone belongs to no sentence.
            if sentence := _parse(self._rest[:end]):
                found.append(sentence)
            self._rest = self._rest[end:]
        return found

    def finish(self) -> list[Sentence]:
        """Return what is left at the end of the reply."""
        found = self.feed("\n") if self._rest.strip() else []
        # The last one ended with its reply, unless it has a sign of its own.
        if found and not found[-1].cited and not _PUNCTUATION.search(found[-1].text):
            found[-1] = replace(found[-1], is_whole=False)
        self._rest = ""
        return found

    def _find_end(self) -> int | None:
        """Return where the first sentence ends, or None while that is open."""
        start = len(self._rest) - len(self._rest.lstrip())
        for end in _END.finditer(self._rest, start):
            if end[0].startswith(".") and _ABBREVIATED.search(self._rest[start : end.start() + 1]):
                continue
            place = _skip(_CLOSERS, self._rest, end.end())
            if end[0].startswith("\n"):
                return end.start()
            while True:
                spaces = _skip(_SPACES, self._rest, place)
                cited = _CITATION.match(self._rest, spaces) or _SPOKEN_CITATION.match(self._rest, spaces)
                if cited is None:
                    break
                place = cited.end()
            rest = self._rest[spaces:]
            if not rest:
                return None
            is_open = rest[0] in "[【［〔(（" and not re.search(r"[\]】］〕)）]", rest[:_LONGEST_CITATION])
            if is_open and len(rest) < _LONGEST_CITATION:
                return None
            return place
        return None


def _skip(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _parse(raw: str) -> Sentence | None:
    gap = raw[: len(raw) - len(raw.lstrip())]
    cited: list[int] = []
    for pattern in (_CITATION, _SPOKEN_CITATION):
        for found in pattern.finditer(raw):
            cited += _list_numbers(found[1])
        raw = re.sub(rf"[ \t]*(?:{pattern.pattern})", "", raw, flags=re.IGNORECASE)
    text = _EMPHASIS.sub("", raw.strip()).strip()
    # "A week [1]." leaves nothing odd, "A week. [1]." leaves two points.
    text = re.sub(r"([。.])[。.]$", r"\1", text) if not text.endswith("...") else text
    return Sentence(text, tuple(dict.fromkeys(cited)), gap) if re.search(r"\w", text) else None


def _list_numbers(text: str) -> list[int]:
    found: list[int] = []
    for first, last in _RANGE.findall(text):
        if int(first) <= int(last) <= int(first) + _MAX_RANGE:
            found += range(int(first), int(last) + 1)
    return found + [int(number) for number in re.findall(r"\d+", text) if int(number) not in found]
