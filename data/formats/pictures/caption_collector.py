"""Group the captions of a file by the picture that they describe."""

from __future__ import annotations

from collections.abc import Iterator

from data.records import CaptionedPicture, Language
from data.text.language import language_of


class CaptionCollector:
    """Collects captions one by one; the pictures keep the order in which they were first named."""

    def __init__(self) -> None:
        self._captions: dict[str, dict[Language, list[str]]] = {}

    def add(self, image: str, caption: str, language: Language | None = None) -> None:
        """Add a caption; its language is detected if none is given, and English if that is not possible."""
        caption = caption.strip()
        known = language or language_of(caption, "en")
        self._captions.setdefault(image, {}).setdefault(known, []).append(caption)

    def __contains__(self, image: str) -> bool:
        return image in self._captions

    def pictures(self) -> Iterator[CaptionedPicture]:
        """Yield each picture with all its captions."""
        for image, captions in self._captions.items():
            yield CaptionedPicture(image, {language: tuple(texts) for language, texts in captions.items()})
