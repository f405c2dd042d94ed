"""python -m pytest tests/data/text/test_vocab.py"""

import json
import random

import pytest

from data.text.vocab import BOS, EOS, PAD, SPECIAL, UNK, Vocab

TEXTS = [["猫", "喜欢", "鱼"], ["cats", "like", "fish"], ["猫", "cats"], ["猫"]]


def test_every_token_has_its_id_and_comes_back_by_it() -> None:
    vocab = Vocab.build(TEXTS, 100)
    assert [vocab.tokens[vocab.id(token)] for token in vocab.tokens[4:]] == list(vocab.tokens[4:])
    assert [vocab.tokens[id] for id in (PAD, BOS, EOS, UNK)] == list(SPECIAL)
    assert vocab.id("狗") == vocab.id("dog") == UNK


def test_the_most_frequent_tokens_are_kept() -> None:
    vocab = Vocab.build([["a", "b", "c"], ["b", "c"], ["c", "猫"]], size=6, min_count=2)
    assert vocab.tokens[4:] == ("c", "b")
    assert len(vocab) == 6
    assert Vocab.build(TEXTS, 3).tokens == SPECIAL


def test_the_order_of_the_texts_does_not_matter() -> None:
    wanted = Vocab.build(TEXTS, 100)
    assert wanted.tokens[4:] == ("猫", "cats", "fish", "like", "喜欢", "鱼")
    for seed in range(20):
        shuffled = [random.Random(seed).sample(text, len(text)) for text in TEXTS]
        random.Random(seed).shuffle(shuffled)
        assert Vocab.build(shuffled, 100) == wanted


def test_a_person_cannot_spell_a_special_token() -> None:
    vocab = Vocab.build([["<eos>", "<pad>", "猫", "cat"]], 100)
    assert vocab.tokens == (*SPECIAL, "cat", "猫")
    assert vocab.id("<eos>") == UNK


def test_a_vocabulary_begins_with_its_specials_and_repeats_nothing() -> None:
    with pytest.raises(ValueError, match="begins with"):
        Vocab(("a", "猫"))
    with pytest.raises(ValueError, match="twice"):
        Vocab((*SPECIAL, "猫", "猫"))


def test_through_json_and_back() -> None:
    vocab = Vocab.build(TEXTS, 100)
    assert Vocab.from_dict(json.loads(json.dumps(vocab.to_dict()))) == vocab


def test_the_digest_tells_tokens_and_their_order() -> None:
    digests = {Vocab((*SPECIAL, *tokens)).digest for tokens in (["猫", "cat"], ["cat", "猫"], ["猫cat"], ["猫"], [])}
    assert len(digests) == 5


@pytest.mark.parametrize(
    "change", [{"tokens": ["cat", "猫"]}, {"tokens": ["猫"]}, {"digest": "0" * 64}, {"digest": None}]
)
def test_a_vocabulary_that_was_mixed_up_is_refused(change: dict[str, object]) -> None:
    raw = Vocab((*SPECIAL, "猫", "cat")).to_dict()
    with pytest.raises(ValueError, match="digest does not fit"):
        Vocab.from_dict(raw | change)
