"""The Evaluate tab: a report on a log of conversations.

Every handler refuses everybody but the administrator.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from bot.evaluation_adapter import FALLBACK_TEXTS, adapt_answer
from bot.reports import FILES, KEPT, Report
from bot.types import Message, Reply, Turn
from data.artifact import ArtifactError
from data.disk import is_full
from data.records import Language
from evaluation.options import EvaluationError, Options
from evaluation.pipeline import evaluate
from evaluation.task import Task
from evaluation.text_report import format_value
from evaluation.translations import TRANSLATIONS as REPORT_TRANSLATIONS
from ui.dependencies import Dependencies
from ui.handlers import PageHandlers
from ui.translations import TRANSLATIONS, Strings

MAX_REPLAYED = 300
_STEPS = ("counting", "comparing", "replaying", "writing")
_TYPES = [".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".txt", ".xlsx", ".gz", ".log"]


@dataclass(frozen=True)
class EvaluationHandlers(PageHandlers):
    """The event handlers of the tab."""

    async def show_reports(self, request: gr.Request) -> Any:
        """Show the stored reports, to the administrator only."""
        if not self.dependencies.is_admin(request):
            return gr.update(value="", visible=False)
        return await self.list_reports()

    async def list_reports(self) -> Any:
        """Build the list of the stored reports."""
        reports = await asyncio.to_thread(self.dependencies.bot.reports.list_kept)
        return gr.update(value=_build_list(reports, self.words), visible=bool(reports))

    async def evaluate_logs(
        self, files: list[str] | None, older: str | None, again: bool, request: gr.Request, progress: gr.Progress
    ) -> tuple[Any, ...]:
        """Evaluate the uploaded logs.

        The files are not removed: the same log in another tab is the same file, for a day.
        """
        logs = [Path(file) for file in files or []]
        against = [Path(older)] if older else []
        return await self._evaluate(logs, against, again, False, request, progress)

    async def evaluate_journal(self, again: bool, request: gr.Request, progress: gr.Progress) -> tuple[Any, ...]:
        """Evaluate the journal of this bot."""
        journal = self.dependencies.bot.settings.home / "journal"
        return await self._evaluate([journal] if journal.is_dir() else [], [], again, True, request, progress)

    async def _evaluate(
        self, logs: Sequence[Path], against: Sequence[Path], again: bool, own: bool, request: gr.Request, progress: gr.Progress
    ) -> tuple[Any, ...]:  # fmt: skip
        if not self.dependencies.is_admin(request):
            raise gr.Error(self.words.no_admin, print_exception=False)
        if not logs:
            return self._show_text(self.words.log_missing)
        reports = self.dependencies.bot.reports
        loop = asyncio.get_running_loop()

        async def answer(message: Message, language: Language, turns: Sequence[Turn]) -> Reply:
            # The evaluation runs in a thread with its own event loop, and the bot belongs to this one.
            answering = self.dependencies.bot.engine.answer(message, language, turns)
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answering, loop))

        def show(doing: str, share: float) -> None:
            progress(share, desc=self.words.log_steps[_STEPS.index(doing)])

        folder: Path | None = None
        try:
            progress(0.0, desc=self.words.log_steps[0])
            folder = await asyncio.to_thread(reports.begin)
            replay = MAX_REPLAYED if again and not against else None
            task = Task(
                tuple(logs),
                folder,
                Options(fallback_texts=FALLBACK_TEXTS),
                old_logs=tuple(against),
                replay_turns=replay,
            )
            result = await asyncio.to_thread(evaluate, task, show, adapt_answer(answer))
            if not await asyncio.to_thread(reports.finish, task, own, result["counts"]["turns"]):
                return self._show_text(self.words.log_gone)
        except (EvaluationError, ArtifactError, OSError) as error:
            if folder is not None:
                await asyncio.to_thread(reports.discard, folder)
            why = self.words.disk_full if is_full(error) else error
            return self._show_text(self.words.log_refused.format(why=why))
        phrases = REPORT_TRANSLATIONS[self.language]
        counts = {name: f"{count:,}" for name, count in result["counts"].items()}
        said = phrases["summary"].format(turns=counts["turns"], conversations=counts["conversations"])
        if result["counts"]["refused"]:
            said += "\n" + phrases["n_refused"].format(count=counts["refused"])
        rows = _build_rows(result["metrics"], phrases)
        change = result["comparison"]
        if change and change["metrics"]:
            said += "\n" + " · ".join(f"{phrases[name]} {change[key]:,}" for name, key in _VERDICTS)
        return (
            gr.update(value=said, visible=True),
            gr.update(value=_build_links(folder.name, self.words), visible=True),
            gr.update(value={"headers": list(self.words.log_columns), "data": rows}, visible=True),
            await self.list_reports(),
        )

    def _show_text(self, text: str) -> tuple[Any, ...]:
        return gr.update(value=text, visible=True), gr.update(visible=False), gr.update(visible=False), gr.skip()


_VERDICTS = (("win", "wins"), ("tie", "ties"), ("loss", "losses"))


def _build_rows(metrics: dict[str, Any], phrases: dict[str, str]) -> list[list[str]]:
    made = []
    for name, metric in metrics.items():
        interval = ""
        if metric["low"] is not None:
            interval = f"{format_value(metric['low'], metric['unit'])} – {format_value(metric['high'], metric['unit'])}"
        value = format_value(metric["value"], metric["unit"])
        made.append([phrases[f"m_{name}"], value, interval, f"{metric['count']:,}"])
    return made


def _build_links(id: str, words: Strings) -> str:
    # The id is our own and the texts are those of the page: nothing of the log becomes HTML here.
    made = []
    for place, (name, text) in enumerate(zip(FILES, words.log_files, strict=True)):
        how = "target='_blank' rel='noopener' class='first'" if place == 0 else "download"
        made.append(f"<a href='/evaluation/{id}/{name}' {how}>{escape(text)}</a>")
    return f"<div class='reports'>{''.join(made)}</div>"


def _build_list(reports: Sequence[Report], words: Strings) -> str:
    # The names of the logs come from whoever uploaded them.
    rows = []
    for report in reports:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(report.made))
        files = ", ".join(report.files) or words.log_own_short
        said = words.log_kept_one.format(time=made, files=files, turns=f"{report.turns:,}")
        rows.append(f"<li>{escape(said)}{_build_links(report.id, words)}</li>")
    about = words.log_kept_about.format(count=KEPT)
    return f"<h3>{escape(words.log_kept)}</h3><p class='purpose'>{escape(about)}</p><ul>{''.join(rows)}</ul>"


def build_tab(dependencies: Dependencies, language: Language) -> Sequence[tuple[Any, Any, Any, dict[str, Any]]]:
    """Build the components of the tab inside the current block and wire their events.

    Returns:
        The events to run when the tab is opened: the function, its inputs, its outputs, its options.
    """
    words = TRANSLATIONS[language]
    handlers = EvaluationHandlers(dependencies, language)
    how: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 1, "concurrency_id": "evaluate"}

    async def evaluate_logs(
        files: list[str] | None, older: str | None, again: bool, request: gr.Request, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> tuple[Any, ...]:  # fmt: skip
        made = await handlers.evaluate_logs(files, older, again, request, progress)
        # The logs were read, so the boxes are emptied. If none was given, one that came meanwhile stays.
        return (*made, None, None) if files or older else (*made, gr.skip(), gr.skip())

    async def evaluate_journal(
        again: bool,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, ...]:
        return await handlers.evaluate_journal(again, request, progress)

    gr.HTML(f"<p class='purpose'>{escape(words.log_purpose)}</p>", padding=False)
    file = partial(gr.File, type="filepath", height=170, file_types=_TYPES)
    with gr.Row(equal_height=False):
        logs = file(label=words.log_upload, file_count="multiple", elem_id="logs")
        older = file(label=words.log_older, elem_id="older")
    again = gr.Checkbox(label=words.log_again.format(count=MAX_REPLAYED), elem_id="again", container=False)
    with gr.Row(equal_height=False):
        own = gr.Button(words.log_own, size="md", scale=1, min_width=150, elem_id="judge-own")
        go = gr.Button(words.log_go, variant="primary", size="md", scale=1, min_width=120, elem_id="judge")
    said = gr.Textbox(
        label=words.state_label, show_label=False, interactive=False, lines=2, max_lines=12, container=False, elem_id="judged",
        elem_classes="said", placeholder=words.log_hint,
    )  # fmt: skip
    links = gr.HTML(visible=False, padding=False, elem_id="reports")
    table = gr.Dataframe(
        label=words.log_go, datatype="str", type="array", interactive=False, wrap=True, show_label=False, visible=False,
        max_height=620, elem_id="numbers",
    )  # fmt: skip
    kept = gr.HTML(visible=False, padding=False, elem_id="kept")
    shown = [said, links, table, kept]
    go.click(evaluate_logs, [logs, older, again], [*shown, logs, older], show_progress_on=said, **how)
    own.click(evaluate_journal, again, shown, show_progress_on=said, **how)
    return [(handlers.show_reports, None, kept, {"api_visibility": "private"})]
