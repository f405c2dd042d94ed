"""Build dialogues, and remove the spaces between Chinese characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data.corpora.split import digest
from data.records import Dialog, Utterance

# A space between two Latin letters or digits is real; any other one was inserted.
_INSERTED = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def remove_spaces(text: str) -> str:
    """Return Chinese text without the spaces between its characters.

    >>> remove_spaces("我 用 Python 3 写 代 码 。")
    '我用Python 3写代码。'
    """
    return _INSERTED.sub("", text).strip()


def build_dialog(texts: Sequence[str], id: str = "") -> Dialog:
    """Return a dialogue of two alternating speakers.

    By default its id is the digest of its text.
    """
    said = tuple(Utterance("ab"[place % 2], text) for place, text in enumerate(texts))
    return Dialog(id or digest("\n".join(texts)), said)
