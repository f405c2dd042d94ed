"""Every word the page shows, in both languages.

Replies are not here: they are knowledge, or the engine's own (bot/messages.py).
"""

from __future__ import annotations

from data.records import Language
from ui.strings.chinese import ZH
from ui.strings.english import EN
from ui.strings.strings import GRADIO_CHINESE, GRADIO_LABELS, Strings

__all__ = ["GRADIO_CHINESE", "GRADIO_LABELS", "STRINGS", "Strings"]

STRINGS: dict[Language, Strings] = {"zh": ZH, "en": EN}
