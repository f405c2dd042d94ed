"""The Tools tab: a card for every tool, drawn from what the tool says about itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from bot.tool import Request, Result, Tool, ToolError
from data.artifact import ArtifactError
from data.image import PictureError, reencode
from data.records import Language
from ui.drawing import figure, map_of, png
from ui.picture_threads import in_picture_thread
from ui.services import Services
from ui.strings import STRINGS, Strings

CONCURRENCY = 4


@dataclass(frozen=True)
class Handlers:
    """What the events of a tool's card do."""

    services: Services
    language: Language
    tool: Tool

    @property
    def words(self) -> Strings:
        """The page's words."""
        return STRINGS[self.language]

    async def run(self, given: str | dict[str, Any] | None) -> tuple[Any, ...]:
        """What the tool makes of the text, and of the picture if there is one; or the sentence that says why nothing."""
        text, files = (given["text"], given["files"]) if isinstance(given, dict) else (given, [])
        try:
            picture = await in_picture_thread(_read, files[0]) if files else None
            request = Request(text or "", self.language, picture)
            result = await asyncio.to_thread(self.services.bot.toolbox.run, self.tool.name, request)
        except (PictureError, OSError):
            result = Result(self.words.picture_refused)
        except (ToolError, ArtifactError) as error:
            result = Result(str(error))
        return self._shown(result)

    async def show(self, index: int | None, given: str | dict[str, Any] | None) -> tuple[Any, ...]:
        """An example put into the box, beside the picture that is there, and run; the index is that of `examples_of`."""
        examples = examples_of(self.tool, self.language)
        if not isinstance(index, int) or not 0 <= index < len(examples):
            return tuple(gr.skip() for _ in range(5))
        text = examples[index]
        shown = {"text": text, "files": given["files"]} if isinstance(given, dict) else text
        return shown, *await self.run(shown)

    def _shown(self, result: Result) -> tuple[Any, ...]:
        said = f"{result.text}\n{result.note}" if result.note else result.text
        table = result.table and {
            "headers": list(result.table.columns),
            "data": [list(row) for row in result.table.rows],
        }
        look = figure(png(result.picture), self.words.tool_picture) if result.picture else ""
        if result.points:
            look += figure(map_of(result.points), self.words.tool_map)
        return (
            gr.update(value=said, visible=True),
            gr.update(value=table, visible=table is not None),
            gr.update(value=look),
            gr.update(visible=bool(look)),
        )


def _read(path: str) -> bytes:
    # It stays in the box for the next run, and is removed within a day.
    return reencode(Path(path).read_bytes())


def examples_of(tool: Tool, language: Language) -> list[str]:
    """The texts of the tool's examples, those in the page's language first."""
    return [one.text for one in sorted(tool.examples, key=lambda one: one.language != language)]


def layout(services: Services, language: Language) -> None:
    """Put a card for every tool where this is called, and wire it."""
    words = STRINGS[language]
    private: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "minimal",
        "concurrency_limit": CONCURRENCY,
        "concurrency_id": "tool",
    }
    # What looks at pictures has a tab of its own.
    first = next((tool.name for tool in services.bot.toolbox if tool.takes == "text"), "")
    for tool in services.bot.toolbox:
        do = Handlers(services, language, tool)
        with gr.Accordion(
            tool.title[language], open=tool.name == first, elem_id=f"tool-{tool.name}", elem_classes="tool"
        ):
            gr.HTML(f"<p class='purpose'>{escape(tool.purpose[language])}</p>", padding=False)
            with gr.Row(equal_height=False):
                box = _box(tool, language)
                run = gr.Button(
                    words.run, variant="primary", scale=1, min_width=96, elem_classes="run", elem_id=f"run-{tool.name}"
                )
            if tool.examples:
                examples = gr.Dataset(
                    label=words.tool_examples, components=["textbox"], type="index", layout="gallery", container=False,
                    samples=[[text] for text in examples_of(tool, language)], elem_id=f"examples-{tool.name}",
                )  # fmt: skip
            said = gr.Textbox(
                label=words.tool_answer, show_label=False, interactive=False, lines=1, max_lines=12, visible=False,
                container=False, elem_classes="said", elem_id=f"said-{tool.name}",
            )  # fmt: skip
            with gr.Row(equal_height=False):
                # A table without a picture has the whole width.
                with gr.Column(min_width=300, visible=False) as beside:
                    look = gr.HTML(padding=False, elem_id=f"look-{tool.name}")
                with gr.Column(min_width=300):
                    table = gr.Dataframe(
                        label=words.tool_table, datatype="str", type="array", interactive=False, wrap=True,
                        show_label=False, visible=False, max_height=460, elem_id=f"table-{tool.name}",
                        elem_classes="found",
                    )  # fmt: skip
            shown = [said, table, look, beside]
            gr.on([run.click, box.submit], do.run, box, shown, show_progress_on=run, **private)
            if tool.examples:
                examples.click(do.show, [examples, box], [box, *shown], show_progress_on=run, **private)


def _box(tool: Tool, language: Language) -> Any:
    label, id = tool.box[language], f"box-{tool.name}"
    if tool.takes == "text":
        return gr.Textbox(
            label=label, placeholder=label, show_label=False, container=False, max_lines=6, scale=6, min_width=200,
            elem_id=id,
        )  # fmt: skip
    return gr.MultimodalTextbox(
        label=label, placeholder=label, show_label=False, file_types=["image"], file_count="single",
        sources=["upload"], scale=6, min_width=200, elem_id=id,
    )  # fmt: skip
