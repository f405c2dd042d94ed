"""python -m pytest tests/data/text/test_dictionary.py: jieba's dictionary in a trie, beside jieba itself."""

from __future__ import annotations

from pathlib import Path

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.text.dictionary import Dictionary, TrieTokenizer, build_trie

STARTER = Path(__file__).parents[3] / "data" / "starter"
OWN = ["人民医院挂号", "退款申请单", "北京南站东广场停车楼入口处左侧第三个闸机口以外", "的"]


@pytest.fixture(scope="module")
def theirs() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as file:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(file)
    tokenizer.initialized = True
    return tokenizer


def test_every_word_of_jieba_has_its_count(theirs: jieba.Tokenizer) -> None:
    ours = Dictionary()
    words = {word: count for word, count in theirs.FREQ.items() if count}
    assert {word: ours.get(word) for word in words} == words
    assert ours.total == theirs.total
    assert len(ours.trie) == len(words) + 1 == len(build_trie())
    assert ours.get("没有这个词呀") is None
    assert ours.get("no such word", 1) == 1


def test_the_starter_corpus_is_cut_as_jieba_cuts_it(theirs: jieba.Tokenizer) -> None:
    ours = TrieTokenizer()
    lines = [line for path in sorted(STARTER.rglob("*.toml")) for line in path.read_text("utf-8").splitlines()]
    assert [list(ours.cut(line)) for line in lines] == [list(theirs.cut(line)) for line in lines]


OURS = TrieTokenizer()


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=30))
def test_any_characters_are_cut_as_jieba_cuts_them(theirs: jieba.Tokenizer, text: str) -> None:
    assert list(OURS.cut(text)) == list(theirs.cut(text))


def test_words_of_the_owner_count_as_in_jieba() -> None:
    ours, theirs = TrieTokenizer(), jieba.Tokenizer()
    with theirs.get_dict_file() as file:
        theirs.FREQ, theirs.total = theirs.gen_pfdict(file)
    theirs.initialized = True
    for word in OWN:
        ours.add_word(word)
        theirs.add_word(word)
        assert (ours.FREQ.get(word), ours.total) == (theirs.FREQ[word], theirs.total)
    for text in [f"我去{word}办事，please wait 然后{word[1:]}" for word in OWN]:
        assert list(ours.cut(text)) == list(theirs.cut(text))
