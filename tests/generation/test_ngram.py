"""python -m pytest tests/generation/test_ngram.py"""

import io
import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from data.text.tokenizer import TextTokenizer
from data.text.vocab import BOS, EOS, PAD, UNK, Vocab
from generation.ngram import NGram

TEXTS = [
    "今天天气真好",
    "今天我们去哪里",
    "你今天吃了什么",
    "what is the weather today",
    "what shall we eat",
    "the weather is fine",
]


def draw_texts(seed: int, count: int, size: int = 12) -> list[list[int]]:
    """Texts in which an id depends on the one before it."""
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        ids = [chance.randrange(4, size)]
        while chance.random() < 0.8:
            ids.append(4 + (ids[-1] * 3 + chance.choice((0, 0, 0, 1, 5))) % (size - 4))
        texts.append(ids)
    return texts


class Slow:
    """The formulas as they are written down, over dictionaries."""

    def __init__(self, texts: Sequence[Sequence[int]], size: int, order: int) -> None:
        self.size = size
        framed = [(BOS, *ids, EOS) for ids in texts]
        seen = Counter(row[i - n : i] for row in framed for n in range(1, order + 1) for i in range(n, len(row) + 1))
        before: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for gram in seen:
            before[gram[1:]].add(gram[0])
        self.after: dict[tuple[int, ...], dict[int, int]] = defaultdict(dict)
        self.discounts: dict[int, list[float]] = {}
        for n in range(1, order + 1):
            counts = {
                gram: count if n == order or gram[0] == BOS else len(before[gram])
                for gram, count in seen.items()
                if len(gram) == n and gram != (BOS,)
            }
            for gram, count in counts.items():
                self.after[gram[:-1]][gram[-1]] = count
            often = Counter(counts.values())
            discounts = [0.0, 0.5, 1.0, 1.5]
            if often[1] and often[2] and often[3]:
                share = often[1] / (often[1] + 2 * often[2])
                found = [0.0, *(k - (k + 1) * share * often[k + 1] / often[k] for k in (1, 2, 3))]
                if all(0 < found[k] <= k for k in (1, 2, 3)):
                    discounts = found
            self.discounts[n] = discounts

    def probability(self, id: int, context: tuple[int, ...]) -> float:
        lower = self.probability(id, context[1:]) if context else 0.0 if id in (PAD, BOS) else 1 / (self.size - 2)
        followers = self.after.get(context)
        if not followers:
            return lower
        discounts, total = self.discounts[len(context) + 1], sum(followers.values())
        count = followers.get(id, 0)
        left = sum(discounts[min(one, 3)] for one in followers.values()) / total
        return max(count - discounts[min(count, 3)], 0) / total + left * lower


def test_a_bigram_model_is_as_worked_by_hand() -> None:
    # Two texts, "a b" and "a c"; 7 ids, so that five may come next and each has 1/5 before anything is seen.
    a, b, c = 4, 5, 6
    model = NGram.fit([[a, b], [a, c]], size=7, order=2)
    # There are too few counts to estimate discounts from: 0.5, 1, 1.5. Continuations: a after BOS, b and c after a, EOS after b
    # and c, five in all; what is left for the unseen is (3 * 0.5 + 1 * 1) / 5 = 0.5.
    single = {a: 0.5 / 5 + 0.5 / 5, b: 0.5 / 5 + 0.5 / 5, EOS: (2 - 1) / 5 + 0.5 / 5, UNK: 0.5 / 5}
    # BOS was followed by a twice: (2 - 1) / 2, and 1 / 2 is left. a by b and c: (1 - 0.5) / 2, and 0.5 is left.
    assert np.exp(model.log_probs([a])).tolist() == pytest.approx([0.5 + 0.5 * single[a]])
    assert np.exp(model.log_probs([a, b, EOS])).tolist() == pytest.approx(
        [0.5 + 0.5 * single[a], 0.25 + 0.5 * single[b], 0.5 + 0.5 * single[EOS]]
    )
    assert np.exp(model.log_probs([UNK, a])).tolist() == pytest.approx([0.5 * single[UNK], single[a]])
    assert model.perplexity([[a, b]]) == pytest.approx((0.6 * 0.35 * 0.65) ** (-1 / 3))


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("count", [3, 40, 900])
def test_it_is_the_model_of_the_paper(order: int, count: int) -> None:
    texts, size = draw_texts(order, count), 12
    model, slow = NGram.fit(texts, size, order), Slow(texts, size, order)
    for ids in [*draw_texts(77, 20), [UNK, 5, UNK], [EOS, 4], []]:
        row = (BOS, *ids, EOS)
        wanted = [math.log(slow.probability(row[i], row[max(0, i + 1 - order) : i])) for i in range(1, len(row))]
        assert model.log_probs([*ids, EOS]).tolist() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("pruned_from", [None, 2, 4])
