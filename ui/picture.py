"""The Picture tab: a picture described by both captioners in both languages, and asked about, with where they looked."""

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
from ui.drawing import bars_of, captioned, figure, jpeg, png
from ui.picture_threads import in_picture_thread
from ui.services import Services
from ui.strings import STRINGS, Strings
from vqa.overlay import overlay, overlay_tokens
from vqa.vision import Vision

CONCURRENCY = 2
_LONGEST = 200
_SAYS = len(LANGUAGES) * 2
Shown = tuple[Any, ...]


@dataclass(frozen=True)
class Handlers:
    """What the events of the tab do. Each gives the sentence, the four captions, and what is to be looked at."""

    services: Services
    language: Language

    @property
    def words(self) -> Strings:
        """The page's words."""
        return STRINGS[self.language]

    @property
    def languages(self) -> tuple[Language, Language]:
        """The page's language and the other."""
        return (self.language, "en" if self.language == "zh" else "zh")

    async def describe(self, given: dict[str, Any] | None) -> Shown:
        """The captions of the picture in the box."""
        return await self._with(given, self._described)

    async def ask(self, given: dict[str, Any] | None) -> Shown:
        """The answer to the question in the box; without one, the captions."""
        question = clean(str((given or {}).get("text") or ""))
        if not question:
            return await self.describe(given)
        if len(question) > _LONGEST:
            return self._sentence(self.words.picture_long.format(given=len(question), most=_LONGEST))
        return await self._with(given, lambda sight, picture: self._answered(sight, picture, question))

    async def show(self, index: int | None, given: dict[str, Any] | None) -> Shown:
        """An example question put into the box, beside the picture that is there, and asked."""
        examples = self.words.picture_examples
        if not isinstance(index, int) or not 0 <= index < len(examples):
            return gr.skip(), *self._sentence("")
        asked = {"text": examples[index], "files": (given or {}).get("files") or []}
        return asked, *await self.ask(asked)

    async def _with(self, given: dict[str, Any] | None, work: Callable[[Vision, bytes], Shown]) -> Shown:
        files = [file for file in (given or {}).get("files") or [] if isinstance(file, str)]
        if not files:
            return self._sentence(self.words.picture_missing)
        if self.services.bot.sight is None:
            return self._sentence(self.words.cannot_see)
        try:
            picture = await in_picture_thread(lambda: reencode(Path(files[0]).read_bytes()))
        except (PictureError, OSError):
            return self._sentence(self.words.picture_refused)
        try:
            return await asyncio.to_thread(self._worked, self.services.bot.sight, picture, work)
        except (ArtifactError, ValueError) as error:
            return self._sentence(str(error))

    def _worked(self, opened: Callable[[], Vision], picture: bytes, work: Callable[[Vision, bytes], Shown]) -> Shown:
        return work(opened(), picture)

    def _described(self, sight: Vision, picture: bytes) -> Shown:
        said: list[Any] = []
        look = figure(jpeg(picture), self.words.picture_given, "photo")
        for basic in (False, True):
            for language in self.languages:
                found = sight.caption(picture, language, basic)
                said.append(gr.update(value=found[0].text if found else "", visible=bool(found)))
                if found and not basic and language == self.language:
                    look += self._words_of(overlay_tokens(picture, found[0].tokens, found[0].attention))
        return gr.update(value="", visible=False), *said, gr.update(value=look, visible=True)

    def _words_of(self, parts: list[tuple[str, bytes]]) -> str:
        images = [
            figure(captioned(drawn, word), self.words.word_heat.format(number=number, count=len(parts)), hidden=True)
            for number, (word, drawn) in enumerate(parts, 1)
        ]
        return f'<div class="heats">{"".join(images)}</div>' if images else ""

    def _answered(self, sight: Vision, picture: bytes, question: str) -> Shown:
        found = sight.answer(picture, question, self.language)
        likely = [(one.text, one.probability) for one in found.answers]
        said = picture_replies.describe_answer(found, question, self.language)
        numbers = " · ".join(f"{text} {probability:.0%}" for text, probability in likely)
        look = figure(png(overlay(picture, found.attention)), self.words.answer_heat, "photo")
        look += figure(bars_of(likely), self.words.answer_bars)
        return (
            gr.update(value=f"{said}\n{numbers}", visible=True),
            *(gr.update(value="", visible=False) for _ in range(_SAYS)),
            gr.update(value=look, visible=True),
        )

    def _sentence(self, text: str) -> Shown:
        return (
            gr.update(value=text, visible=bool(text)),
            *(gr.update(value="", visible=False) for _ in range(_SAYS)),
            gr.update(value="", visible=False),
        )


def layout(services: Services, language: Language) -> None:
    """Put the tab's parts where this is called, and wire them."""
    words = STRINGS[language]
    do = Handlers(services, language)
    private: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "minimal",
        "concurrency_limit": CONCURRENCY,
        "concurrency_id": "picture",
    }
    with gr.Column(elem_classes="tool"):
        gr.HTML(f"<p class='purpose'>{words.picture_purpose}</p>", padding=False)
        # The box holds what was uploaded or pasted for as long as the tab is open, and is removed within a day.
        box = gr.MultimodalTextbox(
            label=words.picture_box, placeholder=words.picture_box, show_label=False, file_types=["image"],
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
    describe.click(do.describe, box, shown, show_progress_on=describe, **private)
    gr.on([ask.click, box.submit], do.ask, box, shown, show_progress_on=ask, **private)
    examples.click(do.show, [examples, box], [box, *shown], show_progress_on=ask, **private)
