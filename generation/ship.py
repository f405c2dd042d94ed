"""Train the shipped generator, or one on a file of dialogues.

An n-gram model is fitted with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from data import paths
from data.artifact import Artifact, Manifest, Score
from data.corpora.split import assign_part
from data.formats import FormatError
from data.text.vocab import EOS
from data.training import parallel
from data.training.loop import Plan
from generation import training_data
from generation.dialogs import read_exchanges
from generation.evaluate import measure_ngram_perplexity, measure_perplexity
from generation.examples import Exchange
from generation.infer import Generator
from generation.ngram import NGram
from generation.seq2seq.config import Config as Recurrent
from generation.tokenizer import DialogTokenizer
from generation.train import Config, Kind, build_tokenizer, save, train
from generation.transformer.config import Config as Transforming

VOCABULARY = 6000
_LEAST = 50
PLANS: dict[Kind, Plan] = {
    "seq2seq": Plan(steps=9500, rate=1.5e-3, warmup=300, check_every=500, patience=20, average=0.999),
    "transformer": Plan(steps=10000, rate=1.5e-3, warmup=600, check_every=500, patience=20, average=0.999),
}
BATCH = 1000
"""The number of reply ids in a batch."""
_SMALL = (
    "Trained on 131,000 exchanges: its replies are short sentences of small talk, often beside the point; {read}. It knows no "
    "facts and sees three turns. In the chat it writes only if it is let, and then a ranker and a filter decide."
)
LIMITS: dict[Kind, str] = {
    "seq2seq": _SMALL.format(read="of 800 replies to everyday messages, read by strict rules, 59 fit"),
    "transformer": _SMALL.format(
        read="a hundred to everyday openers, looked at, are no better than the recurrent one's"
    ),
}
TOLERANCE = 0.05
"""How far log-probabilities may differ on another machine, which rounds activations differently."""


def build_config(kind: Kind, vocabulary: int) -> Config:
    """Return the configuration of the shipped generator of a kind."""
    if kind == "seq2seq":
        return Recurrent(vocabulary)
    return Transforming(vocabulary, width=192)


def ship(kind: Kind, starter: Path, folder: Path, device: str | None = None) -> Artifact | None:
    """Train a generator on the corpora and write its artifact.

    An interrupted run continues.

    Returns:
        The artifact; None in all processes but the first.

    Raises:
        CorpusError: A corpus is missing or damaged.
    """
    found = training_data.load_examples(starter)
    tokenizer = build_tokenizer(found, VOCABULARY)
    dev = [exchange for name in training_data.SETS for exchange in training_data.load_held_out(name, "dev")]
    plan = replace(PLANS[kind], device=device or parallel.choose_device())
    net, _ = train(
        found, dev, tokenizer, build_config(kind, len(tokenizer.subword)), plan, BATCH, paths.runs_dir() / kind
    )
    if parallel.get_rank():
        return None
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=(
            f"{training_data.TRAINED_ON} ({len(found)} exchanges, sha256 {digest_exchanges(found)[:12]}, "
            f"seed {plan.seed})"
        ),
        licence=training_data.LICENCE,
        non_commercial=True,
        limits=LIMITS[kind],
        train=f"python -m generation train --model {kind}",
        tolerance=TOLERANCE,
    )
    # The scores are those of the shipped artifact, with quantized weights.
    fluency, ngram = fit_fluency(found, tokenizer), fit_ngram(found, tokenizer)
    generator = Generator(save(net, tokenizer, fluency, manifest, folder).folder)
    scores = []
    for name in training_data.SETS:
        test = training_data.load_held_out(name, "test")
        ours = measure_perplexity(generator, tqdm(test, desc=f"{name} test", mininterval=1.0))
        theirs = measure_ngram_perplexity(ngram, (tokenizer.encode_forward(exchange)[1] for exchange in test))
        scores.append(_build_score(f"{name} test, {len(test)} exchanges", ours, theirs, tokenizer))
    return save(net, tokenizer, fluency, replace(manifest, scores=tuple(scores)), folder)


def train_file(kind: Kind, file: Path, folder: Path, epochs: int, seed: int) -> Artifact | None:
    """Train a generator on a file of dialogues and write its artifact into folder.

    A tenth of the exchanges, chosen by a hash of the text, is held out to decide when to stop.

    Returns:
        The artifact; None in all processes but the first.

    Raises:
        FormatError: The file has no known format or holds too few exchanges.
        OSError: It cannot be read.
    """
    found = read_exchanges(file)
    kept = [exchange for exchange in found if assign_part("\n".join((*exchange.context, exchange.reply))) == "dev"]
    learned = [exchange for exchange in found if assign_part("\n".join((*exchange.context, exchange.reply))) != "dev"]
    if len(kept) < 2 or len(learned) < _LEAST:
        raise FormatError(
            f"{file.name} holds {len(found)} exchanges; a generator needs at least {_LEAST} to learn from and two to stop by. "
            "Give more dialogues."
        )
    tokenizer = build_tokenizer(learned, min(VOCABULARY, 300 + 4 * len(learned)))
    ids = sum(len(tokenizer.encode_target(exchange.reply)) for exchange in learned)
    # Few dialogues need small batches, or an epoch would have only a few steps.
    size = min(BATCH, max(100, ids // 50))
    steps = max(20, epochs * ids // size)
    plan = Plan(steps, rate=1.2e-3, warmup=max(1, steps // 20), check_every=max(1, steps // (2 * epochs)), seed=seed)
    plan = replace(plan, device=parallel.choose_device())
    run = paths.runs_dir() / f"mine-{kind}-{digest_exchanges(found)[:12]}-{epochs}-{seed}"
    net, best = train(learned, kept, tokenizer, build_config(kind, len(tokenizer.subword)), plan, size, run)
    if parallel.get_rank():
        return None
    theirs = measure_ngram_perplexity(
        fit_ngram(learned, tokenizer), [tokenizer.encode_target(exchange.reply) for exchange in kept]
    )
    score = _build_score(
        f"a tenth of {file.name}, {len(kept)} exchanges, which the training was stopped by", best, theirs, tokenizer
    )
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{file.name} ({len(learned)} exchanges, sha256 {digest_exchanges(found)[:12]}, seed {seed})",
        licence="as that of the file",
        limits="What it writes is as good as the dialogues it learned from, and knows no more than they do.",
        scores=(score,),
        train=f"python -m generation train --model {kind} --dialogs FILE",
        tolerance=TOLERANCE,
    )
    return save(net, tokenizer, fit_fluency(learned, tokenizer), manifest, folder)


def _build_score(measured_on: str, ours: float, theirs: float, tokenizer: DialogTokenizer) -> Score:
    return Score(
        measured_on,
        "perplexity of a subword, lower is better",
        round(ours, 2),
        float(len(tokenizer.subword)),
        round(theirs, 2),
        "modified Kneser-Ney, order 5, trained on the same replies",
    )


def fit_ngram(exchanges: Sequence[Exchange], tokenizer: DialogTokenizer) -> NGram:
    """Fit the n-gram model that is the baseline of a net, on the encoded replies."""
    return NGram.fit(_replies(exchanges, tokenizer), len(tokenizer.subword))


def fit_fluency(exchanges: Sequence[Exchange], tokenizer: DialogTokenizer) -> NGram:
    """Fit the small n-gram model that scores how common a reply is.

    It holds the bigrams seen more than once.
    """
    return NGram.fit(_replies(exchanges, tokenizer), len(tokenizer.subword), order=2, pruned_from=2)


def _replies(exchanges: Sequence[Exchange], tokenizer: DialogTokenizer) -> Iterator[list[int]]:
    for exchange in exchanges:
        ids = tokenizer.encode_target(exchange.reply)
        # NGram adds EOS itself.
        yield ids[:-1] if ids[-1] == EOS else ids


def digest_exchanges(exchanges: Sequence[Exchange]) -> str:
    """Return the SHA-256 of all training exchanges."""
    digest = hashlib.sha256()
    for exchange in exchanges:
        text = "\n".join((*exchange.context, exchange.reply, exchange.language, exchange.style))
        digest.update(text.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()
