"""Where things lie: corpora, trained artifacts, runs. Nothing here touches the disk until it is asked."""

from __future__ import annotations

import os
from pathlib import Path

_DATA = Path(__file__).parent


class CorpusError(FileNotFoundError):
    """A corpus that is not where it is looked for: which, where, and how to say where it is."""


def artifacts() -> Path:
    """The folder of the trained models that the application ships with."""
    return _DATA / "artifacts"


def runs() -> Path:
    """The folder of trainings under way: logs and checkpoints, never committed."""
    return _DATA / "files" / "runs"


def corpora() -> Path:
    """The folder of the corpora: KANLIAO_CORPORA, or data/files/corpora."""
    return Path(os.environ.get("KANLIAO_CORPORA") or _DATA / "files" / "corpora")


def corpus(name: str) -> Path:
    """The file or folder of a corpus, such as "text/wikiqa". Raises CorpusError if it is not there."""
    path = corpora() / name
    if not path.exists():
        raise CorpusError(
            f"The corpus {name} is not at {path}. Put it there, or set KANLIAO_CORPORA to the folder that holds it."
        )
    return path
