"""The Picture tab: captions, answers, and where the models looked.

The captions are by both models in both languages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from bot import picture_replies
from data.artifact import ArtifactError
from data.image import PictureError, reencode
from data.records import LANGUAGES, Language
from data.text.clean import clean
from ui.dependencies import Dependencies
from ui.drawing import build_figure, draw_bars, draw_captioned, encode_jpeg, encode_png
from ui.handlers import PICTURE_FILES, PageHandlers
from ui.picture_threads import run_in_picture_thread
from ui.translations import TRANSLATIONS
from vqa.overlay import overlay, overlay_tokens
from vqa.vision import Vision

CONCURRENCY = 2
_MAX_LENGTH = 200
_CAPTIONS = len(LANGUAGES) * 2
Shown = tuple[Any, ...]


@dataclass(frozen=True)
class PictureHandlers(PageHandlers):
    """The event handlers of the tab.

    Each returns the sentence, the four captions, and the HTML of the pictures.
    """

    @property
    def languages(self) -> tuple[Language, Language]:
        """The language of the page, then the other one."""
        return (self.language, "en" if self.language == "zh" else "zh")

    async def describe(self, given: dict[str, Any] | None) -> Shown:
        """Describe the picture in the box."""
        return await self._with_picture(given, self._describe)

    async def ask(self, given: dict[str, Any] | None) -> Shown:
        """Answer the question in the box; without a question, describe the picture."""
        question = clean(str((given or {}).get("text") or ""))
        if not question:
            return await self.describe(given)
        if len(question) > _MAX_LENGTH:
            return self._show_sentence(self.words.picture_long.format(given=len(question), most=_MAX_LENGTH))
        return await self._with_picture(given, lambda sight, picture: self._answer(sight, picture, question))

    async def ask_example(self, index: int | None, given: dict[str, Any] | None) -> Shown:
        """Put an example question into the box and answer it.

        The picture in the box stays.
        """
        examples = self.words.picture_examples
        if not isinstance(index, int) or not 0 <= index < len(examples):
            return gr.skip(), *self._show_sentence("")
        filled = {"text": examples[index], "files": (given or {}).get("files") or []}
        return filled, *await self.ask(filled)

    async def _with_picture(self, given: dict[str, Any] | None, work: Callable[[Vision, bytes], Shown]) -> Shown:
        files = [file for file in (given or {}).get("files") or [] if isinstance(file, str)]
        if not files:
            return self._show_sentence(self.words.picture_missing)
        if self.dependencies.bot.sight is None:
            return self._show_sentence(self.words.cannot_see)
        try:
            picture = await run_in_picture_thread(lambda: reencode(Path(files[0]).read_bytes()))
        except (PictureError, OSError) as error:
            return self._show_sentence(self.explain_picture(error))
        try:
            load_sight = self.dependencies.bot.sight
            return await asyncio.to_thread(lambda: work(load_sight(), picture))
        except (ArtifactError, ValueError) as error:
            return self._show_sentence(str(error))

    def _describe(self, sight: Vision, picture: bytes) -> Shown:
        said: list[Any] = []
        look = build_figure(encode_jpeg(picture), self.words.picture_given, "photo")
        for basic in (False, True):
            for language in self.languages:
                found = sight.caption(picture, language, basic)
                said.append(gr.update(value=found[0].text if found else "", visible=bool(found)))
                if found and not basic and language == self.language:
                    look += self._build_word_heatmaps(overlay_tokens(picture, found[0].tokens, found[0].attention))
        return gr.update(value="", visible=False), *said, gr.update(value=look, visible=True)

    def _build_word_heatmaps(self, parts: list[tuple[str, bytes]]) -> str:
        images = [
            build_figure(
                draw_captioned(drawn, word),
                self.words.word_heat.format(number=number, count=len(parts)),
                is_caption_hidden=True,
            )
            for number, (word, drawn) in enumerate(parts, 1)
        ]
        return f'<div class="heats">{"".join(images)}</div>' if images else ""

    def _answer(self, sight: Vision, picture: bytes, question: str) -> Shown:
        found = sight.answer(picture, question, self.language)
        likely = [(answer.text, answer.probability) for answer in found.answers]
        said = picture_replies.describe_answer(found, question, self.language)
        numbers = " · ".join(f"{text} {probability:.0%}" for text, probability in likely)
        look = build_figure(encode_png(overlay(picture, found.attention)), self.words.answer_heat, "photo")
        look += build_figure(draw_bars(likely), self.words.answer_bars)
        return (
            gr.update(value=f"{said}\n{numbers}", visible=True),
            *(gr.update(value="", visible=False) for _ in range(_CAPTIONS)),
            gr.update(value=look, visible=True),
        )

    def _show_sentence(self, text: str) -> Shown:
        return (
            gr.update(value=text, visible=bool(text)),
            *(gr.update(value="", visible=False) for _ in range(_CAPTIONS)),
            gr.update(value="", visible=False),
        )


def build_tab(dependencies: Dependencies, language: Language) -> None:
    """Build the tab inside the current block, and wire its events."""
    words = TRANSLATIONS[language]
    handlers = PictureHandlers(dependencies, language)
    private: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "minimal",
        "concurrency_limit": CONCURRENCY,
        "concurrency_id": "picture",
    }
    with gr.Column(elem_classes="tool"):
        gr.HTML(f"<p class='purpose'>{words.picture_purpose}</p>", padding=False)
        # The box keeps its picture for as long as the tab is open; the file is removed within a day.
        box = gr.MultimodalTextbox(
            label=words.picture_box, placeholder=words.picture_box, show_label=False, file_types=PICTURE_FILES,
            file_count="single", sources=["upload"], submit_btn=False, elem_id="picture-box",
        )  # fmt: skip
        with gr.Row(equal_height=False):
            describe = gr.Button(
                words.describe, variant="primary", min_width=96, elem_classes="run", elem_id="describe"
            )
            ask = gr.Button(words.ask, min_width=96, elem_classes="run", elem_id="ask")
        examples = gr.Dataset(
            label=words.picture_ask, components=["textbox"], type="index", layout="gallery", container=False,
            samples=[[text] for text in words.picture_examples], elem_id="picture-examples",
        )  # fmt: skip
        said = gr.Textbox(
            label=words.tool_answer, show_label=False, interactive=False, lines=1, max_lines=8, visible=False,
            container=False, elem_classes="said", elem_id="picture-said",
        )  # fmt: skip
        captions = []
        for place, form in enumerate((words.with_attention, words.without_attention)):
            with gr.Row(equal_height=False):
                for other, tongue in zip((False, True), words.in_language, strict=True):
                    captions.append(
                        gr.Textbox(
                            label=f"{form} · {tongue}", interactive=False, lines=1, max_lines=6, visible=False,
                            min_width=240, elem_classes="caption", elem_id=f"caption-{place}-{int(other)}",
                        )
                    )  # fmt: skip
        look = gr.HTML(visible=False, padding=False, elem_id="picture-look")
    shown = [said, *captions, look]
    describe.click(handlers.describe, box, shown, show_progress_on=describe, **private)
    gr.on([ask.click, box.submit], handlers.ask, box, shown, show_progress_on=ask, **private)
    examples.click(handlers.ask_example, [examples, box], [box, *shown], show_progress_on=ask, **private)
