"""python -m pytest tests/bot/test_choosing.py"""

from dataclasses import replace

import pytest

from bot import words
from bot.choosing import choose
from bot.evaluate.fallback import fallback_of
from bot.rules import Rules
from bot.types import Candidate, Context, Evidence, Message, Reply
from data.records import LANGUAGES, Language

RULES = Rules(answer_threshold=0.8, ambiguity_margin=0.1)
BATTERY: dict[Language, str] = {"zh": "iPhone 15 换电池多少钱？", "en": "How much is a battery for the iPhone 15?"}
ADULT: dict[Language, str] = {"zh": "成人洗牙多少钱？", "en": "How much is a cleaning for adults?"}
CHILD: dict[Language, str] = {"zh": "儿童洗牙多少钱？", "en": "How much is a cleaning for children?"}
OPEN: dict[Language, str] = {"zh": "周末几点开门？", "en": "When do you open at weekends?"}
REFUND: dict[Language, str] = {"zh": "怎么申请退款？", "en": "How do I get a refund?"}
VAGUE: dict[Language, str] = {"zh": "那个怎么弄", "en": "that thing how"}

each_language = pytest.mark.parametrize("language", LANGUAGES)


def entry(question: str, score: float, file: str = "faq.csv") -> Candidate:
    return Candidate(f"A: {question}", "retrieved", score, Evidence(f"id of {question}", file, 2, question))


def reply_to(text: str, language: Language, *candidates: Candidate, rules: Rules = RULES) -> Reply:
    ranked = sorted(candidates, key=lambda candidate: -candidate.score)
    return choose(ranked, Context(Message(text), language), rules)


def offered(reply: Reply) -> list[str]:
    assert [one.entry for one in reply.suggestions] == [f"id of {one.question}" for one in reply.suggestions]
    return [one.question for one in reply.suggestions]


@each_language
def test_from_the_answer_threshold_on_the_best_is_the_answer(language: Language) -> None:
    reply = reply_to(VAGUE[language], language, entry(OPEN[language], 0.8), entry(REFUND[language], 0.3))
    assert (reply.kind, reply.text, reply.chosen, reply.offered) == ("answer", f"A: {OPEN[language]}", 0, (0,))
    assert reply.suggestions == ()


@each_language
def test_two_that_are_nearly_as_likely_are_asked_about(language: Language) -> None:
    for best, second in ((0.95, 0.9), (0.5, 0.45)):
        near = [entry(OPEN[language], best), entry(REFUND[language], second), entry(ADULT[language], 0.05)]
        reply = reply_to(VAGUE[language], language, *near)
        assert (reply.kind, reply.text, reply.chosen) == ("ask", words.ASK[language], None)
        assert offered(reply) == [OPEN[language], REFUND[language], ADULT[language]]


@pytest.mark.parametrize(
    ("language", "message", "said"),
    [
        ("zh", "洗牙多少钱", "你问的是成人还是儿童？"),
        ("en", "how much is a cleaning", "Do you mean adults or children?"),
    ],
)
def test_what_sets_two_entries_apart_is_named(language: Language, message: str, said: str) -> None:
    reply = reply_to(message, language, entry(ADULT[language], 0.9), entry(CHILD[language], 0.89))
    assert (reply.kind, reply.text) == ("ask", said)
    assert offered(reply) == [ADULT[language], CHILD[language]]


@pytest.mark.parametrize(
    ("language", "message", "said"),
    [
        ("zh", "iPhone 14 换电池要多少钱", "我知道的是 iPhone 15 的，你问的是 iPhone 14。"),
        ("en", "iPhone 14 battery price?", "I know this for iPhone 15. You asked about iPhone 14."),
    ],
)
@pytest.mark.parametrize("score", [0.05, 0.6])
def test_what_sets_the_message_apart_is_named_and_no_answer_is_shown(
    language: Language, message: str, said: str, score: float
) -> None:
    best = entry(BATTERY[language], score)
    reply = reply_to(message, language, best)
    mean = words.DID_YOU_MEAN[language].format(question=BATTERY[language])
    assert (reply.kind, reply.text, reply.chosen) == ("offer", words.join(language, said, mean), None)
    assert best.text not in reply.text
    assert offered(reply) == [BATTERY[language]]


