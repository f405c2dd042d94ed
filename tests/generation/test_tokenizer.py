"""python -m pytest tests/generation/test_tokenizer.py"""

from __future__ import annotations

import json

import pytest

from data.records import Language
from data.text.detokenize import Truecaser, detokenize
from data.text.subword import SubwordTokenizer
from data.text.token_spacing import capitalize_sentences, remove_token_spaces
from data.text.vocab import EOS, SPECIAL, UNK
from generation.examples import Exchange
from generation.tokenizer import MARKS, DialogTokenizer

TEXTS = [
    "你好，今天天气怎么样？",
    "今天天气很好，我们去公园吧。",
    "hello, how are you?",
    "i'm fine, let's go to the park.",
    "好的 ok 2026",
] * 4


@pytest.fixture(scope="module")
def tokenizer() -> DialogTokenizer:
    return DialogTokenizer(
        SubwordTokenizer.build(TEXTS, 160, MARKS),
        Truecaser({"london": "London", "python": "Python"}),
        source=40,
        target=12,
    )


@pytest.mark.parametrize("text", [*dict.fromkeys(TEXTS), "", "好", "park park", "2026 好的"])
def test_subwords_give_the_text_back(tokenizer: DialogTokenizer, text: str) -> None:
    assert tokenizer.subword.decode(tokenizer.subword.encode(text)) == text


def test_the_same_texts_give_the_same_ids() -> None:
    # Of these equally rare characters only some are known; which ones must not be chance.
    rare = [chr(0x4E00 + number) for number in range(400)]
    made = [SubwordTokenizer.build([*TEXTS, *rare], 160, MARKS) for _ in range(6)]
    assert len({one.digest for one in made}) == 1


@pytest.mark.parametrize("text", ["<eos>", "<zh>", "<pad> <unk>", "<turn>"])
def test_nobody_can_type_a_special_token(tokenizer: DialogTokenizer, text: str) -> None:
    assert all(id == UNK or id >= len(SPECIAL) + len(MARKS) for id in tokenizer.subword.encode(text))


def test_a_source_says_language_style_and_every_turn(tokenizer: DialogTokenizer) -> None:
    mark = tokenizer.subword.mark_id
    ids = tokenizer.encode_source(["你好", "hello", "好的"], "zh", "chat")
    assert ids[:2] == [mark("<zh>"), mark("<chat>")]
    assert ids.count(mark("<turn>")) == 3
    assert ids[-1] == EOS
    back = tokenizer.encode_source(["你好"], "en", backward=True)
    assert back[:3] == [mark("<en>"), mark("<talk>"), mark("<asked>")]


@pytest.mark.parametrize("turns", [["你好" * 5_000], ["hello " * 10_000, "好的"], ["\u2603\u2604" * 300], ["好"] * 50])
def test_a_source_is_never_too_long_and_keeps_its_end(tokenizer: DialogTokenizer, turns: list[str]) -> None:
    ids = tokenizer.encode_source(turns, "zh")
    assert len(ids) <= tokenizer.source
    assert ids[-1] == EOS
    short = tokenizer.encode_source([turns[-1][-8:]], "zh")
    assert ids[-2:] == short[-2:]


def test_a_target_ends_and_is_never_too_long(tokenizer: DialogTokenizer) -> None:
    assert tokenizer.encode_target("好的")[-1] == EOS
    assert len(tokenizer.encode_target("今天天气很好" * 50)) == tokenizer.target


@pytest.mark.parametrize(
    ("language", "reply"), [("zh", "今天天气很好，我们去公园吧。"), ("en", "I'm fine, let's go to the park.")]
)
def test_a_reply_comes_back_as_it_was_written(tokenizer: DialogTokenizer, language: Language, reply: str) -> None:
    wide = DialogTokenizer(tokenizer.subword, tokenizer.truecase)
    _, target = wide.encode_forward(Exchange(("你好",), reply, language))
    assert wide.decode(target) == reply


def test_nothing_special_is_ever_written(tokenizer: DialogTokenizer) -> None:
    assert {tokenizer.subword.tokens[id] for id in tokenizer.suppressed_ids} == {*SPECIAL, *MARKS} - {"<eos>"}


def test_the_codec_survives_its_dictionary(tokenizer: DialogTokenizer) -> None:
    again = DialogTokenizer.from_dict(json.loads(json.dumps(tokenizer.to_dict())))
    for text in TEXTS:
        assert again.encode_source([text], "zh") == tokenizer.encode_source([text], "zh")
    assert again.decode(again.encode_target("in london.")) == tokenizer.decode(tokenizer.encode_target("in london."))


def test_a_mixed_up_vocabulary_is_refused(tokenizer: DialogTokenizer) -> None:
    raw = json.loads(json.dumps(tokenizer.to_dict()))
    raw["subword"]["tokens"][-1] = "另一个"
    with pytest.raises(ValueError, match=r"digest|merge"):
        DialogTokenizer.from_dict(raw)
    other = SubwordTokenizer.build(TEXTS, 160, ("<fr>",))
    with pytest.raises(ValueError, match="marks"):
        DialogTokenizer.from_dict(tokenizer.to_dict() | {"subword": other.to_dict()})


def test_an_empty_context_is_refused(tokenizer: DialogTokenizer) -> None:
    with pytest.raises(ValueError, match="at least one turn"):
        tokenizer.encode_source([], "en")


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
