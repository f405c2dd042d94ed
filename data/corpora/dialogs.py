"""What the dialogue corpora share: utterances to dialogues, and Chinese that was written with a space after every character."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data.corpora.split import digest
from data.records import Dialog, Utterance

# Between two Latin letters or digits a space is a space; anywhere else it was put in.
_PUT_IN = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def remove_spaces(text: str) -> str:
    """Chinese without the spaces between its characters.

    >>> remove_spaces("我 用 Python 3 写 代 码 。")
    '我用Python 3写代码。'
    """
    return _PUT_IN.sub("", text).strip()


def build_dialog(texts: Sequence[str], id: str = "") -> Dialog:
    """A dialogue of two speakers in turn; its id is the digest of all that is said unless one is given."""
    said = tuple(Utterance("ab"[place % 2], text) for place, text in enumerate(texts))
    return Dialog(id or digest("\n".join(texts)), said)
