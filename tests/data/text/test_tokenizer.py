"""python -m pytest tests/data/text/test_tokenizer.py"""

import itertools
import random

import numpy as np
import pytest

from data.text.clean import fold
from data.text.tokenizer import TextTokenizer, Unit
from data.text.vocab import BOS, EOS, PAD, UNK, Vocab

TEXTS = ["什么是卷积神经网络？", "What is a convolution?", "混合 mixed 文本 😀", "1000 次"]


def codec(unit: Unit, max_length: int = 64, framed: bool = False) -> TextTokenizer:
    draft = TextTokenizer(Vocab.build([], 4), unit, max_length, framed)
    return TextTokenizer(Vocab.build((draft.tokenize(text) for text in TEXTS), 1000), unit, max_length, framed)


@pytest.mark.parametrize("framed", [False, True])
def test_characters_come_back_as_they_went_in(framed: bool) -> None:
    made = codec("characters", framed=framed)
    alphabet = "".join(token for token in made.vocab.tokens[4:])
    chance = random.Random(1)
    for _ in range(200):
        text = fold("".join(chance.choice(alphabet) for _ in range(chance.randint(0, 30))))
        known = "".join(character for character in text if character in alphabet)
        assert made.decode(made.encode([known])[0]) == [known]


@pytest.mark.parametrize("framed", [False, True])
@pytest.mark.parametrize("unit", ["words", "grams"])
def test_units_come_back_in_their_order(unit: Unit, framed: bool) -> None:
    made = codec(unit, framed=framed)
    for texts in itertools.chain(itertools.permutations(TEXTS, 2), [["什么是 convolution"], TEXTS]):
        known = [[token for token in made.tokenize(text) if made.vocab.id(token) != UNK] for text in texts]
        ids, lengths = made.encode(texts)
        assert [text.replace("\ufffd", "").split() for text in made.decode(ids)] == known
        assert lengths.max() == ids.shape[1]


def test_words_come_back_folded_and_spaced() -> None:
    made = codec("words")
    assert made.decode(made.encode(["What is CONVOLUTION"])[0]) == ["what is convolut"]
    assert made.decode(made.encode(["什么是卷積？"])[0])[0].replace(" ", "").startswith("什么是卷积")


@pytest.mark.parametrize("id", [-1, 10_000])
def test_an_id_that_is_no_tokens_is_refused(id: int) -> None:
    with pytest.raises(IndexError, match=f"{id} is no id of a vocabulary of"):
        codec("words").decode(np.array([[UNK, id]]))


def test_padding_lengths_and_frames() -> None:
    ids, lengths = codec("characters", framed=True).encode(["次", "什么", ""])
    assert ids.dtype == np.int64
    assert (lengths.tolist(), ids.shape) == ([3, 4, 2], (3, 4))
    assert ids[0, 0] == BOS
    assert ids[0, 2] == EOS
    assert ids[0, 3] == PAD
    assert ids[2].tolist() == [BOS, EOS, PAD, PAD]


def test_an_overlong_text_is_cut_and_keeps_its_end() -> None:
    ids, lengths = codec("characters", max_length=5, framed=True).encode(["什么是卷积神经网络"])
    assert lengths.tolist() == [5]
    assert ids[0, -1] == EOS


def test_unknown_and_nothing() -> None:
    made = codec("words")
    ids, lengths = made.encode(["从未见过 zzz", "", "？？"])
    assert set(ids[0].tolist()) == {UNK}
    assert lengths.tolist()[1:] == [0, 0]
    assert made.encode([])[0].shape == (0, 1)
    assert "\ufffd" in made.decode(ids)[0]


@pytest.mark.parametrize("unit", ["words", "characters", "grams"])
def test_through_json_and_back(unit: Unit) -> None:
    made = codec(unit)
    assert TextTokenizer.from_dict(made.to_dict()) == made


def test_a_vocabulary_that_was_mixed_up_is_refused() -> None:
    raw = codec("words").to_dict()
    raw["vocab"]["tokens"] = list(reversed(raw["vocab"]["tokens"]))
    with pytest.raises(ValueError, match="digest does not fit"):
        TextTokenizer.from_dict(raw)


@pytest.mark.parametrize(
    ("unit", "max_length", "framed"), [("words", 0, False), ("words", 2, True), ("letters", 5, False)]
)
def test_a_codec_that_cannot_be_is_refused(unit: Unit, max_length: int, framed: bool) -> None:
    with pytest.raises(ValueError, match=r"max_length is|unit is"):
        TextTokenizer(Vocab.build([], 4), unit, max_length, framed)
