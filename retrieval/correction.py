"""Spelling correction with the words of the knowledge itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from data.text.pinyin import load_readings, read_pinyin
from data.text.segment import SEGMENTER, stem
from retrieval.paraphrase.edit_distance import build_masks, count_edits

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"(?<![a-z'0-9])[a-z]{3,}(?!['0-9a-z])")
_PARTICLES = frozenset("吗呢吧的了么啊呀嘛就都也和跟在我你他她它们是不没有")
_LONGEST = 6
_LEAST = 4
_LONG = 8
_SLIPS = 2


class Corrector:
    """Correct texts by how the words of stored questions sound and are spelt."""

    def __init__(self, questions: Iterable[str], is_word: frozenset[str] = frozenset()) -> None:
        """Read the words of standardized questions.

        is_word holds stems of English words that are right though no question has them.
        """
        of = load_readings()
        heard: dict[tuple[str, ...], Counter[str]] = {}
        spelt: Counter[str] = Counter()
        for question in questions:
            spelt.update(_LATIN.findall(question))
            for run in _HAN.findall(question):
                for word in SEGMENTER.cut(run):
                    sound = tuple(of.get(character, "") for character in word)
                    if len(word) <= _LONGEST and all(sound):
                        heard.setdefault(sound, Counter())[word] += 1
        self._heard = {sound: words.most_common(1)[0][0] for sound, words in heard.items()}
        # What a segmenter made up once is no witness; what it found twice, or the dictionary has, is.
        self._sure = {
            word
            for words in heard.values()
            for word, count in words.items()
            if len(word) > 1 and (count > 1 or SEGMENTER.is_word(word))
        }
        self._spelt, self._is_word = spelt, is_word
        self._stems = {stem(word) for word in spelt}

    def correct(self, text: str) -> str:
        """Replace non-words of a standardized text by similar words of the knowledge.

        Chinese typed in pinyin becomes characters, if the knowledge has words for most of it.
        """
        if text.isascii():
            return self._decode(text) or _LATIN.sub(lambda found: self._nearest(found[0]), text)
        return _HAN.sub(lambda found: self._listen(found[0]), text)

    def _decode(self, text: str) -> str:
        syllables = read_pinyin(text)
        if len(syllables) < 3:
            return ""
        found, known = "", 0
        place = 0
        while place < len(syllables):
            for size in range(min(_LONGEST, len(syllables) - place), 0, -1):
                word = self._heard.get(tuple(syllables[place : place + size]))
                if word is not None:
                    found, known = found + word, known + size
                    break
            else:
                size = 1
                found += syllables[place]
            place += size
        # English that happens to be syllables throughout finds no words here.
        return found if known >= 0.7 * len(syllables) else ""

    def _listen(self, run: str) -> str:
        of = load_readings()
        right = [False] * len(run)
        place = 0
        for word in SEGMENTER.cut(run):
            if len(word) > 1 and SEGMENTER.is_word(word):
                right[place : place + len(word)] = [True] * len(word)
            place += len(word)
        made, place = "", 0
        while place < len(run):
            for size in range(min(_LONGEST, len(run) - place), 1, -1):
                piece = run[place : place + size]
                word = self._heard.get(tuple(of.get(character, "") for character in piece), piece)
                torn = all(right[place : place + size]) or SEGMENTER.is_word(piece) or not _PARTICLES.isdisjoint(piece)
                if word != piece and word in self._sure and not torn:
                    made, place = made + word, place + size
                    break
            else:
                made, place = made + run[place], place + 1
        return made

    def _nearest(self, word: str) -> str:
        if len(word) < _LEAST or word in self._spelt or (root := stem(word)) in self._is_word or root in self._stems:
            return word
        near = [known for known in _edits(word) if known in self._spelt]
        if not near and len(word) >= _LONG:
            # Two slips in a long word: of the words that begin alike, those that are two edits away.
            places = build_masks(word)
            alike = (known for known in self._spelt if known[0] == word[0] and abs(len(known) - len(word)) <= _SLIPS)
            near = [known for known in alike if count_edits(len(word), places, known) <= _SLIPS]
        return max(near, key=lambda known: self._spelt[known], default=word)


def _edits(word: str) -> set[str]:
    """Return the words at one edit: deletion, transposition, substitution, insertion.

    Source: Damerau 1964, A technique for computer detection and correction of spelling errors.
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in parts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1),
        *(left + letter + right[1:] for left, right in parts if right for letter in letters),
        *(left + letter + right for left, right in parts for letter in letters),
    }
