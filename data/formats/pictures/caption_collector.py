"""The captions of a file, gathered by the picture that they describe."""

from __future__ import annotations

from collections.abc import Iterator

from data.records import CaptionedPicture, Language
from data.text.language import language_of


class CaptionCollector:
    """Captions put in one after another; the pictures come out in the order in which each was first named."""

    def __init__(self) -> None:
        self._captions: dict[str, dict[Language, list[str]]] = {}

    def add(self, image: str, caption: str, language: Language | None = None) -> None:
        """Keep a caption; without a language its text tells, English where nothing does."""
        caption = caption.strip()
        known = language or language_of(caption, "en")
        self._captions.setdefault(image, {}).setdefault(known, []).append(caption)

    def __contains__(self, image: str) -> bool:
        return image in self._captions

    def pictures(self) -> Iterator[CaptionedPicture]:
        """Each picture with all that was said of it."""
        for image, captions in self._captions.items():
            yield CaptionedPicture(image, {language: tuple(texts) for language, texts in captions.items()})
