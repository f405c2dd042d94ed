"""Training a captioner: captioned pictures and their stored features in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from data import artifact
from data.artifact import Artifact, Manifest
from data.metrics.caption_bleu import caption_bleu
from data.records import LANGUAGES, CaptionedPicture, Language
from data.text.vocab import EOS
from data.training.batches import batch_by_length
from data.training.export import Arrays, export, quantize_with_golden
from data.training.loop import Plan, fit
from vqa.caption.codec import Codec, padded, tokens
from vqa.caption.config import Config
from vqa.caption.infer import ENCODER, STEP
from vqa.caption.net import AXES, Attention, Basic, Encoder, Step, net_of, packed
from vqa.encoder.store import Store

Net = Basic | Attention

SMOOTHING = 0.1
"""The share of the probability that is spread over all tokens (Szegedy et al. 2016, section 7)."""
TOGETHER = 5
"""So many captions of a picture are learned at once: its map, the dearest part, is then brought to annotations once for all."""
CHECKED = 200
"""The most dev pictures that captions are written for at a check."""


@dataclass(frozen=True)
class Batch:
    """features [P, C, H', W'] or [P, C]; rows int64 [B], the picture of each caption; given and wanted ids, packed alike."""

    features: Tensor
    rows: Tensor
    given: PackedSequence
    wanted: Tensor


@dataclass(frozen=True)
class _Group:
    """A picture and some of its captions, each as the mark of its language and its ids."""

    image: str
    captions: tuple[tuple[int, ...], ...]


def config_of(form: str, codec: Codec, features: Store, **sizes: float) -> Config:
    """The config of a form that fits a codec and stored features. Raises ValueError for an unknown form or an empty store."""
    if not len(features):
        raise ValueError("the store of features is empty; store the pictures first")
    channels = features.pooled(features.names[:1]).shape[1]
    given = {"form": form, "vocabulary": len(codec.vocab), "channels": channels, "encoder": features.encoder}
    return Config.from_dict({**given, **sizes})


def train(
    examples: Sequence[CaptionedPicture],
    dev: Sequence[CaptionedPicture],
    features: Store,
    codec: Codec,
    config: Config,
    plan: Plan,
    size: int,
    folder: Path,
) -> tuple[Net, float]:
    """The trained net, the best on dev, and its score there: the BLEU-4 of greedy captions, the mean of the languages.

    Batches hold size captions. Checkpoints and log go into folder; the same call goes on after an interruption. Raises
    ValueError if config is of another encoder than the features, StoreError if these lack a picture.
    """
    if config.encoder != features.encoder:
        raise ValueError(f"the captioner reads features of {config.encoder}, stored are those of {features.encoder}")
    torch.manual_seed(plan.seed)
    net = net_of(config)
    groups = _groups(examples, codec, plan.seed)
    pictures = max(1, size // TOGETHER)
    # In an order that does not depend on the corpus.
    checked = random.Random(plan.seed).sample(dev, min(len(dev), CHECKED))

    def batches(start: int) -> Iterator[Batch]:
        for numbers in batch_by_length([1] * len(groups), pictures, plan.seed, start):
            yield batch_of([groups[number] for number in numbers], features, config, plan.device)

    best = fit(net, loss_of, batches, lambda model: bleu(model, checked, features, codec, plan.device), plan, folder)
    return net, best


def _groups(examples: Sequence[CaptionedPicture], codec: Codec, seed: int) -> list[_Group]:
    chance = random.Random(seed)
    groups = []
    for one in examples:
        captions = []
        for language, texts in one.captions.items():
            rows = [codec.encode(text, language) for text in texts]
            # A caption that was cut off teaches to stop in the middle.
            captions += [(codec.mark(language), *row) for row in rows if 1 < len(row) < codec.longest]
        chance.shuffle(captions)
        groups += [
            _Group(one.image, tuple(captions[first : first + TOGETHER])) for first in range(0, len(captions), TOGETHER)
        ]
    return groups


def batch_of(groups: Sequence[_Group], features: Store, config: Config, device: str = "cpu") -> Batch:
    """The captions of these groups, the longest first, with the features of their pictures."""
    captions = [(place, ids) for place, group in enumerate(groups) for ids in group.captions]
    captions.sort(key=lambda one: -len(one[1]))
    ids = torch.from_numpy(padded([ids for _, ids in captions])).to(device)
    lengths = torch.tensor([len(ids) - 1 for _, ids in captions])
    return Batch(
        _read(features, [group.image for group in groups], config).to(device),
        torch.tensor([place for place, _ in captions]).to(device),
        packed(ids[:, :-1], lengths),
        packed(ids[:, 1:], lengths).data,
    )


def loss_of(net: nn.Module, batch: Batch) -> Tensor:
    """The mean cross-entropy of the wanted ids, smoothed, in nats; for the attention form also how unevenly it looked: the doubly
    stochastic term (Xu et al. 2015, equation 14), a mean over places as the rest is one over tokens.
    """
    assert isinstance(net, Basic | Attention)
    scores, seen = net(batch.features, batch.rows, batch.given)
    loss = F.cross_entropy(scores, batch.wanted, label_smoothing=SMOOTHING)
    return loss if seen is None else loss + net.config.coverage * ((1 - seen) ** 2).mean()


def bleu(
    net: nn.Module,
    pictures: Sequence[CaptionedPicture],
    features: Store,
    codec: Codec,
    device: str = "cpu",
    size: int = 100,
) -> float:
    """The BLEU-4 of the captions that greedy search writes of the pictures, the mean of the languages they have captions in."""
    scores = []
    for language in LANGUAGES:
        told = [one for one in pictures if one.captions.get(language)]
        made = [
            ids
            for first in range(0, len(told), size)
            for ids in greedy(net, [one.image for one in told[first : first + size]], features, codec, language, device)
        ]
        wanted = [[tokens(text, language) for text in one.captions[language]] for one in told]
        if told:
            scores.append(caption_bleu([codec.tokens(ids) for ids in made], wanted)[3])
    return sum(scores) / max(1, len(scores))


def greedy(
    net: nn.Module, images: Sequence[str], features: Store, codec: Codec, language: Language, device: str = "cpu"
) -> list[list[int]]:
    """The ids of a caption of each picture, the likeliest after the likeliest, up to EOS or longest."""
    assert isinstance(net, Basic | Attention)
    names = (*net.moving,)
    with torch.no_grad():
        state = dict(zip(net.state, net.start(_read(features, images, net.config).to(device)), strict=True))
        banned = torch.tensor(codec.unwritten(language), device=device)
        last = torch.full((len(images),), codec.mark(language), device=device)
        made: list[Tensor] = []
        while len(made) < codec.longest and not (made and bool((torch.stack(made) == EOS).any(0).all())):
            log_probs, *after = net.step(last, *(state[name] for name in net.state))
            state |= dict(zip(names, after, strict=False))
            last = log_probs.index_fill(1, banned, -torch.inf).argmax(-1)
            made.append(last)
    rows = torch.stack(made, 1).tolist()
    return [row[: row.index(EOS)] if EOS in row else row for row in rows]


def _read(features: Store, images: Sequence[str], config: Config) -> Tensor:
    read = features.pooled(images) if config.reads == "pooled" else features.maps(images).astype(np.float32)
    return torch.from_numpy(read)


def save(net: Net, codec: Codec, manifest: Manifest, folder: Path, small: bool = True) -> Artifact:
    """The net as an artifact of two graphs, one for the picture and one for each token; with small, as quantise() makes them.

    Raises ExportError if onnxruntime does not agree with torch.
    """
    config = net.config
    chance = np.random.default_rng(0)
    shape = (1, config.channels, 3, 4) if config.reads == "map" else (1, config.channels)
    picture: Arrays = {config.reads: chance.uniform(0, 2, shape).astype(np.float32)}
    graph, golden = export(Encoder(net), picture, net.state, _axes("encoder", [config.reads, *net.state]), ENCODER)
    state = {name: golden[f"{ENCODER}/out/{name}"] for name in net.state}
    # Two beams: a beam of one would hide a size that is not free.
    state |= {name: np.concatenate([state[name], 0.5 * state[name]]) for name in net.moving}
    given: Arrays = {"last": np.array([codec.mark("zh"), codec.mark("en")], dtype=np.int64), **state}
    outputs = ["log_probs", *(f"{name}.next" for name in net.moving), *net.shown]
    # One place more in both arrays that have places, one beam more in those that have beams.
    stepped, more = export(Step(net), given, outputs, _axes("step", [*given, *outputs]), STEP)
    if small:
        graph, golden = quantize_with_golden(graph, picture, ENCODER)
        stepped, more = quantize_with_golden(stepped, given, STEP)
    described = replace(manifest, config={"model": "caption", **config.to_dict()}, codec=codec.to_dict())
    return artifact.write(folder, described, {ENCODER: graph, STEP: stepped}, golden={**golden, **more})


def _axes(graph: str, names: Sequence[str]) -> dict[str, dict[int, str]]:
    return {name: axes for name, axes in AXES[graph].items() if name in names}
