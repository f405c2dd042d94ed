"""What a follow-up changes: "and for kids?" after a question about adults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from data.text.segment import words
from data.text.standardize import standardize

# Words that say that a message goes on, or point at what was spoken of, and change nothing themselves.
_POINTING = frozenset(
    word
    for text in (
        "那 那么 呢 的 吗 嘛 啊 的话 要是 如果 假如 再 还有 换 换成 改 改成 款 种 个 那款 那种 那个 这款 这种 这个",
        "它 也 是 和 跟 与 对 给 请问 一样",
        "a about also an and are as at but can do does for good great how i if in is it its my nice of ok okay on one ones or "
        "other same so than that the their them then these they this those to too we what with would you your",
    )
    for name in text.split()
    for word in (name, *words(name))
)
# Of the words of both questions together, at least this share is the same where only one thing is changed.
_FRAME = 0.4

Change = Literal["named", "unsaid", ""]


@dataclass(frozen=True)
class EntryWords:
    """The words of an entry: of the shown question, all phrasings, and the reply."""

    question: frozenset[str]
    phrasings: frozenset[str]
    reply: frozenset[str]

    @classmethod
    def of(cls, question: str, phrasings: Iterable[str], reply: str) -> EntryWords:
        """Return the words of an entry; question is the phrasing that matched."""
        return cls(_words([question]), _words(phrasings), _words([reply]))


def compare_change(message: str, previous: EntryWords, entry: EntryWords, is_same: bool) -> Change:
    """Compare an entry with the previous one and the change that a message names.

    Args:
        message: What was said, standardized.
        previous: The entry that was answered last.
        entry: The entry in question.
        is_same: Whether it is the previous one itself.

    Returns:
        "named": the entry asks what the previous one asks, of that which the message names. "unsaid": it is the previous one,
        and the message names something of which it says nothing. Otherwise empty.
    """
    named = frozenset(words(message)) - _POINTING
    if is_same:
        return "unsaid" if named - entry.phrasings - entry.reply else ""
    new = entry.phrasings - previous.phrasings
    frame = len(previous.question & entry.question) / max(len(previous.question | entry.question), 1)
    has_code = any(any(sign.isdigit() for sign in word) for word in named & new)
    is_covered = has_code or named <= new | previous.phrasings
    return "named" if named & new and is_covered and frame >= _FRAME else ""


def _words(texts: Iterable[str] | Sequence[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in words(standardize(text)))
