"""python -m pytest tests/bot/sources/test_vision.py"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot import picture_replies
from bot.components import Ranker, Source
from bot.engine import Engine
from bot.messages import EMPTY, PERHAPS, PICTURE_KEPT
from bot.pictures import Pictures
from bot.ranker import LearnedRanker, SourceScores
from bot.ranker.features import FEATURES
from bot.rules import Rules
from bot.serialization import turn_from_json, turn_to_json
from bot.sources.vision import VisionSource
from bot.state import SqliteStore
from bot.types import Candidate, Context, Evidence, Message, Reply, Turn
from bot.visual_intent.infer import VisualIntentClassifier
from data import paths
from data.artifact import ArtifactError
from data.image import PictureError, open_picture
from data.records import LANGUAGES, Language
from retrieval.calibration import Calibration
from tests.vqa.fake_vision import FakeAnswer, FakeAnswerResult, FakeCaptioner, build_vision, draw_square
from vqa.vision import Vision

ME, YOU = "0" * 64, "1" * 64
FLOOR = 0.4
READER = VisualIntentClassifier(paths.artifacts_dir() / "visual-question")


class Stored:
    """Knows two questions, as sure as a stored reply is."""

    name = "retrieved"
    deadline = 1.0

    async def propose(self, context: Context) -> list[Candidate]:
        known = {"怎么退款?": "七天内可以退。", "what are your opening hours": "Nine to five."}
        text = known.get(context.message.text)
        return [Candidate(text, self.name, 0.93, Evidence(entry="e", file="f", row=1, question="q"))] if text else []


class Talk:
    """An engine that sees, on a real store and a real folder of pictures."""

    def __init__(self, home: Path, *sources: Source, ranker: Ranker | None = None) -> None:
        self.pictures = Pictures(home / "pictures")
        self.store = SqliteStore(home / "conversations.db")
        self.noted: list[str] = []
        self.engine = Engine(
            [Stored(), *sources],
            ranker or SourceScores(),
            self.store,
            self.note,
            Rules(FLOOR, 0.1),
            pictures=self.pictures.read,
        )

    def note(self, conversation: str, event: Mapping[str, Any]) -> bool:
        self.noted.append(str(event["kind"]))
        return True

    async def say(self, conversation: str, text: str, picture: bytes | None = None, page: Language = "en") -> Turn:
        name = self.pictures.store(conversation, picture) if picture else None
        turns = [step.turn async for step in self.engine.stream(ME, conversation, Message(text, name), page)]
        assert turns[-1] is not None
        return turns[-1]

    def talk(self, *said: tuple[str, bytes | None], page: Language = "en") -> list[Turn]:
        async def run() -> list[Turn]:
            await self.store.open()
            try:
                one = await self.store.begin(ME, "图")
                return [await self.say(one.id, text, picture, page) for text, picture in said]
            finally:
                await self.store.close()

        return asyncio.run(run())


def vision_source(floor: float = 0.5, log_prob: float = -0.3) -> VisionSource:
    opened = build_vision(floor, log_prob)
    return VisionSource(lambda: opened, FLOOR, READER)


def chosen(turn: Turn) -> Candidate:
    assert turn.reply.chosen is not None
    return turn.reply.candidates[turn.reply.chosen]


@pytest.mark.parametrize(("page", "says"), [("zh", "一张红色图片"), ("en", "A red picture.")])
def test_a_picture_without_words_is_described_at_once_in_the_language_of_the_page(
    tmp_path: Path, page: Language, says: str
) -> None:
    (turn,) = Talk(tmp_path, vision_source()).talk(("", draw_square("red")), page=page)
    assert (turn.reply.kind, turn.reply.language) == ("answer", page)
    assert says in turn.reply.text
    assert picture_replies.INVITE[page] in turn.reply.text
    found = chosen(turn)
    assert (found.source, found.evidence.model, found.evidence.picture) == ("seen", "teller 1", turn.message.picture)
    assert found.evidence.alternatives[0][0] in turn.reply.text
    assert found.score == pytest.approx(0.7408, abs=1e-3)


def test_a_conversation_keeps_its_language_when_a_picture_comes(tmp_path: Path) -> None:
    turns = Talk(tmp_path, vision_source()).talk(("怎么退款?", None), ("", draw_square("blue")), page="en")
    assert "一张蓝色图片" in turns[1].reply.text


def test_questions_go_to_the_last_picture_and_everything_else_to_what_is_stored(tmp_path: Path) -> None:
    turns = Talk(tmp_path, vision_source()).talk(
        ("", draw_square("red")),
        ("what colour is it?", None),
        ("what are your opening hours", None),
        ("几个人?", None),
        ("这是什么颜色？", draw_square("green")),
        ("怎么退款?", None),
        ("is there a dog", None),
        ("有没有狗", None),
    )
    said = [turn.reply.text for turn in turns]
    assert said[1:] == ["Red.", "Nine to five.", "大约 2 个。", "绿色。", "七天内可以退。", "No.", "没有。"]
    assert chosen(turns[1]).evidence.picture == turns[0].message.picture
    assert chosen(turns[6]).evidence.picture == turns[4].message.picture


def test_with_a_new_picture_a_stored_reply_that_fits_still_wins(tmp_path: Path) -> None:
    (turn,) = Talk(tmp_path, vision_source()).talk(("怎么退款?", draw_square("red")))
    assert turn.reply.text == "七天内可以退。"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what colour is it?", "I'm not sure, but perhaps: red."),
        ("这是什么颜色？", "我不太确定，可能是：红色。"),
    ],
)
def test_doubt_is_said(tmp_path: Path, text: str, said: str) -> None:
    (turn,) = Talk(tmp_path, vision_source(floor=1.01)).talk((text, draw_square("red")))
    assert turn.reply.text == said


@pytest.mark.parametrize("page", LANGUAGES)
def test_a_doubtful_caption_is_given_and_said_to_be_one(tmp_path: Path, page: Language) -> None:
    (turn,) = Talk(tmp_path, vision_source(log_prob=-4)).talk(("", draw_square("red")), page=page)
    assert turn.reply.text.startswith(picture_replies._DOUBT[page].partition("{")[0])
    assert chosen(turn).score == FLOOR


def test_a_retry_gives_another_caption(tmp_path: Path) -> None:
    talk = Talk(tmp_path, vision_source())

    async def run() -> None:
        await talk.store.open()
        one = await talk.store.begin(ME, "图")
        first = await talk.say(one.id, "", draw_square("red"))
        again = await talk.engine.retry(ME, one.id)
        assert "red" in first.reply.text
        assert again.reply.kind == "answer"
        assert "red" not in again.reply.text
        await talk.store.close()

    asyncio.run(run())


@pytest.mark.parametrize("page", LANGUAGES)
def test_a_doubtful_caption_that_a_retry_gives_is_doubted_once(tmp_path: Path, page: Language) -> None:
    talk = Talk(tmp_path, vision_source(log_prob=-4))

    async def run() -> None:
        await talk.store.open()
        one = await talk.store.begin(ME, "图 picture")
        await talk.say(one.id, "", draw_square("red"), page)
        again = await talk.engine.retry(ME, one.id)
        before = PERHAPS[page].partition("{")[0]
        assert again.reply.text.startswith(before)
        assert picture_replies._DOUBT[page].partition("{")[0] not in again.reply.text.removeprefix(before)
        await talk.store.close()

    asyncio.run(run())


@pytest.mark.parametrize("page", LANGUAGES)
def test_without_what_sees_it_says_so_as_before(tmp_path: Path, page: Language) -> None:
    (turn,) = Talk(tmp_path).talk(("", draw_square("red")), page=page)
    assert (turn.reply.kind, turn.reply.text) == ("refused", PICTURE_KEPT[page])


def test_a_model_that_fails_costs_nothing_but_its_reply(tmp_path: Path) -> None:
    def broken() -> Vision:
        raise ArtifactError("captioner: step.onnx is missing")

    talk = Talk(tmp_path, VisionSource(broken, FLOOR, READER))
    turns = talk.talk(("", draw_square("red")), ("what are your opening hours", None))
    assert turns[0].reply.text == PICTURE_KEPT["en"]
    assert turns[1].reply.text == "Nine to five."
    assert talk.noted.count("failure") == 1


@pytest.mark.parametrize("page", LANGUAGES)
def test_a_picture_that_is_gone_or_spoilt_is_said_in_a_sentence(tmp_path: Path, page: Language) -> None:
    talk = Talk(tmp_path, vision_source())

    async def run() -> list[Turn]:
        await talk.store.open()
        one = await talk.store.begin(ME, "图")
        first = await talk.say(one.id, "", draw_square("red"), page)
        path = talk.pictures.folder_of(one.id) / (first.message.picture or "")
        path.write_bytes(b"no picture")
        said = {"zh": "图里有什么", "en": "what is in the picture?"}[page]
        turns = [await talk.say(one.id, said, None, page)]
        path.unlink()
        turns.append(await talk.say(one.id, said, None, page))
        await talk.store.close()
        return turns

    assert [turn.reply.text for turn in asyncio.run(run())] == [picture_replies.UNREADABLE[page]] * 2


def test_nothing_is_looked_at_where_there_is_no_picture() -> None:
    def never() -> Vision:
        raise AssertionError("nothing was to be looked at")

    source = VisionSource(never, FLOOR, READER)
    for context in (
        Context(Message("what colour is it?"), "en"),
        Context(Message("怎么退款?"), "zh", picture="a.jpg", look=lambda: b""),
        # A question outside any conversation names a picture that nobody stored.
        Context(Message("", "a.jpg"), "zh", picture="a.jpg"),
    ):
        assert asyncio.run(source.propose(context)) == ()


def test_the_search_ends_when_the_turn_is_given_up(tmp_path: Path) -> None:
    ended = threading.Event()

    class Endless(FakeCaptioner):
        def caption(self, features, language, wish=None, late=lambda: False):  # type: ignore[no-untyped-def]
            while not late():
                time.sleep(0.01)
            ended.set()
            return []

    opened = build_vision()
    opened.captioner = Endless()
    source = VisionSource(lambda: opened, FLOOR, READER, seconds=60)
    context = Context(Message("", "a.jpg"), "en", picture="a.jpg", look=lambda: draw_square("red"))

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(source.propose(context), 0.2)

    asyncio.run(run())
    assert ended.wait(10)


def test_a_learned_ranker_leaves_its_probability(tmp_path: Path) -> None:
    weights = Calibration(FEATURES, tuple(float(name == "match") for name in FEATURES), 0.0, FLOOR, 0.0)
    question = ("what colour is it?", draw_square("red"))
    scores = []
    for name, ranker in (("learned", LearnedRanker(weights)), ("plain", None)):
        (tmp_path / name).mkdir()
        (turn,) = Talk(tmp_path / name, vision_source(), ranker=ranker).talk(question)
        assert turn.reply.text == "Red."
        scores.append(chosen(turn).score)
    assert scores[0] == pytest.approx(scores[1], abs=1e-3)
    assert 0.5 < scores[0] < 1


def test_what_it_rests_on_is_kept_and_a_turn_of_before_has_none() -> None:
    evidence = Evidence(model="m", picture="a.jpg", alternatives=(("红色", 0.75), ("red", 0.25)))
    turn = Turn(
        0, Message("话", "a.jpg"), Reply("红", "answer", "zh", (Candidate("红", "seen", 0.9, evidence),), 0), 1.0
    )
    assert turn_from_json(turn_to_json(turn)) == turn
    older = turn_to_json(turn).replace(',"picture":"a.jpg","alternatives":[["红色",0.75],["red",0.25]]', "")
    assert "alternatives" not in older
    assert turn_from_json(older).reply.candidates[0].evidence == Evidence(model="m")


@pytest.mark.parametrize(
    ("answer", "question", "language", "said"),
    [
        ("有", "图里有人吗？", "zh", "有。"),
        ("是", "图里有人吗？", "zh", "有。"),
        ("是", "他在跑吗", "zh", "是的。"),
        ("不是", "有没有狗", "zh", "没有。"),
        ("yes", "is there a dog", "en", "Yes."),
        ("no", "is he running?", "en", "No."),
        ("2", "几辆车？", "zh", "大约 2 辆。"),
        ("两", "有多少人", "zh", "大约 2 人。"),
        ("1", "几只狗", "zh", "1 只。"),
        ("0", "几只狗", "zh", "一只也没有。"),
        ("three", "How many dogs are there?", "en", "About 3."),
        ("0", "how many dogs?", "en", "None."),
        ("one", "how many dogs?", "en", "One."),
        ("2", "what is on the shirt?", "en", "2."),
        ("frisbee", "what is he holding", "en", "Frisbee."),
        ("在草地上", "狗在哪里", "zh", "在草地上。"),
    ],
)
def test_answers_are_said_as_people_say_them(answer: str, question: str, language: Language, said: str) -> None:
    found = FakeAnswerResult((FakeAnswer(answer, 0.9), FakeAnswer("x", 0.1)), np.ones((2, 2), np.float32))
    assert picture_replies.describe_answer(found, question, language) == said


@pytest.mark.parametrize(
    ("answers", "language", "said"),
    [
        ((("cat", 0.9), ("dog", 0.1)), "en", "Cat."),
        ((("cat", 0.4), ("dog", 0.3)), "en", "I'm not sure, but perhaps: cat, or dog."),
        ((("猫", 0.4), ("狗", 0.02)), "zh", "我不太确定，可能是：猫。"),
        ((("cat", 0.2), ("dog", 0.1)), "en", "I can't tell that from the picture."),
        ((("猫", 0.2), ("狗", 0.1)), "zh", "这个我从图里看不出来。"),
        ((("unknown", 0.9), ("cat", 0.05)), "en", "I can't tell that from the picture."),
        ((("不知道", 0.6), ("猫", 0.35)), "zh", "我不太确定，可能是：猫。"),
    ],
)
def test_an_answer_is_said_or_thought_or_not_known(
    answers: tuple[tuple[str, float], ...], language: Language, said: str
) -> None:
    found = FakeAnswerResult(tuple(FakeAnswer(*answer) for answer in answers), np.ones((2, 2), np.float32), 0.5)
    question = "是猫还是狗？" if language == "zh" else "Is it a cat or a dog?"
    assert picture_replies.describe_answer(found, question, language) == said


def test_of_several_pictures_the_named_one_is_meant(tmp_path: Path) -> None:
    turns = Talk(tmp_path, vision_source()).talk(
        ("", draw_square("red")),
        ("", draw_square("green")),
        ("", draw_square("blue")),
        ("what colour is the first one?", None),
        ("第二张是什么颜色？", None),
        ("what colour is it in the last picture?", None),
        ("第一张呢？", None),
        ("and the second one?", None),
        ("上一张是什么颜色", None),
        ("what colour is the seventh picture?", None),
    )
    said = [turn.reply.text for turn in turns[3:]]
    assert said[:3] == ["Red.", "绿色。", "Blue."]
    assert "红色" in said[3]
    assert "green" in said[4]
    assert said[5:] == ["绿色。", "Blue."]
    assert chosen(turns[3]).evidence.picture == turns[0].message.picture


def test_where_it_looked_is_drawn_for_the_model_that_said_it() -> None:
    opened, picture = build_vision(), draw_square("red", (80, 60))
    for model, said in (("knower 1", "Red."), ("teller 1", "I see this: A red picture.")):
        drawn = picture_replies.draw_overlay(opened, model, said, "what colour is it?", "en", picture)
        assert drawn is not None
        with pytest.raises(PictureError):
            picture_replies.draw_overlay(opened, model, said, "what colour is it?", "en", b"none")
        # Pictures from elsewhere are opened by the same door, so it is a picture.
        assert open_picture(drawn).size == (80, 60)
    assert picture_replies.draw_overlay(opened, "knower 0", "Red.", "what colour is it?", "en", picture) is None
    assert picture_replies.draw_overlay(opened, None, "Nine to five.", "hours?", "en", picture) is None


def test_an_empty_message_without_a_picture_is_refused_in_a_conversation_with_one(tmp_path: Path) -> None:
    talk = Talk(tmp_path, vision_source())

    async def run() -> None:
        await talk.store.open()
        one = await talk.store.begin(ME, "图")
        await talk.say(one.id, "", draw_square("red"))
        steps = [step async for step in talk.engine.stream(ME, one.id, Message(" "), "en")]
        assert [(step.text, step.turn) for step in steps] == [(EMPTY["en"], None)]
        await talk.store.close()

    asyncio.run(run())
