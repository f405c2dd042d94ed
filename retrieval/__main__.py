"""`python -m retrieval`: calibrate, train a matching model, or evaluate one."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data import paths
from data.artifact import Artifact, ArtifactError, Score
from data.formats import FormatError
from data.formats.ranking import read_labelled, read_selections, recognise_ranking
from data.paths import CorpusError
from retrieval import served_ranker
from retrieval.boosting import NAME
from retrieval.evaluate import evaluate, evaluate_pairs
from retrieval.models import NAMES, PARAPHRASE, open_model
from retrieval.paraphrase.infer import open_judge
from retrieval.scorer import BM25Scorer, Scorer
from retrieval.sentence_encoder.precomputed import NAME as KNOWN
from retrieval.similarity import Similarity, evaluate_sentences, evaluate_triples
from retrieval.starter_vectors import encode_starter
from retrieval.word_similarity import WordSimilarity

ROOT = Path(__file__).parent.parent
STARTER = ROOT / "data" / "starter"
TRIPLES = ROOT / "benchmarks" / "word_triples.tsv"
SLIPS = ROOT / "benchmarks" / "word_slips.tsv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m retrieval", description="Train and measure how questions are matched."
    )
    commands = parser.add_subparsers(dest="command", required=True, title="commands")
    fit = commands.add_parser("calibrate", help="measure the match features again and write the artifact")
    fit.add_argument("--starter", type=Path, default=STARTER)
    fit.add_argument("--dev", type=Path, default=ROOT / "benchmarks" / "starter_questions" / "dev.jsonl")
    fit.add_argument(
        "--answered",
        type=float,
        default=0.0175,
        help="share of look-alikes of kept trades that may be answered all the same",
    )
    fit.add_argument("--out", type=Path, metavar="FOLDER", help="where the artifact goes (default: what ships)")
    convert = commands.add_parser(
        "convert-encoder", help="make the sentence encoder's artifact from the published weights"
    )
    convert.add_argument("--out", type=Path, metavar="FOLDER", help="where the artifact goes (default: what ships)")
    encode = commands.add_parser(
        "encode-starter", help="make the vectors of the starter corpus, so that a start need not"
    )
    encode.add_argument("--out", type=Path, metavar="FOLDER", help="where the artifact goes (default: what ships)")
    train = commands.add_parser("train", help="train a matching model on your own questions and replies")
    train.add_argument("--model", choices=(*NAMES, PARAPHRASE), required=True)
    train.add_argument(
        "--pairs",
        type=Path,
        metavar="FILE",
        help="any file that learn takes, or a labelled one; for paraphrase two texts and a label a line (default: what the "
        "shipped model learned from)",
    )
    train.add_argument(
        "--dev", type=Path, metavar="FILE", help="labelled candidates to stop by (default: a tenth of the pairs)"
    )
    train.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the artifact goes (default: data/files/models/MODEL)"
    )
    train.add_argument("--epochs", type=int, default=8)
    train.add_argument("--seed", type=int, default=0)
    train.add_argument(
        "--variant", choices=("huang", "weighted"), default="weighted", help="of dssm: as published, or ours"
    )
    vectors = commands.add_parser("words", help="train word vectors and measure them beside the shipped ones")
    vectors.add_argument(
        "--kind",
        choices=("word2vec", "fasttext", "doc2vec"),
        default="word2vec",
        help="word2vec is what ships, and is written; the others are trained to be measured",
    )
    vectors.add_argument("--size", type=int, default=100)
    vectors.add_argument("--epochs", type=int, default=20)
    vectors.add_argument("--seed", type=int, default=1)
    vectors.add_argument("--threads", type=int, default=2, help="with one, the same seed gives the same vectors")
    vectors.add_argument("--out", type=Path, metavar="FOLDER", help="where word2vec goes (default: what ships)")
    commands.add_parser(
        "fuse", help="learn again how what serves is weighed against each other, and write the artifact"
    )
    measure = commands.add_parser("evaluate", help="measure a model on a file of labelled candidates or sentence pairs")
    measure.add_argument(
        "--model",
        default="served",
        help="served (the default; of sentence pairs that is paraphrase), bm25, or the folder or the name of a trained model",
    )
    measure.add_argument("--json", action="store_true", help="only JSON; otherwise a table, and JSON on the last line")
    measure.add_argument("file", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        match given.command:
            case "calibrate":
                # lightgbm and tqdm are imported by this command alone.
                from retrieval.ship_calibration import ship

                _print_artifact(
                    ship(given.starter, given.dev, given.answered, given.out or paths.artifacts_dir() / NAME)
                )
            case "convert-encoder":
                from retrieval.sentence_encoder.train import convert as convert_encoder

                _print_artifact(convert_encoder(given.out))
            case "encode-starter":
                _print_artifact(encode_starter(STARTER, given.out or paths.artifacts_dir() / KNOWN))
            case "train":
                _train(given)
            case "fuse":
                _print_artifact(served_ranker.fit())
            case "words":
                _train_word_vectors(given)
            case "evaluate":
                _evaluate(given.model, given.file, given.json)
    except (ArtifactError, FormatError, CorpusError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _train(given: argparse.Namespace) -> None:
    if given.model == PARAPHRASE:
        # tqdm is imported by this command alone.
        from retrieval.paraphrase import train as paraphrase

        if given.pairs is None:
            for written in paraphrase.train_shipped(STARTER, given.out or paths.artifacts_dir() / PARAPHRASE):
                _print_artifact(written)
        else:
            out = given.out or paths.runs_dir().parent / "models" / PARAPHRASE
            _print_artifact(paraphrase.train_file(given.pairs, given.dev, out))
        return
    # torch is imported by this command alone.
    from retrieval.train import Job, train, train_shipped, train_shipped_reranker

    if given.pairs is None:
        out = given.out or paths.artifacts_dir() / given.model
        match given.model:
            case "dssm":
                _print_artifact(train_shipped(STARTER, out, given.epochs, given.seed))
            case "drmm" | "arc1":
                _print_artifact(train_shipped_reranker(given.model, out, given.seed))
            case other:
                raise ValueError(f"{other} has nothing to learn from. Give a file with --pairs.")
        return
    out = given.out or paths.runs_dir().parent / "models" / given.model
    _print_artifact(train(Job(given.model, given.pairs, given.dev, out, given.epochs, given.seed, given.variant)))


def _train_word_vectors(given: argparse.Namespace) -> None:
    # gensim is imported by this command alone.
    from retrieval.word_vector_training import Plan, read_sentences, save, train_doc2vec, train_fasttext, train_word2vec

    plan = Plan(given.size, given.epochs, given.seed, given.threads)
    sentences, surfaces = read_sentences()
    if given.kind != "word2vec":
        _print_comparison(
            {given.kind: {"fasttext": train_fasttext, "doc2vec": train_doc2vec}[given.kind](sentences, plan)}
        )
        return
    kept, vectors = train_word2vec(sentences, plan)
    command = f"python -m retrieval words --size {given.size} --epochs {given.epochs} --threads {given.threads}"
    with tempfile.TemporaryDirectory() as folder:
        fresh = save(kept, vectors, surfaces, (), Path(folder) / "words", command).folder
        measured = evaluate_word_vectors(fresh)
    _print_artifact(save(kept, vectors, surfaces, measured, given.out or paths.artifacts_dir() / "words", command))


def evaluate_word_vectors(folder: Path) -> list[Score]:
    """Evaluate the word vectors in a folder on words and on sentences.

    Guessing by spelling, they are also evaluated on words that they do not know.
    """
    guessed = evaluate_triples(WordSimilarity(folder, guessing=True).similarity, SLIPS)
    return [
        *_evaluate_similarity(WordSimilarity(folder).similarity),
        *(replace(score, metric=f"{score.metric}, guessing by spelling") for score in guessed),
    ]


def _evaluate_similarity(similarity: Similarity) -> list[Score]:
    return [*evaluate_triples(similarity, TRIPLES), evaluate_sentences(similarity)]


def _print_comparison(others: Mapping[str, Similarity]) -> None:
    """Print scores on words, slips and sentences, beside those of the shipped vectors.

    Chance and character n-grams stand beside them.
    """
    folder = paths.artifacts_dir() / "words"
    kinds = {
        "word2vec": WordSimilarity(folder).similarity,
        "word2vec, guessing": WordSimilarity(folder, guessing=True).similarity,
        **others,
    }
    found = {name: [*_evaluate_similarity(one), *evaluate_triples(one, SLIPS)] for name, one in kinds.items()}
    for place, score in enumerate(next(iter(found.values()))):
        print(f"{score.set}, {score.metric}")
        print(f"    {'chance':22} {score.chance:.4f}\n    {score.baseline_is:22} {score.baseline:.4f}")
        for name, scores in found.items():
            print(f"    {name:22} {scores[place].value:.4f}")


def _print_artifact(written: Artifact) -> None:
    for score in written.manifest.scores:
        beside = f"chance {score.chance:.4f}, {score.baseline_is} {score.baseline:.4f}"
        print(f"{score.set}, {score.metric}: {score.value:.4f} ({beside})")
    print(f"written to {written.folder}")


def _evaluate(model: str, file: Path, only_json: bool) -> None:
    kind = recognise_ranking(file)
    if kind in ("pairs", "json pairs"):
        pairs = list(read_labelled(file))
        if model == "served":
            scorer: Scorer = open_judge()
        else:
            scorer = _open_scorer(model, (text for pair in pairs for text in (pair.first, pair.second)))
        means = evaluate_pairs(scorer, pairs)
        count = len(pairs)
    else:
        selections = list(read_selections(file))
        scorer = _open_scorer(model, (text for one in selections for text in one.candidates))
        means = evaluate(scorer, selections).means()
        count = sum(0 < sum(one.labels) < len(one.labels) for one in selections)
    if not only_json:
        print(f"{file.name}: {count} {'pairs' if kind in ('pairs', 'json pairs') else 'queries'}, {scorer.name}")
        for measure, value in means.items():
            print(f"{measure:18} {value:.4f}")
    print(json.dumps({"file": file.name, "count": count, "model": scorer.name, **means}, ensure_ascii=False))


def _open_scorer(model: str, collection: Iterable[str]) -> Scorer:
    if model == "served":
        return served_ranker.open_served_ranker(collection)
    baseline = BM25Scorer(collection)
    if model == baseline.name:
        return baseline
    folder = Path(model) if Path(model).is_dir() else paths.artifacts_dir() / model
    return open_model(folder, baseline.compute_weight)


if __name__ == "__main__":
    sys.exit(main())
