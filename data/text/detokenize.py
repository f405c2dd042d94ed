"""Folded text as it is shown: capitals for English, full-width punctuation for Chinese. What a generator writes is folded."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from data.text.language import language_of
from data.text.token_spacing import capitalize_sentences

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WIDE = str.maketrans(",?!:;()", "，？！：；（）")
# Between two digits or Latin letters a comma or a colon is part of a number, a time or a foreign word.
_NARROW = re.compile(r"(?<![0-9A-Za-z])[,?!:;()]|[,?!:;()](?![0-9A-Za-z])")
_LEAST = 3


class Truecaser:
    """Which English words are written with capitals inside a sentence: names, months, abbreviations (Lita et al. 2003,
    section 3).
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        """words maps a folded word to how it is written."""
        self.words = dict(words)

    @classmethod
    def build(cls, texts: Iterable[str], size: int = 2000) -> Truecaser:
        """The most frequent words that more often than not have capitals where no sentence begins."""
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            before = 0
            for found in _WORD.finditer(text):
                gap = text[before : found.start()]
                before = found.end()
                # After a mark, or at the start, any word has a capital.
                if gap and gap.isspace() and found[0].isascii():
                    seen[found[0].casefold()][found[0]] += 1
        kept: dict[str, tuple[str, int]] = {}
        for word, forms in seen.items():
            form, count = forms.most_common(1)[0]
            # Long words in capitals are shouted.
            if form != word and count >= _LEAST and not (form.isupper() and len(form) > 4):
                kept[word] = (form, count)
        ranked = sorted(kept, key=lambda word: (-kept[word][1], word))[:size]
        return cls({word: kept[word][0] for word in ranked})

    def __call__(self, text: str) -> str:
        """The folded text with the capitals of names, of sentences and of "I".

        >>> Truecaser({"london": "London"})("i live in london. do you?")
        'I live in London. Do you?'
        """
        return capitalize_sentences(_WORD.sub(lambda found: self.words.get(found[0], found[0]), text))


def detokenize(text: str, truecase: Truecaser) -> str:
    """The folded text as it is shown.

    >>> detokenize("你好,在北京吗?3:30 见,我用 python,好!", Truecaser({"python": "Python"}))
    '你好，在北京吗？3:30 见，我用 Python，好！'
    >>> detokenize("well, i guess so.", Truecaser({}))
    'Well, I guess so.'
    """
    if language_of(text, "zh") == "en":
        return truecase(text)
    text = _WORD.sub(lambda found: truecase.words.get(found[0], found[0]), text)
    return _NARROW.sub(lambda found: found[0].translate(_WIDE), text)
