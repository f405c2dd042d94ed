"""python -m pytest tests/vqa/caption/test_tokenizer.py"""

from __future__ import annotations

import json

import pytest

from data.records import LANGUAGES, CaptionedPicture, Language
from data.text.vocab import EOS, SPECIAL, UNK
from vqa.caption.tokenizer import LANGUAGE_TOKENS, Tokenizer, detokenize, tokenize

PICTURES = [
    CaptionedPicture(
        "a.jpg", {"en": ("A man 's dog runs .", "The dog runs"), "zh": ("一只狗在跑。", "穿着T恤的3个人")}
    ),
    CaptionedPicture("b.jpg", {"en": ("Two dogs, 3 men in t-shirts !",), "zh": ("後面的狗在跑", "两只狗")}),
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.build(PICTURES, {"zh": 1, "en": 1}, max_length=9)


@pytest.mark.parametrize(
    ("language", "given", "wanted"),
    [
        ("en", "A man 's dog runs .", "A man's dog runs."),
        ("en", "THE DOG RUNS", "The dog runs."),
        ("zh", "一只狗，在 跑！", "一只狗在跑。"),
        ("zh", "後面的狗", "后面的狗。"),
        ("zh", "穿着ｔ恤的３个人", "穿着T恤的3个人。"),
    ],
)
def test_a_caption_comes_back_as_it_is_shown(tokenizer: Tokenizer, language: Language, given: str, wanted: str) -> None:
    ids = tokenizer.encode(given, language)
    assert ids[-1] == EOS
    assert UNK not in ids
    assert tokenizer.decode(ids, language) == wanted
    # What is shown is the same caption.
    assert tokenizer.encode(wanted, language) == ids


def test_punctuation_and_case_are_no_tokens() -> None:
    assert tokenize("A dog, a DOG!", "en") == ("a", "dog", "a", "dog")
    assert tokenize("狗，“狗”！", "zh") == ("狗", "狗")
    assert tokenize("。。。", "zh") == tokenize(" .,! ", "en") == ()


def test_an_empty_caption_shows_nothing() -> None:
    assert [detokenize((), language) for language in LANGUAGES] == ["", ""]


def test_latin_words_beside_each_other_stay_apart_in_chinese() -> None:
    assert detokenize(("穿", "nike", "t", "恤"), "zh") == "穿nike T恤。"


def test_what_is_unknown_is_said_so_and_long_captions_end(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("a zebra", "en")[1] == UNK
    for language in LANGUAGES:
        ids = tokenizer.encode("dog 狗跑 " * 50, language)
        assert len(ids) == tokenizer.max_length
        assert ids[-1] == EOS


def test_rare_tokens_are_unknown() -> None:
    tokenizer = Tokenizer.build(PICTURES, {"zh": 3, "en": 2})
    assert set(tokenizer.words["en"]) == {"dog", "runs"}
    assert set(tokenizer.words["zh"]) == {"狗"}


def test_a_caption_is_written_in_one_language_only(tokenizer: Tokenizer) -> None:
    for language, other in zip(LANGUAGES, LANGUAGES[::-1], strict=True):
        banned = {tokenizer.vocab.tokens[id] for id in tokenizer.suppressed_ids(language)}
        assert banned >= {*SPECIAL, *LANGUAGE_TOKENS} - {"<eos>"}
        assert banned.isdisjoint(tokenizer.words[language])
        assert banned >= set(tokenizer.words[other]) - set(tokenizer.words[language])
    # Both languages write digits.
    assert tokenizer.vocab.id("3") not in {*tokenizer.suppressed_ids("en"), *tokenizer.suppressed_ids("zh")}


@pytest.mark.parametrize("text", ["<zh>", "<en> <eos>", "<pad>"])
def test_nobody_can_type_a_mark(tokenizer: Tokenizer, text: str) -> None:
    first = len(SPECIAL) + len(LANGUAGE_TOKENS)
    for language in LANGUAGES:
        ids = tokenizer.encode(text, language)
        assert all(id in (UNK, EOS) or id >= first for id in ids)
        assert tokenizer.language_id(language) not in ids
        assert tokenizer.vocab.tokens[tokenizer.language_id(language)] == f"<{language}>"


def test_the_tokenizer_survives_its_dictionary(tokenizer: Tokenizer) -> None:
    again = Tokenizer.from_dict(json.loads(json.dumps(tokenizer.to_dict())))
    assert again == tokenizer
    assert again.vocab == tokenizer.vocab


def test_a_mixed_up_vocabulary_is_refused(tokenizer: Tokenizer) -> None:
    raw = json.loads(json.dumps(tokenizer.to_dict()))
    raw["words"]["zh"].reverse()
    with pytest.raises(ValueError, match="digest"):
        Tokenizer.from_dict(raw)
    with pytest.raises(ValueError, match="no room"):
        Tokenizer(tokenizer.words, max_length=1)
    with pytest.raises(ValueError, match="expected zh, en"):
        Tokenizer({"zh": ("狗",)})


def test_an_id_that_is_no_tokens_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(IndexError, match="no id"):
        tokenizer.id_tokens([len(tokenizer.vocab)])
