"""Train a captioner: captioned pictures and stored features in, artifact out."""

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
from data.text.padding import pad_rows
from data.text.vocab import EOS
from data.training.batches import batch_by_length
from data.training.export import Arrays, export, quantize_with_golden
from data.training.loop import Plan, fit
from vqa.caption.config import Config
from vqa.caption.infer import ENCODER, STEP
from vqa.caption.neighbours import FILE, Neighbours
from vqa.caption.net import AXES, Attention, Basic, Encoder, Step, build_net, pack_captions
from vqa.caption.tokenizer import Tokenizer, tokenize
from vqa.encoder.feature_store import FeatureStore

Net = Basic | Attention

SMOOTHING = 0.1
"""Label smoothing: the share of the probability spread over all tokens (Szegedy et al. 2016, section 7)."""
CAPTIONS_PER_GROUP = 5
"""Captions of a picture that share a batch, so that its map is projected once for all: the most expensive part."""
VALIDATION_PICTURES = 200
"""The most dev pictures that are captioned for a validation."""


@dataclass(frozen=True)
class Batch:
    """Captions with the features of their pictures.

    features is [P, C, H', W'] or [P, C]. rows is int64 [B], the picture of each caption. inputs and targets are ids, packed
    alike.
    """

    features: Tensor
    rows: Tensor
    inputs: PackedSequence
    targets: Tensor


@dataclass(frozen=True)
class _Group:
    """A picture and some of its captions, each as its language token and its ids."""

    image: str
    captions: tuple[tuple[int, ...], ...]


def build_config(form: str, tokenizer: Tokenizer, features: FeatureStore, **sizes: float) -> Config:
    """Build the config of a form that fits a tokenizer and stored features.

    Raises:
        ValueError: The form is unknown, or the store is empty.
    """
    if not len(features):
        raise ValueError("the store of features is empty; store the pictures first")
    channels = features.load_pooled(features.names[:1]).shape[1]
    given = {"form": form, "vocabulary": len(tokenizer.vocab), "channels": channels, "encoder": features.encoder}
    return Config.from_dict({**given, **sizes})


