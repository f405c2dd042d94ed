"""What the page says of a filter's verdict. Run: pytest tests/ui/test_transcript.py"""

from __future__ import annotations

import math
from typing import Literal

import pytest

from bot.serialization import turn_from_json, turn_to_json
from bot.types import Candidate, Evidence, Message, Reply, Turn, Verdict
from data.records import LANGUAGES, Language
from ui.transcript import build_explanation_row, build_rows, explain_reply
from ui.translations import TRANSLATIONS

OFFENCE = Verdict("offensive", 0.875, ("<b>坏", "nasty"))


def turn(reply: Reply) -> Turn:
    return Turn(0, Message("话 words"), reply, 1.0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["harm", "abuse", "offensive"])
def test_a_verdict_is_explained_with_what_it_rests_on(
    language: Language, kind: Literal["harm", "abuse", "offensive"]
) -> None:
    verdict = Verdict(kind, 0.875, ("不想活", "want to die"))
    reply = Reply("一句话", "calm" if kind == "offensive" else "care", language, verdict=verdict)
    said = explain_reply(reply, TRANSLATIONS[language])
    assert "不想活 · want to die" in said
    assert ("88%" in said) == (kind == "offensive")
    kinds: tuple[Literal["harm", "abuse", "offensive"], ...] = ("harm", "abuse", "offensive")
    verdicts = [Verdict(other, 0.875, verdict.fired) for other in kinds]
    others = {explain_reply(Reply("", "care", language, verdict=one), TRANSLATIONS[language]) for one in verdicts}
    assert len(others) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_stands_above_the_candidates_and_is_shown_without_any(language: Language) -> None:
    words = TRANSLATIONS[language]
    candidate = Candidate("存着的", "retrieved", 0.9, Evidence(entry="e", file="f", row=1, question="问"))
    answered = Reply("存着的", "answer", language, (candidate,), chosen=0, verdict=OFFENCE)
    assert explain_reply(answered, words).splitlines()[2] == words.candidates
    for reply in (answered, Reply("平静", "calm", language, verdict=OFFENCE)):
        shown = build_rows([turn(reply)], "c", words)
        assert len(shown) == 3
        assert "<b>" not in shown[2]["content"]["text"]
    assert len(build_rows([turn(Reply("再短些", "refused", language))], "c", words)) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_reply_rests_on_is_said_in_the_language_of_the_page(language: Language) -> None:
    words = TRANSLATIONS[language]
    evidence = Evidence(
        entry="e", file="f", row=1, question="问", features={"words": -0.25, "same": 2.0, "new": 1.0, "language": 0.0}
    )
    candidate = Candidate("存着的", "retrieved", 0.9, evidence)
    reply = Reply("存着的", "answer", language, (candidate,), chosen=0, timings={"retrieved": 4.04, "else": 1.0})
    lines = explain_reply(reply, words).splitlines()
    place = lines.index(words.shares)
    assert lines[place + 1 : place + 4] == [
        f" +2.00  ██████████  {words.features['same']}",
        " +1.00  █████▁▁▁▁▁  new",
        f" -0.25  █▁▁▁▁▁▁▁▁▁  {words.features['words']}",
    ]
    assert lines[-1] == f"{words.times}  {words.stages['retrieved']} 4.0 ms  else 1.0 ms"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "features",
    [
        {"start": -11.7149, "language": 6.0549, "known": 0.7649, "same": 3.0049, "length": 0.0049, "echoes": -0.0061},
        {"start": -2.0, "same": 4.0, "language": 0.0},
        {"written": 0.1234, "log_prob": -0.5678},
        {"start": 0.0149, "same": 0.0149, "known": 0.0149},
    ],
)
def test_the_shares_that_are_shown_add_up_to_the_probability_that_is_shown(
    language: Language, features: dict[str, float]
) -> None:
    words = TRANSLATIONS[language]
    score = 1 / (1 + math.exp(-sum(features.values())))
    candidate = Candidate("存着的 stored", "retrieved", round(score, 6), Evidence(entry="e", features=features))
    lines = explain_reply(Reply("存着的", "answer", language, (candidate,), 0), words).splitlines()
    *shares, total = lines[lines.index(words.shares) + 1 : lines.index("", lines.index(words.shares))]
    assert round(sum(float(line.split()[0]) for line in shares), 2) == float(total.split()[0])
    assert total.endswith(words.sum_of_shares.format(probability=f"{score:.1%}"))
    assert (words.features["start"] in shares[0]) == ("start" in features)


def test_a_verdict_is_kept_and_a_turn_of_before_has_none() -> None:
    kept = turn(Reply("平静", "calm", "zh", verdict=OFFENCE))
    assert turn_from_json(turn_to_json(kept)) == kept
    older = turn_to_json(turn(Reply("答", "answer", "zh"))).replace(',"verdict":null', "")
    assert "verdict" not in older
    assert turn_from_json(older).reply.verdict is None


@pytest.mark.parametrize(("language", "said", "found"), [("zh", "红色。", "红色"), ("en", "Red.", "red")])
def test_an_answer_about_a_picture_stands_with_its_own_probability(language: Language, said: str, found: str) -> None:
    evidence = Evidence(model="answerer 1", picture="a.jpg", alternatives=((found, 0.41), ("x", 0.2)))
    reply = Reply(said, "answer", language, (Candidate(said, "seen", 0.85, evidence),), 0)
    title = build_explanation_row(reply, TRANSLATIONS[language])["metadata"]["title"]
    assert "41%" in title
    assert "85%" not in title
