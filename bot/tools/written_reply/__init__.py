"""What the shipped generator writes to a message, by every way of searching side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bot.tool import Example, Request, Result, Run, Table, Tool, ToolError
from bot.words import Words
from data import places
from data.records import Language

MODEL, FILTER = "seq2seq", "safety"
_BEST, _MUTUAL = 3, 0.5

_COLUMNS: dict[Language, tuple[str, ...]] = {
    "zh": ("怎么找的", "回复", "每个词元的概率", "由回复猜回原话"),
    "en": ("How it was found", "Reply", "Probability of a token", "Of the message, given the reply"),
}
_WAYS: dict[str, Words] = {
    "greedy": {"zh": "贪心：每步取最可能的", "en": "Greedy: the likeliest token each time"},
    "beam": {"zh": "束搜索，宽度 4", "en": "Beam search, width 4"},
    "drawn": {"zh": "核采样：按概率抽六条，取前三", "en": "Nucleus sampling: the likeliest three of six drawn"},
    "mutual": {
        "zh": "互信息：从抽的里选最对得上原话的",
        "en": "Mutual information: of those drawn, what fits the message best",
    },
}
_SAID: Words = {"zh": "它会写：{reply}", "en": "It would write: {reply}"}
_NOTE: Words = {
    "zh": "这是一个很小的生成模型，只从十三万轮对话里学过话怎么接，不懂事实，常常答非所问；聊天时默认不用它。",
    "en": "A very small model: from 130,000 exchanges it learned how talk goes on, and no facts. It is often beside the point, "
    "and by default it has no say in the chat.",
}
_NOTHING: Words = {
    "zh": "它写出来的话都没有通过安全过滤。换一句试试。",
    "en": "Nothing that it wrote passed the filter. Try another message.",
}


def opened() -> Run:
    """The tool at work. Raises ArtifactError."""
    # They bring a tokenizer, which nothing else on the page needs.
    from bot.safety.infer import Safety
    from generation.infer import Generator, Written
    from generation.search import Wish

    generator, safety = Generator(places.artifacts() / MODEL), Safety(places.artifacts() / FILTER)

    def found(text: str, language: Language) -> Iterator[tuple[str, Written, float]]:
        drawn = generator.draw([text], language)
        ways = {
            "greedy": generator.write([text], language, wish=Wish(width=1)),
            "beam": generator.write([text], language)[:_BEST],
            "drawn": drawn[:_BEST],
        }
        for way, written in ways.items():
            yield from ((way, one, generator.asked(text, one.text, language)) for one in written)
        told = [(one, generator.asked(text, one.text, language)) for one in drawn]
        yield from (("mutual", *best) for best in sorted(told, key=lambda one: -one[0].log_prob - _MUTUAL * one[1])[:1])

    def run(request: Request) -> Result:
        language = request.language
        rows = [
            (_WAYS[way][language], one.text, f"{math.exp(one.log_prob):.0%}", f"{math.exp(asked):.1%}")
            for way, one, asked in found(request.text, language)
            if safety.judge(one.text, language).kind is None
        ]
        if not rows:
            raise ToolError(_NOTHING[language])
        return Result(
            text=_SAID[language].format(reply=rows[0][1]),
            table=Table(_COLUMNS[language], tuple(rows)),
            note=_NOTE[language],
        )

    return run


TOOL = Tool(
    name="written_reply",
    title={"zh": "现写的回复", "en": "Written replies"},
    purpose={
        "zh": "说一句话，看一个小小的 seq2seq 模型怎么接：贪心、束搜索、采样、互信息，并排比较。",
        "en": "Say something and see how a small sequence-to-sequence model goes on: greedy, beam search, sampling and mutual "
        "information side by side.",
    },
    box={"zh": "随便说一句", "en": "Say something"},
    takes="text",
    examples=(
        Example("我今天升职了！", "zh"),
        Example("周末我们去爬山吧", "zh"),
        Example("I have an exam tomorrow and I'm nervous.", "en"),
        Example("Would you like some coffee?", "en"),
    ),
    open=opened,
    models=(MODEL,),
)
