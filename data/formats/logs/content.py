"""Read the text of a message: a string, parts of any kind, HTML."""

from __future__ import annotations

import html
import re
from typing import Any

_TEXT_KEYS = ("text", "content", "value", "message", "body", "parts", "output_text", "transcript", "markdown", "title")
_PICTURES = frozenset(
    "image_url input_image image image_file imageurl image_asset_pointer photo picture input_file file "
    "audio video input_audio sticker".split()
)
# What a model does beside speaking.
_NOT_SAID = frozenset(
    """
    tool_use tool_result tool_call tool_calls tool-call tool-result tool-invocation function_call function_call_output thinking
    redacted_thinking reasoning thought server_tool_use web_search_tool_result code execution_output step-start thoughts
    reasoning_recap user_editable_context model_editable_context tether_quote tether_browsing_display token_budget
    """.split()
)
_TAG = re.compile(r"<(?:br\s*/?|/p|/div|/li)\s*>", re.IGNORECASE)
_OTHER_TAG = re.compile(r"<[/a-zA-Z!][^<>]{0,2000}>")
_IS_HTML = re.compile(r"<(?:p|br|div|span|b|i|a|ul|ol|li|img|strong|em|h[1-6])\b[^<>]{0,2000}>", re.IGNORECASE)
_DEPTH = 8


def read_content(content: Any, depth: int = 0) -> tuple[str | None, bool]:
    """Return the text of a message's content, None if it holds nothing said, and whether a picture or file is with it."""
    if isinstance(content, str):
        return content, False
    if isinstance(content, bool) or content is None or depth > _DEPTH:
        return None, False
    if isinstance(content, (int, float)):
        return str(content), False
    if isinstance(content, dict):
        return _read_part(content, depth)
    if not isinstance(content, list):
        return None, False
    texts: list[str] = []
    has_picture = False
    for part in content:
        text, picture = read_content(part, depth + 1)
        has_picture = has_picture or picture
        if text is not None:
            texts.append(text)
    # Telegram cuts one text into strings and entities; elsewhere a part is a text of its own.
    is_cut = any(isinstance(part, str) for part in content) and any(
        isinstance(part, dict) and "text" in part for part in content
    )
    texts = texts if is_cut else [text for text in texts if text]
    return (("" if is_cut else "\n").join(texts) if texts or has_picture else None), has_picture


def _read_part(part: dict[str, Any], depth: int) -> tuple[str | None, bool]:
    kind = part.get("type") or part.get("content_type")
    kind = kind.lower() if isinstance(kind, str) else ""
    if kind in _NOT_SAID or part.get("thought") is True:
        return None, False
    if kind == "refusal" or (isinstance(part.get("refusal"), str) and part["refusal"]):
        return (part["refusal"], False) if isinstance(part.get("refusal"), str) else (None, False)
    if kind in _PICTURES or "inlineData" in part or "inline_data" in part or "fileData" in part:
        text = part.get("transcript")
        return (text, False) if isinstance(text, str) and text else ("", True)
    has_picture = False
    for key in _TEXT_KEYS:
        if key in part:
            text, picture = read_content(part[key], depth + 1)
            has_picture = has_picture or picture
            if text is not None:
                return text, has_picture
    return ("", True) if has_picture else (None, False)


def strip_html(text: str) -> str:
    """Return the text of a piece of HTML; any other text as it is.

    >>> strip_html("<p>Within 7&nbsp;days.<br>Thanks</p>"), strip_html("a < b")
    ('Within 7 days.\\nThanks', 'a < b')
    """
    if not _IS_HTML.search(text):
        return text
    return html.unescape(_OTHER_TAG.sub("", _TAG.sub("\n", text))).replace("\u00a0", " ").strip()
