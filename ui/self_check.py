"""What the Knowledge tab says of the owner's entries: which would be found, and which are confusable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from bot.knowledge import KnowledgeError
from data.records import Language
from retrieval.self_check import SelfCheck
from ui.dependencies import Dependencies
from ui.handlers import PageHandlers
from ui.translations import TRANSLATIONS, Strings

_PAIRS, _ALONE = 20, 10


class SelfCheckHandlers(PageHandlers):
    """The event handlers of the group."""

    async def check(self, request: gr.Request, progress: gr.Progress) -> tuple[str, Any]:
        """Ask the owner's entries their own questions: what came of it, and the pairs that are confusable."""
        self.require_admin(request)
        bot = self.dependencies.bot

        def advance(share: float) -> None:
            progress(share, desc=self.words.check_busy)

        try:
            check = await asyncio.to_thread(bot.knowledge_source.check, bot.engine.rules.answer_threshold, advance)
        except KnowledgeError as error:
            raise gr.Error(escape(str(error)), print_exception=False) from error
        rows = [
            [pair.entry.questions[0], pair.other.questions[0], f"{pair.probability:.0%}"]
            for pair in check.confusable[:_PAIRS]
        ]
        return describe_check(check, self.words), gr.update(value=rows, visible=bool(rows))


def describe_check(check: SelfCheck, words: Strings) -> str:
    """Describe a check in lines; the confusable pairs are shown apart."""
    if not check.entries:
        return words.check_nothing
    lines = [words.check_entries.format(entries=check.entries)]
    if check.asked:
        missed = check.asked - check.answered - check.offered - check.wrong
        counts = {"asked": check.asked, "answered": check.answered, "offered": check.offered}
        lines.append(words.check_asked.format(**counts, wrong=check.wrong, missed=missed))
    lines.append(
        words.check_confusable.format(pairs=len(check.confusable)) if check.confusable else words.check_distinct
    )
    if check.alone:
        lines.append(words.check_alone.format(alone=len(check.alone)))
        lines += [f"  {entry.questions[0]}" for entry in check.alone[:_ALONE]]
        if len(check.alone) > _ALONE:
            lines.append(f"  … +{len(check.alone) - _ALONE}")
    return "\n".join(lines)


def build_group(dependencies: Dependencies, language: Language) -> Sequence[Any]:
    """Build the group inside the current block and wire its button. Return its components."""
    words = TRANSLATIONS[language]
    handlers = SelfCheckHandlers(dependencies, language)

    async def check(request: gr.Request, progress: gr.Progress = gr.Progress()) -> tuple[str, Any]:  # noqa: B008
        return await handlers.check(request, progress)

    with gr.Accordion(words.check_title, open=False, elem_id="check-group"):
        button = gr.Button(words.check_go, size="sm", elem_id="check")
        said = gr.Textbox(
            label=words.check_title, show_label=False, placeholder=words.check_hint, interactive=False, lines=3,
            max_lines=20, elem_id="check-report",
        )  # fmt: skip
        pairs = gr.Dataframe(
            headers=list(words.check_columns), datatype="str", type="array", interactive=False, wrap=True, visible=False,
            show_label=False, elem_id="confusable", column_widths=["42%", "42%", "16%"],
        )  # fmt: skip
    button.click(check, None, [said, pairs], api_visibility="private", show_progress_on=said)
    return [said, pairs]
