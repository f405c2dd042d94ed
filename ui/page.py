"""Build the page of one language: its components, wired to their event handlers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import gradio as gr

from bot.settings import Settings
from data.records import Language
from ui import chat, evaluate, knowledge, picture, tools
from ui.dependencies import Dependencies
from ui.first_screen import build_first_screen, build_head, escape_markdown, get_bot_name
from ui.handlers import PICTURE_FILES
from ui.offline import OfflineBlocks
from ui.reply_footer import build_actions
from ui.translations import TRANSLATIONS, Strings

_NAME = "() => { document.title = document.querySelector('#head h1')?.textContent || document.title; }"

# Not by navigating to the address: the page would believe that it is being left and close its connection.
_DOWNLOAD = """(id) => {
  if (id) { Object.assign(document.createElement('a'), { href: `/conversation/${id}.jsonl`, download: '' }).click(); }
}"""

# On a narrow screen the list would cover the page, so it is folded behind its button.
_FOLD = """() => {
  const fold = () => {
    const open = document.querySelector('#sidebar.open, #sidebar .open, .sidebar.open');
    if (window.innerWidth < 768 && open) { document.querySelector('.sidebar .toggle-button')?.click(); }
  };
  fold();
  document.addEventListener('click', (event) => {
    if (event.target.closest('#conversations input, #new')) { fold(); }
  });
}"""

# These are in page.js.
_RESTORE, _SEND, _FINISH, _REFUSE, _REFUSE_EDIT = (
    f"(...given) => window.kanliao.{step}(...given)" for step in ("restore", "send", "finish", "refuse", "refuseEdit")
)

# Gradio remembers the choices of the list for each tab, and refuses all of them after a restart of the server. So the choice
# is read from the document instead of being sent as the value of the list.
_GET_CHOSEN = "() => document.querySelector('#conversations input:checked')?.value.split('@')[0] ?? ''"


# Gradio keeps the components of the last 10,000 tabs, some 300 kB each. A tab that was dropped goes on as after a restart of
# the server.
MAX_SESSIONS = 64


def describe_privacy(settings: Settings, words: Strings) -> str:
    """Return the sentence that says whether messages leave the machine."""
    return words.about_remote if settings.remote else words.about


def _build_log_out(dependencies: Dependencies, words: Strings) -> str:
    """Build the button that ends the session; empty without passwords."""
    if not dependencies.auth.has_passwords:
        return ""
    return f"<form method='post' action='/logout'><button id='log-out'>{words.log_out}</button></form>"


def build_page(dependencies: Dependencies, language: Language) -> OfflineBlocks:
    """Build the page of one language; app.py mounts it."""
    words = TRANSLATIONS[language]
    handlers = chat.ChatHandlers(dependencies, language)
    other: Language = "en" if language == "zh" else "zh"
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    busy: dict[str, Any] = {
        **private,
        "concurrency_limit": chat.CONCURRENCY,
        "concurrency_id": "turn",
        "trigger_mode": "multiple",
    }

    with OfflineBlocks(
        words=words, title=words.title, analytics_enabled=False, fill_height=True, elem_id="page"
    ) as page:
        conversation = gr.Textbox(visible="hidden", elem_id="conversation")
        with gr.Sidebar(label=words.conversations, width=280, elem_id="sidebar"):
            new = gr.Button(words.new, variant="primary", size="sm", elem_id="new")
            search = gr.Textbox(
                label=words.search,
                placeholder=words.search,
                show_label=False,
                container=False,
                max_lines=1,
                elem_id="search",
            )
            listed = gr.Radio(
                label=words.conversations, choices=[], interactive=True, elem_id="conversations", container=False,
                show_label=False,
            )  # fmt: skip
            with gr.Accordion(words.manage, open=False, visible=False, elem_id="manage") as manage:
                title = gr.Textbox(
                    label=words.rename_to,
                    placeholder=words.rename_to,
                    show_label=False,
                    container=False,
                    max_lines=1,
                    elem_id="title",
                )
                rename = gr.Button(words.rename, size="sm", elem_id="rename")
                download = gr.Button(words.download, size="sm", elem_id="download")
                delete = gr.Button(words.delete, size="sm", variant="stop", elem_id="delete")
            gr.HTML(f"<p class='about'>{describe_privacy(dependencies.bot.settings, words)}</p>", padding=False)
        head = gr.HTML(
            build_head(
                get_bot_name(dependencies.bot.knowledge, language), words, _build_log_out(dependencies, words), other
            ),
            padding=False,
        )
        banner = gr.HTML(chat.build_banner(words.degraded), visible=False, padding=False)
        with gr.Tabs():
            with gr.Tab(words.chat, id="chat", elem_id="chat"), gr.Column(elem_id="chat-column"):
                transcript = gr.Chatbot(
                    elem_id="transcript", show_label=False, label=words.chat, height="100%",
                    render_markdown=False, sanitize_html=True, allow_tags=True, latex_delimiters=[], editable="user",
                    buttons=[], placeholder=words.placeholder, layout="bubble", container=False,
                    examples=[{"text": example} for example in words.examples], group_consecutive_messages=True,
                )  # fmt: skip
                under_reply = build_actions(words)
                with gr.Group(visible=False, elem_id="dislike") as dislike:
                    number = gr.Number(value=-1, visible="hidden")
                    chosen = gr.Radio(label=words.dislike_why, choices=list(words.reasons))
                    own = gr.Textbox(
                        label=words.reason_own,
                        placeholder=words.reason_own,
                        show_label=False,
                        max_lines=2,
                        container=False,
                    )
                    tell = gr.Button(words.send_reason, size="sm", elem_id="tell")
                box = gr.MultimodalTextbox(
                    placeholder=words.box, show_label=False, label=words.box, file_types=PICTURE_FILES, file_count="multiple",
                    sources=["upload"], max_lines=8, autofocus=True, elem_id="box", submit_btn=True, stop_btn=False,
                    max_plain_text_length=10**9,  # gradio would turn a longer pasted text into a file
                )  # fmt: skip
            with gr.Tab(words.picture, id="picture", elem_id="picture"):
                picture.build_tab(dependencies, language)
            with gr.Tab(words.tools, id="tools", elem_id="tools"):
                tools.build_tab(dependencies, language)
            with gr.Tab(words.knowledge, id="knowledge", elem_id="knowledge", visible=False) as tab:
                loads = knowledge.build_tab(dependencies, language)
            with gr.Tab(words.evaluate, id="evaluate", elem_id="evaluate", visible=False) as judging:
                reports = evaluate.build_tab(dependencies, language)

        turn = [transcript, box, conversation, listed, banner, manage]
        restored: dict[str, Any] = {
            "inputs": [conversation, transcript, box],
            "outputs": box,
            "js": _RESTORE,
            **private,
        }
        sending = box.submit(handlers.send, [box, conversation], turn, js=_SEND, **busy)
        sending.success(None, [box, conversation], box, js=_FINISH, **private)
        sending.failure(None, [box, conversation], box, js=_REFUSE, **private)
        transcript.example_select(handlers.send_suggestion, conversation, turn, **busy)
        under_reply.select(handlers.send_suggestion, conversation, turn, **busy)
        under_reply.input(handlers.show_version, conversation, transcript, **private)
        editing = transcript.edit(handlers.edit, conversation, turn, **busy)
        editing.failure(None, [box, conversation], box, js=_REFUSE_EDIT, **private)
        transcript.retry(handlers.retry, conversation, transcript, **private)
        transcript.like(handlers.like, conversation, [dislike, number, chosen, own, transcript], **private)
        tell.click(handlers.send_reason, [conversation, number, chosen, own], [dislike, chosen, own], **private)
        box.stop(handlers.stop, conversation, None, queue=False, **private)
        listed.input(handlers.open, conversation, [transcript, conversation, manage], js=_GET_CHOSEN, **private).then(
            None, **restored
        )
        new.click(handlers.start_new, None, [transcript, conversation, listed, manage, search], **private).then(
            None, **restored
        )
        search.change(handlers.search, [search, conversation], listed, trigger_mode="always_last", **private)
        gr.on([rename.click, title.submit], handlers.rename, [conversation, title, search], [listed, title], **private)
        download.click(None, conversation, None, js=_DOWNLOAD, **private)
        sure = f"(id, search) => [id && confirm({json.dumps(words.delete_sure, ensure_ascii=False)}) ? id : '', search]"
        delete.click(
            handlers.delete, [conversation, search], [transcript, conversation, listed, manage], js=sure, **private
        )
        conversation.change(None, conversation, None, js="(id) => window.kanliao.name(id)", **private)
        # Not in the queue: so the banner holds no stream open, and notices a lost connection.
        gr.Timer(10).tick(handlers.show_banner, None, banner, queue=False, **private)
        loading = page.load(
            handlers.load, None, [transcript, conversation, listed, banner, tab, manage, judging], **private
        )
        loading.then(None, **restored).then(None, None, None, js="() => window.kanliao.show()", **private)
        page.load(None, None, None, js=_FOLD, **private)

        async def show_first_screen() -> tuple[Any, ...]:
            first = await asyncio.to_thread(build_first_screen, dependencies.bot.knowledge, language)
            return (
                build_head(first.name, words, _build_log_out(dependencies, words), other),
                gr.update(
                    placeholder=escape_markdown(first.greeting),
                    examples=[{"text": example} for example in first.examples],
                ),
            )

        # The owner may change these while the page is served.
        page.load(show_first_screen, None, [head, transcript], **private).then(None, None, None, js=_NAME, **private)
        for place, events in ((tab, loads), (judging, reports)):
            for fn, inputs, outputs, how in events:
                place.select(fn, inputs, outputs, **how)
    page.queue(default_concurrency_limit=32, max_size=1000, api_open=False)
    page.state_session_capacity = MAX_SESSIONS
    assert isinstance(page, OfflineBlocks)
    return page
