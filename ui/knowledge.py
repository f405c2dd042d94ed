"""The Knowledge tab: what the bot knows, seen, taken in, changed, tried. Every handler refuses all but the administrator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from bot.knowledge import Disagreement, KnowledgeError, Report
from bot.types import Message
from data.disk import is_full
from data.formats import FormatError, read_pairs
from data.records import Entry, Language
from data.text.clean import clean
from ui import choices, transcript
from ui.services import Services
from ui.strings import STRINGS, Strings

PAGE = 50
_SHOWN = 90
_REFUSED_SHOWN = 20


def describe_report(report: Report, file: str, words: Strings) -> list[str]:
    """Return lines on what came of learning the file: counts, refused rows, replaced replies, and those that a person wrote."""
    counts = {"taken": report.taken, "merged": report.merged, "replaced": len(report.replaced)}
    lines = [words.learned.format(file=file, **counts, refused=len(report.refused))]
    parts: list[tuple[str, list[str]]] = [
        (words.refused_rows, [f"{one.place}: {one.why}" for one in report.refused]),
        (words.replaced_rows, [_describe(one, words.replaced_row, words) for one in report.replaced]),
        (words.kept_rows, [_describe(one, words.kept_row, words) for one in report.kept]),
    ]
    for title, rows in parts:
        if rows:
            lines += [f"{title}:", *(f"  {row}" for row in rows[:_REFUSED_SHOWN])]
        if len(rows) > _REFUSED_SHOWN:
            lines.append(f"  … +{len(rows) - _REFUSED_SHOWN}")
    return lines


def _describe(one: Disagreement, row: str, words: Strings) -> str:
    said = row.format(**vars(one))
    if not one.left:
        return said
    return f"{said}\n    " + words.left_over.format(entry=one.entry, questions=" / ".join(one.left))


@dataclass(frozen=True)
class Handlers:
    """What the events of the tab do."""

    services: Services
    language: Language

    @property
    def words(self) -> Strings:
        """The page's words."""
        return STRINGS[self.language]

    def _refuse(self, request: gr.Request) -> None:
        if not self.services.administers(request):
            raise gr.Error(self.words.no_admin, print_exception=False)

    def _why(self, error: Exception) -> str:
        return self.words.disk_full if is_full(error) else str(error)

    async def table(self, text: str, own: bool, page: float, request: gr.Request) -> tuple[Any, ...]:
        """One page of entries, its number brought into range, and where it stands among all."""
        self._refuse(request)
        knowledge = self.services.bot.knowledge
        text = clean(text[:200])
        count = await asyncio.to_thread(knowledge.count, text, own)
        pages = max(1, -(-count // PAGE))
        number = min(max(1, int(page)), pages)
        found = await asyncio.to_thread(knowledge.search, text, PAGE, (number - 1) * PAGE, own)
        return [_row(entry) for entry in found], number, self.words.page.format(page=number, pages=pages, count=count)

    async def first(self, text: str, own: bool, request: gr.Request) -> tuple[Any, ...]:
        """Show the first page of what is searched for."""
        return await self.table(text, own, 1, request)

    async def previous(self, text: str, own: bool, page: float, request: gr.Request) -> tuple[Any, ...]:
        """The page before. In one step: of two, the second would take the number from what the first has not yet shown."""
        return await self.table(text, own, page - 1, request)

    async def following(self, text: str, own: bool, page: float, request: gr.Request) -> tuple[Any, ...]:
        """The page after."""
        return await self.table(text, own, page + 1, request)

    async def pick(self, rows: Any, request: gr.Request, event: gr.SelectData) -> tuple[Any, ...]:
        """The entry of the row that was clicked, to be edited."""
        self._refuse(request)
        index = event.index[0] if isinstance(event.index, (list, tuple)) else event.index
        id = str(rows[index][0]) if isinstance(rows, list) and 0 <= index < len(rows) else ""
        try:
            entry = await asyncio.to_thread(self.services.bot.knowledge.entry, id)
        except KnowledgeError as error:
            raise gr.Error(escape(self._why(error)), print_exception=False) from error
        return entry.id, "\n".join(entry.questions), entry.reply

    async def learn(self, path: str | None, request: gr.Request, progress: gr.Progress) -> tuple[str, Any]:
        """Take in an uploaded file and say what came of it, row by row where rows were refused."""
        self._refuse(request)
        if not path:
            return "", None
        file = Path(path)

        def read(rows: int) -> None:
            if rows % 100 == 1:
                progress(None, desc=self.words.reading.format(rows=rows))

        try:
            progress(0, desc=file.name)
            report = await asyncio.to_thread(
                lambda: self.services.bot.knowledge.learn(read_pairs(file), file.name, read)
            )
        except (FormatError, KnowledgeError, OSError) as error:
            return self.words.learn_refused.format(file=file.name, why=self._why(error)), None
        return "\n".join(describe_report(report, file.name, self.words)), None

    async def save(self, id: str, questions: str, reply: str, request: gr.Request) -> str:
        """The entry with other texts."""
        self._refuse(request)
        return await self._done(
            lambda: self.services.bot.knowledge.edit(id, questions.splitlines(), reply), self.words.saved
        )

    async def add(self, questions: str, reply: str, request: gr.Request) -> str:
        """A new entry by hand."""
        self._refuse(request)
        return await self._done(
            lambda: self.services.bot.knowledge.add(questions.splitlines(), reply), self.words.saved
        )

    async def forget(self, id: str | None, request: gr.Request) -> tuple[Any, ...]:
        """The entry removed; nothing if the person did not confirm (then there is no id)."""
        self._refuse(request)
        if id is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if not id:
            raise gr.Error(self.words.questions_hint, print_exception=False)
        return await self._done(lambda: self.services.bot.knowledge.forget(id), self.words.forgotten), "", "", ""

    async def _done(self, work: Any, said: str) -> str:
        try:
            entry: Entry = await asyncio.to_thread(work)
        except KnowledgeError as error:
            raise gr.Error(escape(self._why(error)), print_exception=False) from error
        return said.format(id=entry.id)

    async def attempt(self, question: str, request: gr.Request) -> tuple[str, str]:
        """What would be answered, and why; nothing is stored."""
        self._refuse(request)
        reply = await self.services.bot.engine.answer(Message(question), self.language)
        said = "\n".join([reply.text, *(f"· {suggestion.question}" for suggestion in reply.suggestions)])
        return said, transcript.explanation(reply, self.words)


def _row(entry: Entry) -> list[str]:
    more = f" (+{len(entry.questions) - 1})" if len(entry.questions) > 1 else ""
    return [entry.id, _short(entry.questions[0]) + more, _short(entry.reply), str(entry.place)]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def layout(services: Services, language: Language) -> Sequence[tuple[Any, Any, Any, Any]]:
    """Put the tab's parts where they are called and wire them; returned is what must happen when the page loads."""
    words = STRINGS[language]
    do = Handlers(services, language)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    async def learn(path: str | None, request: gr.Request, progress: gr.Progress = gr.Progress()) -> tuple[str, Any]:  # noqa: B008
        return await do.learn(path, request, progress)

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
            with gr.Group():
                upload = gr.File(
                    label=words.upload, type="filepath", height=120, elem_id="learn",
                    file_types=[".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson"],
                )  # fmt: skip
                report = gr.Textbox(
                    label=words.state_label,
                    show_label=False,
                    placeholder=words.upload_file,
                    interactive=False,
                    lines=2,
                    max_lines=14,
                    elem_id="report",
                )
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
            chosen = choices.layout(services, language)
            export = gr.Button(words.export, size="sm", elem_id="export")

    shown = [rows, page, where]
    asked = [find, own, page]
    first: dict[str, Any] = {"fn": do.first, "inputs": [find, own], "outputs": shown, **private}
    find.submit(**first)
    own.input(**first)
    previous.click(do.previous, asked, shown, **private)
    following.click(do.following, asked, shown, **private)
    rows.select(do.pick, rows, [id, questions, reply], **private)
    upload.upload(learn, upload, [report, upload], api_visibility="private", show_progress_on=report).then(
        do.table, asked, shown, **private
    )
    save.click(do.save, [id, questions, reply], state, **private).then(do.table, asked, shown, **private)
    add.click(do.add, [questions, reply], state, **private).then(do.table, asked, shown, **private)
    sure = f"(id) => !id || confirm({json.dumps(words.forget_sure, ensure_ascii=False)}) ? id : null"
    forget.click(do.forget, id, [state, id, questions, reply], js=sure, **private).then(
        do.table, asked, shown, **private
    )
    gr.on([attempt.click, question.submit], do.attempt, question, [answer, grounds], **private)
    # Not by going to the address: the page would take it for its own end and listen no more.
    save_as = "() => Object.assign(document.createElement('a'), { href: '/knowledge.csv', download: '' }).click()"
    export.click(None, None, None, js=save_as, **private)
    # What speaks may depend on whether there is an entry of the owner's.
    show, inputs, outputs, how = chosen[0]
    gr.on([report.change, state.change], show, inputs, outputs, **how)
    return [(do.table, asked, shown, private), *chosen]
