"""Split a text into sentences."""

from __future__ import annotations

import re

_END = re.compile(r"(?:[。！？!?…]+|[；;](?=\s|[^\x00-\x7f])|\.(?=\s|$))[”’\"'」』）)\]]*")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|no|nos|mr|mrs|ms|dr|prof|st|fig|approx|min|max|inc|ltd|co|dept|est|a\.m|p\.m|art|sec|para|vol|pp?)"
    r"|(?:^|\s)[A-Za-z]|(?:^|\s)\d{1,2})\.$",
    re.I,
)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text, stripped; a line break ends one as well.

    >>> split_sentences("保修两年。电池除外！Ask Dr. Lee, e.g. by phone. It is free.")
    ['保修两年。', '电池除外！', 'Ask Dr. Lee, e.g. by phone.', 'It is free.']
    """
    found = []
    for line in text.split("\n"):
        start = 0
        for end in _END.finditer(line):
            if end[0].startswith(".") and _ABBREVIATED.search(line[start : end.start() + 1]):
                following = line[end.end() :].lstrip()
                # "at 8 p.m. The shop" ends there, "at 8 p.m. on Sundays" does not.
                if not (following[:1].isupper() and line[: end.start()].lower().endswith(("p.m", "a.m", "etc"))):
                    continue
            found.append(line[start : end.end()].strip())
            start = end.end()
        found.append(line[start:].strip())
    return [sentence for sentence in found if sentence]
