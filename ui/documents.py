"""The documents on the Knowledge tab: listed, read, edited and deleted.

Every handler refuses everybody but the administrator.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from bot.knowledge import DocumentReport, Documents, KnowledgeError
from bot.knowledge.passages import StoredDocument, StoredPassage
from data.disk import is_full
from data.records import Language
from ui.dependencies import Dependencies
from ui.handlers import PageHandlers
from ui.translations import TRANSLATIONS, Strings

_MAX_CELL = 90
_MAX_PAGES = 12


def describe_document_report(report: DocumentReport, words: Strings) -> list[str]:
    """Describe in lines what came of learning a document."""
    lines = [
        words.document_learned.format(
            file=report.file, passages=report.passages, added=report.added, removed=report.removed
        )
    ]
    if report.recognised:
        lines.append(words.pages_recognised.format(count=report.recognised))
    if report.unread:
        lines.append(describe_unread(report.unread, words))
    lines += [words.passage_kept.format(id=id) for id in report.kept]
    return lines


def describe_unread(unread: Sequence[tuple[int, str]], words: Strings) -> str:
    """Describe the pages that could not be read, and why."""
    pages = [f"{page} ({words.unread_why.get(why, why)})" for page, why in unread[:_MAX_PAGES]]
    more = f" … +{len(unread) - _MAX_PAGES}" if len(unread) > _MAX_PAGES else ""
    return words.pages_unread.format(pages=", ".join(pages) + more)


@dataclass(frozen=True)
class DocumentHandlers(PageHandlers):
    """The event handlers of the group."""

    @property
    def documents(self) -> Documents:
        """The documents that the bot knows."""
        return self.dependencies.bot.knowledge.documents

    async def show_documents(self, request: gr.Request) -> list[list[str]]:
        """Show the documents."""
        self.require_admin(request)
        return [_build_row(document, self.words) for document in await self._run(self.documents.list_documents)]

    async def select_document(self, rows: Any, request: gr.Request, event: gr.SelectData) -> tuple[Any, ...]:
        """Show the passages of the document whose row was clicked."""
        self.require_admin(request)
        file = _find_cell(rows, event)
        return file, await self.show_passages(file, request)

    async def show_passages(self, file: str, request: gr.Request) -> list[list[str]]:
        """Show the passages of a document."""
        self.require_admin(request)
        found = await self._run(lambda: self.documents.list_passages(file)) if file else []
        return [_build_passage_row(stored, self.words) for stored in found]

    async def select_passage(self, rows: Any, request: gr.Request, event: gr.SelectData) -> tuple[str, str]:
        """Put the passage of the row that was clicked into the form."""
        self.require_admin(request)
        stored = await self._run(lambda: self.documents.find_passage(_find_cell(rows, event)))
        return stored.id, stored.passage.text

    async def save_passage(self, id: str, text: str, request: gr.Request) -> str:
        """Give a passage another text; an empty one takes it out."""
        self.require_admin(request)
        if not id:
            raise gr.Error(self.words.passage_hint, print_exception=False)
        stored = await self._run(lambda: self.documents.edit(id, text))
        return (self.words.saved if stored.passage.text else self.words.passage_removed).format(id=id)

    async def delete_document(self, file: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Delete a document with its passages. The name is None if the person did not confirm."""
        self.require_admin(request)
        if file is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if not file:
            raise gr.Error(self.words.document_hint, print_exception=False)
        count = await self._run(lambda: self.documents.delete(file))
        return self.words.document_deleted.format(file=file, count=count), "", [], "", ""

    async def _run(self, work: Any) -> Any:
        try:
            return await asyncio.to_thread(work)
        except KnowledgeError as error:
            said = self.words.disk_full if is_full(error) else str(error)
            raise gr.Error(escape(said), print_exception=False) from error


def _find_cell(rows: Any, event: gr.SelectData) -> str:
    """Return the first cell of the row that was clicked; empty where there is none."""
    index = event.index[0] if isinstance(event.index, (list, tuple)) else event.index
    return str(rows[index][0]) if isinstance(rows, list) and 0 <= index < len(rows) else ""


def _build_row(document: StoredDocument, words: Strings) -> list[str]:
    edited = words.document_edited.format(count=document.edited) if document.edited else ""
    unread = describe_unread(document.unread, words) if document.unread else ""
    notes = " · ".join(note for note in (edited, unread) if note)
    return [document.file, "" if document.pages is None else str(document.pages), str(document.passages), notes]


def _build_passage_row(stored: StoredPassage, words: Strings) -> list[str]:
    passage = stored.passage
    state = words.passage_out if not passage.text else words.passage_edited if stored.is_edited else ""
    place = "" if passage.page is None else str(passage.page)
    line = " ".join(passage.text.split())
    text = line if len(line) <= _MAX_CELL else line[: _MAX_CELL - 1] + "…"
    return [stored.id, place, " > ".join(passage.heading), f"{state} {text}".strip()]


def build_group(dependencies: Dependencies, language: Language) -> tuple[Any, tuple[Any, Any, Any, Any]]:
    """Build the group inside the current block and wire its events.

    Returns:
        The box that says what was done, and the event to run when the tab is shown or a document was learned: the function,
        its inputs, its outputs, its options.
    """
    words = TRANSLATIONS[language]
    handlers = DocumentHandlers(dependencies, language)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    with gr.Accordion(words.documents_title, open=False, elem_id="documents-group"):
        documents = gr.Dataframe(
            headers=list(words.document_columns), datatype="str", type="array", interactive=False, wrap=True, max_height=260,
            show_label=False, elem_id="documents", column_widths=["46%", "12%", "16%", "26%"],
        )  # fmt: skip
        file = gr.Textbox(label=words.document, interactive=False, elem_id="document-name")
        passages = gr.Dataframe(
            headers=list(words.passage_columns), datatype="str", type="array", interactive=False, wrap=True, max_height=360,
            show_label=False, elem_id="passages", column_widths=["24%", "8%", "26%", "42%"],
        )  # fmt: skip
        id = gr.Textbox(label="ID", interactive=False, elem_id="passage-id")
        text = gr.Textbox(label=words.passage, info=words.passage_hint, lines=4, max_lines=14, elem_id="passage-text")
        with gr.Row():
            save = gr.Button(words.save, variant="primary", size="sm", min_width=80, elem_id="passage-save")
            delete = gr.Button(
                words.document_delete, variant="stop", size="sm", min_width=80, elem_id="document-delete"
            )
        state = gr.Textbox(
            label=words.state_label, show_label=False, container=False, interactive=False, elem_classes="quiet",
            elem_id="document-state",
        )  # fmt: skip
    documents.select(handlers.select_document, documents, [file, passages], **private)
    passages.select(handlers.select_passage, passages, [id, text], **private)
    save.click(handlers.save_passage, [id, text], state, **private).then(
        handlers.show_passages, file, passages, **private
    ).then(handlers.show_documents, None, documents, **private)
    sure = f"(file) => !file || confirm({json.dumps(words.document_sure, ensure_ascii=False)}) ? file : null"
    delete.click(handlers.delete_document, file, [state, file, passages, id, text], js=sure, **private).then(
        handlers.show_documents, None, documents, **private
    )
    return state, (handlers.show_documents, None, documents, private)
