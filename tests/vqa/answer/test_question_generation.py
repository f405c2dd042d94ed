"""python -m pytest tests/vqa/answer -q"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from data.records import LANGUAGES, Language
from vqa.answer.answers import answer_text, find_answer
from vqa.answer.question_generation.balance import PER_PHOTO_YES_NO, balance_facts, max_count
from vqa.answer.question_generation.chinese import parse as parse_chinese
from vqa.answer.question_generation.english import parse as parse_english
from vqa.answer.question_generation.fact import Fact
from vqa.answer.question_generation.questions import find_all_facts, generate_questions
from vqa.answer.question_generation.templates import write_question

Captions = Mapping[Language, Sequence[str]]


def derive_facts(english: Sequence[str], chinese: Sequence[str] = ()) -> set[tuple[str, str, str, str]]:
    return {
        (fact.form, fact.about, fact.thing, fact.answer)
        for fact in find_all_facts("a.jpg", {"en": english, "zh": chinese})[0]
    }


def judge_yes_no(english: Sequence[str], chinese: Sequence[str] = ()) -> dict[tuple[str, str, str], str]:
    return {
        (fact.form, fact.about, fact.thing): fact.answer
        for fact in find_all_facts("a.jpg", {"en": english, "zh": chinese})[1]
    }


RIDER = [
    "A man in a red jacket rides a bike down the street .",
    "A man wearing a red jacket is riding a bicycle on a road .",
    "The man is riding his bike on the street .",
]
RIDER_ZH = ["一个穿红色外套的男人在街上骑自行车。", "一个男人骑着自行车。", "马路上骑自行车的男人。"]
DOGS = ["Two brown dogs run on the beach .", "Two dogs are running along the beach .", "Two brown dogs on a beach ."]
DOGS_ZH = ["沙滩上两只奔跑的狗。", "两只棕色的狗在海边奔跑。", "两只狗在沙滩上跑。"]


def test_one_photograph_gives_every_kind() -> None:
    facts = derive_facts(RIDER, RIDER_ZH)
    assert ("ride", "man", "", "bicycle") in facts
    assert ("colour", "man", "jacket", "red") in facts
    assert ("number", "person", "", "one") in facts
    assert ("place", "man", "", "street") in facts
    assert ("action", "man", "", "cycle") in facts
    assert ("who", "", "cycle", "man") in facts
    assert ("setting", "", "", "outdoors") in facts


def test_dogs_are_counted_coloured_and_placed() -> None:
    facts = derive_facts(DOGS, DOGS_ZH)
    assert {
        ("number", "dog", "", "two"),
        ("colour", "", "dog", "brown"),
        ("place", "dog", "", "beach"),
        ("action", "dog", "", "run"),
        ("animal", "", "", "dog"),
    } <= facts


def test_either_language_alone_gives_facts() -> None:
    assert ("number", "dog", "", "two") in derive_facts(DOGS)
    assert ("number", "dog", "", "two") in derive_facts([], DOGS_ZH)


def test_what_is_held_and_carried_is_told() -> None:
    held = derive_facts(
        ["A woman is holding a baby .", "A woman holds a small baby ."], ["一个女人抱着婴儿。", "抱着一个婴儿的女人。"]
    )
    assert ("hold", "woman", "", "baby") in held or ("hold", "person", "", "baby") in held
    mouth = derive_facts(["A dog runs with a stick in its mouth ."] * 2, ["一只狗叼着木棍。", "狗叼着一根树枝。"])
    assert ("mouth", "dog", "", "stick") in mouth


def test_a_contradicted_number_is_not_asked() -> None:
    assert not any(form == "number" for form, *_ in derive_facts([*DOGS, "Three dogs are running ."], DOGS_ZH))
    assert not any(form == "number" for form, *_ in derive_facts(DOGS, [*DOGS_ZH, "三只狗在沙滩上。"]))


def test_a_contradicted_colour_is_not_asked_in_whichever_language() -> None:
    assert not any(
        thing == "jacket" for _, _, thing, _ in derive_facts([*RIDER, "A man in a blue jacket on a bike ."], RIDER_ZH)
    )
    assert not any(thing == "dog" for _, _, thing, _ in derive_facts(DOGS, [*DOGS_ZH, "两只黑狗在跑。"]))


def test_a_black_and_white_dog_is_one_colour() -> None:
    captions = [
        "A black and white dog jumps .",
        "The black and white dog is jumping over a log .",
        "A dog jumps .",
        "A dog is jumping .",
    ]
    assert ("colour", "", "dog", "black_white") in derive_facts(captions, ["一只黑白色的狗在跳。"])


def test_yes_is_what_captions_say_and_no_what_they_rule_out() -> None:
    known = judge_yes_no(DOGS, DOGS_ZH)
    assert known["is_there", "", "dog"] == "yes"
    assert known["is_there", "", "horse"] == "no"
    assert known["is_there", "", "person"] == "no"
    assert known["is_colour", "dog", "brown"] == "yes"
    assert known["is_colour", "dog", "white"] == "no"
    assert known["is_number", "dog", "three"] == "no"
    assert known["is_place", "", "room"] == "no"
    assert known["is_action", "dog", "sleep"] == "no"


@pytest.mark.parametrize(
    ("english", "chinese", "thing"),
    [
        (["A puppy on the grass ."] * 3, ["草地上的小狗。"], "dog"),
        (["An animal in a field ."] * 3, ["草地上有东西。"], "dog"),
        (["A person on a hill ."] * 3, ["山上的人。"], "woman"),
        (["A child on a swing ."] * 3, ["荡秋千的小孩。"], "girl"),
        (["People near the ocean ."] * 3, ["海边的人们。"], "boat"),
        (["A man on the grass ."] * 3, ["一个人在踢足球。"], "ball"),
        (["A crowded street ."] * 3, ["街道上的人群。"], "car"),
        (["A dog with something in its mouth ."] * 3, ["叼着东西的狗。"], "frisbee"),
        (["A man on the grass ."] * 3, ["一个男人牵着一匹马。"], "horse"),
    ],
)
def test_what_any_caption_names_or_implies_is_never_denied(english: list[str], chinese: list[str], thing: str) -> None:
    assert judge_yes_no(english, chinese).get(("is_there", "", thing)) != "no"


def test_compatible_doings_places_and_colours_are_not_denied() -> None:
    known = judge_yes_no(RIDER, RIDER_ZH)
    for form, about, thing in (
        ("is_action", "man", "sit"),
        ("is_action", "man", "motor_ride"),
        ("is_place", "", "snow"),
    ):
        assert known.get((form, about, thing)) != "no"
    assert known["is_action", "man", "swim"] == "no"
    assert ("is_colour", "jacket", "pink") not in known


def test_persons_beside_each_other_add_up_and_a_name_repeated_does_not() -> None:
    assert parse_english("A man and a woman sit on a bench .").counts["person"].exact == 2
    assert parse_english("A man throws a ball while the man runs .").counts["person"].exact == 1
    assert parse_english("A man watches several people .").counts["person"].exact is None
    assert parse_chinese("一个男人和一个女人坐着。").counts["person"].exact == 2
    assert parse_chinese("一个戴着帽子的男人。").counts["person"].exact == 1
    assert parse_chinese("狗在跑。").counts["dog"].exact is None


def test_a_colour_belongs_to_the_noun_it_stands_before() -> None:
    assert parse_english("A brown haired girl in a red and white striped shirt").colours == {("shirt", "mixed")}
    assert parse_english("A white dog with a blue collar").colours == {("dog", "white"), ("collar", "blue")}
    assert parse_chinese("戴红色帽子的男人和黑狗").colours == {("hat", "red"), ("dog", "black")}
    assert parse_chinese("一个黑人和一个白人").colours == set()


def test_a_question_is_worded_in_both_languages_and_the_same_each_time() -> None:
    fact = Fact("a.jpg", "number", "dog", "", "two")
    assert "dogs" in write_question(fact, "en")
    assert "只狗" in write_question(fact, "zh")
    assert write_question(fact, "en") == write_question(fact, "en")
    asked = {write_question(Fact(f"{number}.jpg", "colour", "", "shirt", "red"), "en") for number in range(60)}
    assert len(asked) > 4
    assert any("color" in one for one in asked)
    assert any("colour" in one for one in asked)


def synthetic(size: int = 400) -> list[tuple[str, Captions]]:
    chance = random.Random(7)
    photographs: list[tuple[str, Captions]] = []
    for number in range(size):
        who, wer = chance.choice((("dog", "狗"), ("dog", "狗"), ("dog", "狗"), ("cat", "猫"), ("horse", "马")))
        colour, farbe = chance.choice((("black", "黑"), ("black", "黑"), ("white", "白"), ("brown", "棕")))
        act, tun = chance.choice((("running", "奔跑"), ("running", "奔跑"), ("sleeping", "睡觉"), ("jumping", "跳跃")))
        captions: Captions = {
            "en": [
                f"A {colour} {who} is {act} on the grass .",
                f"One {colour} {who} {act} .",
                f"The {who} is {act} on grass .",
            ],
            "zh": [f"一只{farbe}色的{wer}在草地上{tun}。", f"一只{wer}在{tun}。"],
        }
        photographs.append((f"{number}.jpg", captions))
    return photographs


def test_the_corpus_is_the_same_in_any_order() -> None:
    photographs = synthetic()
    shuffled = random.Random(1).sample(photographs, len(photographs))
    assert generate_questions(photographs) == generate_questions(shuffled)
    assert generate_questions(photographs) != generate_questions(photographs, seed=1)


def test_yes_and_no_are_as_many_for_each_thing_asked() -> None:
    questions = [question for question in generate_questions(synthetic()) if question.kind == "yes/no"]
    assert questions
    balance: dict[tuple[str, str, str], Counter[str]] = {}
    for question in questions:
        balance.setdefault((question.form, question.fact.about, question.fact.thing), Counter())[question.concept] += 1
    assert all(counts["yes"] == counts["no"] for counts in balance.values())
    photos = Counter(question.image for question in questions if question.language == "en")
    assert max(photos.values()) <= PER_PHOTO_YES_NO


def test_no_answer_overshadows_the_others() -> None:
    questions = [
        question
        for question in generate_questions(synthetic())
        if question.form == "animal" and question.language == "zh"
    ]
    counts = Counter(question.answer for question in questions)
    assert set(counts) == {"狗", "猫", "马"}
    assert max(counts.values()) <= 0.45 * sum(counts.values())
    assert max_count([90, 10, 10, 10, 10]) == 13


def test_both_languages_ask_the_same_with_answers_of_the_closed_list() -> None:
    questions = generate_questions(synthetic(60))
    by_language = {
        language: [(q.fact, q.concept) for q in questions if q.language == language] for language in LANGUAGES
    }
    assert by_language["zh"] == by_language["en"]
    for question in questions:
        assert find_answer(question.answer, question.language) == question.concept
        assert answer_text(question.concept, question.language) == question.answer
        assert not set("{}") & set(question.question)


def test_a_question_with_one_possible_answer_is_not_asked() -> None:
    only = [Fact(f"{number}.jpg", "animal", "", "", "dog") for number in range(9)]
    assert balance_facts(only, []) == []