def train(
    examples: Sequence[CaptionedPicture],
    dev: Sequence[CaptionedPicture],
    features: FeatureStore,
    tokenizer: Tokenizer,
    config: Config,
    plan: Plan,
    batch_size: int,
    folder: Path,
    start: Net | None = None,
) -> tuple[Net, float]:
    """Train a captioner and return the net that is best on dev.

    Args:
        examples: The captioned pictures to train on.
        dev: The captioned pictures to validate on.
        features: The features of both.
        tokenizer: The tokenizer of the captions.
        config: The config of the net.
        plan: The training plan.
        batch_size: The number of captions in a batch.
        folder: Holds checkpoints and log; the same call continues after an interruption.
        start: A net of the same config to train further; by default an untrained one.

    Returns:
        The net, and its score on dev: the BLEU-4 of greedy captions, averaged over the languages.

    Raises:
        ValueError: The config names another encoder than the features.
        FeatureStoreError: A picture has no features.
    """
    if config.encoder != features.encoder:
        raise ValueError(
            f"the captioner reads features of {config.encoder}, but the store has those of {features.encoder}"
        )
    torch.manual_seed(plan.seed)
    net = start or build_net(config)
    groups = _groups(examples, tokenizer, plan.seed)
    pictures = max(1, batch_size // CAPTIONS_PER_GROUP)
    # In an order that does not depend on the corpus.
    checked = random.Random(plan.seed).sample(dev, min(len(dev), VALIDATION_PICTURES))

    def batches(start: int) -> Iterator[Batch]:
        for numbers in batch_by_length([1] * len(groups), pictures, plan.seed, start):
            yield build_batch([groups[number] for number in numbers], features, config, plan.device)

    best = fit(
        net,
        compute_loss,
        batches,
        lambda model: measure_bleu(model, checked, features, tokenizer, plan.device),
        plan,
        folder,
    )
    return net, best


def _groups(examples: Sequence[CaptionedPicture], tokenizer: Tokenizer, seed: int) -> list[_Group]:
    chance = random.Random(seed)
    groups = []
    for example in examples:
        captions = []
        for language, texts in example.captions.items():
            rows = [tokenizer.encode(text, language) for text in texts]
            # A truncated caption would teach the net to stop in the middle.
            captions += [(tokenizer.language_id(language), *row) for row in rows if 1 < len(row) < tokenizer.max_length]
        chance.shuffle(captions)
        groups += [
            _Group(example.image, tuple(captions[first : first + CAPTIONS_PER_GROUP]))
            for first in range(0, len(captions), CAPTIONS_PER_GROUP)
        ]
    return groups


def build_batch(groups: Sequence[_Group], features: FeatureStore, config: Config, device: str = "cpu") -> Batch:
    """Build the batch of these groups, the longest caption first."""
    captions = [(place, ids) for place, group in enumerate(groups) for ids in group.captions]
    captions.sort(key=lambda caption: -len(caption[1]))
    ids = torch.from_numpy(pad_rows([ids for _, ids in captions])).to(device)
    lengths = torch.tensor([len(ids) - 1 for _, ids in captions])
    return Batch(
        _load_inputs(features, [group.image for group in groups], config).to(device),
        torch.tensor([place for place, _ in captions]).to(device),
        pack_captions(ids[:, :-1], lengths),
        pack_captions(ids[:, 1:], lengths).data,
    )


def compute_loss(net: nn.Module, batch: Batch) -> Tensor:
    """Return the mean label-smoothed cross-entropy of the targets, in nats.

    For the attention form, the doubly stochastic term is added, which penalises uneven attention. It is a mean over places, as
    the rest is one over tokens.

    Source:
        Xu et al. 2015, Show, Attend and Tell, equation 14.
    """
    assert isinstance(net, Basic | Attention)
    scores, seen = net(batch.features, batch.rows, batch.inputs)
    loss = F.cross_entropy(scores, batch.targets, label_smoothing=SMOOTHING)
    return loss if seen is None else loss + net.config.coverage * ((1 - seen) ** 2).mean()


def measure_bleu(
    net: nn.Module,
    pictures: Sequence[CaptionedPicture],
    features: FeatureStore,
    tokenizer: Tokenizer,
    device: str = "cpu",
    size: int = 100,
) -> float:
    """Return the BLEU-4 of greedy captions, averaged over the languages.

    A language counts for the pictures that have captions in it.
    """
    scores = []
    for language in LANGUAGES:
        told = [example for example in pictures if example.captions.get(language)]
        made = [
            ids
            for first in range(0, len(told), size)
            for ids in decode_greedy(
                net, [example.image for example in told[first : first + size]], features, tokenizer, language, device
            )
        ]
        wanted = [[tokenize(text, language) for text in example.captions[language]] for example in told]
        if told:
            scores.append(caption_bleu([tokenizer.id_tokens(ids) for ids in made], wanted)[3])
    return sum(scores) / max(1, len(scores))


def decode_greedy(
    net: nn.Module,
    images: Sequence[str],
    features: FeatureStore,
    tokenizer: Tokenizer,
    language: Language,
    device: str = "cpu",
) -> list[list[int]]:
    """Return the ids of a greedy caption of each picture, up to EOS or max_length."""
    assert isinstance(net, Basic | Attention)
    names = (*net.recurrent_names,)
    with torch.no_grad():
        state = dict(
            zip(net.state_names, net.init_state(_load_inputs(features, images, net.config).to(device)), strict=True)
        )
        banned = torch.tensor(tokenizer.suppressed_ids(language), device=device)
        last = torch.full((len(images),), tokenizer.language_id(language), device=device)
        made: list[Tensor] = []
        while len(made) < tokenizer.max_length and not (made and bool((torch.stack(made) == EOS).any(0).all())):
            log_probs, *after = net.step(last, *(state[name] for name in net.state_names))
            state |= dict(zip(names, after, strict=False))
            last = log_probs.index_fill(1, banned, -torch.inf).argmax(-1)
            made.append(last)
    rows = torch.stack(made, 1).tolist()
    return [row[: row.index(EOS)] if EOS in row else row for row in rows]


def _load_inputs(features: FeatureStore, images: Sequence[str], config: Config) -> Tensor:
    read = (
        features.load_pooled(images) if config.input_name == "pooled" else features.load_maps(images).astype(np.float32)
    )
    return torch.from_numpy(read)


def save(
    net: Net,
    tokenizer: Tokenizer,
    manifest: Manifest,
    folder: Path,
    small: bool = True,
    neighbours: Neighbours | None = None,
) -> Artifact:
    """Write the net as an artifact of two graphs, one per picture and one per token.

    Args:
        net: The trained net.
        tokenizer: Its tokenizer.
        manifest: The manifest without config and codec.
        folder: Where the artifact is written.
        small: Whether the graphs are quantized by quantise().
        neighbours: Training photos whose captions support a caption.

    Raises:
        ExportError: onnxruntime does not agree with torch.
    """
    config = net.config
    chance = np.random.default_rng(0)
    shape = (1, config.channels, 3, 4) if config.input_name == "map" else (1, config.channels)
    picture: Arrays = {config.input_name: chance.uniform(0, 2, shape).astype(np.float32)}
    graph, golden = export(
        Encoder(net), picture, net.state_names, _axes("encoder", [config.input_name, *net.state_names]), ENCODER
    )
    state = {name: golden[f"{ENCODER}/out/{name}"] for name in net.state_names}
    # Two beams, since a beam of one would hide a size that is not dynamic.
    state |= {name: np.concatenate([state[name], 0.5 * state[name]]) for name in net.recurrent_names}
    given: Arrays = {
        "last": np.array([tokenizer.language_id("zh"), tokenizer.language_id("en")], dtype=np.int64),
        **state,
    }
    outputs = ["log_probs", *(f"{name}.next" for name in net.recurrent_names), *net.extra_outputs]
    # export() tries one more place in both arrays that have places, and one more beam in those that have beams.
    stepped, more = export(Step(net), given, outputs, _axes("step", [*given, *outputs]), STEP)
    if small:
        graph, golden = quantize_with_golden(graph, picture, ENCODER, weights=True)
        stepped, more = quantize_with_golden(stepped, given, STEP, weights=True)
    described = replace(manifest, config={"model": "caption", **config.to_dict()}, codec=tokenizer.to_dict())
    files = {FILE: neighbours.to_bytes()} if neighbours else {}
    return artifact.write(folder, described, {ENCODER: graph, STEP: stepped}, files, golden={**golden, **more})


def _axes(graph: str, names: Sequence[str]) -> dict[str, dict[int, str]]:
    return {name: axes for name, axes in AXES[graph].items() if name in names}
