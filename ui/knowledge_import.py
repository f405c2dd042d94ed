"""The import on the Knowledge tab: a preview first, then the import, and its undo.

Every handler refuses everybody but the administrator.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from bot.import_report import describe_notes, describe_reading, describe_samples
from bot.knowledge import Disagreement, KnowledgeError, Report
from data.disk import is_full
from data.documents import SUFFIXES, is_document
from data.formats import ColumnChoice, FormatError, Reading, UnknownColumnsError, read_pairs, translate
from data.formats.errors import shorten
from data.records import Language
from ui.dependencies import Dependencies
from ui.documents import describe_document_report
from ui.handlers import PageHandlers
from ui.translations import TRANSLATIONS, Strings

_MAX_ROWS = 20
_MAX_CHOICES = 200
_SUFFIXES = sorted({".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson", ".md", ".markdown", *SUFFIXES})


def describe_report(
    report: Report, file: str, words: Strings, language: Language, is_preview: bool = False
) -> list[str]:
    """Describe an import, or its preview, in lines.

    They have counts, refused rows, replaced replies, and replies that a person wrote and that stay.
    """
    counts = {"taken": report.taken, "merged": report.merged, "replaced": len(report.replaced)}
    counted = words.previewed if is_preview else words.learned
    lines = [counted.format(file=file, **counts, refused=len(report.refused))]
    parts: list[tuple[str, list[str]]] = [
        (words.refused_rows, [f"{row.place}: {translate(row.why, language)}" for row in report.refused]),
        (words.replaced_rows, [_describe(item, words.replaced_row, words) for item in report.replaced]),
        (words.kept_rows, [_describe(item, words.kept_row, words) for item in report.kept]),
    ]
    for title, rows in parts:
        if rows:
            lines += [f"{title}:", *(f"  {row}" for row in rows[:_MAX_ROWS])]
        if len(rows) > _MAX_ROWS:
            lines.append(f"  … +{len(rows) - _MAX_ROWS}")
    return lines


def _describe(disagreement: Disagreement, template: str, words: Strings) -> str:
    said = template.format(**vars(disagreement))
    if not disagreement.left:
        return said
    left = words.left_over.format(entry=disagreement.entry, questions=" / ".join(disagreement.left))
    return f"{said}\n    {left}"


@dataclass(frozen=True)
class ImportHandlers(PageHandlers):
    """The event handlers of the import."""

    def _explain_error(self, error: Exception) -> str:
        return self.words.disk_full if is_full(error) else translate(error, self.language)

    async def preview_file(
        self, path: str | None, choice: ColumnChoice | None, request: gr.Request, progress: gr.Progress
    ) -> tuple[Any, ...]:
        """Show what an uploaded file would bring; where its columns cannot be told, ask for them.

        Returns:
            Updates of the report, the group of columns, the two columns, the mark for a header, and the buttons.
        """
        self.require_admin(request)
        if not path:
            return self.clear()[1:]
        file = Path(path)
        reading = Reading(choice)
        try:
            if choice is None and await asyncio.to_thread(is_document, file):
                return await self._learn_document(file, progress), *self.clear()[2:]
            report = await self._read(file, reading, progress, self.dependencies.bot.knowledge.preview)
        except UnknownColumnsError as error:
            return self._ask_for_columns(file.name, error)
        except (FormatError, KnowledgeError, OSError) as error:
            said = self.words.learn_refused.format(file=file.name, why=self._explain_error(error))
            return said, *self._keep_columns(choice, can_import=False)
        lines = [self.words.preview_title, *self._describe(report, reading, file.name, True)]
        return "\n".join(lines), *self._keep_columns(choice, can_import=not report.is_empty)

    async def _learn_document(self, file: Path, progress: gr.Progress) -> str:
        """Take in a document at once: passages have no columns to be asked for, and each can be taken out again."""

        def show(share: float) -> None:
            progress(share, desc=self.words.reading_document.format(file=file.name))

        report = await asyncio.to_thread(self.dependencies.bot.learn_document, file, None, show)
        return "\n".join(describe_document_report(report, self.words))

    def _keep_columns(self, choice: ColumnChoice | None, can_import: bool) -> tuple[Any, ...]:
        """Return the updates behind the report: the columns stay as they are, if a person was asked for them."""
        asked = gr.update(visible=choice is not None)
        return asked, gr.skip(), gr.skip(), gr.skip(), gr.update(visible=can_import), gr.update(visible=True)

    async def import_file(
        self, path: str | None, choice: ColumnChoice | None, request: gr.Request, progress: gr.Progress
    ) -> tuple[Any, ...]:
        """Import the file that was previewed and report on it, with a line for each refused row.

        Returns:
            Updates of the upload and of what `preview_file` updates.
        """
        self.require_admin(request)
        if not path:
            return self.clear()
        file = Path(path)
        reading = Reading(choice)
        try:
            report = await self._read(file, reading, progress, self.dependencies.bot.knowledge.learn)
        except (FormatError, KnowledgeError, OSError) as error:
            said = self.words.learn_refused.format(file=file.name, why=self._explain_error(error))
            return None, said, *self.clear()[2:]
        return None, "\n".join(self._describe(report, reading, file.name, False)), *self.clear()[2:]

    def clear(self) -> tuple[Any, ...]:
        """Return the updates that take back a preview: of the upload and of what `preview_file` updates."""
        hidden = gr.update(visible=False)
        none = gr.update(choices=[], value=None)
        return None, "", hidden, none, none, gr.update(value=True, visible=True), hidden, hidden

    async def cancel(self, request: gr.Request) -> tuple[Any, ...]:
        """Take back a preview."""
        self.require_admin(request)
        return self.clear()

    async def undo_import(self, is_sure: bool, request: gr.Request) -> Any:
        """Undo the last import and report on it. is_sure is False if the person did not confirm."""
        self.require_admin(request)
        if not is_sure:
            return gr.skip()
        try:
            undone = await asyncio.to_thread(self.dependencies.bot.knowledge.undo_import)
        except KnowledgeError as error:
            raise gr.Error(escape(self._explain_error(error)), print_exception=False) from error
        lines = [self.words.undone.format(file=undone.file, removed=undone.removed, restored=undone.restored)]
        if undone.kept:
            ids = ", ".join(undone.kept[:_MAX_ROWS]) + (" …" if len(undone.kept) > _MAX_ROWS else "")
            lines.append(self.words.undone_kept.format(ids=ids))
        return "\n".join(lines)

    async def show_undo(self, request: gr.Request) -> Any:
        """Show the button that undoes the last import, if there is one to undo."""
        self.require_admin(request)
        last = await asyncio.to_thread(self.dependencies.bot.knowledge.last_import)
        if last is None:
            return gr.update(visible=False)
        return gr.update(value=self.words.undo_import.format(file=shorten(last.file, 40)), visible=True)

    async def _read(self, file: Path, reading: Reading, progress: gr.Progress, take: Callable[..., Report]) -> Report:
        def read(rows: int) -> None:
            if rows % 100 == 1:
                progress(None, desc=self.words.reading.format(rows=rows))

        progress(0, desc=file.name)
        return await asyncio.to_thread(lambda: take(read_pairs(file, reading=reading), file.name, read))

    def _describe(self, report: Report, reading: Reading, file: str, is_preview: bool) -> list[str]:
        lines = describe_report(report, file, self.words, self.language, is_preview)
        about = [*describe_reading(reading, self.language), *describe_notes(reading, self.language)]
        samples = describe_samples(report.samples, self.language) if is_preview else []
        nothing = [self.words.nothing_learned] if report.is_empty else []
        return [lines[0], *nothing, *about, *samples, *lines[1:]]

    def _ask_for_columns(self, file: str, error: UnknownColumnsError) -> tuple[Any, ...]:
        """Show the first rows and the columns to choose from."""
        shown = [f"  {' | '.join(row)}" for row in error.rows]
        said = [self.words.learn_refused.format(file=file, why=self._explain_error(error)), *shown]
        # Keys of objects are named; columns are numbered, for their names may be empty or occur twice.
        choices = [
            (f"{number} · {shorten(name, 40)}", name if error.has_header else f"#{number}")
            for number, name in enumerate(error.names[:_MAX_CHOICES], start=1)
        ]
        column = gr.update(choices=choices, value=None)
        header = gr.update(value=True, visible=not error.has_header)
        hidden = gr.update(visible=False)
        return "\n".join(said), gr.update(visible=True), column, column, header, hidden, gr.update(visible=True)


def _choose(question: str | None, reply: str | None, has_header: bool) -> ColumnChoice | None:
    return ColumnChoice(question, reply, has_header) if question and reply else None


@dataclass(frozen=True)
class ImportGroup:
    """The components of the import."""

    handlers: ImportHandlers
    upload: gr.File
    report: gr.Textbox
    columns: gr.Column
    question: gr.Dropdown
    reply: gr.Dropdown
    has_header: gr.Checkbox
    look: gr.Button
    take: gr.Button
    cancel: gr.Button
    undo: gr.Button
    is_sure: gr.Checkbox


def build_group(dependencies: Dependencies, language: Language) -> ImportGroup:
    """Build the components inside the current block."""
    words = TRANSLATIONS[language]
    with gr.Group():
        upload = gr.File(label=words.upload, type="filepath", height=120, elem_id="learn", file_types=_SUFFIXES)
        report = gr.Textbox(
            label=words.state_label, show_label=False, placeholder=words.upload_file, interactive=False, lines=2, max_lines=18,
            elem_id="report",
        )  # fmt: skip
        with gr.Column(visible=False, elem_id="import-columns") as columns:
            question = gr.Dropdown(label=words.question_column, choices=[], elem_id="question-column")
            reply = gr.Dropdown(label=words.reply_column, choices=[], elem_id="reply-column")
            has_header = gr.Checkbox(label=words.has_header, value=True, elem_id="has-header")
            look = gr.Button(words.preview_again, size="sm", elem_id="preview")
    with gr.Row():
        take = gr.Button(words.import_go, variant="primary", size="sm", min_width=80, visible=False, elem_id="import")
        cancel = gr.Button(words.import_cancel, size="sm", min_width=80, visible=False, elem_id="cancel")
    undo = gr.Button(words.undo_import, size="sm", visible=False, elem_id="undo")
    is_sure = gr.Checkbox(visible="hidden")
    handlers = ImportHandlers(dependencies, language)
    return ImportGroup(
        handlers, upload, report, columns, question, reply, has_header, look, take, cancel, undo, is_sure
    )


def wire(group: ImportGroup, refresh: Callable[[Any], Any]) -> None:
    """Wire the events; refresh makes an event show the entries anew when it is done."""
    handlers = group.handlers

    async def preview_upload(
        path: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, ...]:
        # The columns that a person chose for the file before are none of this one.
        return await handlers.preview_file(path, None, request, progress)

    async def preview_file(
        path: str | None,
        question: str | None,
        reply: str | None,
        has_header: bool,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, ...]:
        return await handlers.preview_file(path, _choose(question, reply, has_header), request, progress)

    async def import_file(
        path: str | None,
        question: str | None,
        reply: str | None,
        has_header: bool,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, ...]:
        return await handlers.import_file(path, _choose(question, reply, has_header), request, progress)

    given = [group.upload, group.question, group.reply, group.has_header]
    shown = [group.report, group.columns, group.question, group.reply, group.has_header, group.take, group.cancel]
    busy: dict[str, Any] = {"api_visibility": "private", "show_progress_on": group.report}
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    show: dict[str, Any] = {"fn": handlers.show_undo, "outputs": group.undo, **quiet}
    group.upload.upload(preview_upload, group.upload, shown, **busy)
    group.look.click(preview_file, given, shown, **busy)
    refresh(group.take.click(import_file, given, [group.upload, *shown], **busy)).then(**show)
    group.cancel.click(handlers.cancel, None, [group.upload, *shown], **quiet)
    group.upload.clear(handlers.cancel, None, [group.upload, *shown], **quiet)
    sure = f"() => confirm({json.dumps(TRANSLATIONS[handlers.language].undo_sure, ensure_ascii=False)})"
    refresh(group.undo.click(handlers.undo_import, group.is_sure, group.report, js=sure, **quiet)).then(**show)


def show_undo(group: ImportGroup) -> tuple[Any, Any, Any, Any]:
    """Return the event to run when the tab is opened, as `ui.knowledge.build_tab` returns them."""
    return group.handlers.show_undo, None, group.undo, {"api_visibility": "private", "show_progress": "hidden"}
