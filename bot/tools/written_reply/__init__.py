"""Compare the replies of the generators to a message, by every decoding method."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bot.messages import Translations
from bot.tool import Example, Request, Result, Run, Table, Tool, ToolError
from data import paths
from data.records import Language

MODELS, FILTER = ("seq2seq", "transformer"), "safety"
"""The recurrent generator ships. The Transformer is added once `generation train --model transformer` has trained it."""
_BEST, _MUTUAL = 2, 0.5

_COLUMNS: dict[Language, tuple[str, ...]] = {
    "zh": ("模型", "怎么找的", "回复", "p(词元)", "p(原话 | 回复)"),
    "en": ("Model", "How it was found", "Reply", "p(token)", "p(message | reply)"),
}
_NAMES: dict[str, Translations] = {
    "seq2seq": {"zh": "循环网络加注意力", "en": "Recurrent with attention"},
    "transformer": {"zh": "Transformer", "en": "Transformer"},
}
_WAYS: dict[str, Translations] = {
    "greedy": {"zh": "贪心：每步取最可能的", "en": "Greedy: the likeliest each time"},
    "beam": {"zh": "束搜索，宽度 4", "en": "Beam search, width 4"},
    "drawn": {"zh": "核采样：按概率抽六条，取前两条", "en": "Nucleus: the likeliest two of six"},
    "mutual": {
        "zh": "互信息：从抽的里选最对得上原话的",
        "en": "Mutual information, of those six",
    },
}
_SAID: Translations = {"zh": "{model}会写：{reply}", "en": "{model} would write: {reply}"}
_NOTE: Translations = {
    "zh": "很小的生成模型，只从十三万轮对话里学过话怎么接，不懂事实，常常答非所问；聊天时默认不用。",
    "en": "Very small models: from 130,000 exchanges they learned how conversations go on, but no facts. They often miss the "
    "point, and by default the chat does not use them.",
}
_NOTHING: Translations = {
    "zh": "它们写出来的话都没有通过安全过滤。换一句试试。",
    "en": "None of their replies passed the safety filter. Try another message.",
}


def load() -> Run:
    """Load the models and return the function of the tool.

    Raises:
        ArtifactError: A file of a model is missing or damaged.
    """
    # Imported here because they load a tokenizer, which nothing else on the page needs.
    from bot.safety.infer import Safety
    from generation.infer import GeneratedReply, Generator
    from generation.search import DecodingConfig

    folders = {name: paths.artifacts_dir() / name for name in MODELS}
    generators = {name: Generator(folder) for name, folder in folders.items() if name == MODELS[0] or folder.exists()}
    safety = Safety(paths.artifacts_dir() / FILTER)

    def decode(generator: Generator, text: str, language: Language) -> Iterator[tuple[str, GeneratedReply, float]]:
        drawn = generator.sample([text], language)
        ways = {
            "greedy": generator.write([text], language, config=DecodingConfig(width=1)),
            "beam": generator.write([text], language)[:_BEST],
            "drawn": drawn[:_BEST],
        }
        for way, written in ways.items():
            yield from ((way, one, generator.backward_log_prob(text, one.text, language)) for one in written)
        told = [(one, generator.backward_log_prob(text, one.text, language)) for one in drawn]
        yield from (("mutual", *best) for best in sorted(told, key=lambda one: -one[0].log_prob - _MUTUAL * one[1])[:1])

    def run(request: Request) -> Result:
        language = request.language
        rows = [
            (
                _NAMES[name][language],
                _WAYS[way][language],
                one.text,
                f"{math.exp(one.log_prob):.0%}",
                f"{math.exp(asked):.1%}",
            )
            for name, generator in generators.items()
            for way, one, asked in decode(generator, request.text, language)
            if safety.judge(one.text, language).kind is None
        ]
        if not rows:
            raise ToolError(_NOTHING[language])
        return Result(
            text=_SAID[language].format(model=rows[0][0], reply=rows[0][2]),
            table=Table(_COLUMNS[language], tuple(rows)),
            note=_NOTE[language],
        )

    return run


TOOL = Tool(
    name="written_reply",
    title={"zh": "现写的回复", "en": "Written replies"},
    purpose={
        "zh": "说一句话，看两个小小的模型（循环网络和 Transformer）怎么接：贪心、束搜索、采样、互信息，并排比较。",
        "en": "Say something and see how two small models, a recurrent one and a Transformer, go on: greedy, beam search, "
        "sampling and mutual information side by side.",
    },
    box={"zh": "随便说一句", "en": "Say something"},
    takes="text",
    examples=(
        Example("我今天升职了！", "zh"),
        Example("周末我们去爬山吧", "zh"),
        Example("I have an exam tomorrow and I'm nervous.", "en"),
        Example("Would you like some coffee?", "en"),
    ),
    load=load,
    models=MODELS,
)
