"""Rewrite the HTML documents that gradio serves.

They get the language of the page, its title, icon and first paint, and nothing about gradio stays.
"""

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
from ui.styles import FIRST_PAINT_CSS
from ui.translations import GRADIO_CHINESE, GRADIO_LABELS, TRANSLATIONS, Strings

_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
# Preview cards for other sites, with pictures from other hosts; and a manifest that is not served.
_REMOVED = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*|<link rel="manifest"[^>]*>\s*')

_BODY = re.compile(r"<body\b[^>]*>")

_ICON = (
    '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27 viewBox=%270 0 32 32%27%3E'
    "%3Cpath fill=%27%230d9488%27 d=%27M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z%27/%3E"
    '%3Ccircle fill=%27white%27 cx=%2716%27 cy=%2714%27 r=%274%27/%3E%3C/svg%3E">'
)

_SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


class HtmlMiddleware:
    """Rewrite the documents of the pages, and pass everything else through."""

    def __init__(
        self, app: ASGIApp, get_name: Callable[[Language], str] = lambda language: TRANSLATIONS[language].title
    ) -> None:
        """Wrap an application.

        Args:
            app: What serves the documents.
            get_name: Returns the name of the bot in a language. May block.
        """
        self._app = app
        self._get_name = get_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and rewrite the document of a page."""
        language = next((each for each in LANGUAGES if scope.get("path") == f"/{each}/"), None)
        if language is None or scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        # A compressed document could not be rewritten.
        scope = {**scope, "headers": [field for field in scope["headers"] if field[0] != b"accept-encoding"]}
        name = await asyncio.to_thread(self._get_name, language)
        start: Message = {}
        body = b""

        async def send_rewritten(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    fields = MutableHeaders(scope=start)
                    if fields.get("content-type", "").startswith("text/html"):
                        body = rewrite_document(body.decode(), language, name).encode()
                        fields["content-length"] = str(len(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, send_rewritten)


def rewrite_document(html: str, language: Language, name: str) -> str:
    """Return gradio's document in the language of a page.

    The title is the name of the bot.
    """
    words = TRANSLATIONS[language]
    # With a "<" a text could end the script.
    texts = json.dumps(_list_script_texts(words, _TAGS[language]), ensure_ascii=False).replace("<", "\\u003c")
    script = _SCRIPT.replace("WORDS", texts, 1)
    head = f"<title>{escape(name)}</title>{_ICON}<style>{FIRST_PAINT_CSS}</style><script>{script}</script>"
    html = _REMOVED.sub("", html).replace('lang="en"', f'lang="{_TAGS[language]}"', 1)
    return _BODY.sub(
        lambda body: body[0] + _build_first_paint(words, name), html.replace("<head>", f"<head>{head}", 1), count=1
    )


def _list_script_texts(words: Strings, tag: str) -> dict[str, Any]:
    """Return the texts that page.js shows, by the names that it has for them."""
    labels = dict(zip(GRADIO_LABELS, words.labels, strict=True))
    labels |= {given: labels[english] for given, english in GRADIO_CHINESE.items()}
    return {
        "tag": tag,
        "labels": {given: shown for given, shown in labels.items() if given != shown},
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


def _build_first_paint(words: Strings, name: str) -> str:
    """Build the outline of the page that is shown until the page itself is ready."""
    title, tagline = escape(name), escape(words.tagline)
    return (
        "<div id='first-paint' role='status'><div class='side'><i></i><b></b></div>"
        f"<div class='main'><div><h1>{title}</h1><span>{tagline}</span></div><p>{escape(words.opening)}</p><b></b></div></div>"
    )
