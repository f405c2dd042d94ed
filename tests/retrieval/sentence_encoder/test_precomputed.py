"""Vectors that are known beforehand. Run: pytest tests/retrieval/sentence_encoder/test_precomputed.py"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data import paths
from data.artifact import ArtifactError
from data.formats.starter import read_starter
from retrieval.dense_index import list_encoded
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.sentence_encoder.precomputed import NAME, VECTORS, open_precomputed, write_precomputed
from retrieval.starter_vectors import list_texts

STARTER = Path(__file__).parents[3] / "data" / "starter"
TEXTS = ("什么是卷积神经网络？", "what is an LSTM?", "怎么导入我自己的问答", "how do I delete a conversation")


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(paths.artifacts_dir() / ENCODER)


def test_every_text_of_the_starter_corpus_is_known_and_means_the_same(encoder: SentenceEncoder) -> None:
    known = open_precomputed(paths.artifacts_dir() / NAME, encoder.version)
    assert known is not None
    texts = list_texts(STARTER)
    found = known.lookup(texts)
    assert len(found) == len(texts), "make them again: python -m retrieval encode-starter"
    some = texts[:: len(texts) // 60]
    made, rounded = encoder.encode(some), np.stack([found[texts.index(text)] for text in some])
    np.testing.assert_allclose(np.linalg.norm(rounded, axis=1), 1, atol=1e-5)
    # What seven steps cost; the answers to benchmarks/starter are the same as without rounding.
    assert np.abs(made @ made.T - rounded @ rounded.T).max() < 0.03


def test_what_is_known_is_what_the_index_encodes() -> None:
    entries = list(read_starter(STARTER))
    assert set(list_texts(STARTER)) == {text for entry in entries for text in (*list_encoded(entry), entry.reply)}


def test_the_known_and_the_rest_come_back_in_their_order(tmp_path: Path, encoder: SentenceEncoder) -> None:
    folder = tmp_path / "known"
    write_precomputed(folder, encoder.version, TEXTS[1:3], encoder.encode(TEXTS[1:3]), "nothing")
    made = SentenceEncoder(paths.artifacts_dir() / ENCODER, folder).encode(TEXTS)
    alone = encoder.encode(TEXTS)
    assert np.sum(made * alone, axis=1).min() > 0.98
    assert np.array_equal(made[0], alone[0])
    assert not np.array_equal(made[1], alone[1]), "what is known was encoded all the same"


def test_many_texts_are_encoded_side_by_side_as_one_by_one(encoder: SentenceEncoder) -> None:
    texts = [f"{text} {number}" for number in range(150) for text in TEXTS]
    together = encoder.encode(texts)
    for place in range(0, len(texts), 97):
        np.testing.assert_allclose(together[place], encoder.encode([texts[place]])[0], atol=1e-4)


def test_vectors_of_another_encoder_are_left_alone_and_damaged_ones_refused(
    tmp_path: Path, encoder: SentenceEncoder
) -> None:
    folder = tmp_path / "known"
    assert open_precomputed(folder, encoder.version) is None
    write_precomputed(folder, "another encoder", TEXTS, encoder.encode(TEXTS), "nothing")
    assert open_precomputed(folder, encoder.version) is None
    write_precomputed(folder, encoder.version, TEXTS, encoder.encode(TEXTS), "nothing")
    (folder / VECTORS).write_bytes(b"nothing")
    with pytest.raises(ArtifactError, match="known"):
        open_precomputed(folder, encoder.version)