def test_what_may_come_next_sums_to_one(pruned_from: int | None) -> None:
    model = NGram.fit(draw_texts(1, 400), size=30, order=5, pruned_from=pruned_from)
    contexts: list[list[int]] = [[], [4], [29, 28], [UNK] * 7, [EOS], [BOS], *draw_texts(2, 30), draw_texts(1, 400)[7]]
    for ids in contexts:
        scores = np.asarray([model.log_probs([*ids, following])[-1] for following in range(30)])
        assert np.exp(scores).sum() == pytest.approx(1, abs=1e-5)
        assert np.flatnonzero(np.isneginf(scores)).tolist() == [PAD, BOS]


def test_pruning_drops_what_was_seen_once_and_keeps_the_rest() -> None:
    texts = draw_texts(3, 300)
    whole, pruned = NGram.fit(texts, 12, 4), NGram.fit(texts, 12, 4, pruned_from=3)
    seen = Counter(tuple(row[i : i + 3]) for ids in texts for row in [(BOS, *ids, EOS)] for i in range(len(row) - 2))
    assert whole.counts[2] == len(seen)
    assert pruned.counts[:2] == whole.counts[:2]
    assert pruned.counts[2] == sum(1 for count in seen.values() if count > 1)
    assert whole.perplexity(draw_texts(4, 50)) < 1.2 * pruned.perplexity(draw_texts(4, 50))


def test_longer_contexts_and_more_texts_tell_more() -> None:
    unseen = draw_texts(9, 200)
    by_order = [NGram.fit(draw_texts(8, 2000), 12, order).perplexity(unseen) for order in (1, 2)]
    assert by_order[1] < 0.75 * by_order[0] < 12
    assert by_order[1] < NGram.fit(draw_texts(8, 20), 12, 2).perplexity(unseen)


def test_perplexity_is_that_of_the_log_probabilities() -> None:
    model, texts = NGram.fit(draw_texts(5, 200), 12, 3), [*draw_texts(6, 9), []]
    scores = np.concatenate([model.log_probs([*ids, EOS]) for ids in texts])
    assert model.perplexity(iter(texts)) == pytest.approx(math.exp(-scores.mean()))


@pytest.mark.parametrize("pruned_from", [None, 2])
def test_it_is_the_same_after_a_rest(pruned_from: int | None) -> None:
    model = NGram.fit(draw_texts(1, 100), size=300, order=4, pruned_from=pruned_from)
    again = NGram.from_bytes(model.to_bytes())
    assert (again.size, again.order, again.counts) == (300, 4, model.counts)
    for ids in draw_texts(2, 20):
        assert np.array_equal(again.log_probs([*ids, 299, EOS]), model.log_probs([*ids, 299, EOS]))
    assert NGram.from_bytes(NGram.fit([[4]], 12, 1).to_bytes()).counts == (12,)


def test_what_holds_something_else_is_refused() -> None:
    packed = NGram.fit(draw_texts(1, 20), 12, 2).to_bytes()
    with np.load(io.BytesIO(packed)) as arrays:
        other = io.BytesIO()
        np.savez(other, allow_pickle=False, **({name: arrays[name] for name in arrays} | {"counts": np.array([12, 1])}))
    with pytest.raises(ValueError, match="do not fit its counts"):
        NGram.from_bytes(other.getvalue())
    for harmed in (b"", b"damaged", packed[: len(packed) // 2]):
        with pytest.raises(ValueError, match="not hold an n-gram model"):
            NGram.from_bytes(harmed)


def test_in_both_languages_what_reads_well_is_more_probable() -> None:
    tokenizer = TextTokenizer(Vocab.build([[*text] for text in TEXTS], 60), "characters", 40)
    rows = [ids[:length].tolist() for ids, length in zip(*tokenizer.encode(TEXTS * 3), strict=True)]
    model = NGram.fit(rows, len(tokenizer.vocab))
    for text, shuffled in (("今天天气真好", "好气今真天天"), ("what is the weather", "rea wet the hwisaht")):
        one, other = (tokenizer.encode([given])[0][0] for given in (text, shuffled))
        assert model.log_probs(one).mean() > model.log_probs(other).mean() + 1


def test_long_and_unknown_texts_are_scored() -> None:
    model = NGram.fit(draw_texts(1, 50), 12)
    assert np.isfinite(model.log_probs([UNK] * 10_000)).all()
    assert model.log_probs([]).shape == (0,)


def test_what_cannot_be_used_is_named() -> None:
    with pytest.raises(ValueError, match="order is 6"):
        NGram.fit([[4]], 12, 6)
    with pytest.raises(ValueError, match="pruned_from is 1"):
        NGram.fit([[4]], 12, pruned_from=1)
    with pytest.raises(ValueError, match="no sequences to learn from"):
        NGram.fit([], 12)
    with pytest.raises(ValueError, match="ids from 1 to 12 were given, but the vocabulary has 12"):
        NGram.fit([[12]], 12)
    model = NGram.fit([[4]], 12)
    with pytest.raises(ValueError, match="no sequences to measure"):
        model.perplexity([])
    for ids in ([12], [-1]):
        with pytest.raises(ValueError, match="the vocabulary has 12"):
            model.log_probs(ids)