@pytest.mark.parametrize(
    ("language", "message", "said"),
    [
        ("zh", "老人洗牙多少钱", None),
        ("zh", "iPhone 13 换电池多少钱", "我知道的是 iPhone 15、iPhone 14 的，你问的是 iPhone 13。"),
        ("en", "battery for the iPhone 13", "I know this for iPhone 15 and iPhone 14. You asked about iPhone 13."),
        ("en", "a cleaning for grandma", None),
    ],
)
def test_a_third_thing_is_none_of_two(language: Language, message: str, said: str | None) -> None:
    stored = BATTERY[language] if said else ADULT[language]
    other = stored.replace("15", "14") if said else CHILD[language]
    reply = reply_to(message, language, entry(stored, 0.5), entry(other, 0.45))
    assert reply.kind == ("offer" if said else "ask")
    assert reply.text.startswith(said or words.fill(words.ASK_WHICH[language], others="", last="")[:3])


@each_language
def test_one_likely_entry_is_shown_as_the_answer_to_its_own_question(language: Language) -> None:
    reply = reply_to(VAGUE[language], language, entry(OPEN[language], 0.6), entry(REFUND[language], 0.1))
    shown = words.NEAREST[language].format(question=OPEN[language], text=f"A: {OPEN[language]}")
    assert (reply.kind, reply.text, reply.chosen, reply.offered) == ("offer", shown, 0, (0,))
    assert offered(reply) == [REFUND[language]]


@each_language
def test_less_likely_entries_are_offered_without_their_answers(language: Language) -> None:
    near = [entry(OPEN[language], 0.06), entry(REFUND[language], 0.05), entry(ADULT[language], 0.04)]
    for count, form in ((1, words.DID_YOU_MEAN), (2, words.DID_YOU_MEAN_ONE_OF), (3, words.DID_YOU_MEAN_ONE_OF)):
        reply = reply_to(VAGUE[language], language, *near[:count], entry(CHILD[language], 0.019))
        mean = form[language].format(question=OPEN[language])
        assert (reply.kind, reply.text) == ("offer", words.join(language, words.NOT_SURE[language], mean))
        assert (offered(reply), reply.chosen) == ([one.evidence.question for one in near[:count]], None)


@each_language
def test_at_most_three_are_offered(language: Language) -> None:
    near = [entry(f"{OPEN[language]} {number}", 0.1) for number in range(6)]
    assert len(reply_to(VAGUE[language], language, *near).suggestions) == 3


@each_language
def test_below_the_offer_threshold_it_is_not_known_and_nothing_is_offered(language: Language) -> None:
    reply = reply_to(VAGUE[language], language, entry(OPEN[language], 0.019), entry(REFUND[language], 0.018))
    assert (reply.kind, reply.text, reply.suggestions) == ("unknown", words.UNKNOWN[language], ())


@each_language
def test_small_talk_is_never_offered_beside_an_entry_of_the_owners(language: Language) -> None:
    hello = entry({"zh": "你好", "en": "hello"}[language], 0.3, "starter/courtesy/basics.toml")
    course = entry({"zh": "什么是 LSTM", "en": "what is an LSTM"}[language], 0.3, "starter/course/sequences.toml")
    for shipped, alone in ((hello, []), (course, [course.evidence.question])):
        assert offered(reply_to(VAGUE[language], language, shipped, entry(OPEN[language], 0.1))) == [OPEN[language]]
        reply = reply_to(VAGUE[language], language, shipped, entry(OPEN[language], 0.01))
        assert (reply.kind, offered(reply)) == ("offer" if alone else "unknown", alone)


