"""Rewrite the tokenized, lower-case English of corpora as people write it."""

from __future__ import annotations

import re

_BEFORE = re.compile(r"\s+([,.!?;:%)\]}])")
_AFTER = re.compile(r"([(\[{$#])\s+")
# "do n't", "it ' s", "I ’ m": the parts of a contraction.
_APART = re.compile(r"\s*(['’])\s*(s|m|re|ve|ll|d|t)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(\w+)\s+n(['’])t\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(^|[.!?]\s+|\n)([a-z])")
_I = re.compile(r"\bi\b(?=$|['’\s,.!?;:])")


def remove_token_spaces(text: str) -> str:
    """Return the text without the spaces that a tokenizer put around punctuation.

    >>> remove_token_spaces("Oh , I ' m fine . Do n't you ( really ) think it 's 5 % ?")
    "Oh, I'm fine. Don't you (really) think it's 5%?"
    """
    text = _NOT.sub(r"\1n\2t", text)
    text = _APART.sub(r"\1\2", text)
    return " ".join(_AFTER.sub(r"\1", _BEFORE.sub(r"\1", text)).split())


def capitalize_sentences(text: str) -> str:
    """Return lower-case English with capitals where a sentence begins and for "I".

    >>> capitalize_sentences("hi, i'm fine. and you? i guess so")
    "Hi, I'm fine. And you? I guess so"
    """
    return _I.sub("I", _SENTENCE.sub(lambda found: found[1] + found[2].upper(), text))
