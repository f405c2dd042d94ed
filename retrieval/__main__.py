"""`python -m retrieval`: calibrate what serves, train a matching model, or evaluate one on a labelled file."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from data import artifact, places
from data.artifact import Artifact, ArtifactError, Manifest, Score
from data.formats import FormatError
from data.formats.ranking import read_labelled, read_selections, recognise_ranking
from data.formats.starter import digest_starter, read_starter
from data.places import CorpusError
from data.text.segment import words
from retrieval import stack
from retrieval.calibrate import Asked, as_stored, calibrated, held_out, measured
from retrieval.calibration import Calibration
from retrieval.dssm.infer import DSSM
from retrieval.evaluate import decided, evaluate
from retrieval.hybrid import Hybrid
from retrieval.likeness import Similarity, on_sentences, on_triples
from retrieval.meaning import Meaning
from retrieval.models import NAMES, PARAPHRASE, open_model
from retrieval.paraphrase.infer import open_judge
from retrieval.scorer import BM25Scorer, Scorer
from retrieval.shipped import unseen
from retrieval.similar import Similar
from retrieval.vectors import Vectors

ROOT = Path(__file__).parent.parent
STARTER = ROOT / "data" / "starter"
TRIPLES = ROOT / "benchmarks" / "word_triples.tsv"
SLIPS = ROOT / "benchmarks" / "word_slips.tsv"
NAME = "retrieval-calibration"
SEED = 13


def questions(path: Path) -> list[Asked]:
    """The questions of a JSON lines file (question, language, entry), entry with its language as ids have it."""
    asked = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Asked(one["question"], one["language"], one["entry"] and f"{one['entry']}.{one['language']}") for one in asked
    ]


def calibrate(starter: Path, dev: Path, off_topic: float, margin: float) -> tuple[Calibration, Manifest]:
    """The calibration fitted on held-out phrasings of the starter corpus and the dev questions, and its manifest."""
    entries = list(read_starter(starter))
    asked = questions(dev)
    model = DSSM(places.artifacts() / "dssm")
    meaning = Meaning(model, Vectors(model.width), Vectors(model.width))
    judge = open_judge(found=True)
    index = Hybrid(meaning=meaning, judge=judge).changed(entries)
    tried = measured(index, asked)
    inside = [
        *held_out(entries, seed=SEED, meaning=meaning, askable=unseen, judge=judge),
        *measured(index, as_stored(entries, 1000, SEED, unseen)),
    ]
    # The dev questions are few and the real thing; the held-out ones are many and only resemble it.
    rules = calibrated([*inside, *(tried * 4)], tried, off_topic, margin)
    best = [max(one.hits, key=lambda hit: rules.probability(hit.features), default=None) for one in tried]
    meant = [
        (one.asked.entry == hit.entry.id and rules.probability(hit.features) >= rules.floor)
        for one, hit in zip(tried, best, strict=True)
        if one.asked.entry and hit
    ]
    plain = [index.by_words.search(words(one.question), 1) for one in asked if one.entry]
    owners = [index.shelf.owner_of_phrasing(hits[0][0]) if hits else None for hits in plain]
    found = [index.shelf.entry(owner).id if owner is not None else "" for owner in owners]
    baseline = np.mean([id == one.entry for id, one in zip(found, (one for one in asked if one.entry), strict=True)])
    chance = 2 / len(entries)
    digest = f"starter {digest_starter(starter)[:12]}, dev {hashlib.sha256(dev.read_bytes()).hexdigest()[:12]}"
    manifest = Manifest(
        name=NAME,
        version="1",
        trained_on=f"held-out phrasings of the starter corpus and {dev.name} ({digest}, seed {SEED})",
        licence="Apache-2.0; made from text written for this project",
        limits=f"Weights for features made with {model.version} and {judge.version}; measured on short questions in two "
        "languages.",
        scores=(
            Score(
                f"{dev.name}, tuned on it: {len(meant)} paraphrases",
                "intended entry replied",
                round(sum(meant) / len(meant), 4),
                round(chance, 4),
                round(float(baseline), 4),
                "BM25 over the words of the phrasings, no floor",
            ),
        ),
        config=rules.to_dict(),
        train="python -m retrieval calibrate",
    )
    return rules, manifest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m retrieval", description="Train and measure how questions are matched."
    )
    commands = parser.add_subparsers(dest="command", required=True, title="commands")
    fit = commands.add_parser("calibrate", help="measure the match features again and write the artifact")
    fit.add_argument("--starter", type=Path, default=STARTER)
    fit.add_argument("--dev", type=Path, default=ROOT / "benchmarks" / "starter_questions" / "dev.jsonl")
    fit.add_argument("--off-topic", type=float, default=0.9, help="share of off-topic dev questions below the floor")
    fit.add_argument("--margin", type=float, default=0.1, help="asked back if the two best are nearer than this")
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
                _calibrate(given.starter, given.dev, given.off_topic, given.margin)
            case "train":
                _train(given)
            case "fuse":
                _show(stack.fit())
            case "words":
                _words(given)
            case "evaluate":
                _evaluate(given.model, given.file, given.json)
    except (ArtifactError, FormatError, CorpusError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _calibrate(starter: Path, dev: Path, off_topic: float, margin: float) -> None:
    rules, manifest = calibrate(starter, dev, off_topic, margin)
    written = artifact.write(places.artifacts() / NAME, manifest)
    for name, weight in zip(rules.names, rules.weights, strict=True):
        print(f"{name:18} {weight:+7.2f}")
    print(f"{'bias':18} {rules.bias:+7.2f}\nfloor {rules.floor:g}, margin {rules.margin:g}")
    _show(written)


def _train(given: argparse.Namespace) -> None:
    if given.model == PARAPHRASE:
        # tqdm is imported by this command alone.
        from retrieval.paraphrase import train as paraphrase

        if given.pairs is None:
            for written in paraphrase.ship(STARTER, given.out or places.artifacts() / PARAPHRASE):
                _show(written)
        else:
            out = given.out or places.runs().parent / "models" / PARAPHRASE
            _show(paraphrase.train_file(given.pairs, given.dev, out))
        return
    # torch is imported by this command alone.
    from retrieval.train import Job, ship, ship_reranker, train

    if given.pairs is None:
        out = given.out or places.artifacts() / given.model
        match given.model:
            case "dssm":
                _show(ship(STARTER, out, given.epochs, given.seed))
            case "drmm" | "arc1":
                _show(ship_reranker(given.model, out, given.seed))
            case other:
                raise ValueError(f"{other} has nothing to learn from. Give a file with --pairs.")
        return
    out = given.out or places.runs().parent / "models" / given.model
    _show(train(Job(given.model, given.pairs, given.dev, out, given.epochs, given.seed, given.variant)))


def _words(given: argparse.Namespace) -> None:
    # gensim is imported by this command alone.
    from retrieval.words import Plan, doc2vec, fasttext, read, save, word2vec

    plan = Plan(given.size, given.epochs, given.seed, given.threads)
    sentences, surfaces = read()
    if given.kind != "word2vec":
        _compare({given.kind: {"fasttext": fasttext, "doc2vec": doc2vec}[given.kind](sentences, plan)})
        return
    kept, vectors = word2vec(sentences, plan)
    command = f"python -m retrieval words --size {given.size} --epochs {given.epochs} --threads {given.threads}"
    with tempfile.TemporaryDirectory() as folder:
        fresh = save(kept, vectors, surfaces, (), Path(folder) / "words", command).folder
        measured = judged_words(fresh)
    _show(save(kept, vectors, surfaces, measured, given.out or places.artifacts() / "words", command))


def judged_words(folder: Path) -> list[Score]:
    """How the word vectors in a folder do on words, on sentences, and, guessing by spelling, on words they do not know."""
    guessed = on_triples(Similar(folder, guessing=True).similarity, SLIPS)
    return [
        *_judged(Similar(folder).similarity),
        *(replace(score, metric=f"{score.metric}, guessing by spelling") for score in guessed),
    ]


def _judged(similarity: Similarity) -> list[Score]:
    return [*on_triples(similarity, TRIPLES), on_sentences(similarity)]


def _compare(others: Mapping[str, Similarity]) -> None:
    """Print how others do on words, slips and sentences, beside chance, n-grams and the vectors that ship."""
    folder = places.artifacts() / "words"
    kinds = {
        "word2vec": Similar(folder).similarity,
        "word2vec, guessing": Similar(folder, guessing=True).similarity,
        **others,
    }
    found = {name: [*_judged(one), *on_triples(one, SLIPS)] for name, one in kinds.items()}
    for place, score in enumerate(next(iter(found.values()))):
        print(f"{score.set}, {score.metric}")
        print(f"    {'chance':22} {score.chance:.4f}\n    {score.baseline_is:22} {score.baseline:.4f}")
        for name, scores in found.items():
            print(f"    {name:22} {scores[place].value:.4f}")


def _show(written: Artifact) -> None:
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
            scorer = _scorer(model, (text for pair in pairs for text in (pair.first, pair.second)))
        means = decided(scorer, pairs)
        count = len(pairs)
    else:
        selections = list(read_selections(file))
        scorer = _scorer(model, (text for one in selections for text in one.candidates))
        means = evaluate(scorer, selections).means()
        count = sum(0 < sum(one.labels) < len(one.labels) for one in selections)
    if not only_json:
        print(f"{file.name}: {count} {'pairs' if kind in ('pairs', 'json pairs') else 'queries'}, {scorer.name}")
        for measure, value in means.items():
            print(f"{measure:18} {value:.4f}")
    print(json.dumps({"file": file.name, "count": count, "model": scorer.name, **means}, ensure_ascii=False))


def _scorer(model: str, collection: Iterable[str]) -> Scorer:
    if model == "served":
        return stack.served(collection)
    baseline = BM25Scorer(collection)
    if model == baseline.name:
        return baseline
    folder = Path(model) if Path(model).is_dir() else places.artifacts() / model
    return open_model(folder, baseline.weight)


if __name__ == "__main__":
    sys.exit(main())
