"""python -m pytest tests/data/text/test_threads.py: texts that several threads read at once."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from data.image import open_picture
from data.metrics.ngram_counts import count_bleu
from data.text import clean, segment
from data.text.clean import fold
from data.text.language import language_of
from data.text.mask import mask
from data.text.segment import Segmenter, grams, words
from data.text.subword import SubwordTokenizer
from tests.threads import THREADS, run_in_threads

STARTER = Path(__file__).parents[3] / "data" / "starter"
STEMS = "nation relate happy general argue operate study conform active class run hope sense depend possible".split()
ENDINGS = "s ed ing ly ness ational ization fully ability ies edly ment ously".split()
MADE = [stem + ending for stem in STEMS for ending in ENDINGS]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


TEXTS = list(_texts(tomllib.loads((STARTER / "course" / "language.toml").read_text(encoding="utf-8"))))[:30]
TEXTS += ["後面的電腦是誰的？", "ＣＮＮ、循環神經網絡和 LSTMs 的區別", "1. 13812345678 li@example.com"]


@pytest.fixture(autouse=True)
def _read_nothing_before() -> None:
    forget()


def forget() -> None:
    """Empty what is remembered of texts, so that each run has to read them."""
    for cached in (segment.stem, segment._split_runs, clean.fold, clean._load_converter):
        cached.cache_clear()


def test_english_words_have_the_same_stems_in_eight_threads() -> None:
    made = run_in_threads(words, MADE)
    forget()
    wanted = [words(word) for word in MADE]
    wrong = [
        word for of_thread in made for word, one, other in zip(MADE, of_thread, wanted, strict=True) if one != other
    ]
    assert wrong == []


@settings(max_examples=5, deadline=None)
@given(st.lists(st.builds("{}{}".format, st.text("aeiouylnrstdbc", min_size=2, max_size=9), st.sampled_from(ENDINGS)),
                min_size=40, max_size=80, unique=True))  # fmt: skip
def test_any_words_have_the_same_stems_in_eight_threads_and_after_them(given: list[str]) -> None:
    forget()
    made = run_in_threads(words, given)
    remembered = [words(word) for word in given]
    forget()
    assert [*made, remembered] == [[words(word) for word in given]] * (THREADS + 1)


@pytest.mark.parametrize(
    "work",
    [words, grams, fold, mask, lambda text: language_of(text, "zh"), lambda text: count_bleu(text, [TEXTS[0]], "zh")],
    ids=["words", "grams", "fold", "mask", "language_of", "bleu_counts"],
)
def test_texts_are_read_alike_by_eight_threads(work: Callable[[str], Any]) -> None:
    made = run_in_threads(work, TEXTS)
    forget()
    assert made == [[work(text) for text in TEXTS]] * THREADS


def test_subwords_are_the_same_in_eight_threads() -> None:
    subword = SubwordTokenizer.build(TEXTS, 400)
    wanted = [subword.encode(text) for text in TEXTS]
    assert run_in_threads(subword.encode, TEXTS) == [wanted] * THREADS
    assert run_in_threads(lambda text: subword.encode_batch([text, text])[1], TEXTS) == [wanted] * THREADS


def test_words_that_are_added_by_one_thread_disturb_no_other() -> None:
    segmenter, added = Segmenter(), [f"蓝图{number}号" for number in "一二三四五六七八九十"]
    texts = TEXTS[-25:]
    wanted = [segmenter.cut(text) for text in texts]

    def work(place: int) -> list[str]:
        if place < len(added):
            segmenter.add([added[place]])
        return segmenter.cut(texts[place])

    assert run_in_threads(work, range(len(texts))) == [wanted] * THREADS
    assert all(segmenter.cut(f"申请{word}权限") == ["申请", word, "权限"] for word in added)


def test_pictures_in_eight_threads_leave_the_warnings_as_they_were(tmp_path: Path) -> None:
    for number in range(4):
        Image.new("P", (30, 20), number).save(tmp_path / f"{number}.png", transparency=b"\x00\x80")
    files = [path.read_bytes() for path in sorted(tmp_path.iterdir())] * 10
    wanted = [open_picture(data).tobytes() for data in files]
    before = list(warnings.filters)
    assert run_in_threads(lambda data: open_picture(data).tobytes(), files) == [wanted] * THREADS
    assert warnings.filters == before
