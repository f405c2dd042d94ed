"""The Knowledge tab: browse, import, edit and try the entries.

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

from bot.knowledge import KnowledgeError
from bot.types import Message
from data.disk import is_full
from data.formats import translate
from data.records import Entry, Language
from data.text.clean import clean
from ui import choices, documents, knowledge_import, self_check, transcript
from ui.dependencies import Dependencies
from ui.handlers import PageHandlers
from ui.translations import TRANSLATIONS

PAGE_SIZE = 50
_MAX_CELL = 90


@dataclass(frozen=True)
class KnowledgeHandlers(PageHandlers):
    """The event handlers of the tab."""

    def _explain_error(self, error: Exception) -> str:
        return self.words.disk_full if is_full(error) else translate(error, self.language)

    async def show_page(self, text: str, own: bool, page: float, request: gr.Request) -> tuple[Any, ...]:
        """Show one page of entries and the line that says which page it is.

        The number of the page is clamped to the range.
        """
        self.require_admin(request)
        knowledge = self.dependencies.bot.knowledge
        text = clean(text[:200])
        count = await asyncio.to_thread(knowledge.count, text, own)
        pages = max(1, -(-count // PAGE_SIZE))
        number = min(max(1, int(page)), pages)
        found = await asyncio.to_thread(knowledge.search, text, PAGE_SIZE, (number - 1) * PAGE_SIZE, own)
        return (
            [_build_row(entry) for entry in found],
            number,
            self.words.page.format(page=number, pages=pages, count=count),
        )

    async def show_first(self, text: str, own: bool, request: gr.Request) -> tuple[Any, ...]:
        """Show the first page of the search results."""
        return await self.show_page(text, own, 1, request)

    async def show_previous(self, text: str, own: bool, page: float, request: gr.Request) -> tuple[Any, ...]:
        """Show the page before.

        One event does it all: a second one would read a page number that is not shown yet.
        """
        return await self.show_page(text, own, page - 1, request)

    async def show_next(self, text: str, own: bool, page: float, request: gr.Request) -> tuple[Any, ...]:
        """Show the page after."""
        return await self.show_page(text, own, page + 1, request)

    async def select_entry(self, rows: Any, request: gr.Request, event: gr.SelectData) -> tuple[Any, ...]:
        """Put the entry of the row that was clicked into the form."""
        self.require_admin(request)
        index = event.index[0] if isinstance(event.index, (list, tuple)) else event.index
        id = str(rows[index][0]) if isinstance(rows, list) and 0 <= index < len(rows) else ""
        try:
            entry = await asyncio.to_thread(self.dependencies.bot.knowledge.entry, id)
        except KnowledgeError as error:
            raise gr.Error(escape(self._explain_error(error)), print_exception=False) from error
        return entry.id, "\n".join(entry.questions), entry.reply

    async def save_entry(self, id: str, questions: str, reply: str, request: gr.Request) -> str:
        """Change the texts of an entry."""
        self.require_admin(request)
        return await self._run(
            lambda: self.dependencies.bot.knowledge.edit(id, questions.splitlines(), reply), self.words.saved
        )

    async def add_entry(self, questions: str, reply: str, request: gr.Request) -> str:
        """Add an entry written by hand."""
        self.require_admin(request)
        return await self._run(
            lambda: self.dependencies.bot.knowledge.add(questions.splitlines(), reply), self.words.saved
        )

    async def delete_entry(self, id: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Delete an entry. The id is None if the person did not confirm."""
        self.require_admin(request)
        if id is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if not id:
            raise gr.Error(self.words.questions_hint, print_exception=False)
        return await self._run(lambda: self.dependencies.bot.knowledge.forget(id), self.words.forgotten), "", "", ""

    async def _run(self, work: Any, said: str) -> str:
        try:
            entry: Entry = await asyncio.to_thread(work)
        except KnowledgeError as error:
            raise gr.Error(escape(self._explain_error(error)), print_exception=False) from error
        return said.format(id=entry.id)

    async def try_question(self, question: str, request: gr.Request) -> tuple[str, str]:
        """Show what would be answered, and why. Nothing is stored."""
        self.require_admin(request)
        reply = await self.dependencies.bot.engine.answer(Message(question), self.language)
        said = "\n".join([reply.text, *(f"· {suggestion.question}" for suggestion in reply.suggestions)])
        return said, transcript.explain_reply(reply, self.words)


def _build_row(entry: Entry) -> list[str]:
    more = f" (+{len(entry.questions) - 1})" if len(entry.questions) > 1 else ""
    return [entry.id, _shorten(entry.questions[0]) + more, _shorten(entry.reply), str(entry.place)]


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_CELL else line[: _MAX_CELL - 1] + "…"


