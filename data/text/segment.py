"""Split text into the units that are matched: words, and character n-grams that need no dictionary."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.han import HAN_RANGE
from data.text.clean import fold, is_emoji
from data.text.standardize import standardize

_RUNS = re.compile(
    rf"(?P<han>[{HAN_RANGE}]+)"
    r"|(?P<number>\d+(?:[.,:/]\d+)*%?)"
    rf"|(?P<word>[^\W\d_{HAN_RANGE}](?:[^\W_{HAN_RANGE}]|(?<=\w)['’+#.-](?=[^\W_{HAN_RANGE}]))*(?:\+\+|\#)?)"
    r"|(?P<sign>\S)"
)
_HAN_ONLY = re.compile(rf"[{HAN_RANGE}]+")
_CONTRACTIONS = {
    "n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am", "'d": " would", "'s": " is",
}  # fmt: skip
_CONTRACTED = re.compile(r"(?:n't|'(?:re|ve|ll|m|d|s))(?!\w)")
_WHOLE = {"can't": "can not", "won't": "will not", "let's": "let us", "cannot": "can not"}
_WHOLE_WORD = re.compile(r"\b(?:can't|won't|let's|cannot)\b")
_JOINED = re.compile(r"(?<=[a-z])[-/](?=[a-z])")
# The part-of-speech tags of jieba, which may follow a word and its frequency in a user dictionary.
_TAGS = frozenset(
    "a ad ag an b c d df dg e eng f g h i j k l m mg mq n ng nr nrfg nrt ns nt nz o p q r rg rr rz s t tg u ud ug uj ul uv uz "
    "v vd vg vi vn vq x y z zg".split()
)
_COUNT = re.compile(r"(.+?)[ \t]+\d+")
# A Latin word is a unit already, so in "Windows 11" or "iPhone 15" the number is part of the word, not its frequency.
_LATIN_WORD = re.compile(r"[A-Za-z]+")


class Segmenter:
    """jieba with its dictionary and the owner's words, loaded on first use and shared by all threads.

    jieba caches a marshal file in the shared temporary folder, which another user of the machine could have written.
    data.text.dictionary does not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokenizer: Any = None
        self._added: list[str] = []
        # The owner's words that are not purely Chinese, split into pieces: by their first piece, the longest first.
        self._mixed: dict[str, list[tuple[tuple[str, ...], str]]] = {}

    def _ready(self) -> Any:
        if self._tokenizer is None:
            with self._lock:
                if self._tokenizer is None:
                    from data.text.dictionary import TrieTokenizer

                    self._tokenizer = TrieTokenizer()
        return self._tokenizer

    def load(self) -> None:
        """Read the dictionary now rather than on the first use."""
        self._ready()

    def add(self, words: Iterable[str]) -> None:
        """Make each of the words a unit, also one with letters, digits and spaces ("5G套餐", "iPhone 15 Pro").

        Indexes that were built before must be rebuilt.
        """
        tokenizer = self._ready()
        with self._lock:
            for word in words:
                if word.strip():
                    # What is matched was standardized; what is only folded must find the word too.
                    unit = standardize(word)
                    for form in {fold(word), unit}:
                        self._add_form(tokenizer, form, unit)
                    self._added.append(fold(word))

    def _add_form(self, tokenizer: Any, form: str, unit: str) -> None:
        pieces = _split_pieces(form)
        if not pieces:
            return
        if _HAN_ONLY.fullmatch("".join(pieces)):
            tokenizer.add_word("".join(pieces))
            return
        found = [known for known in self._mixed.get(pieces[0], []) if known[0] != pieces]
        # A new list replaces the old one, which another thread may be reading.
        self._mixed[pieces[0]] = sorted([*found, (pieces, unit)], key=lambda known: -len(known[0]))

    def has_mixed(self) -> bool:
        """Return whether the owner has words that are not purely Chinese."""
        return bool(self._mixed)

    def part(self, text: str) -> list[tuple[str, bool]]:
        """Split a folded text into the owner's mixed words, each with True, and the text between them, in order.

        Mixed words are those that are not purely Chinese. Spaces do not matter: B 站 is B站.
        """
        places = _locate_pieces(text)
        pieces = [piece for piece, _, _ in places]
        parts: list[tuple[str, bool]] = []
        rest = place = 0
        while place < len(places):
            for own, unit in self._mixed.get(pieces[place], ()):
                if tuple(pieces[place : place + len(own)]) == own:
                    parts += [(text[rest : places[place][1]], False), (unit, True)]
                    place += len(own)
                    rest = places[place - 1][2]
                    break
            else:
                place += 1
        return [*parts, (text[rest:], False)]

    def add_file(self, path: Path) -> None:
        """Add a user dictionary: UTF-8, one word a line, # begins a comment.

        As in jieba's own, a frequency and a part-of-speech tag may follow a word; they are ignored.

        Raises:
            OSError: The file cannot be read.
            UnicodeDecodeError: It is not UTF-8.
        """
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        self.add(_read_word(line) for line in lines if line.strip() and not line.startswith("#"))

    def fingerprint(self) -> str:
        """Return a hash of all that segmentation depends on: this code, the libraries' versions, the added words.

        An index with another fingerprint must be rebuilt.
        """
        digest = hashlib.sha256(" ".join(map(version, ("jieba", "opencc", "snowballstemmer"))).encode())
        for name in (
            "clean.py",
            "dictionary.py",
            "numerals.py",
            "pinyin.py",
            "pinyin.txt",
            "segment.py",
            "standardize.py",
        ):
            digest.update((Path(__file__).parent / name).read_bytes())
        with self._lock:
            digest.update("\n".join(self._added).encode())
        return digest.hexdigest()[:16]

    def is_word(self, word: str) -> bool:
        """Return whether the word is in the dictionary or among the owner's words."""
        return bool(self._ready().FREQ.get(word))

    def cut(self, run: str) -> list[str]:
        """Return the words of a run of Chinese characters."""
        return [word for word in self._ready().cut(run) if word.strip()]


