"""Whether a sentence denies what its source affirms, or the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.han import HAN_RANGE
from data.text.segment import words
from data.text.standardize import standardize

_SENTENCES = re.compile(r"[。！？!?；;\n]+|\.(?=\s|$)")
_CLAUSES = re.compile(r"[，,、：:（()）]+|\b(?:but|except|and not)\b|但是?|除非|除了")
_NEGATION = re.compile(
    r"不(?!错|仅|但|管|过|同|少|止|久|足)|没(?!事|有?问题)|无(?!论|线)|别(?!的|人|家|处|致)|未(?!来)|勿|禁|谢绝|拒|休息|停诊|售罄|免(?!费|疫)"
    r"|n['’]t\b|\b(?:not|no|never|without|cannot|nothing|neither|nor|closed|unavailable|unable|sold out|except|excluding)\b"
)
_ASKS = re.compile(r"[?？吗]\s*$|能不能|可不可以|有没有|是不是|要不要|支不支持")
_YES_OR_NO = re.compile(
    rf"吗[?？]?\s*$|能不能|可不可以|有没有|是不是|要不要|会不会|支不支持|^(?:can|could|do|does|did|is|are|will|may|should|have|has)\b|能[{HAN_RANGE}]*[?？]",
    re.IGNORECASE,
)
_FILLERS = frozenset(
    "the a an and or of to in on at for from by with is are was be it its this that you your we our they i my "
    "can may will would do does not no never if so too also please yes after before when any all get 的 了 是 在 "
    "和 与 或 也 都 就 才 又 还 很 请 您 你 我 我们 可以 能 会 要 需要 不 没 没有 别 不能 不会 不用 不要 不可以 "
    "无 有 吗 呢 如果 以后 之后 一 1 个".split()
)
_MODAL = re.compile(r"(?<![功智性技万可])能(?![力量源耗])|可以|(?<![开社协])会(?![员议])")
_CONTAINED = 0.75


@dataclass(frozen=True)
class _Clause:
    words: frozenset[str]
    is_negated: bool


def contradicts(claim: str, title: str, text: str) -> bool:
    """Return whether the claim denies a part of the source, or affirms what the source denies.

    Parts are compared by the words that carry their content: one that holds most of the other's, and only one of the two denies.

    Args:
        claim: A sentence.
        title: The stored question of the source, or its heading.
        text: Its text.

    >>> contradicts("夜里也有急诊。", "当天能看吗？", "能，直接来。夜里没有急诊。")
    True
    >>> contradicts("The jacket must not be machine-washed.", "Can I machine-wash my jacket?", "Yes: 30 °C, no bleach.")
    True
    >>> contradicts("我们不支持货到付款。", "支持货到付款吗？", "不支持。")
    False
    """
    said = list(_list_clauses(claim))
    known = [*_list_clauses(text), *_read_title(title, text)]
    if not said or not known:
        return False
    if any(clause.is_negated for clause in said) and not any(clause.is_negated for clause in known):
        return True
    if any(_is_opposed(clause, known) for clause in said):
        return True
    if any(clause.is_negated for clause in said):
        return False
    whole: frozenset[str] = frozenset().union(*(clause.words for clause in said))
    affirmed = [clause for clause in known if not clause.is_negated]
    denied = [clause for clause in known if clause.is_negated and _contain(clause, whole) >= _CONTAINED]
    return any(not any(clause.words <= other.words for other in affirmed) for clause in denied)


def _is_opposed(clause: _Clause, known: Sequence[_Clause]) -> bool:
    """Return whether what the clause says is said by a part that takes the other side, more than by any that takes its own."""
    agreeing = [
        max(_contain(clause, other.words), _contain(other, clause.words))
        for other in known
        if other.is_negated == clause.is_negated
    ]
    opposing = [_contain(clause, other.words) for other in known if other.is_negated != clause.is_negated]
    return max(opposing, default=0.0) >= max(_CONTAINED, max(agreeing, default=0.0) + 1e-9)


def _contain(clause: _Clause, words: frozenset[str]) -> float:
    """Return the share of the clause's words that are among the words."""
    return len(clause.words & words) / len(clause.words) if clause.words else 0.0


def _list_clauses(text: str) -> Iterator[_Clause]:
    for sentence in _SENTENCES.split(text):
        for part in _CLAUSES.split(sentence):
            if part and part.strip():
                yield _Clause(_list_content(part), is_negated(part))


def _read_title(title: str, text: str) -> Iterator[_Clause]:
    """Yield the stored question as what it is answered with: one that is answered with no denies what it asks."""
    first = next((part for part in _SENTENCES.split(text) if part.strip()), "")
    first = next((part for part in _CLAUSES.split(first) if part and part.strip()), "")
    if _YES_OR_NO.search(title.strip()):
        yield _Clause(_list_content(title), is_negated(first))


def is_negated(text: str) -> bool:
    """Return whether a part of a sentence denies something."""
    return len(_NEGATION.findall(text.lower())) % 2 == 1


def _list_content(text: str) -> frozenset[str]:
    found = set()
    # 能机洗 would be cut as 能机 and 洗.
    for word in words(_MODAL.sub(" ", standardize(text))):
        # 不能退 and 没人 are cut in several ways; what is denied is what counts.
        bare = re.sub("^[不没无别未]", "", word) if not word.isascii() and len(word) > 1 else word
        if bare and bare not in _FILLERS and word not in _FILLERS:
            found.add(bare)
    return frozenset(found)
