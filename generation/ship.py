"""Training what ships: the generator and the n-gram model beside it, from the corpora to the artifacts."""

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
from generation import shipped
from generation.codec import Codec
from generation.dialogs import read
from generation.evaluate import perplexity_by, perplexity_of
from generation.examples import Exchange
from generation.infer import Generator
from generation.ngram import NGram
from generation.seq2seq.config import Config as Recurrent
from generation.train import Config, Kind, codec_of, save, train
from generation.transformer.config import Config as Transforming

VOCABULARY = 6000
_LEAST = 50
PLANS: dict[Kind, Plan] = {
    "seq2seq": Plan(steps=9500, rate=1.5e-3, warmup=300, check_every=500, patience=20, average=0.999),
    "transformer": Plan(steps=10000, rate=1.5e-3, warmup=600, check_every=500, patience=20, average=0.999),
}
BATCH = 1000
"""Ids of replies."""
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
"""How far log-probabilities may lie apart on another machine, which rounds activations otherwise."""


def config_of(kind: Kind, vocabulary: int) -> Config:
    """The config of the kind that ships."""
    if kind == "seq2seq":
        return Recurrent(vocabulary)
    return Transforming(vocabulary, width=192)


def ship(kind: Kind, starter: Path, folder: Path, device: str | None = None) -> Artifact | None:
    """Train the kind on the corpora and write its artifact into folder; an interrupted run goes on. Raises CorpusError.

    None in all processes but the first.
    """
    found = shipped.examples(starter)
    codec = codec_of(found, VOCABULARY)
    dev = [one for name in shipped.SETS for one in shipped.held_out(name, "dev")]
    plan = replace(PLANS[kind], device=device or parallel.choose_device())
    net, _ = train(found, dev, codec, config_of(kind, len(codec.subword)), plan, BATCH, paths.runs_dir() / kind)
    if parallel.get_rank():
        return None
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{shipped.TRAINED_ON} ({len(found)} exchanges, sha256 {digest_of(found)[:12]}, seed {plan.seed})",
        licence=shipped.LICENCE,
        non_commercial=True,
        limits=LIMITS[kind],
        train=f"python -m generation train --model {kind}",
        tolerance=TOLERANCE,
    )
    # What is measured is what ships, its weights rounded.
    fluency, ngram = fluency_of(found, codec), ngram_of(found, codec)
    generator = Generator(save(net, codec, fluency, manifest, folder).folder)
    scores = []
    for name in shipped.SETS:
        test = shipped.held_out(name, "test")
        ours = perplexity_by(generator, tqdm(test, desc=f"{name} test", mininterval=1.0))
        theirs = perplexity_of(ngram, (codec.forward(one)[1] for one in test))
        scores.append(_perplexity(f"{name} test, {len(test)} exchanges", ours, theirs, codec))
    return save(net, codec, fluency, replace(manifest, scores=tuple(scores)), folder)


def train_file(kind: Kind, file: Path, folder: Path, epochs: int, seed: int) -> Artifact | None:
    """Train the kind on a file of dialogues and write its artifact into folder. A tenth, told by its text, is kept back to
    stop by.

    Raises FormatError for a file that is none or holds too little, OSError. None in all processes but the first.
    """
    found = read(file)
    kept = [one for one in found if assign_part("\n".join((*one.context, one.reply))) == "dev"]
    learned = [one for one in found if assign_part("\n".join((*one.context, one.reply))) != "dev"]
    if len(kept) < 2 or len(learned) < _LEAST:
        raise FormatError(
            f"{file.name} holds {len(found)} exchanges; a generator needs at least {_LEAST} to learn from and two to stop by. "
            "Give more dialogues."
        )
    codec = codec_of(learned, min(VOCABULARY, 300 + 4 * len(learned)))
    ids = sum(len(codec.encode_target(one.reply)) for one in learned)
    # Few dialogues make small batches, or an epoch would be a handful of steps.
    size = min(BATCH, max(100, ids // 50))
    steps = max(20, epochs * ids // size)
    plan = Plan(steps, rate=1.2e-3, warmup=max(1, steps // 20), check_every=max(1, steps // (2 * epochs)), seed=seed)
    plan = replace(plan, device=parallel.choose_device())
    run = paths.runs_dir() / f"mine-{kind}-{digest_of(found)[:12]}-{epochs}-{seed}"
    net, best = train(learned, kept, codec, config_of(kind, len(codec.subword)), plan, size, run)
    if parallel.get_rank():
        return None
    theirs = perplexity_of(ngram_of(learned, codec), [codec.encode_target(one.reply) for one in kept])
    score = _perplexity(
        f"a tenth of {file.name}, {len(kept)} exchanges, which the training was stopped by", best, theirs, codec
    )
    manifest = Manifest(
        name=folder.name,
        version="1",
        trained_on=f"{file.name} ({len(learned)} exchanges, sha256 {digest_of(found)[:12]}, seed {seed})",
        licence="as that of the file",
        limits="What it writes is as good as the dialogues it learned from, and knows no more than they do.",
        scores=(score,),
        train=f"python -m generation train --model {kind} --dialogs FILE",
        tolerance=TOLERANCE,
    )
    return save(net, codec, fluency_of(learned, codec), manifest, folder)


def _perplexity(measured_on: str, ours: float, theirs: float, codec: Codec) -> Score:
    return Score(
        measured_on,
        "perplexity of a subword, lower is better",
        round(ours, 2),
        float(len(codec.subword)),
        round(theirs, 2),
        "modified Kneser-Ney, order 5, trained on the same replies",
    )


def ngram_of(exchanges: Sequence[Exchange], codec: Codec) -> NGram:
    """The n-gram model of the replies, as the codec writes them: what a net must be better than."""
    return NGram.fit(_replies(exchanges, codec), len(codec.subword))


def fluency_of(exchanges: Sequence[Exchange], codec: Codec) -> NGram:
    """The small n-gram model that ships beside a net and tells how usual a reply is: pairs that were seen more than once."""
    return NGram.fit(_replies(exchanges, codec), len(codec.subword), order=2, pruned_from=2)


def _replies(exchanges: Sequence[Exchange], codec: Codec) -> Iterator[list[int]]:
    for one in exchanges:
        ids = codec.encode_target(one.reply)
        # NGram frames each text itself.
        yield ids[:-1] if ids[-1] == EOS else ids


def digest_of(exchanges: Sequence[Exchange]) -> str:
    """The SHA-256 of all that is learned from."""
    digest = hashlib.sha256()
    for one in exchanges:
        digest.update("\n".join((*one.context, one.reply, one.language, one.style)).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()