def _read_word(line: str) -> str:
    """Return the word in a line of a user dictionary, without frequency and tag."""
    word = line.strip()
    before, _, tag = word.rpartition(" ")
    if before and tag in _TAGS:
        word = before.strip()
    counted = _COUNT.fullmatch(word)
    return word if counted is None or _LATIN_WORD.fullmatch(counted[1]) else counted[1]


def _locate_pieces(text: str) -> list[tuple[str, int, int]]:
    """Return the numbers, other words, Chinese characters and signs of a folded text, with where each begins and ends."""
    found: list[tuple[str, int, int]] = []
    for run in _RUNS.finditer(text):
        if run.lastgroup == "han":
            found.extend((run[0][place], run.start() + place, run.start() + place + 1) for place in range(len(run[0])))
        else:
            found.append((run[0], run.start(), run.end()))
    return found


def _split_pieces(text: str) -> tuple[str, ...]:
    return tuple(piece for piece, _, _ in _locate_pieces(_expand_contractions(text)))


SEGMENTER = Segmenter()


_VOWELLESS_PLURAL = re.compile(r"[^aeiouy\W]{3,}(?<!s)s")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of an English word in lower case (Snowball).

    >>> stem("returns"), stem("cnns")
    ('return', 'cnn')
    """
    # Snowball needs a vowel before a plural s; "CNNs" and "LSTMs" have none.
    if _VOWELLESS_PLURAL.fullmatch(word):
        return word[:-1]
    import snowballstemmer

    # A stemmer stores the word it works on, so threads must not share one; the cache would keep the wrong stems. Creating one
    # takes a few hundredths of the time of stemming a word.
    return str(snowballstemmer.stemmer("english").stemWord(word))


def _expand_contractions(text: str) -> str:
    text = text.replace("’", "'")
    if "'" in text or "cannot" in text:
        text = _WHOLE_WORD.sub(lambda found: _WHOLE[found[0]], text)
        text = _CONTRACTED.sub(lambda found: _CONTRACTIONS[found[0]], text)
    return _JOINED.sub(" ", text)


@lru_cache(maxsize=256)
def _split_runs(text: str) -> tuple[tuple[str | None, str], ...]:
    # Words and n-grams of the same text are usually needed one after the other.
    return tuple((run.lastgroup, run[0]) for run in _RUNS.finditer(_expand_contractions(fold(text))))


def words(text: str) -> list[str]:
    """Return the folded words of a text: Chinese by jieba, English stemmed (Snowball), numbers and emoji unchanged.

    Punctuation is left out. Contractions are expanded ("what's" is "what is"), hyphenated words are split ("bi-LSTM").

    >>> words("What's the difference: CNNs vs. 卷积神经网络？")
    ['what', 'is', 'the', 'differ', 'cnn', 'vs', '卷积', '神经网络']
    """
    parts = SEGMENTER.part(_expand_contractions(fold(text))) if SEGMENTER.has_mixed() else [(text, False)]
    return [word for part, is_own in parts for word in ([part] if is_own else _split_words(part))]


def _split_words(text: str) -> list[str]:
    found: list[str] = []
    for kind, piece in _split_runs(text):
        if kind == "han":
            found.extend(SEGMENTER.cut(piece))
        elif kind == "word":
            found.append(stem(piece) if piece.isascii() else piece)
        elif kind == "number" or is_emoji(piece):
            found.append(piece)
    return found


def grams(text: str) -> list[str]:
    """Return the folded character n-grams of a text: Chinese characters and pairs, and the trigrams of "#word#".

    They need no dictionary, so texts with a new word, a wrong segmentation or a typing error still share most of them. The
    trigrams are those of word hashing in DSSM (Huang et al. 2013, section 3.2), without the hashing.

    >>> grams("学CNN")
    ['学', '#cn', 'cnn', 'nn#']
    """
    found: list[str] = []
    for kind, piece in _split_runs(text):
        if kind == "han":
            found.extend(piece)
            found.extend(piece[i : i + 2] for i in range(len(piece) - 1))
        elif kind == "word":
            marked = f"#{piece}#"
            found.extend(marked[i : i + 3] for i in range(len(marked) - 2))
        elif kind == "number" or is_emoji(piece):
            found.append(piece)
    return found
