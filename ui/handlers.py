"""The part that the event handlers of all tabs share."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from data.records import Language
from ui.dependencies import Dependencies
from ui.translations import TRANSLATIONS, Strings


@dataclass(frozen=True)
class PageHandlers:
    """Event handlers of a page in one language."""

    dependencies: Dependencies
    language: Language

    @property
    def words(self) -> Strings:
        """The texts of the page."""
        return TRANSLATIONS[self.language]

    def require_admin(self, request: gr.Request) -> None:
        """Raise gr.Error with a sentence unless the request comes from the administrator."""
        if not self.dependencies.is_admin(request):
            raise gr.Error(self.words.no_admin, print_exception=False)
