"""Measures of captions: worked by hand, and beside sacrebleu. Run: python -m pytest tests/data/metrics/test_captions.py"""

import random
from collections.abc import Callable
from math import exp, log, sqrt
from typing import Any

import pytest
from sacrebleu.metrics.bleu import BLEU

from data.metrics.answer_type import answer_type
from data.metrics.caption_bleu import caption_bleu
from data.metrics.cider import cider, cider_scores
from data.metrics.rouge import caption_rouge_l, rouge_l
from data.metrics.tokens import tokens

GIVEN = ["一只黑狗在雪地里跑。", "Two dogs play in the snow.", "A man rides a red bike!"]
WANTED = [
    ["一只狗在雪地上奔跑。", "黑狗在雪地里跑", "狗在跑"],
    ["Two dogs are playing in the snow .", "two dogs play in the snow", "Dogs run through snow ."],
    ["A man on a bike", "The person is riding a red bicycle .", "a biker jumps"],
]
CUT = [tokens(text) for text in GIVEN]
REFERENCES = [[tokens(text) for text in texts] for texts in WANTED]


def draw_captions(seed: int, count: int) -> tuple[list[list[str]], list[list[list[str]]]]:
    """Captions of a few tokens, and one to five references each, often of other lengths."""
    chance = random.Random(seed)

    def text() -> list[str]:
        return chance.choices(["狗", "在", "跑", "a", "dog", "runs", "雪"], k=chance.randint(1, 12))

    return [text() for _ in range(count)], [[text() for _ in range(chance.randint(1, 5))] for _ in range(count)]


def sacrebleu(given: list[list[str]], wanted: list[list[list[str]]], order: int) -> float:
    bleu = BLEU(tokenize="none", smooth_method="none", max_ngram_order=order, force=True)
    most = max(map(len, wanted))
    columns: list[list[Any]] = [
        [" ".join(texts[column]) if column < len(texts) else None for texts in wanted] for column in range(most)
    ]
    return float(bleu.corpus_score([" ".join(text) for text in given], columns).score)


def test_bleu_is_as_worked_by_hand() -> None:
    # a dog runs in the snow: 5 of 6 words are in a reference; of 5 pairs "a dog", "in the", "the snow"; of 4 triples the last.
    # 6 words; of 5 and of 8, 5 are nearer: no penalty.
    given = "a dog runs in the snow".split()
    wanted = ["a dog in the snow".split(), "one black dog is walking through deep snow".split()]
    assert caption_bleu([given], [wanted]) == pytest.approx(
        (100 * 5 / 6, 100 * sqrt(5 / 6 * 3 / 5), 100 * (5 / 6 * 3 / 5 * 1 / 4) ** (1 / 3), 0)
    )
    # Two characters, both right, and two wanted are nearer than four; then only the four are there.
    assert caption_bleu([list("狗跑")], [[list("狗在跑了"), list("狗狗")]])[0] == pytest.approx(100)
    assert caption_bleu([list("狗跑")], [[list("狗在跑了")]])[0] == pytest.approx(100 * exp(1 - 4 / 2))
    # A word counts as often as it stands in one reference, not more.
    assert caption_bleu([["the"] * 4], [[["the", "cat"], "the big the cat".split()]])[0] == pytest.approx(50)


@pytest.mark.parametrize("seed", range(5))
def test_bleu_is_what_sacrebleu_has_without_smoothing(seed: int) -> None:
    for given, wanted in ((CUT, REFERENCES), draw_captions(seed, 30), draw_captions(seed, 1)):
        scores = caption_bleu(given, wanted)
        assert scores == pytest.approx([sacrebleu(given, wanted, order) for order in range(1, 5)], abs=1e-6)


def test_cider_is_as_worked_by_hand() -> None:
    # Three pictures. "狗" is in the references of one, "a" of two: their weights are log 3 and log 3/2.
    wanted = [[["狗", "a"], ["狗"]], [["a"]], [["车"]]]
    rare, common = log(3), log(3 / 2)
    norm = sqrt(rare**2 + common**2)
    first, second, third = cider_scores([["狗", "a"], ["狗"], ["车", "车"]], wanted)
    # Orders 1 and 2 agree with the first reference, order 1 in part with the second, which is one pair shorter.
    assert first == pytest.approx(10 * ((1 + 1) / 4 + rare**2 / (norm * rare) / 4 * exp(-1 / 72)) / 2)
    assert second == 0
    # "车" twice is weighed twice, but clipped at the once of the reference: (2w clipped to w) * w / (2w * w).
    assert third == pytest.approx(10 * 0.5 / 4 * exp(-1 / 72))
    assert cider([["狗", "a"], ["狗"], ["车", "车"]], wanted) == pytest.approx((first + second + third) / 3)


def test_cider_prefers_what_people_say() -> None:
    scores = cider_scores(CUT, REFERENCES)
    swapped = cider_scores([CUT[1], CUT[2], CUT[0]], REFERENCES)
    assert all(0 <= other < one <= 10 for one, other in zip(scores, swapped, strict=True))
    same = [texts[:1] for texts in REFERENCES]
    assert cider_scores([texts[0] for texts in same], same) == pytest.approx([10, 10, 10])
    # Of one picture alone no n-gram tells anything; neither does a caption of no words.
    assert cider([CUT[0]], [REFERENCES[0]]) == 0
    assert cider_scores([[], CUT[1], CUT[2]], REFERENCES)[0] == 0


def test_rouge_l_takes_the_best_of_the_references() -> None:
    given = "a dog runs in snow".split()
    one, other = "dog in snow".split(), "a black dog runs fast in deep white snow now".split()
    # 3 of 5 and 3 of 3 with the one; 5 of 5 and 5 of 10 with the other: the best of each is 1.
    assert caption_rouge_l(given, [one, other]) == pytest.approx(1)
    assert caption_rouge_l(given, [one]) == pytest.approx(2.44 * 0.6 * 1 / (1 + 1.44 * 0.6))
    assert caption_rouge_l(given, [other], beta=1) == pytest.approx(rouge_l(given, other))
    assert caption_rouge_l([], [one]) == caption_rouge_l(given, [[]]) == caption_rouge_l(list("狗"), [list("猫")]) == 0
    assert caption_rouge_l(given, []) == 0
    assert caption_rouge_l(tokens("狗在跑。"), [tokens("狗在跑"), tokens("狗")]) == pytest.approx(1)


@pytest.mark.parametrize("measure", [caption_bleu, cider])
def test_lists_that_do_not_fit_are_refused(measure: Callable[[Any, Any], Any]) -> None:
    for given, wanted in (([], []), ([["狗"]], []), ([["dog"]], [[]]), ([["a"], ["b"]], [[["a"]]])):
        with pytest.raises(ValueError, match="expected at least one caption, and at least one reference for each"):
            measure(given, wanted)
    assert caption_bleu([[]], [[["狗"]]]) == (0, 0, 0, 0)


def test_answers_are_told_apart_in_both_languages() -> None:
    for answer in ("yes", "No.", "是的", "没有", "不是。"):
        assert answer_type(answer) == "yes/no"
    for answer in ("3", "three", "两", "十", "None", "１２"):
        assert answer_type(answer) == "number"
    for answer in ("red", "两个人", "3 dogs", "", "三文鱼"):
        assert answer_type(answer) == "other"
