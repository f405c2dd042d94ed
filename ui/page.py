"""One page in one language: the parts put together and wired to what they do."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from bot.settings import Settings
from data.records import Language
from ui import chat, evaluate, knowledge, picture, tools
from ui.offline import OfflineBlocks
from ui.services import Services
from ui.strings import STRINGS, Strings

IMAGES = ["image"]

# The address names the open conversation, so that a reload and a bookmark find it; what it may show is decided by the cookie.
_ADDRESS = """(id) => {
  const address = new URL(window.location.href);
  if (id) { address.searchParams.set('c', id); address.searchParams.delete('new'); }
  else { address.searchParams.delete('c'); address.searchParams.set('new', '1'); }
  window.history.replaceState(null, '', address);
  const link = document.querySelector('a.language');
  if (link) { link.search = id ? '?c=' + encodeURIComponent(id) : ''; }
  return id;
}"""


# Not by going to the address: the page would take it for its own end and listen no more.
_DOWNLOAD = """(id) => {
  if (id) { Object.assign(document.createElement('a'), { href: `/conversation/${id}.jsonl`, download: '' }).click(); }
}"""

# On a narrow screen the list would cover the page: it waits behind its button until it is wanted.
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

# A quick turn's last step can overtake the one that empties the box. So it is emptied after the turn as well, but only of what
# was sent: what was typed while the reply came is the next message.
_SENT = "(message, id) => { window.sent = JSON.stringify([message.text, message.files.length]); return [message, id] }"
_CLEARED = "(message) => JSON.stringify([message.text, message.files.length]) === window.sent ? { text: '', files: [] } : message"

# Gradio remembers for each tab what its list offered, and after a restart of the server would refuse every choice of it; so
# the choice is not sent as the list's value.
_CHOSEN = "() => document.querySelector('#conversations input:checked')?.value ?? ''"


def about(settings: Settings, words: Strings) -> str:
    """What becomes of what is said: whether anything leaves the machine."""
    return words.about_remote if settings.remote else words.about


def build_page(services: Services, language: Language) -> gr.Blocks:
    """The page of one language, not yet served."""
    words = STRINGS[language]
    do = chat.Handlers(services, language)
    other: Language = "en" if language == "zh" else "zh"
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    busy: dict[str, Any] = {
        **private,
        "concurrency_limit": chat.CONCURRENCY,
        "concurrency_id": "turn",
        "trigger_mode": "multiple",
    }

    with OfflineBlocks(
        title=words.title, analytics_enabled=False, fill_height=True, delete_cache=(3600, 86400), elem_id="page"
    ) as page:
        page.words = words
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
            gr.HTML(f"<p class='about'>{about(services.bot.settings, words)}</p>", padding=False)
        gr.HTML(
            f"<div id='head'><div><h1>{words.title}</h1><span class='tagline'>{words.tagline}</span></div>"
            f"<a class='language' href='/language/{other}' lang='{other}'>{words.other_language}</a></div>",
            padding=False,
        )
        banner = gr.HTML(f"<div id='banner' role='status'>{words.degraded}</div>", visible=False, padding=False)
        with gr.Tabs():
            with gr.Tab(words.chat, id="chat"), gr.Column(elem_id="chat-column"):
                transcript = gr.Chatbot(
                    elem_id="transcript", show_label=False, label=words.chat, height="100%",
                    render_markdown=False, sanitize_html=True, allow_tags=True, latex_delimiters=[], editable="user",
                    buttons=["copy"], placeholder=words.placeholder, layout="bubble", container=False,
                    examples=[{"text": example} for example in words.examples], group_consecutive_messages=True,
                )  # fmt: skip
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
                    placeholder=words.box, show_label=False, label=words.box, file_types=IMAGES, file_count="single",
                    sources=["upload"], max_lines=8, autofocus=True, elem_id="box", submit_btn=True, stop_btn=False,
                    max_plain_text_length=20_000,
                )  # fmt: skip
            with gr.Tab(words.picture, id="picture", elem_id="picture"):
                picture.layout(services, language)
            with gr.Tab(words.tools, id="tools", elem_id="tools"):
                tools.layout(services, language)
            with gr.Tab(words.knowledge, id="knowledge", elem_id="knowledge", visible=False) as tab:
                loads = knowledge.layout(services, language)
            with gr.Tab(words.evaluate, id="evaluate", elem_id="evaluate", visible=False) as judging:
                judging_seen = evaluate.layout(services, language)

        turn = [transcript, box, conversation, listed, banner, manage]
        box.submit(do.send, [box, conversation], turn, js=_SENT, **busy).then(None, box, box, js=_CLEARED, **private)
        transcript.example_select(do.say, conversation, turn, **busy)
        transcript.option_select(do.say, conversation, turn, **busy)
        transcript.edit(do.edit, conversation, turn, **busy)
        transcript.retry(do.retry, conversation, transcript, **private)
        transcript.like(do.like, conversation, [dislike, number, chosen, own], **private)
        tell.click(do.reason, [conversation, number, chosen, own], [dislike, chosen, own], **private)
        box.stop(do.stop, conversation, None, queue=False, **private)
        listed.input(do.open, conversation, [transcript, conversation, manage], js=_CHOSEN, **private)
        new.click(do.new, None, [transcript, conversation, listed, manage, search], **private)
        search.change(do.search, [search, conversation], listed, trigger_mode="always_last", **private)
        gr.on([rename.click, title.submit], do.rename, [conversation, title, search], [listed, title], **private)
        download.click(None, conversation, None, js=_DOWNLOAD, **private)
        sure = f"(id, search) => [id && confirm({json.dumps(words.delete_sure, ensure_ascii=False)}) ? id : '', search]"
        delete.click(do.delete, [conversation, search], [transcript, conversation, listed, manage], js=sure, **private)
        conversation.change(None, conversation, None, js=_ADDRESS, **private)
        # Not in the queue: the banner holds no stream open, and a lost connection is noticed by it.
        gr.Timer(10).tick(do.banner, None, banner, queue=False, **private)
        page.load(do.load, None, [transcript, conversation, listed, banner, tab, manage], **private)
        page.load(judging_seen, None, judging, **private)
        page.load(None, None, None, js=_FOLD, **private)
        for fn, inputs, outputs, how in loads:
            tab.select(fn, inputs, outputs, **how)
    page.queue(default_concurrency_limit=32, max_size=1000, api_open=False)
    assert isinstance(page, gr.Blocks)
    return page
