"""Training word vectors: skip-gram word2vec over Chinese and English texts (Mikolov et al. 2013). Needs the extra `train`."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from data import artifact, places
from data.artifact import Artifact, Manifest, Score
from data.corpora import cdial, lccc, sentence_pairs, wikiqa
from data.corpora.split import part_of, text_of
from data.records import LANGUAGES
from data.text.segment import grams, words
from retrieval.postings import Floats
from retrieval.similar import Similar

PLAIN = {
    "text/cmn_tatoeba/cmn.txt.gz": 2,
    "text/sst2/train.tsv.gz": 1,
    "text/tnews/train.tsv.gz": 0,
    "text/thucnews_short/train_33k.txt.gz": 1,
    "text/online_shopping_10_cats/online_shopping_10_cats.csv.gz": 0,
}
"""Further files of one text or two a line, and how many of their columns hold text; 0 takes the longest column."""

_LEAST = 3
_KEPT = 30_000


def texts() -> Iterator[str]:
    """The texts that are trained on. None of them is non-commercial; dialogues of a test part and LCQMC's test rows are left out.

    Raises CorpusError for a corpus that is not there.
    """
    for dialog in (*lccc.read(), *cdial.read()):
        if part_of(text_of(dialog)) != "test":
            yield from (utterance.text for utterance in dialog.utterances)
    for selection in (*wikiqa.read("train"), *wikiqa.read("dev")):
        yield from (*selection.context, *selection.candidates)
    test = list(sentence_pairs.lcqmc("test"))
    rows = [*sentence_pairs.lcqmc("dev"), *sentence_pairs.afqmc("train"), *sentence_pairs.simclue()]
    for pair in sentence_pairs.apart_from(test, rows):
        yield from (pair.first, pair.second)
    for name, columns in PLAIN.items():
        with gzip.open(places.corpus(name), "rt", encoding="utf-8", errors="replace") as file:
            for line in file:
                cells = line.rstrip("\n").split("\t")
                # The reviews are comma-separated, with the text in the last of three columns.
                yield from cells[:columns] if columns else [max(cells, key=len).split(",", 2)[-1]]


def train(size: int, epochs: int, seed: int, threads: int) -> tuple[list[str], Floats]:
    """The most frequent words and their vectors float32 [N, size]. The same seed gives the same vectors with one thread only."""
    from gensim.models import Word2Vec

    read = list(dict.fromkeys(text for text in tqdm(texts(), desc="reading") if text.strip()))
    sentences = [words(text[:400]) for text in tqdm(read, desc="segmenting")]
    model = Word2Vec(
        sentences,
        vector_size=size,
        window=5,
        min_count=_LEAST,
        sg=1,
        negative=10,
        sample=1e-4,
        epochs=epochs,
        seed=seed,
        workers=threads,
    )
    kept = min(_KEPT, len(model.wv))
    return list(model.wv.index_to_key[:kept]), np.asarray(model.wv.vectors[:kept], dtype=np.float32)


def save(kept: Sequence[str], vectors: Floats, scores: tuple[Score, ...], folder: Path, command: str) -> Artifact:
    """The vectors as an artifact, eight bits a value."""
    packed = io.BytesIO()
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    np.save(packed, np.rint(vectors / np.maximum(largest, 1e-9) * 127).astype(np.int8))
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on="LCCC-base and CDial-GPT (without test dialogues), WikiQA train and dev, LCQMC dev, AFQMC, SimCLUE, "
        "Tatoeba cmn-eng, SST-2, TNEWS, THUCNews titles, online shopping reviews",
        licence="made from corpora under MIT, CC BY 2.0, CLUE and research terms; none is marked non-commercial",
        limits=f"{len(kept)} words; few English texts, so English neighbours follow subject more than meaning. Vectors learn "
        "the habits of their texts, prejudices included.",
        scores=scores,
        config={"size": int(vectors.shape[1])},
        train=command,
    )
    files: dict[str, Any] = {
        "words.json": json.dumps(list(kept), ensure_ascii=False).encode(),
        "vectors.npy": packed.getvalue(),
    }
    return artifact.write(folder, manifest, files=files)


def scores(similar: Similar, triples: Sequence[tuple[str, str, str]], name: str) -> tuple[Score, ...]:
    """How the vectors do on triples of each language, beside chance and the character n-grams that the words share."""
    made = []
    for language in LANGUAGES:
        own = [triple for triple in triples if (language == "en") == triple[0].isascii()]
        plain = sum(_shared(word, near) > _shared(word, far) for word, near, far in own) / len(own)
        value = round(judged(similar, own), 4)
        measured = f"{name}, {language}: {len(own)} triples"
        made.append(Score(measured, "nearer to its like", value, 0.5, round(plain, 4), "shared character n-grams"))
    return tuple(made)


def read_triples(path: Path) -> list[tuple[str, str, str]]:
    """Triples of a word, one like it and one unlike it, a line each with tabs between them."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [(word, near, far) for word, near, far in rows]


def _shared(one: str, other: str) -> float:
    first, second = set(grams(one)), set(grams(other))
    return len(first & second) / len(first | second)


def judged(similar: Similar, triples: Sequence[tuple[str, str, str]]) -> float:
    """The share of triples whose first word is nearer to the second than to the third; an unknown word counts as wrong."""
    right = 0
    for word, near, far in triples:
        one, other = similar.similarity(word, near), similar.similarity(word, far)
        right += one is not None and other is not None and one > other
    return right / len(triples)
