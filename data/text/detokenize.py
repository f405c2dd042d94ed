"""Restore the capitals and punctuation of the folded text of a generator."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from data.text.language import language_of
from data.text.token_spacing import capitalize_sentences

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WIDE = str.maketrans(",?!:;()", "，？！：；（）")
# Between two digits or Latin letters, a comma or a colon is part of a number, a time or a foreign word.
_NARROW = re.compile(r"(?<![0-9A-Za-z])[,?!:;()]|[,?!:;()](?![0-9A-Za-z])")
_LEAST = 3


class Truecaser:
    """Knows the English words with capitals inside a sentence.

    They are names, months and abbreviations.

    Source: Lita et al. 2003, tRuEcasIng, section 3.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        """Build a truecaser.

        Args:
            words: How each word is written, by its folded form.
        """
        self.words = dict(words)

    @classmethod
    def build(cls, texts: Iterable[str], size: int = 2000) -> Truecaser:
        """Learn the most frequent words that mostly have capitals inside a sentence.

        At most size of them are kept.
        """
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            before = 0
            for found in _WORD.finditer(text):
                gap = text[before : found.start()]
                before = found.end()
                # After punctuation, or at the start, any word may have a capital.
                if gap and gap.isspace() and found[0].isascii():
                    seen[found[0].casefold()][found[0]] += 1
        kept: dict[str, tuple[str, int]] = {}
        for word, forms in seen.items():
            form, count = forms.most_common(1)[0]
            # Long words in capitals are emphasis, not names.
            if form != word and count >= _LEAST and not (form.isupper() and len(form) > 4):
                kept[word] = (form, count)
        ranked = sorted(kept, key=lambda word: (-kept[word][1], word))[:size]
        return cls({word: kept[word][0] for word in ranked})

    def __call__(self, text: str) -> str:
        """Return the folded text with the capitals of names, of sentences and of "I".

        >>> Truecaser({"london": "London"})("i live in london. do you?")
        'I live in London. Do you?'
        """
        return capitalize_sentences(_WORD.sub(lambda found: self.words.get(found[0], found[0]), text))


def detokenize(text: str, truecase: Truecaser) -> str:
    """Return a folded text with capitals or full-width punctuation.

    English gets capitals, Chinese full-width punctuation.

    >>> detokenize("你好,在北京吗?3:30 见,我用 python,好!", Truecaser({"python": "Python"}))
    '你好，在北京吗？3:30 见，我用 Python，好！'
    >>> detokenize("well, i guess so.", Truecaser({}))
    'Well, I guess so.'
    """
    if language_of(text, "zh") == "en":
        return truecase(text)
    text = _WORD.sub(lambda found: truecase.words.get(found[0], found[0]), text)
    return _NARROW.sub(lambda found: found[0].translate(_WIDE), text)
