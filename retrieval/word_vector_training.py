"""Training of word vectors in three ways. Needs the extra `train`."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tqdm import tqdm

from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import cdial, lccc, sentence_pairs, wikiqa
from data.corpora.split import assign_part, join_utterances
from data.text.clean import fold
from data.text.segment import words
from retrieval.postings import Floats
from retrieval.similarity import Similarity

Kind = Literal["word2vec", "fasttext", "doc2vec"]
KINDS: tuple[Kind, ...] = ("word2vec", "fasttext", "doc2vec")

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
_READ = 400
_STEM_STANDS = 0.2


@dataclass(frozen=True)
class Plan:
    """The length and size of a training.

    The same seed gives the same vectors with one thread only.
    """

    size: int
    epochs: int
    seed: int
    threads: int

    def to_gensim(self) -> dict[str, Any]:
        """Return the settings that the three trainings share, by gensim's names."""
        return {
            "vector_size": self.size,
            "window": 5,
            "min_count": _LEAST,
            "negative": 10,
            "sample": 1e-4,
            "epochs": self.epochs,
            "seed": self.seed,
            "workers": self.threads,
        }


def read_texts() -> Iterator[str]:
    """Yield the texts that are trained on.

    None of them is non-commercial. Dialogues of a test part and LCQMC's test rows are left out.

    Raises:
        CorpusError: A corpus is missing.
    """
    for dialog in (*lccc.read(), *cdial.read()):
        if assign_part(join_utterances(dialog)) != "test":
            yield from (utterance.text for utterance in dialog.utterances)
    for selection in (*wikiqa.read("train"), *wikiqa.read("dev")):
        yield from (*selection.context, *selection.candidates)
    test = list(sentence_pairs.read_lcqmc("test"))
    rows = [*sentence_pairs.read_lcqmc("dev"), *sentence_pairs.read_afqmc("train"), *sentence_pairs.read_simclue()]
    for pair in sentence_pairs.drop_overlap(test, rows):
        yield from (pair.first, pair.second)
    for name, columns in PLAIN.items():
        with gzip.open(paths.find_corpus(name), "rt", encoding="utf-8", errors="replace") as file:
            for line in file:
                cells = line.rstrip("\n").split("\t")
                # The reviews are comma-separated, with the text in the last of three columns.
                yield from cells[:columns] if columns else [max(cells, key=len).split(",", 2)[-1]]


def read_sentences() -> tuple[list[list[str]], dict[str, str]]:
    """Return the words of every text, and the most frequent word of each English stem.

    Each text counts once.
    """
    different = [text[:_READ] for text in dict.fromkeys(tqdm(read_texts(), desc="reading")) if text.strip()]
    sentences, seen = [], defaultdict[str, Counter[str]](Counter)
    for text in tqdm(different, desc="segmenting"):
        sentences.append(words(text))
        for word in re.findall("[a-z]+", fold(text)):
            if stem := _find_stem(word):
                seen[stem][word] += 1
    return sentences, {stem: choose_surface(stem, counts) for stem, counts in seen.items()}


@lru_cache(maxsize=100_000)
def _find_stem(word: str) -> str | None:
    found = words(word)
    return found[0] if len(found) == 1 else None


def choose_surface(stem: str, counts: Mapping[str, int]) -> str:
    """Return the word that a stem is shown as.

    That is the stem itself if it is a word and frequent enough, or else the most frequent word.

    >>> choose_surface("happi", {"happy": 9, "happiness": 2}), choose_surface("use", {"used": 9, "use": 5})
    ('happy', 'use')
    """
    best = max(counts, key=lambda word: counts[word])
    return stem if counts.get(stem, 0) >= _STEM_STANDS * counts[best] else best


def train_word2vec(sentences: Sequence[Sequence[str]], plan: Plan) -> tuple[list[str], Floats]:
    """Return the most frequent words and their vectors float32 [N, D].

    Source: Mikolov et al. 2013, skip-gram.
    """
    from gensim.models import Word2Vec

    model = Word2Vec(sentences, sg=1, **plan.to_gensim())
    kept = min(_KEPT, len(model.wv))
    return list(model.wv.index_to_key[:kept]), np.asarray(model.wv.vectors[:kept], dtype=np.float32)


def train_fasttext(sentences: Sequence[Sequence[str]], plan: Plan) -> Similarity:
    """Return similarity by skip-gram over words and their n-grams.

    N-grams of two to four characters, not three to six: a Chinese word of two would have hardly any.

    Source: Bojanowski et al. 2017.
    """
    from gensim.models import FastText

    vectors = FastText(sentences, sg=1, min_n=2, max_n=4, bucket=200_000, **plan.to_gensim()).wv

    def mean(text: str) -> Floats | None:
        found = [np.asarray(vectors[word], dtype=np.float32) for word in words(text)]
        units = [one / length for one in found if (length := float(np.linalg.norm(one)))]
        return np.asarray(np.mean(units, axis=0), dtype=np.float32) if units else None

    return _build_similarity(mean)


def train_doc2vec(sentences: Sequence[Sequence[str]], plan: Plan) -> Similarity:
    """Return similarity by vectors of whole texts, each inferred anew.

    Source: Le and Mikolov 2014, distributed bag of words.
    """
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    documents = [TaggedDocument(sentence, [place]) for place, sentence in enumerate(sentences)]
    model = Doc2Vec(documents, dm=0, **plan.to_gensim())

    def inferred(text: str) -> Floats | None:
        known = [word for word in words(text) if word in model.wv]
        model.random.seed(plan.seed)
        return np.asarray(model.infer_vector(known, epochs=50), dtype=np.float32) if known else None

    return _build_similarity(inferred)


def _build_similarity(vector_of: Any) -> Similarity:
    remembered = lru_cache(maxsize=10_000)(vector_of)

    def similarity(one: str, other: str) -> float | None:
        first, second = remembered(one), remembered(other)
        if first is None or second is None:
            return None
        return float(first @ second / max(float(np.linalg.norm(first) * np.linalg.norm(second)), 1e-9))

    return similarity


def save(
    kept: Sequence[str],
    vectors: Floats,
    surfaces: Mapping[str, str],
    scores: Sequence[Score],
    folder: Path,
    command: str,
) -> Artifact:
    """Write the vectors as an artifact, eight bits a value."""
    packed = io.BytesIO()
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    np.save(packed, np.rint(vectors / np.maximum(largest, 1e-9) * 127).astype(np.int8))
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on="LCCC-base and CDial-GPT (without test dialogues), WikiQA train and dev, LCQMC dev, AFQMC, SimCLUE, "
        "Tatoeba cmn-eng, SST-2, TNEWS, THUCNews titles, online shopping reviews",
        licence="made from corpora under MIT, CC BY 2.0, CLUE and research terms; none is marked non-commercial",
        limits=f"{len(kept)} words. On sentences, shared characters tell more. How spelling counts was chosen on the slips. Few "
        "English texts, so English neighbours follow subject more than meaning. Vectors learn the habits of their texts, "
        "prejudices included.",
        scores=tuple(scores),
        config={"size": int(vectors.shape[1])},
        train=command,
    )
    shown = {stem: surfaces[stem] for stem in kept if surfaces.get(stem, stem) != stem}
    files: dict[str, Any] = {
        "words.json": json.dumps(list(kept), ensure_ascii=False).encode(),
        "vectors.npy": packed.getvalue(),
        "surfaces.json": json.dumps(shown, ensure_ascii=False).encode(),
    }
    return artifact.write(folder, manifest, files=files)
