"""`python -m retrieval train`: train a matching model. Needs the extra `train`."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data import paths
from data.artifact import Artifact, Manifest, Score
from data.corpora import wikiqa
from data.corpora.split import assign_part, normalize
from data.formats import FormatError, read_pairs
from data.formats.ranking import read_labelled, read_selections, recognise_ranking
from data.records import Pair, Selection
from data.text.language import language_of
from data.training.loop import Plan
from retrieval import training_data
from retrieval.evaluate import evaluate, evaluate_chance
from retrieval.examples import Example, build_labelled_examples, build_pair_examples, build_selection_examples
from retrieval.scorer import BM25Scorer, Scorer
from retrieval.word_similarity import WordSimilarity

_OTHERS = 9
_BATCH = {"dssm": 256, "cdssm": 64, "arc1": 32, "drmm": 32}
_RATE = {"dssm": 3e-3, "cdssm": 1e-3, "arc1": 1e-3, "drmm": 5e-3}
WIKIQA_PLANS = {
    "dssm": (Plan(150, 1e-3, warmup=10, check_every=10), 64),
    "cdssm": (Plan(100, 1e-3, warmup=10, check_every=10, patience=5), 64),
    "arc1": (Plan(400, 1e-3, warmup=20, check_every=20), 32),
    "drmm": (Plan(1500, 5e-3, warmup=20, check_every=50, decay=0.0, patience=12), 32),
}
"""Of each model how it is trained on WikiQA's thousand examples, and on how many at once."""


@dataclass(frozen=True)
class Job:
    """What to train on what, for how long, and where the artifact goes."""

    model: str
    pairs: Path
    dev: Path | None
    out: Path
    epochs: int
    seed: int = 0
    variant: str = "weighted"


def read_examples(path: Path) -> list[Example]:
    """Read the examples of a file of questions and replies, or of labelled texts.

    Raises:
        FormatError: The file is damaged.
        OSError: It cannot be read.
    """
    try:
        kind = recognise_ranking(path)
    except FormatError:
        found = build_pair_examples(pair for pair in read_pairs(path) if isinstance(pair, Pair))
    else:
        labelled = kind in ("pairs", "json pairs")
        found = (
            build_labelled_examples(read_labelled(path))
            if labelled
            else build_selection_examples(read_selections(path))
        )
    return [replace(one, kind=language_of(one.context[-1], "en")) for one in found]


def hold_out(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Selection]]:
    """Split examples into those to train on, and selections of one right among ten.

    Args:
        tenth of the queries is held out, by their digest.
    """
    kept = [one for one in examples if assign_part(one.context[-1]) != "dev"]
    back = [one for one in examples if assign_part(one.context[-1]) == "dev"]
    draw = random.Random(seed)
    pool = sorted({one.right for one in examples})
    made = []
    for one in back:
        others = [text for text in draw.sample(pool, min(_OTHERS + 1, len(pool))) if text != one.right][:_OTHERS]
        if others:
            place = draw.randrange(len(others) + 1)
            texts = (*others[:place], one.right, *others[place:])
            made.append(Selection(one.context, texts, tuple(int(number == place) for number in range(len(texts)))))
    return kept, made


@dataclass(frozen=True)
class TrainedModel:
    """A trained net: its scorer, its mean average precision, and how to save it."""

    scorer: Scorer
    best: float
    save: Callable[[Manifest, Path], Artifact]


