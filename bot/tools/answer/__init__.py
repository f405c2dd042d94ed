"""Answer a question about a picture, and show where the model looked."""

from __future__ import annotations

from bot import picture_replies
from bot.messages import Translations
from bot.tool import Example, Request, Result, Run, Table, Tool
from data import paths
from data.records import Language
from vqa.overlay import overlay
from vqa.vision import load_vision

_COLUMNS: dict[Language, tuple[str, ...]] = {"zh": ("答案", "概率"), "en": ("Answer", "Probability")}
_NOTE: Translations = {
    "zh": "黄色是看得最多的地方，圆圈是最中心。",
    "en": "It looked most at the yellow parts; the ring marks the centre.",
}


def load() -> Run:
    """Load the models and return the function of the tool.

    Raises:
        ArtifactError: A file of a model is missing or damaged.
    """
    sight = load_vision(paths.artifacts_dir())

    def run(request: Request) -> Result:
        language, picture = request.language, request.picture or b""
        found = sight.answer(picture, request.text, language)
        rows = tuple((answer.text, f"{answer.probability:.1%}") for answer in found.answers)
        return Result(
            text=picture_replies.describe_answer(found, request.text, language),
            table=Table(_COLUMNS[language], rows),
            picture=overlay(picture, found.attention),
            note=_NOTE[language],
        )

    return run


TOOL = Tool(
    name="answer",
    title={"zh": "看图问答", "en": "Ask about a picture"},
    purpose={
        "zh": "选一张图片，问一个关于它的问题：有什么、几个、什么颜色、在做什么。",
        "en": "Choose a picture and ask about it: what is there, how many, what colour, what is going on.",
    },
    box={"zh": "选一张图片，写一个问题", "en": "Choose a picture and type a question"},
    takes="image+text",
    examples=(
        Example("图里有什么动物？", "zh"),
        Example("有几个人？", "zh"),
        Example("他在做什么？", "zh"),
        Example("What animal is this?", "en"),
        Example("How many people are there?", "en"),
        Example("Is there a dog?", "en"),
    ),
    load=load,
    models=("encoder", "answerer"),
)
