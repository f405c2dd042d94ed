"""Tools in the chat: what they claim, and above all what they must not. Run: python -m pytest tests/bot/sources/test_tools.py"""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.build import Bot, build
from bot.messages import Translations
from bot.settings import Settings
from bot.sources.tools import ToolSource
from bot.tool import Example, Request, Result, Run, Tool, ToolError
from bot.toolbox import Toolbox, discover_tools
from bot.types import Candidate, Context, Message
from data.records import Language

ROOT = Path(__file__).parents[3]
WORDS: Translations = {"zh": "回声", "en": "Echo"}

CLAIMED = {
    "和“高兴”意思相近的词": "高兴",
    "和高兴意思相近的词有哪些？": "高兴",
    "帮我找几个跟开心差不多的词": "开心",
    "“便宜”的近义词是什么": "便宜",
    "高兴有什么近义词": "高兴",
    "哪些词和苹果意思接近": "苹果",
    "近义词：快乐": "快乐",
    "和 happy 意思相近的词": "happy",
    "words similar to river": "river",
    'What are some words similar to "river"?': "river",
    "which words are nearest to summer?": "summer",
    "can you tell me words close in meaning to movie": "movie",
    "synonyms of happy": "happy",
    "what is another word for big": "big",
    "words similar to 高兴": "高兴",
}
LEFT_ALONE = [
    "",
    "什么是近义词",
    "近义词",
    "它的近义词是什么",
    "和你一样的词",
    "意思相近的词在空间里为什么会靠近",
    "怎样训练词向量才能找到和高兴意思相近的词",
    "我今天很高兴，和你说说话",
    "我不知道和高兴意思相近的词有哪些，算了，讲个笑话吧",
    "synonyms",
    "what are synonyms",
    "words like this",
    "similar words",
    "how do similar words end up close in space",
    "why does word2vec put words similar to river near each other",
    "in other words, what is a river",
    "what does the word river mean",
    "I have no words for this",
]


def list_starter_texts() -> Iterator[str]:
    """Every phrasing and every reply of the starter corpus, and the questions that the bot is developed with."""
    for path in sorted((ROOT / "data" / "starter").rglob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["entry"]:
            for language in ("zh", "en"):
                if language in entry:
                    yield from entry[language]["questions"]
                    yield entry[language]["reply"]
    questions = (ROOT / "benchmarks" / "starter_questions" / "dev.jsonl").read_text(encoding="utf-8")
    yield from (json.loads(line)["question"] for line in questions.splitlines())


def tool(claim: float, says: str, name: str = "echo") -> Tool:
    def run(request: Request) -> Result:
        if says == "refuse":
            raise ToolError(f"{request.language}: no")
        return Result(f"{says} {request.text}", note="by ear")

    def load() -> Run:
        return run

    return Tool(name, WORDS, WORDS, WORDS, "text", (Example("好", "zh"),), load, lambda message: claim)


def propose(tools: Sequence[Tool], text: str, language: Language = "en") -> Sequence[Candidate]:
    context = Context(Message(text), language, (), None)
    return asyncio.run(ToolSource(Toolbox(tools)).propose(context))


def test_the_tool_that_claims_answers_and_is_named() -> None:
    (one,) = propose([tool(0.8, "claimed"), tool(0.49, "too faint", "faint"), tool(0, "asleep", "never")], "你好")
    assert (one.text, one.source, one.score, one.evidence.tool) == ("claimed 你好\nby ear", "tooled", 0.8, "echo")


def test_a_refusal_is_the_answer_in_the_language_of_the_conversation() -> None:
    assert [one.text for one in propose([tool(0.9, "refuse")], "你好", "zh")] == ["zh: no"]


@pytest.mark.parametrize("text", CLAIMED)
def test_a_question_for_similar_words_is_claimed(text: str) -> None:
    (one,) = propose(discover_tools(), text)
    assert one.evidence.tool == "similar_words"
    assert f"“{CLAIMED[text]}”" in one.text


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_sounds_like_it_is_left_alone(text: str) -> None:
    assert propose(discover_tools(), text) == []


def test_nothing_that_the_bot_knows_an_answer_to_is_claimed() -> None:
    said = list(list_starter_texts())
    assert len(said) > 10_000
    tools = discover_tools()
    claimed = [(one.name, text) for text in said for one in tools if one.confidence(Message(text)) >= 0.5]
    assert claimed == [("date_time", "What day is it today?")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Bot]]:
    with asyncio.Runner() as runner:
        made = build(Settings(home=tmp_path_factory.mktemp("home")))
        runner.run(made.open())
        yield runner, made
        runner.run(made.close())


@pytest.mark.parametrize(
    ("text", "language", "word"),
    [("和“高兴”意思相近的词有哪些？", "zh", "开心"), ("words similar to yesterday", "en", "today")],
)
def test_the_built_bot_answers_with_the_tool(
    text: str, language: Language, word: str, running: tuple[asyncio.Runner, Bot]
) -> None:
    runner, made = running
    reply = runner.run(made.engine.answer(Message(text), language))
    assert reply.kind == "answer"
    assert reply.candidates[0].evidence.tool == "similar_words"
    assert word in reply.text
    other = runner.run(
        made.engine.answer(Message("什么是词向量" if language == "zh" else "what are word vectors"), language)
    )
    assert {one.source for one in other.candidates} == {"retrieved"}