def train_model(
    model: str,
    variant: str,
    examples: Sequence[Example],
    dev: Sequence[Selection],
    plan: Plan,
    size: int,
    weight: Callable[[str], float],
    folder: Path,
    also: Sequence[str] | None = None,
) -> TrainedModel:
    """Train the model on batches of size examples.

    Args:
        weight: The inverse document frequency of a word, for DRMM.
        folder: Where checkpoints are written.
        also: Words that ARC-I knows beside those of the examples; by default all that have a vector.

    Raises:
        TrainingError: The training cannot go on.
        ArtifactError: The word vectors that ARC-I and DRMM begin with are missing.
    """
    # Only the one that is wanted is imported.
    if model == "dssm":
        from retrieval.dssm import config
        from retrieval.dssm import train as dssm

        kind = config.PUBLISHED if variant == "huang" else config.OURS
        net, best = dssm.train(examples, dev, kind, plan, size, folder)
        small = variant != "huang"
        return TrainedModel(
            dssm.Evaluated(net, dssm.build_featurizer(kind)),
            best,
            lambda manifest, out: dssm.save(net, kind, manifest, out, small),
        )
    if model == "cdssm":
        from retrieval.cdssm import train as cdssm
        from retrieval.cdssm.config import Config as CDSSMConfig

        shape = CDSSMConfig()
        windows, best = cdssm.train(examples, dev, shape, plan, size, folder)
        return TrainedModel(
            cdssm.Evaluated(windows, cdssm.build_featurizer(shape)),
            best,
            lambda manifest, out: cdssm.save(windows, shape, manifest, out),
        )
    vectors = WordSimilarity(paths.artifacts_dir() / "words")
    if model == "arc1":
        from retrieval.arc1 import train as arc1
        from retrieval.arc1.config import Config as ARC1Config
        from retrieval.arc1.tokenizer import PairTokenizer

        vocab = arc1.build_vocabulary(examples, also=vectors.words if also is None else also)
        sizes = ARC1Config(len(vocab), vectors.size)
        tokenizer = PairTokenizer(vocab, sizes.max_words)
        layers, best = arc1.train(examples, dev, tokenizer, sizes, vectors.vector, plan, size, folder)
        return TrainedModel(
            arc1.Evaluated(layers, tokenizer),
            best,
            lambda manifest, out: arc1.save(layers, tokenizer, sizes, manifest, out, True),
        )
    from retrieval.drmm import train as drmm
    from retrieval.drmm.config import Config as DRMMConfig
    from retrieval.drmm.featurizer import Featurizer as DRMMFeaturizer

    reading = DRMMFeaturizer(DRMMConfig(), vectors.vector, weight)
    gated, best = drmm.train(examples, dev, reading, plan, size, folder)
    return TrainedModel(
        drmm.Evaluated(gated, reading), best, lambda manifest, out: drmm.save(gated, reading, manifest, out)
    )