def build_tab(dependencies: Dependencies, language: Language) -> Sequence[tuple[Any, Any, Any, Any]]:
    """Build the components of the tab inside the current block and wire their events.

    Returns:
        The events to run when the tab is opened: the function, its inputs, its outputs, its options.
    """
    words = TRANSLATIONS[language]
    handlers = KnowledgeHandlers(dependencies, language)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            with gr.Row():
                find = gr.Textbox(label=words.find_entry, scale=3, max_lines=1, elem_id="find")
                own = gr.Checkbox(label=words.own_only, value=False, scale=1, min_width=120, elem_id="own")
            rows = gr.Dataframe(
                headers=list(words.columns), datatype="str", type="array", interactive=False, wrap=True, max_height=520,
                show_label=False, elem_id="entries", column_widths=["18%", "30%", "36%", "16%"],
            )  # fmt: skip
            page = gr.Number(value=1, visible="hidden")
            with gr.Row():
                previous = gr.Button(words.previous, size="sm", elem_id="previous")
                where = gr.Textbox(
                    label=words.page_label, show_label=False, container=False, interactive=False, elem_classes="quiet",
                    elem_id="where",
                )  # fmt: skip
                following = gr.Button(words.following, size="sm", elem_id="following")
        with gr.Column(scale=2, min_width=320):
            importing = knowledge_import.build_group(dependencies, language)
            with gr.Accordion(words.entry, open=True):
                id = gr.Textbox(label="ID", interactive=False, elem_id="entry-id")
                questions = gr.Textbox(label=words.questions, info=words.questions_hint, lines=3, max_lines=10)
                reply = gr.Textbox(label=words.reply, lines=3, max_lines=10)
                with gr.Row():
                    save = gr.Button(words.save, variant="primary", size="sm", min_width=80, elem_id="save")
                    add = gr.Button(words.add, size="sm", min_width=80, elem_id="add")
                    forget = gr.Button(words.forget, variant="stop", size="sm", min_width=80, elem_id="forget")
                state = gr.Textbox(
                    label=words.state_label, show_label=False, container=False, interactive=False, elem_classes="quiet",
                    elem_id="state",
                )  # fmt: skip
            with gr.Accordion(words.try_title, open=False):
                question = gr.Textbox(label=words.try_box, max_lines=3, elem_id="try-question")
                attempt = gr.Button(words.try_go, size="sm", elem_id="try")
                answer = gr.Textbox(label=words.reply, interactive=False, lines=2, elem_id="try-reply")
                grounds = gr.Textbox(label=words.why, interactive=False, lines=4, max_lines=24, elem_classes="grounds")
            self_check.build_group(dependencies, language)
            document_state, show_documents = documents.build_group(dependencies, language)
            chosen = choices.build_groups(dependencies, language)
            export = gr.Button(words.export, size="sm", elem_id="export")

    shown = [rows, page, where]
    query = [find, own, page]
    first: dict[str, Any] = {"fn": handlers.show_first, "inputs": [find, own], "outputs": shown, **private}
    find.submit(**first)
    own.input(**first)
    previous.click(handlers.show_previous, query, shown, **private)
    following.click(handlers.show_next, query, shown, **private)
    rows.select(handlers.select_entry, rows, [id, questions, reply], **private)
    knowledge_import.wire(importing, lambda event: event.then(handlers.show_page, query, shown, **private))
    save.click(handlers.save_entry, [id, questions, reply], state, **private).then(
        handlers.show_page, query, shown, **private
    )
    add.click(handlers.add_entry, [questions, reply], state, **private).then(
        handlers.show_page, query, shown, **private
    )
    sure = f"(id) => !id || confirm({json.dumps(words.forget_sure, ensure_ascii=False)}) ? id : null"
    forget.click(handlers.delete_entry, id, [state, id, questions, reply], js=sure, **private).then(
        handlers.show_page, query, shown, **private
    )
    gr.on([attempt.click, question.submit], handlers.try_question, question, [answer, grounds], **private)
    # Not by navigating to the address: the page would believe that it is being left and close its connection.
    save_as = "() => Object.assign(document.createElement('a'), { href: '/knowledge.csv', download: '' }).click()"
    export.click(None, None, None, js=save_as, **private)
    # Which parts are on may depend on whether the owner has an entry.
    show, inputs, outputs, how = chosen[0]
    gr.on([importing.report.change, state.change, document_state.change], show, inputs, outputs, **how)
    list_documents, nothing, listed, how = show_documents
    importing.report.change(list_documents, nothing, listed, **how)
    return [
        (handlers.show_page, query, shown, private), knowledge_import.show_undo(importing), *chosen, show_documents
    ]  # fmt: skip
