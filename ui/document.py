"""The HTML document that gradio serves, put right before it leaves: its language, and nothing about gradio."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.records import LANGUAGES, Language
from ui.look import FRAME
from ui.strings import GRADIO_LABELS, STRINGS, Strings

_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
# Cards for other sites to show, with pictures from elsewhere; and a manifest that is not served.
_FOREIGN = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*|<link rel="manifest"[^>]*>\s*')

_BODY = re.compile(r"<body\b[^>]*>")

_ICON = (
    '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27 viewBox=%270 0 32 32%27%3E'
    "%3Cpath fill=%27%230d9488%27 d=%27M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z%27/%3E"
    '%3Ccircle fill=%27white%27 cx=%2716%27 cy=%2714%27 r=%274%27/%3E%3C/svg%3E">'
)

_SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


class Document:
    """Passes everything through, and rewrites the two documents."""

    def __init__(
        self, app: ASGIApp, name: Callable[[Language], str] = lambda language: STRINGS[language].title
    ) -> None:
        """name gives what the bot is called on a page of the language; it may block."""
        self._app = app
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request as the application does, with the document rewritten if it is one."""
        language = next((one for one in LANGUAGES if scope.get("path") == f"/{one}/"), None)
        if language is None or scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        # What is compressed could not be rewritten.
        scope = {**scope, "headers": [field for field in scope["headers"] if field[0] != b"accept-encoding"]}
        name = await asyncio.to_thread(self._name, language)
        start: Message = {}
        body = b""

        async def rewritten(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    fields = MutableHeaders(scope=start)
                    if fields.get("content-type", "").startswith("text/html"):
                        body = document(body.decode(), language, name).encode()
                        fields["content-length"] = str(len(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, rewritten)


def document(html: str, language: Language, name: str) -> str:
    """Gradio's document as this application's, in the language; name is what the bot is called."""
    words = STRINGS[language]
    # "<" would let a word end the script.
    said = json.dumps(_said(words, _TAGS[language]), ensure_ascii=False).replace("<", "\\u003c")
    script = _SCRIPT.replace("WORDS", said, 1)
    head = f"<title>{escape(name)}</title>{_ICON}<style>{FRAME}</style><script>{script}</script>"
    html = _FOREIGN.sub("", html).replace('lang="en"', f'lang="{_TAGS[language]}"', 1)
    return _BODY.sub(
        lambda body: body[0] + _first_paint(words, name), html.replace("<head>", f"<head>{head}", 1), count=1
    )


def _said(words: Strings, tag: str) -> dict[str, Any]:
    """What the script says."""
    return {
        "tag": tag,
        "labels": {given: shown for given, shown in zip(GRADIO_LABELS, words.labels, strict=True) if given != shown},
        "tooLarge": words.too_large,
        "onlyPictures": words.only_pictures,
        "onlyFiles": words.only_files,
        "connectionLost": words.connection_lost,
        "busy": words.busy,
        "failed": words.failed,
        "today": words.today,
        "yesterday": words.yesterday,
        "week": words.week,
    }


def _first_paint(words: Strings, name: str) -> str:
    """The frame of the page, shown until the page is there."""
    title, tagline = escape(name), escape(words.tagline)
    return (
        "<div id='first-paint' role='status'><div class='side'><i></i><b></b></div>"
        f"<div class='main'><div><h1>{title}</h1><span>{tagline}</span></div><p>{escape(words.opening)}</p><b></b></div></div>"
    )