def train(job: Job) -> Artifact:
    """Train the model of a job and write its artifact.

    Raises:
        FormatError, OSError, ArtifactError, TrainingError: A file cannot be read or written, or the training cannot go on.
        ValueError: There are too few examples.
    """
    examples = read_examples(job.pairs)
    if job.dev is None:
        examples, dev = hold_out(examples, job.seed)
    else:
        dev = list(read_selections(job.dev))
        asked = {normalize(one.context[-1]) for one in dev}
        examples = [one for one in examples if normalize(one.context[-1]) not in asked]
    if not examples or not dev:
        raise ValueError(
            f"{job.pairs.name} leaves {len(examples)} examples to train on and {len(dev)} to check with; expected at "
            "least one of each. Give more pairs, or a file to check with (--dev)."
        )
    size = min(_BATCH[job.model], len(examples))
    steps = max(1, job.epochs * (len(examples) // size))
    plan = Plan(
        steps,
        _RATE[job.model],
        warmup=min(100, steps // 10),
        check_every=max(1, steps // 20),
        seed=job.seed,
        patience=20,
    )
    digest = hashlib.sha256(job.pairs.read_bytes()).hexdigest()[:12]
    folder = paths.runs_dir() / f"{job.out.name}-{job.model}-{digest}-{job.seed}"
    baseline = BM25Scorer(text for one in dev for text in one.candidates)
    manifest = Manifest(
        name=job.out.name,
        version="1",
        trained_on=f"{job.pairs.name} (sha256 {digest}), {len(examples)} examples, seed {job.seed}",
        licence="that of the file it was trained on",
        limits="Knows what its examples show. Scores are comparable within one query only.",
        train=f"python -m retrieval train --model {job.model} --pairs {job.pairs.name}",
    )

    made = train_model(job.model, job.variant, examples, dev, plan, size, baseline.compute_weight, folder)
    by_chance, by_bm25 = evaluate_chance(dev).mean("MAP"), evaluate(baseline, dev).mean("MAP")
    score = Score("held out", "MAP", round(made.best, 4), round(by_chance, 4), round(by_bm25, 4), "BM25")
    return made.save(replace(manifest, scores=(score,)), job.out)


def train_shipped(starter: Path, out: Path, epochs: int, seed: int) -> Artifact:
    """Train the DSSM that ships and write its artifact.

    Raises:
        CorpusError, FormatError, TrainingError: A corpus is missing or damaged, or the training cannot go on.
    """
    from retrieval.dssm import train as dssm
    from retrieval.dssm.config import SHIPPED

    given, dev = training_data.load_examples(starter), training_data.load_dev(starter)
    size = _BATCH["dssm"]
    steps = epochs * (len(given) // size)
    plan = Plan(steps, 4e-3, warmup=100, check_every=max(1, steps // 12), seed=seed, patience=12)
    net, _ = dssm.train(given, dev, SHIPPED, plan, size, paths.runs_dir() / f"shipped-dssm-{epochs}-{seed}")
    scorer = dssm.Evaluated(net, dssm.build_featurizer(SHIPPED))
    phrasings = dev[training_data.REPLY_COUNT :]
    sets = {
        "LCCC test, one reply of ten": training_data.load_replies("test"),
        "unseen starter phrasings, one of ten": phrasings,
    }
    scores = []
    for name, selections in sets.items():
        baseline = BM25Scorer(text for one in selections for text in one.candidates)
        means = [evaluate(each, selections).mean("R@1") for each in (scorer, baseline)]
        value, plain = (round(mean, 4) for mean in means)
        by_chance = round(evaluate_chance(selections).mean("R@1"), 4)
        scores.append(Score(f"{name}: {len(selections)}", "R@1", value, by_chance, plain, "BM25"))
    manifest = Manifest(
        name=out.name,
        version="1",
        trained_on=f"{training_data.TRAINED_ON}: {len(given)} examples, seed {seed}",
        licence=training_data.LICENCE,
        limits="Two small languages' worth of talk: outside small talk, the course and what it was shown it knows words, not the "
        "world. Scores of one query can be compared, those of two cannot.",
        scores=tuple(scores),
        train=f"python -m retrieval train --model dssm --epochs {epochs} --seed {seed}",
    )
    return dssm.save(net, SHIPPED, manifest, out, small=True)


def train_shipped_reranker(model: str, out: Path, seed: int) -> Artifact:
    """Train DRMM or ARC-I as they ship, on WikiQA, and write the artifact.

    The training is stopped by the dev part.

    Raises:
        CorpusError, ArtifactError, TrainingError: A corpus or the word vectors are missing, or the training cannot go on.
    """
    plan, size = WIKIQA_PLANS[model]
    dev, test = wikiqa.read_usable("dev"), wikiqa.read_usable("test")
    given = list(build_selection_examples(wikiqa.read_usable("train")))
    baseline = BM25Scorer(text for part in ("train", "dev") for one in wikiqa.read(part) for text in one.candidates)
    # It learns from English only, and a table of the other words would be carried about for nothing.
    english = [word for word in WordSimilarity(paths.artifacts_dir() / "words").words if word.isascii()]
    folder = paths.runs_dir() / f"shipped-{model}-{seed}"
    made = train_model(model, "", given, dev, replace(plan, seed=seed), size, baseline.compute_weight, folder, english)
    means = [evaluate(each, test).mean("MAP") for each in (made.scorer, baseline)]
    value, plain = (round(mean, 4) for mean in means)
    manifest = Manifest(
        name=out.name,
        version="1",
        trained_on=f"WikiQA train: {len(given)} examples, stopped by dev, seed {seed}",
        licence="made from WikiQA (Microsoft Research licence: research)",
        limits="Has seen English questions and sentences that answer them, nothing else: alone it is no judge of talk.",
        scores=(
            Score(
                f"WikiQA test: {len(test)}", "MAP", value, round(evaluate_chance(test).mean("MAP"), 4), plain, "BM25"
            ),
        ),
        train=f"python -m retrieval train --model {model} --seed {seed}",
    )
    return made.save(manifest, out)
