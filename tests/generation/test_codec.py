"""python -m pytest tests/generation/test_codec.py"""

from __future__ import annotations

import json

import pytest

from data.records import Language
from data.text.detokenize import Truecaser, detokenize
from data.text.subword import SubwordTokenizer
from data.text.token_spacing import capitalize_sentences, remove_token_spaces
from data.text.vocab import EOS, SPECIAL, UNK
from generation.codec import MARKS, Codec
from generation.examples import Exchange

TEXTS = [
    "你好，今天天气怎么样？",
    "今天天气很好，我们去公园吧。",
    "hello, how are you?",
    "i'm fine, let's go to the park.",
    "好的 ok 2026",
] * 4


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(
        SubwordTokenizer.build(TEXTS, 160, MARKS),
        Truecaser({"london": "London", "python": "Python"}),
        source=40,
        target=12,
    )


@pytest.mark.parametrize("text", [*dict.fromkeys(TEXTS), "", "好", "park park", "2026 好的"])
def test_subwords_give_the_text_back(codec: Codec, text: str) -> None:
    assert codec.subword.text(codec.subword.ids(text)) == text


def test_the_same_texts_give_the_same_ids() -> None:
    # Of these equally rare characters only some are known; which ones must not be chance.
    rare = [chr(0x4E00 + number) for number in range(400)]
    made = [SubwordTokenizer.build([*TEXTS, *rare], 160, MARKS) for _ in range(6)]
    assert len({one.digest for one in made}) == 1


@pytest.mark.parametrize("text", ["<eos>", "<zh>", "<pad> <unk>", "<turn>"])
def test_nobody_can_type_a_special_token(codec: Codec, text: str) -> None:
    assert all(id == UNK or id >= len(SPECIAL) + len(MARKS) for id in codec.subword.ids(text))


def test_a_source_says_language_style_and_every_turn(codec: Codec) -> None:
    mark = codec.subword.mark
    ids = codec.encode_source(["你好", "hello", "好的"], "zh", "chat")
    assert ids[:2] == [mark("<zh>"), mark("<chat>")]
    assert ids.count(mark("<turn>")) == 3
    assert ids[-1] == EOS
    back = codec.encode_source(["你好"], "en", asked=True)
    assert back[:3] == [mark("<en>"), mark("<talk>"), mark("<asked>")]


@pytest.mark.parametrize("turns", [["你好" * 5_000], ["hello " * 10_000, "好的"], ["\u2603\u2604" * 300], ["好"] * 50])
def test_a_source_is_never_too_long_and_keeps_its_end(codec: Codec, turns: list[str]) -> None:
    ids = codec.encode_source(turns, "zh")
    assert len(ids) <= codec.source
    assert ids[-1] == EOS
    short = codec.encode_source([turns[-1][-8:]], "zh")
    assert ids[-2:] == short[-2:]


def test_a_target_ends_and_is_never_too_long(codec: Codec) -> None:
    assert codec.encode_target("好的")[-1] == EOS
    assert len(codec.encode_target("今天天气很好" * 50)) == codec.target


@pytest.mark.parametrize(
    ("language", "reply"), [("zh", "今天天气很好，我们去公园吧。"), ("en", "I'm fine, let's go to the park.")]
)
def test_a_reply_comes_back_as_it_was_written(codec: Codec, language: Language, reply: str) -> None:
    wide = Codec(codec.subword, codec.truecase)
    _, target = wide.forward(Exchange(("你好",), reply, language))
    assert wide.decode(target) == reply


def test_nothing_special_is_ever_written(codec: Codec) -> None:
    assert {codec.subword.tokens[id] for id in codec.unwritten} == {*SPECIAL, *MARKS} - {"<eos>"}


def test_the_codec_survives_its_dictionary(codec: Codec) -> None:
    again = Codec.from_dict(json.loads(json.dumps(codec.to_dict())))
    for text in TEXTS:
        assert again.encode_source([text], "zh") == codec.encode_source([text], "zh")
    assert again.decode(again.encode_target("in london.")) == codec.decode(codec.encode_target("in london."))


def test_a_mixed_up_vocabulary_is_refused(codec: Codec) -> None:
    raw = json.loads(json.dumps(codec.to_dict()))
    raw["subword"]["tokens"][-1] = "另一个"
    with pytest.raises(ValueError, match=r"digest|merge"):
        Codec.from_dict(raw)
    other = SubwordTokenizer.build(TEXTS, 160, ("<fr>",))
    with pytest.raises(ValueError, match="marks"):
        Codec.from_dict(codec.to_dict() | {"subword": other.to_dict()})


def test_an_empty_context_is_refused(codec: Codec) -> None:
    with pytest.raises(ValueError, match="at least one turn"):
        codec.encode_source([], "en")


def test_names_get_their_capitals_back() -> None:
    texts = [
        "We went to London in May.",
        "They like London.",
        "My London trip",
        "In London. So so.",
        "to May, in May or May",
    ]
    truecase = Truecaser.build(texts)
    assert truecase("i saw london. it was may") == "I saw London. It was May"
    assert detokenize("我去过 london,你呢?", truecase) == "我去过 London，你呢？"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("i ' m sure it 's fine , is n't it ?", "I'm sure it's fine, isn't it?"),
        ("do n't ( ever ) go . ok ?", "Don't (ever) go. Ok?"),
        ("你好 ， 好", "你好 ， 好"),
    ],
)
def test_the_spaces_of_a_tokenizer_go(given: str, wanted: str) -> None:
    assert capitalize_sentences(remove_token_spaces(given)) == wanted
