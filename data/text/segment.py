"""Text to the units that are matched: words, per language, and character n-grams as the backup that is always on."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.text.clean import fold, is_emoji

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(
    rf"(?P<han>[{_HAN}]+)"
    r"|(?P<number>\d+(?:[.,:/]\d+)*%?)"
    rf"|(?P<word>[^\W\d_{_HAN}](?:[^\W_{_HAN}]|(?<=\w)['’+#.-](?=[^\W_{_HAN}]))*(?:\+\+|\#)?)"
    r"|(?P<sign>\S)"
)
_CONTRACTIONS = {
    "n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am", "'d": " would", "'s": " is",
}  # fmt: skip
_CONTRACTED = re.compile(r"(?:n't|'(?:re|ve|ll|m|d|s))(?!\w)")
_WHOLE = {"can't": "can not", "won't": "will not", "let's": "let us", "cannot": "can not"}
_WHOLE_WORD = re.compile(r"\b(?:can't|won't|let's|cannot)\b")
_JOINED = re.compile(r"(?<=[a-z])[-/](?=[a-z])")


class Segmenter:
    """jieba with its dictionary and the owner's words, loaded on first use and shared by all threads.

    jieba keeps a marshal file in the shared temporary folder; this reads the dictionary itself instead, and trusts nothing that
    another user of the machine could have written.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokenizer: Any = None
        self._added: list[str] = []

    def _ready(self) -> Any:
        if self._tokenizer is None:
            with self._lock:
                if self._tokenizer is None:
                    import jieba

                    tokenizer = jieba.Tokenizer()
                    with tokenizer.get_dict_file() as file:
                        tokenizer.FREQ, tokenizer.total = _counts(file)
                    tokenizer.initialized = True
                    self._tokenizer = tokenizer
        return self._tokenizer

    def load(self) -> None:
        """Read the dictionary now rather than with the first question."""
        self._ready()

    def add(self, words: Iterable[str]) -> None:
        """Make each of the words one unit from now on. Indexes built before do not know them: build them again."""
        tokenizer = self._ready()
        with self._lock:
            for word in words:
                if word.strip():
                    tokenizer.add_word(fold(word))
                    self._added.append(fold(word))

    def add_file(self, path: Path) -> None:
        """Add a user dictionary: UTF-8, one word a line, anything after the first space is ignored, # begins a comment.

        Raises OSError if it cannot be read and UnicodeDecodeError if it is not UTF-8.
        """
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        self.add(line.split()[0] for line in lines if line.strip() and not line.startswith("#"))

    def fingerprint(self) -> str:
        """What the words of a text depend on, as hexadecimal digits: this code, the libraries' releases, the added words.

        An index made under another fingerprint does not fit any more.
        """
        digest = hashlib.sha256(" ".join(map(version, ("jieba", "opencc", "snowballstemmer"))).encode())
        for name in ("clean.py", "numerals.py", "pinyin.py", "pinyin.txt", "segment.py", "standardize.py"):
            digest.update((Path(__file__).parent / name).read_bytes())
        with self._lock:
            digest.update("\n".join(self._added).encode())
        return digest.hexdigest()[:16]

    def is_word(self, word: str) -> bool:
        """Return whether the dictionary, or the owner, knows the word."""
        return bool(self._ready().FREQ.get(word))

    def cut(self, run: str) -> list[str]:
        """The words of a run of Chinese characters."""
        return [word for word in self._ready().cut(run) if word.strip()]


def _counts(dictionary: Iterable[bytes]) -> tuple[dict[str, int], int]:
    """How often each word was seen, 0 for what only begins one, and the sum: as jieba reads them, in 0.6 of its time."""
    found: dict[str, int] = {}
    total = 0
    for line in dictionary:
        word, count, _ = line.decode().split(" ")
        found[word] = seen = int(count)
        total += seen
    for word in list(found):
        for end in range(1, len(word)):
            found.setdefault(word[:end], 0)
    return found, total


SEGMENTER = Segmenter()


_VOWELLESS_PLURAL = re.compile(r"[^aeiouy\W]{3,}(?<!s)s")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of an English word in lower case (Snowball).

    >>> stem("returns"), stem("cnns")
    ('return', 'cnn')
    """
    # Snowball wants a vowel before a plural s; "CNNs" and "LSTMs" have none.
    if _VOWELLESS_PLURAL.fullmatch(word):
        return word[:-1]
    import snowballstemmer

    # A stemmer holds the word it works on: threads that shared one would mix their words, and the cache would keep the mixture.
    # Making one takes a few hundredths of the time of stemming a word.
    return str(snowballstemmer.stemmer("english").stemWord(word))


def _expanded(text: str) -> str:
    text = text.replace("’", "'")
    if "'" in text or "cannot" in text:
        text = _WHOLE_WORD.sub(lambda found: _WHOLE[found[0]], text)
        text = _CONTRACTED.sub(lambda found: _CONTRACTIONS[found[0]], text)
    return _JOINED.sub(" ", text)


@lru_cache(maxsize=256)
def _runs(text: str) -> tuple[tuple[str | None, str], ...]:
    # Words and n-grams of the same text are asked for one after the other.
    return tuple((run.lastgroup, run[0]) for run in _RUNS.finditer(_expanded(fold(text))))


def words(text: str) -> list[str]:
    """The text's words in order, folded: Chinese by jieba, English stemmed (Snowball), numbers and emoji as they are.

    Punctuation is left out. Contractions are opened ("what's" is "what is"), joined words are parted ("bi-LSTM").

    >>> words("What's the difference: CNNs vs. 卷积神经网络？")
    ['what', 'is', 'the', 'differ', 'cnn', 'vs', '卷积', '神经网络']
    """
    found: list[str] = []
    for kind, piece in _runs(text):
        if kind == "han":
            found.extend(SEGMENTER.cut(piece))
        elif kind == "word":
            found.append(stem(piece) if piece.isascii() else piece)
        elif kind == "number" or is_emoji(piece):
            found.append(piece)
    return found


def grams(text: str) -> list[str]:
    """The text's character n-grams, folded: Chinese characters and pairs, and for other words the trigrams of "#word#".

    They need no dictionary, so a new word, a wrong segmentation or a slip of the finger still leaves most of them in common.
    The trigrams are the word hashing of DSSM (Huang et al. 2013, section 3.2), without the hashing.

    >>> grams("学CNN")
    ['学', '#cn', 'cnn', 'nn#']
    """
    found: list[str] = []
    for kind, piece in _runs(text):
        if kind == "han":
            found.extend(piece)
            found.extend(piece[i : i + 2] for i in range(len(piece) - 1))
        elif kind == "word":
            marked = f"#{piece}#"
            found.extend(marked[i : i + 3] for i in range(len(marked) - 2))
        elif kind == "number" or is_emoji(piece):
            found.append(piece)
    return found
