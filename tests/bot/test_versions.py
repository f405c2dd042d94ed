"""The versions of a reply: retry adds one, and every one stays. Run: python -m pytest tests/bot/test_versions.py"""

from pathlib import Path

import pytest

from bot import messages
from bot.types import Candidate, ConversationError
from data.records import Language
from tests.bot.test_engine import Bot, Fixed, candidate

LANGUAGE_CASES = pytest.mark.parametrize(("language", "message"), [("zh", "再来一个"), ("en", "another one")])


@LANGUAGE_CASES
def test_retry_adds_versions_until_there_is_no_candidate_left(tmp_path: Path, language: Language, message: str) -> None:
    one, same, two, faint = (
        candidate("一 one", 0.9),
        candidate("一 one", 0.7),
        candidate("二 two", 0.6),
        candidate("弱", 0.001),
    )
    bot = Bot(tmp_path, Fixed([one, same, two, faint]))

    async def scene() -> None:
        await bot.say(message)
        second = await bot.engine.retry("ada", bot.conversation)
        assert (second.reply.text, second.reply.chosen, second.number) == ("二 two", 2, 0)
        third = await bot.engine.retry("ada", bot.conversation)
        assert (third.reply.kind, third.reply.text) == ("unknown", messages.NO_MORE[language])
        assert [version.text for version in third.versions] == ["一 one", "二 two", messages.NO_MORE[language]]
        assert await bot.store.turns("ada", bot.conversation) == [third]
        # Asked once more, it is said once.
        assert await bot.engine.retry("ada", bot.conversation) == third
        first = await bot.engine.show_version("ada", bot.conversation, 0, 0)
        assert (first.reply.text, first.reply.chosen, first.version) == ("一 one", 0, 0)
        assert await bot.store.turns("ada", bot.conversation) == [first]
        assert await bot.engine.retry("ada", bot.conversation) == third

    bot.run(scene)


@LANGUAGE_CASES
def test_retry_says_nothing_below_the_threshold_without_a_hedge(
    tmp_path: Path, language: Language, message: str
) -> None:
    plain = Candidate("看到一只狗 a dog", "seen", 0.2)
    near = [candidate("冰岛 Iceland", 0.49, "在哪里 where?"), candidate("挪威 Norway", 0.1, "多冷 how cold?")]
    bot = Bot(tmp_path, Fixed([*near, plain, candidate("弱", 0.019)]))

    async def scene() -> None:
        unknown = await bot.say(message)
        mean = messages.DID_YOU_MEAN_ONE_OF[language].format(question="在哪里 where?")
        assert unknown.reply.kind == "offer"
        assert unknown.reply.text == messages.join(language, messages.NOT_SURE[language], mean)
        said = [(await bot.engine.retry("ada", bot.conversation)).reply for _ in range(4)]
        nearest = messages.NEAREST[language].format(question="在哪里 where?", text="冰岛 Iceland")
        perhaps = messages.PERHAPS[language].format(text="看到一只狗 a dog")
        also = messages.ALSO_NEAR[language].format(question="多冷 how cold?", text="挪威 Norway")
        assert [reply.text for reply in said] == [nearest, perhaps, also, messages.NO_MORE[language]]
        assert [reply.chosen for reply in said] == [0, 1, 2, None]
        assert [reply.kind for reply in said] == ["offer", "answer", "offer", "unknown"]

    bot.run(scene)


@LANGUAGE_CASES
def test_retry_after_an_unknown_with_nothing_near_says_that_there_is_no_other(
    tmp_path: Path, language: Language, message: str
) -> None:
    bot = Bot(tmp_path, Fixed([candidate("弱 weak", 0.019)]))

    async def scene() -> None:
        await bot.say(message)
        turn = await bot.engine.retry("ada", bot.conversation)
        assert (turn.reply.text, turn.reply.chosen) == (messages.NO_MORE[language], None)

    bot.run(scene)


def test_each_version_keeps_the_opinion_of_it(tmp_path: Path) -> None:
    bot = Bot(tmp_path, Fixed([candidate("一 one", 0.9), candidate("二 two", 0.7)]))

    async def scene() -> None:
        await bot.say("再来 again")
        await bot.engine.rate("ada", bot.conversation, 0, liked=True)
        second = await bot.engine.retry("ada", bot.conversation)
        assert (second.liked, second.reason) == (None, "")
        await bot.engine.rate("ada", bot.conversation, 0, liked=False, reason="太短 short")
        first = await bot.engine.show_version("ada", bot.conversation, 0, 0)
        assert (first.reply.text, first.liked, first.reason) == ("一 one", True, "")
        (kept,) = await bot.store.turns("ada", bot.conversation)
        assert [(version.liked, version.reason) for version in kept.versions] == [(True, ""), (False, "太短 short")]
        for number, version in ((0, 2), (0, -1), (1, 0)):
            with pytest.raises(ConversationError):
                await bot.engine.show_version("ada", bot.conversation, number, version)

    bot.run(scene)
    assert {key: bot.events[-1][key] for key in ("kind", "number", "version", "liked")} == {
        "kind": "version", "number": 0, "version": 0, "liked": True,
    }  # fmt: skip
