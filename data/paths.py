"""Paths of the corpora, the trained artifacts and the training runs."""

from __future__ import annotations

import os
from pathlib import Path

_DATA = Path(__file__).parent


class CorpusError(FileNotFoundError):
    """A corpus is missing.

    The message names it, the path that was tried and the setting that moves it.
    """


def artifacts_dir() -> Path:
    """Return the folder of the trained models that ship with the application."""
    return _DATA / "artifacts"


def runs_dir() -> Path:
    """Return the folder of training logs and checkpoints, which are never committed."""
    return _DATA / "files" / "runs"


def corpora_dir() -> Path:
    """Return the folder of the corpora: KANLIAO_CORPORA, or data/files/corpora."""
    return Path(os.environ.get("KANLIAO_CORPORA") or _DATA / "files" / "corpora")


def find_corpus(name: str) -> Path:
    """Return the file or folder of a corpus.

    Args:
        name: The path below the folder of the corpora, such as "text/wikiqa".

    Raises:
        CorpusError: The corpus is not there.
    """
    path = corpora_dir() / name
    if not path.exists():
        raise CorpusError(
            f"The corpus {name} is not at {path}. Put it there, or set KANLIAO_CORPORA to the folder that holds it."
        )
    return path
