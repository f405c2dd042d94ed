"""Messages that once got an odd answer, through the bot as it is built.

Run: python -m pytest tests/bot/test_starter_messages.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.build import Bot, build
from bot.settings import Settings
from bot.types import Message, Reply, Turn
from data.records import LANGUAGES, Language

# A message, and a piece of the reply that is right for it.
MESSAGES: dict[Language, dict[str, str]] = {
    "zh": {
        "北京有什么好玩的": "文旅",
        "武汉有什么好玩的地方": "文旅",
        "青岛有哪些景点推荐": "文旅",
        "有什么好玩的游戏推荐吗": "种田",
        "你是ChatGPT吗？": "我不是 ChatGPT",
        "你是不是GPT": "我不是 ChatGPT",
        "你是大模型吗": "我不是 ChatGPT",
        "为什么不用大模型": "看聊默认不用大语言模型",
        "你会做什么": "我回答问题",
        "你能帮我做些什么": "我回答问题",
        "你都会干些什么": "我回答问题",
        "你有哪些功能": "我回答问题",
        "你答非所问，根本没用": "很抱歉",
        "你根本没有回答我的问题": "很抱歉",
        "你帮不上什么忙": "很抱歉",
        "你一点忙都帮不上": "很抱歉",
        "太让我失望了": "很抱歉",
        "看聊这个名字是什么意思": "发张图片",
        "你有什么做不到的": "算术会做",
        "你能看懂图片吗": "我能看懂一点图片",
        "你会算数吗": "37×48",
        "12*7 等于多少": "12 × 7 = 84",
        "80的15%是多少": "= 12",
        "3英里是多少公里": "4.828032 公里",
        "今天几号": "今天是 20",
        "距离圣诞还有几天": "圣诞节",
        "你为什么反问我": "我会反问",
        "我的对话存在哪里": "对话默认存在",
        "解这个方程": "方程、证明和微积分我不会",
    },
    "en": {
        "what is there to do in Beijing?": "map app",
        "what sights should I see in Vienna": "map app",
        "recommend a game to play": "farming",
        "are you ChatGPT?": "I'm not ChatGPT",
        "Are you GPT?": "I'm not ChatGPT",
        "are you an LLM": "I'm not ChatGPT",
        "why don't you use a large language model": "I do without a large language model",
        "what can you do for me?": "I answer questions",
        "what are you able to do": "I answer questions",
        "what can you help me with?": "I answer questions",
        "which features do you have": "I answer questions",
        "you are not answering my question at all": "sorry I was no help",
        "you're no help at all": "sorry I was no help",
        "this is not helping": "sorry I was no help",
        "that was a waste of time": "sorry I was no help",
        "what does your name mean": "Send a picture",
        "what can't you do": "I do sums",
        "can you see pictures?": "I can see pictures a little",
        "can you do arithmetic": "37 × 48",
        "what is 15% of 80": "15% × 80 = 12",
        "3 miles in km": "3 mi = 4.828032 km",
        "what day is it tomorrow": "Tomorrow is",
        "what time is it in London": "In London it is",
        "how many days until Christmas": "Christmas (",
        "why did you ask back which one I meant": "I ask back",
        "where are my conversations stored": "By default conversations",
        "solve this equation for me": "Equations, proofs",
    },
}
ANOTHER: dict[Language, tuple[str, ...]] = {
    "zh": ("讲个笑话", "再讲一个笑话", "再来一个笑话", "换一个笑话"),
    "en": ("tell me a joke", "tell me another joke", "one more joke", "another joke"),
}
ONCE_MORE: dict[Language, tuple[str, ...]] = {
    "zh": ("出个谜语", "讲个冷知识", "讲个程序员笑话", "讲个冷笑话", "来段绕口令"),
    "en": ("give me a riddle", "tell me a fun fact", "tell me a programmer joke", "tell me a pun", "tongue twister"),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Bot]]:
    with asyncio.Runner() as runner:
        made = build(Settings(home=tmp_path_factory.mktemp("home")))
        runner.run(made.open())
        yield runner, made
        runner.run(made.close())


@pytest.mark.parametrize(
    ("text", "language"), [(text, language) for language in LANGUAGES for text in MESSAGES[language]]
)
def test_it_gets_the_answer_that_fits(text: str, language: Language, running: tuple[asyncio.Runner, Bot]) -> None:
    runner, made = running
    reply = runner.run(made.engine.answer(Message(text), language))
    # What is not asked as it is stored may be offered instead of answered: then the right one is among the buttons.
    offered = [made.knowledge.entry(one.entry).reply for one in reply.suggestions if one.entry]
    given = [reply.text] if reply.kind == "answer" else [reply.text, *offered]
    assert any(MESSAGES[language][text] in one for one in given), [
        one.evidence.question for one in reply.candidates[:3]
    ]


def talk(running: tuple[asyncio.Runner, Bot], texts: tuple[str, ...], language: Language) -> list[Reply]:
    runner, made = running
    turns: list[Turn] = []
    for number, text in enumerate(texts):
        reply = runner.run(made.engine.answer(Message(text), language, turns))
        turns.append(Turn(number, Message(text), reply, 0.0))
    return [turn.reply for turn in turns]


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_joke_is_another_one(language: Language, running: tuple[asyncio.Runner, Bot]) -> None:
    replies = talk(running, ANOTHER[language] + ANOTHER[language][:1], language)
    assert {reply.kind for reply in replies} == {"answer"}
    assert len({reply.text for reply in replies}) == len(replies)
    assert not any("\n%" in reply.text for reply in replies)
    # When all have been told, the oldest comes again.
    again = talk(running, ANOTHER[language] * 2, language)
    assert again[5].text == again[0].text


@pytest.mark.parametrize(("text", "language"), [(text, one) for one in LANGUAGES for text in ONCE_MORE[one]])
def test_what_was_said_is_not_said_again(text: str, language: Language, running: tuple[asyncio.Runner, Bot]) -> None:
    first, second = talk(running, (text, text), language)
    assert first.kind == second.kind == "answer"
    assert first.text != second.text


def test_no_stored_reply_of_the_starter_begins_in_the_middle_of_a_thought() -> None:
    from bot.build import STARTER
    from data.formats.starter import read_starter

    hanging = (
        "Because ",
        "It is ",
        "It isn't",
        "They ",
        "And ",
        "But ",
        "So ",
        "因为",
        "但是",
        "所以",
        "而且",
        "不过",
        "它",
    )
    files = {"starter/courtesy/persona.toml", "starter/application/app.toml"}
    odd = [
        (entry.id, reply[:40])
        for entry in read_starter(STARTER)
        if entry.place.file in files
        for reply in entry.replies
        if reply.startswith(hanging)
    ]
    assert odd == []
