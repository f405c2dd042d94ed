"""Describe a picture in a sentence, and show where the model looked."""

from __future__ import annotations

from bot import seeing
from bot.tool import Request, Result, Run, Table, Tool, ToolError
from bot.words import Words
from data import paths
from data.records import Language
from vqa.overlay import overlay
from vqa.sight import open_sight

_COLUMNS: dict[Language, tuple[str, ...]] = {"zh": ("描述", "把握"), "en": ("Caption", "How sure")}
_NOTE: Words = {
    "zh": "把握是每个词概率的几何平均，只能互相比较。黄色是看得最多的地方。",
    "en": "How sure: the geometric mean of the probabilities of the words; use it only to compare. It looked most at yellow.",
}


def load() -> Run:
    """Load the models and return the function of the tool.

    Raises:
        ArtifactError: A file of a model is missing or damaged.
    """
    sight = open_sight(paths.artifacts_dir())

    def run(request: Request) -> Result:
        language, picture = request.language, request.picture or b""
        captions = sight.captions(picture, language)
        if not captions:
            raise ToolError(seeing.NOT_SEEN[language])
        heat = seeing.looked(captions[0])
        return Result(
            text=seeing.described(captions[0], language),
            table=Table(
                _COLUMNS[language], tuple((caption.text, f"{seeing.confidence(caption):.0%}") for caption in captions)
            ),
            picture=None if heat is None else overlay(picture, heat),
            note=_NOTE[language],
        )

    return run


TOOL = Tool(
    name="caption",
    title={"zh": "看图说话", "en": "Describe a picture"},
    purpose={
        "zh": "选一张图片，让它用一句话说出看到了什么，并标出看的是哪里。",
        "en": "Choose a picture and get a sentence on what it shows, with the places the model looked at.",
    },
    box={"zh": "选一张图片", "en": "Choose a picture"},
    takes="image",
    examples=(),
    load=load,
    models=("encoder", "captioner"),
)
