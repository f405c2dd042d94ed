"""The HTML document that gradio serves, put right before it leaves: its language, and nothing about gradio."""

from __future__ import annotations

import json
import re
from html import escape

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.records import LANGUAGES, Language
from ui.strings import GRADIO_LABELS, STRINGS

_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
# Cards for other sites to show, with pictures from elsewhere; and a manifest that is not served.
_FOREIGN = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*|<link rel="manifest"[^>]*>\s*')

_ICON = (
    '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27 viewBox=%270 0 32 32%27%3E'
    "%3Cpath fill=%27%230d9488%27 d=%27M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z%27/%3E"
    '%3Ccircle fill=%27white%27 cx=%2716%27 cy=%2714%27 r=%274%27/%3E%3C/svg%3E">'
)

# Gradio's own words follow the browser's language, and some are English always; here they follow the page's.
_SCRIPT = """<script>
for (const [name, value] of [['language', LANGUAGE], ['languages', [LANGUAGE]]]) {
  Object.defineProperty(navigator, name, { get: () => value });
}
const labels = LABELS;
const label = (part) => {
  for (const name of ['aria-label', 'title']) {
    const given = part.getAttribute(name) ?? '';
    const word = labels[given] ?? given.replace(/^(user|bot)'s message:/, (start) => labels[start] ?? start)
      .replace(/ a component of type \\w+$/, '');
    if (word !== given) { part.setAttribute(name, word); }
  }
  if (part.matches('.toast-message-text') && part.textContent.startsWith('File(s) exceed')) { part.textContent = TOO_LARGE; }
};
new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === 'attributes') { label(change.target); }
    for (const part of change.addedNodes) {
      if (part.nodeType !== 1) { continue; }
      label(part);
      part.querySelectorAll('[aria-label], [title], .toast-message-text').forEach(label);
    }
  }
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label', 'title'] });
</script>"""


class Document:
    """Passes everything through, and rewrites the two documents."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request as the application does, with the document rewritten if it is one."""
        language = next((one for one in LANGUAGES if scope.get("path") == f"/{one}/"), None)
        if language is None or scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        # What is compressed could not be rewritten.
        scope = {**scope, "headers": [field for field in scope["headers"] if field[0] != b"accept-encoding"]}
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
                        body = document(body.decode(), language).encode()
                        fields["content-length"] = str(len(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, rewritten)


def document(html: str, language: Language) -> str:
    """Gradio's document as this application's, in the language."""
    words = STRINGS[language]
    labels = {given: shown for given, shown in zip(GRADIO_LABELS, words.labels, strict=True) if given != shown}
    script = _SCRIPT.replace("LANGUAGE", json.dumps(_TAGS[language]))
    script = script.replace("LABELS", json.dumps(labels, ensure_ascii=False))
    script = script.replace("TOO_LARGE", json.dumps(words.too_large, ensure_ascii=False))
    html = _FOREIGN.sub("", html).replace('lang="en"', f'lang="{_TAGS[language]}"', 1)
    return html.replace("<head>", f"<head><title>{escape(words.title)}</title>{_ICON}{script}", 1)
