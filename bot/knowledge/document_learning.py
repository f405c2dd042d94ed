"""Learn documents: read, cut into passages, encode what is new, and store it all at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from bot.knowledge.documents import DocumentReport
from bot.knowledge.store import Knowledge
from data.documents import cut_passages, is_document, list_files, read_document
from data.documents.block import Recognise
from data.formats.errors import FormatError
from data.records import Passage
from data.text.clean import clean
from retrieval.passages.unit import list_units
from retrieval.passages.vectors import PassageVectors, list_encoded
from retrieval.postings import Floats

_READ = 0.1
"""The share of the time that reading takes; the rest is encoding."""
_TOGETHER = 64
Progress = Callable[[float], object]
"""Called with the share of the work, from 0 to 1, that is done."""


class Encoder(Protocol):
    """Texts as unit vectors; version tells encoders apart."""

    version: str

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [N, width] of texts."""
        ...


def name_document(path: Path, root: Path | None = None) -> str:
    """Return the name by which a document is known: that of the file, of one in a folder the path from the folder on."""
    name = path.name if root is None else path.relative_to(root.parent).as_posix()
    return clean(name).replace("\\", "/").strip("/") or "document"


def learn_document(
    knowledge: Knowledge,
    path: Path,
    encoder: Encoder,
    name: str | None = None,
    progress: Progress = lambda share: None,
    recognise: Recognise | None = None,
) -> DocumentReport:
    """Take in a document; an interrupt before the end changes nothing.

    Args:
        knowledge: Where it is stored.
        path: The file.
        encoder: Makes the vectors of the passages.
        name: The name by which it is recognised when it is learned again; that of the file if not given.
        progress: Told how far it is.
        recognise: Reads the picture of a page without a text layer.

    Raises:
        FormatError: It cannot be read as a document.
        KnowledgeError: It cannot be stored.
        OSError: The file cannot be read.
    """
    name = name or name_document(path)
    document = read_document(path, name, lambda done, total: progress(_READ * done / max(total, 1)), recognise)
    found = cut_passages(document)
    fresh = knowledge.documents.list_unknown(found)
    vectors: dict[int, bytes] = {}
    for places, made in encode_passages(encoder, [found[place] for place in fresh]):
        vectors |= {fresh[place]: raw for place, raw in zip(places, made, strict=True)}
        progress(_READ + (1 - _READ) * len(vectors) / len(fresh))
    return knowledge.documents.learn(
        name,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        found,
        document.pages,
        [(unread.page, unread.why) for unread in document.unread],
        len(document.recognised),
        encoder.version,
        vectors,
    )


def encode_passages(encoder: Encoder, found: Sequence[Passage]) -> Iterator[tuple[list[int], list[bytes]]]:
    """Yield the places of some passages, and their vectors as they are stored, a batch at a time."""
    texts = [list_encoded(passage, list_units(passage.text)) for passage in found]
    # Those of one length are encoded together: a batch is padded to its longest text.
    order = sorted(range(len(found)), key=lambda place: max(map(len, texts[place])))
    for start in range(0, len(order), _TOGETHER):
        places = order[start : start + _TOGETHER]
        flat = encoder.encode([text for place in places for text in texts[place]])
        made, first = [], 0
        for place in places:
            made.append(PassageVectors.of(flat[first : first + len(texts[place])]).to_bytes())
            first += len(texts[place])
        yield places, made


def list_learnable(paths: Sequence[Path]) -> Iterator[tuple[Path, str | None]]:
    """Yield each file with the name of its document, None for a file of questions and replies; folders are gone through.

    Raises:
        FormatError: A folder holds no file.
        OSError: A file cannot be read.
    """
    for path in paths:
        if not path.is_dir():
            yield path, name_document(path) if _is_document(path) else None
            continue
        files = list(list_files(path))
        if not files:
            raise FormatError(f"{path} holds no file. Give a folder with documents, or files of questions and replies.")
        for file in files:
            yield (
                file,
                name_document(file, path.resolve() if path.name in ("", ".", "..") else path)
                if _is_document(file)
                else None,
            )


def _is_document(path: Path) -> bool:
    """Return whether a file is a document; one that cannot be told is left to the reader of questions and replies."""
    try:
        return is_document(path)
    except FormatError:
        return False
