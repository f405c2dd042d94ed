"""Describe a picture in a sentence, and show where the model looked."""

from __future__ import annotations

from bot import picture_replies
from bot.messages import Translations
from bot.tool import Request, Result, Run, Table, Tool, ToolError
from data import paths
from data.records import Language
from vqa.overlay import overlay
from vqa.vision import load_vision

_COLUMNS: dict[Language, tuple[str, ...]] = {"zh": ("描述", "把握"), "en": ("Caption", "How sure")}
_NOTE: Translations = {
    "zh": "把握是每个词概率的几何平均，只能互相比较。黄色是看得最多的地方。",
    "en": "How sure: the geometric mean of the probabilities of the words; use it only to compare. It looked most at yellow.",
}


def load() -> Run:
    """Load the models and return the function of the tool.

    Raises:
        ArtifactError: A file of a model is missing or damaged.
    """
    sight = load_vision(paths.artifacts_dir())

    def run(request: Request) -> Result:
        language, picture = request.language, request.picture or b""
        captions = sight.caption(picture, language)
        if not captions:
            raise ToolError(picture_replies.NOT_SEEN[language])
        heat = picture_replies.average_attention(captions[0])
        return Result(
            text=picture_replies.describe_caption(captions[0], language),
            table=Table(
                _COLUMNS[language],
                tuple((caption.text, f"{picture_replies.confidence(caption):.0%}") for caption in captions),
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