@each_language
def test_likely_small_talk_is_answered_where_nothing_else_is_near(language: Language) -> None:
    thanks = entry({"zh": "谢谢", "en": "thanks"}[language], 0.5, "starter/courtesy/basics.toml")
    reply = reply_to(VAGUE[language], language, thanks, entry(OPEN[language], 0.01))
    assert (reply.kind, reply.text, reply.chosen) == ("answer", thanks.text, 0)
    assert offered(reply_to(VAGUE[language], language, thanks, entry(OPEN[language], 0.02))) == [OPEN[language]]
    assert reply_to(VAGUE[language], language, replace(thanks, score=0.3)).kind == "unknown"


@each_language
def test_an_entry_of_the_owners_comes_before_one_that_the_bot_brings_along(language: Language) -> None:
    own = entry(OPEN[language], 0.85)
    starter = entry(REFUND[language], 0.88, "starter/life.toml")
    reply = reply_to(VAGUE[language], language, starter, own)
    assert (reply.kind, reply.text, reply.chosen) == ("answer", own.text, 1)
    reply = reply_to(VAGUE[language], language, starter, replace(own, score=0.79))
    shown = words.NEAREST[language].format(question=OPEN[language], text=own.text)
    assert (reply.kind, reply.text, reply.chosen, reply.suggestions) == ("offer", shown, 1, ())
    assert reply_to(VAGUE[language], language, starter, replace(own, score=0.5)).text == starter.text


@each_language
def test_the_same_question_in_the_other_language_is_no_second_meaning(language: Language) -> None:
    other: Language = "en" if language == "zh" else "zh"
    reply = reply_to(OPEN[language], language, entry(OPEN[language], 0.9), entry(OPEN[other], 0.88))
    assert (reply.kind, reply.text) == ("answer", f"A: {OPEN[language]}")


@each_language
def test_a_reply_that_answers_no_stored_question_is_given_or_not_but_never_offered(language: Language) -> None:
    tool = Candidate("42", "tooled", 0.9, Evidence(tool="arithmetic"))
    assert reply_to("6*7", language, tool, entry(OPEN[language], 0.85)).text == "42"
    low = replace(tool, score=0.6)
    assert offered(reply_to("6*7", language, low, entry(OPEN[language], 0.1))) == [OPEN[language]]


@each_language
def test_an_offer_does_not_read_as_a_fallback_where_a_log_does_not_say_which_it_was(language: Language) -> None:
    says = fallback_of()
    forms = (
        words.NOT_SURE,
        words.DID_YOU_MEAN,
        words.DID_YOU_MEAN_ONE_OF,
        words.KNOWN_INSTEAD,
        words.ASK,
        words.ASK_WHICH,
    )
    assert [says(form[language]) for form in forms] == [False] * len(forms)
    assert says(words.UNKNOWN[language])
    assert says(words.GONE[language])


@each_language
def test_a_courtesy_is_answered_beside_entries_that_are_far_less_likely(language: Language) -> None:
    bye = entry("拜拜" if language == "zh" else "bye", 0.65, "starter/courtesy/courtesy.toml")
    alone = reply_to(VAGUE[language], language, bye, entry(OPEN[language], 0.05))
    assert (alone.kind, alone.text) == ("answer", bye.text)
    near = reply_to(VAGUE[language], language, bye, entry(OPEN[language], 0.2))
    assert near.kind == "offer"


@pytest.mark.parametrize(
    ("language", "topic", "question"),
    [
        ("zh", "牙齿美白", "牙齿美白后多久不能喝咖啡？"),
        ("zh", "aligner 的问题", "My clear aligner cracked. What should I do?"),
        ("en", "X-ray question", "Is dental X-ray radiation dangerous?"),
    ],
)
def test_a_topic_alone_is_no_question_about_one_particular_of_it(language: Language, topic: str, question: str) -> None:
    reply = reply_to(topic, language, entry(question, 0.95))
    assert reply.kind != "answer"
    assert question in reply.text
