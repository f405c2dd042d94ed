"""The shipped vectors of the starter corpus."""

from __future__ import annotations

from pathlib import Path

from data import paths
from data.artifact import Artifact
from data.formats.starter import digest_starter, read_starter
from retrieval.dense_index import list_encoded
from retrieval.sentence_encoder.infer import NAME, SentenceEncoder
from retrieval.sentence_encoder.precomputed import write_precomputed


def list_texts(starter: Path) -> list[str]:
    """List every text of the starter corpus that an index encodes, each once.

    Raises:
        FormatError: The corpus is damaged.
    """
    entries = list(read_starter(starter))
    return list(dict.fromkeys(text for entry in entries for text in (*list_encoded(entry), entry.reply)))


def encode_starter(starter: Path, folder: Path) -> Artifact:
    """Write the artifact of the vectors of a starter corpus.

    Raises:
        ArtifactError, FormatError, OSError: The encoder or the corpus is damaged, or the artifact cannot be written.
    """
    encoder = SentenceEncoder(paths.artifacts_dir() / NAME)
    texts = list_texts(starter)
    source = f"nothing; the texts of the starter corpus {digest_starter(starter)[:12]}, encoded by {encoder.version}"
    return write_precomputed(folder, encoder.version, texts, encoder.encode(texts), source)
