"""The Evaluate tab: a log goes in, the report comes out. Every handler refuses all but the administrator."""

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
from evaluation.translations import TRANSLATIONS
from ui.services import Services
from ui.strings import STRINGS, Strings

REPLAYED = 300
_STEPS = ("counting", "comparing", "replaying", "writing")
_TYPES = [".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".txt", ".xlsx", ".gz", ".log"]


@dataclass(frozen=True)
class Handlers:
    """What the events of the tab do."""

    services: Services
    language: Language

    @property
    def words(self) -> Strings:
        """The page's words."""
        return STRINGS[self.language]

    async def list_kept(self, request: gr.Request) -> Any:
        """The reports that were kept, for those who may see them."""
        if not self.services.administers(request):
            return gr.update(value="", visible=False)
        return await self.kept()

    async def kept(self) -> Any:
        """The list of the reports that were kept."""
        reports = await asyncio.to_thread(self.services.bot.reports.list_kept)
        return gr.update(value=_list(reports, self.words), visible=bool(reports))

    async def judge(
        self, files: list[str] | None, older: str | None, again: bool, request: gr.Request, progress: gr.Progress
    ) -> tuple[Any, ...]:
        """Evaluate the uploaded logs. They stay: a file of the same content in another tab is the same file, for a day."""
        logs = [Path(file) for file in files or []]
        against = [Path(older)] if older else []
        return await self._judged(logs, against, again, False, request, progress)

    async def judge_own(self, again: bool, request: gr.Request, progress: gr.Progress) -> tuple[Any, ...]:
        """Evaluate the journal of this bot."""
        journal = self.services.bot.settings.home / "journal"
        return await self._judged([journal] if journal.is_dir() else [], [], again, True, request, progress)

    async def _judged(
        self, logs: Sequence[Path], against: Sequence[Path], again: bool, own: bool, request: gr.Request, progress: gr.Progress
    ) -> tuple[Any, ...]:  # fmt: skip
        if not self.services.administers(request):
            raise gr.Error(self.words.no_admin, print_exception=False)
        if not logs:
            return self._said(self.words.log_missing)
        reports = self.services.bot.reports
        loop = asyncio.get_running_loop()

        async def answer(message: Message, language: Language, turns: Sequence[Turn]) -> Reply:
            # The work is done in a thread with a loop of its own, and the bot belongs to this one.
            asked = self.services.bot.engine.answer(message, language, turns)
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, loop))

        def show(doing: str, share: float) -> None:
            progress(share, desc=self.words.log_steps[_STEPS.index(doing)])

        folder: Path | None = None
        try:
            progress(0.0, desc=self.words.log_steps[0])
            folder = await asyncio.to_thread(reports.begin)
            replay = REPLAYED if again and not against else None
            task = Task(
                tuple(logs),
                folder,
                Options(fallback_texts=FALLBACK_TEXTS),
                old_logs=tuple(against),
                replay_turns=replay,
            )
            result = await asyncio.to_thread(evaluate, task, show, adapt_answer(answer))
            if not await asyncio.to_thread(reports.finish, task, own, result["counts"]["turns"]):
                return self._said(self.words.log_gone)
        except (EvaluationError, ArtifactError, OSError) as error:
            if folder is not None:
                await asyncio.to_thread(reports.discard, folder)
            why = self.words.disk_full if is_full(error) else error
            return self._said(self.words.log_refused.format(why=why))
        translations = TRANSLATIONS[self.language]
        counts = {name: f"{count:,}" for name, count in result["counts"].items()}
        said = translations["summary"].format(turns=counts["turns"], conversations=counts["conversations"])
        if result["counts"]["refused"]:
            said += "\n" + translations["n_refused"].format(count=counts["refused"])
        rows = _rows(result["metrics"], translations)
        change = result["comparison"]
        if change and change["metrics"]:
            said += "\n" + " · ".join(f"{translations[name]} {change[key]:,}" for name, key in _VERDICTS)
        return (
            gr.update(value=said, visible=True),
            gr.update(value=_links(folder.name, self.words), visible=True),
            gr.update(value={"headers": list(self.words.log_columns), "data": rows}, visible=True),
            await self.kept(),
        )

    def _said(self, text: str) -> tuple[Any, ...]:
        return gr.update(value=text, visible=True), gr.update(visible=False), gr.update(visible=False), gr.skip()


_VERDICTS = (("win", "wins"), ("tie", "ties"), ("loss", "losses"))


def _rows(metrics: dict[str, Any], translations: dict[str, str]) -> list[list[str]]:
    made = []
    for name, one in metrics.items():
        between = ""
        if one["low"] is not None:
            between = f"{format_value(one['low'], one['unit'])} – {format_value(one['high'], one['unit'])}"
        made.append([translations[f"m_{name}"], format_value(one["value"], one["unit"]), between, f"{one['count']:,}"])
    return made


def _links(id: str, words: Strings) -> str:
    # The id is our own and the texts are the page's words: nothing of the log becomes HTML here.
    made = []
    for place, (name, text) in enumerate(zip(FILES, words.log_files, strict=True)):
        how = "target='_blank' rel='noopener' class='first'" if place == 0 else "download"
        made.append(f"<a href='/evaluation/{id}/{name}' {how}>{escape(text)}</a>")
    return f"<div class='reports'>{''.join(made)}</div>"


def _list(reports: Sequence[Report], words: Strings) -> str:
    # The names of the logs come from whoever uploaded them.
    rows = []
    for one in reports:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.made))
        files = ", ".join(one.files) or words.log_own_short
        said = words.log_kept_one.format(time=made, files=files, turns=f"{one.turns:,}")
        rows.append(f"<li>{escape(said)}{_links(one.id, words)}</li>")
    about = words.log_kept_about.format(count=KEPT)
    return f"<h3>{escape(words.log_kept)}</h3><p class='purpose'>{escape(about)}</p><ul>{''.join(rows)}</ul>"


def layout(services: Services, language: Language) -> Sequence[tuple[Any, Any, Any, dict[str, Any]]]:
    """Put the tab's parts where they are called and wire them; returned is what to do when the tab is opened."""
    words = STRINGS[language]
    do = Handlers(services, language)
    how: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 1, "concurrency_id": "evaluate"}

    async def judge(
        files: list[str] | None, older: str | None, again: bool, request: gr.Request, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> tuple[Any, ...]:  # fmt: skip
        made = await do.judge(files, older, again, request, progress)
        # They have been read, so the page lets go of them; with none given, one that came meanwhile stays.
        return (*made, None, None) if files or older else (*made, gr.skip(), gr.skip())

    async def judge_own(again: bool, request: gr.Request, progress: gr.Progress = gr.Progress()) -> tuple[Any, ...]:  # noqa: B008
        return await do.judge_own(again, request, progress)

    gr.HTML(f"<p class='purpose'>{escape(words.log_purpose)}</p>", padding=False)
    file = partial(gr.File, type="filepath", height=170, file_types=_TYPES)
    with gr.Row(equal_height=False):
        logs = file(label=words.log_upload, file_count="multiple", elem_id="logs")
        older = file(label=words.log_older, elem_id="older")
    again = gr.Checkbox(label=words.log_again.format(count=REPLAYED), elem_id="again", container=False)
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
    go.click(judge, [logs, older, again], [*shown, logs, older], show_progress_on=said, **how)
    own.click(judge_own, again, shown, show_progress_on=said, **how)
    return [(do.list_kept, None, kept, {"api_visibility": "private"})]
