"""python -m pytest tests/vqa/caption/test_codec.py"""

from __future__ import annotations

import json

import pytest

from data.records import LANGUAGES, CaptionedPicture, Language
from data.text.vocab import EOS, SPECIAL, UNK
from vqa.caption.codec import MARKS, Codec, padded, shown, tokens

PICTURES = [
    CaptionedPicture(
        "a.jpg", {"en": ("A man 's dog runs .", "The dog runs"), "zh": ("一只狗在跑。", "穿着T恤的3个人")}
    ),
    CaptionedPicture("b.jpg", {"en": ("Two dogs, 3 men in t-shirts !",), "zh": ("後面的狗在跑", "两只狗")}),
]


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec.build(PICTURES, {"zh": 1, "en": 1}, longest=9)


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
def test_a_caption_comes_back_as_it_is_shown(codec: Codec, language: Language, given: str, wanted: str) -> None:
    ids = codec.encode(given, language)
    assert ids[-1] == EOS
    assert UNK not in ids
    assert codec.shown(ids, language) == wanted
    # What is shown is the same caption.
    assert codec.encode(wanted, language) == ids


def test_punctuation_and_case_are_no_tokens() -> None:
    assert tokens("A dog, a DOG!", "en") == ("a", "dog", "a", "dog")
    assert tokens("狗，“狗”！", "zh") == ("狗", "狗")
    assert tokens("。。。", "zh") == tokens(" .,! ", "en") == ()


def test_an_empty_caption_shows_nothing() -> None:
    assert [shown((), language) for language in LANGUAGES] == ["", ""]


def test_latin_words_beside_each_other_stay_apart_in_chinese() -> None:
    assert shown(("穿", "nike", "t", "恤"), "zh") == "穿nike T恤。"


def test_what_is_unknown_is_said_so_and_long_captions_end(codec: Codec) -> None:
    assert codec.encode("a zebra", "en")[1] == UNK
    for language in LANGUAGES:
        ids = codec.encode("dog 狗跑 " * 50, language)
        assert len(ids) == codec.longest
        assert ids[-1] == EOS


def test_rare_tokens_are_unknown() -> None:
    codec = Codec.build(PICTURES, {"zh": 3, "en": 2})
    assert set(codec.words["en"]) == {"dog", "runs"}
    assert set(codec.words["zh"]) == {"狗"}


def test_a_caption_is_written_in_one_language_only(codec: Codec) -> None:
    for language, other in zip(LANGUAGES, LANGUAGES[::-1], strict=True):
        banned = {codec.vocab.tokens[id] for id in codec.unwritten(language)}
        assert banned >= {*SPECIAL, *MARKS} - {"<eos>"}
        assert banned.isdisjoint(codec.words[language])
        assert banned >= set(codec.words[other]) - set(codec.words[language])
    # Both languages write digits.
    assert codec.vocab.id("3") not in {*codec.unwritten("en"), *codec.unwritten("zh")}


@pytest.mark.parametrize("text", ["<zh>", "<en> <eos>", "<pad>"])
def test_nobody_can_type_a_mark(codec: Codec, text: str) -> None:
    first = len(SPECIAL) + len(MARKS)
    for language in LANGUAGES:
        ids = codec.encode(text, language)
        assert all(id in (UNK, EOS) or id >= first for id in ids)
        assert codec.mark(language) not in ids
        assert codec.vocab.tokens[codec.mark(language)] == f"<{language}>"


def test_the_codec_survives_its_dictionary(codec: Codec) -> None:
    again = Codec.from_dict(json.loads(json.dumps(codec.to_dict())))
    assert again == codec
    assert again.vocab == codec.vocab


def test_a_mixed_up_vocabulary_is_refused(codec: Codec) -> None:
    raw = json.loads(json.dumps(codec.to_dict()))
    raw["words"]["zh"].reverse()
    with pytest.raises(ValueError, match="digest"):
        Codec.from_dict(raw)
    with pytest.raises(ValueError, match="no room"):
        Codec(codec.words, longest=1)
    with pytest.raises(ValueError, match="expected zh, en"):
        Codec({"zh": ("狗",)})


def test_an_id_that_is_no_tokens_is_refused(codec: Codec) -> None:
    with pytest.raises(IndexError, match="no id"):
        codec.tokens([len(codec.vocab)])


def test_rows_are_filled_up() -> None:
    assert padded([[5, 6, 2], [5, 2]]).tolist() == [[5, 6, 2], [5, 2, 0]]
