"""The Tools tab: a card for every tool, built from the description of the tool."""

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
from ui.dependencies import Dependencies
from ui.drawing import build_figure, draw_map, encode_png
from ui.handlers import PICTURE_FILES, PageHandlers
from ui.picture_threads import run_in_picture_thread
from ui.translations import TRANSLATIONS

CONCURRENCY = 4


@dataclass(frozen=True)
class ToolHandlers(PageHandlers):
    """The event handlers of the card of a tool."""

    tool: Tool

    async def run(self, given: str | dict[str, Any] | None) -> tuple[Any, ...]:
        """Run the tool on what the box holds, and show its result.

        If there is none, a sentence says why.
        """
        text, files = (given["text"], given["files"]) if isinstance(given, dict) else (given, [])
        try:
            picture = await run_in_picture_thread(_read_picture, files[0]) if files else None
            request = Request(text or "", self.language, picture)
            result = await asyncio.to_thread(self.dependencies.bot.toolbox.run, self.tool.name, request)
        except (PictureError, OSError) as error:
            result = Result(self.explain_picture(error))
        except (ToolError, ArtifactError) as error:
            result = Result(str(error))
        return self._render(result)

    async def run_example(self, index: int | None, given: str | dict[str, Any] | None) -> tuple[Any, ...]:
        """Put an example into the box, beside the picture that is there, and run it.

        Args:
            index: The index of the example in `list_examples`.
            given: What the box holds.
        """
        examples = list_examples(self.tool, self.language)
        if not isinstance(index, int) or not 0 <= index < len(examples):
            return tuple(gr.skip() for _ in range(5))
        text = examples[index]
        filled = {"text": text, "files": given["files"]} if isinstance(given, dict) else text
        return filled, *await self.run(filled)

    def _render(self, result: Result) -> tuple[Any, ...]:
        said = f"{result.text}\n{result.note}" if result.note else result.text
        table = result.table and {
            "headers": list(result.table.columns),
            "data": [list(row) for row in result.table.rows],
        }
        look = build_figure(encode_png(result.picture), self.words.tool_picture) if result.picture else ""
        if result.points:
            look += build_figure(draw_map(result.points), self.words.tool_map)
        return (
            gr.update(value=said, visible=True),
            gr.update(value=table, visible=table is not None),
            gr.update(value=look),
            gr.update(visible=bool(look)),
        )


def _read_picture(path: str) -> bytes:
    # The file is not removed: the box keeps it for the next run. It is removed within a day.
    return reencode(Path(path).read_bytes())


def list_examples(tool: Tool, language: Language) -> list[str]:
    """Return the example texts of a tool, the page's language first."""
    return [example.text for example in sorted(tool.examples, key=lambda example: example.language != language)]


def build_tab(dependencies: Dependencies, language: Language) -> None:
    """Build a card for every tool inside the current block, and wire its events."""
    words = TRANSLATIONS[language]
    private: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "minimal",
        "concurrency_limit": CONCURRENCY,
        "concurrency_id": "tool",
    }
    # The first tool that takes a text is open; pictures have a tab of their own.
    first = next((tool.name for tool in dependencies.bot.toolbox if tool.takes == "text"), "")
    for tool in dependencies.bot.toolbox:
        handlers = ToolHandlers(dependencies, language, tool)
        with gr.Accordion(
            tool.title[language], open=tool.name == first, elem_id=f"tool-{tool.name}", elem_classes="tool"
        ):
            gr.HTML(f"<p class='purpose'>{escape(tool.purpose[language])}</p>", padding=False)
            with gr.Row(equal_height=False):
                box = _build_input(tool, language)
                run = gr.Button(
                    words.run, variant="primary", scale=1, min_width=96, elem_classes="run", elem_id=f"run-{tool.name}"
                )
            if tool.examples:
                examples = gr.Dataset(
                    label=words.tool_examples, components=["textbox"], type="index", layout="gallery", container=False,
                    samples=[[text] for text in list_examples(tool, language)], elem_id=f"examples-{tool.name}",
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
            gr.on([run.click, box.submit], handlers.run, box, shown, show_progress_on=run, **private)
            if tool.examples:
                examples.click(handlers.run_example, [examples, box], [box, *shown], show_progress_on=run, **private)


def _build_input(tool: Tool, language: Language) -> Any:
    label, id = tool.box[language], f"box-{tool.name}"
    if tool.takes == "text":
        return gr.Textbox(
            label=label, placeholder=label, show_label=False, container=False, max_lines=6, scale=6, min_width=200,
            elem_id=id,
        )  # fmt: skip
    return gr.MultimodalTextbox(
        label=label, placeholder=label, show_label=False, file_types=PICTURE_FILES, file_count="single",
        sources=["upload"], scale=6, min_width=200, elem_id=id,
    )  # fmt: skip
