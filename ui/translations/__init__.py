"""The texts of the page, in both languages.

Replies are not here: they are in the knowledge, or the bot's own messages.
"""

from __future__ import annotations

from data.records import Language
from ui.translations.chinese import ZH
from ui.translations.english import EN
from ui.translations.strings import GRADIO_CHINESE, GRADIO_LABELS, Strings

__all__ = ["GRADIO_CHINESE", "GRADIO_LABELS", "TRANSLATIONS", "Strings"]

TRANSLATIONS: dict[Language, Strings] = {"zh": ZH, "en": EN}
