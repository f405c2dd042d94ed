"""The part that the event handlers of all tabs share."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from data.image import PictureError
from data.records import Language
from ui.dependencies import Dependencies
from ui.translations import TRANSLATIONS, Strings

PICTURE_FILES = [
    "image", *".heic .heif .hif .avif .tif .tiff .jp2 .j2k .jpf .jxl .psd .dng .cr2 .cr3 .nef .arw .raf .orf .rw2".split()
]  # fmt: skip
"""What the boxes for pictures take. Browsers do not know all of these as pictures; what cannot be read is refused by name."""


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

    def explain_picture(self, error: PictureError | OSError) -> str:
        """Return why a picture was not accepted, and what to do."""
        reason = error.reason if isinstance(error, PictureError) else "damaged"
        format = error.format if isinstance(error, PictureError) else ""
        return self.words.picture_refused[reason].format(format=self.words.picture_formats.get(format, format))
