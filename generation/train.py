"""Train a generator on exchanges and save it as an artifact."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from data import artifact
from data.artifact import Artifact, Manifest
from data.text.clean import fold
from data.text.detokenize import Truecaser
from data.text.padding import pad_rows
from data.text.subword import SubwordTokenizer
from data.text.vocab import BOS, PAD
from data.training.batches import batch_by_tokens
from data.training.export import export, quantize_with_golden
from data.training.loop import Plan, fit
from generation.examples import Exchange
from generation.infer import ENCODER, FLUENCY, STEP
from generation.ngram import NGram
from generation.seq2seq import config as seq2seq_config
from generation.seq2seq import net as seq2seq_net
from generation.tokenizer import MARKS, DialogTokenizer
from generation.transformer import config as transformer_config
from generation.transformer import net as transformer_net

Kind = Literal["seq2seq", "transformer"]
Config = seq2seq_config.Config | transformer_config.Config
Net = seq2seq_net.Seq2Seq | transformer_net.Transformer

BACKWARD = 5
"""Every n-th exchange is also learned backward."""
_OPEN = 0.3
"""The share of sources whose final punctuation is dropped, as many people do not type it."""
_MARKS = "。？！.?!~…"


@dataclass(frozen=True)
class Batch:
    """A batch of training examples.

    Args:
        source: int64 [B, S], padded.
        target: int64 [B, T], with BOS in front.
        wanted: int64 [B, T], the id after each one of target; PAD after the end.
    """

    source: Tensor
    target: Tensor
    wanted: Tensor


def build_tokenizer(exchanges: Sequence[Exchange], size: int) -> DialogTokenizer:
    """Learn at most size subwords from messages and replies.

    Capitals are learned from the English replies.
    """
    texts = (fold(text) for exchange in exchanges for text in (exchange.context[-1], exchange.reply))
    english = (exchange.reply for exchange in exchanges if exchange.language == "en")
    return DialogTokenizer(SubwordTokenizer.build(texts, size, MARKS), Truecaser.build(english))


def build_net(config: Config) -> Net:
    """Return the untrained net of a configuration."""
    if isinstance(config, seq2seq_config.Config):
        return seq2seq_net.Seq2Seq(config)
    return transformer_net.Transformer(config)


def train(
    exchanges: Sequence[Exchange],
    dev: Sequence[Exchange],
    tokenizer: DialogTokenizer,
    config: Config,
    plan: Plan,
    size: int,
    folder: Path,
) -> tuple[Net, float]:
    """Train a net; return the best one, and its perplexity on dev.

    Args:
        exchanges: The training examples.
        dev: The examples that decide when to stop; at most 1500 of them are used.
        tokenizer: Encodes the exchanges.
        config: The sizes of the net.
        plan: How long and how fast to train.
        size: The number of reply ids in a batch.
        folder: Where checkpoints and the log go. After an interruption the same call continues.
    """
    torch.manual_seed(plan.seed)
    net = build_net(config)
    pairs = [tokenizer.encode_forward(exchange) for exchange in exchanges] + [
        tokenizer.encode_backward(exchange) for exchange in exchanges[::BACKWARD]
    ]
    # A truncated reply would teach the net to stop in the middle.
    pairs = [(source, target) for source, target in pairs if len(target) < tokenizer.target]
    lengths = [(len(source), len(target)) for source, target in pairs]
    closing = {id for mark in _MARKS for id in tokenizer.subword.encode(mark)}
    # A sample of long and short ones, which does not depend on the order of the corpus.
    checked = random.Random(plan.seed).sample(dev, min(len(dev), 1500))

    def batches(start: int) -> Iterator[Batch]:
        for step, numbers in enumerate(batch_by_tokens(lengths, size, plan.seed, start), start):
            chance = random.Random(plan.seed * 1_000_003 + step)
            yield build_batch([_drop_closing_mark(pairs[number], closing, chance) for number in numbers], plan.device)

    best = fit(
        net,
        lambda model, batch: compute_loss(model, batch),
        batches,
        lambda model: (
            -measure_net_perplexity(model, [tokenizer.encode_forward(exchange) for exchange in checked], plan.device)
        ),
        plan,
        folder,
    )
    return net, -best


def compute_loss(net: nn.Module, batch: Batch) -> Tensor:
    """Return the mean cross-entropy of the wanted ids, in nats."""
    scores = net(batch.source, batch.target)
    return F.cross_entropy(scores.flatten(0, 1), batch.wanted.flatten(), ignore_index=PAD)


def measure_net_perplexity(
    net: nn.Module, pairs: Sequence[tuple[list[int], list[int]]], device: str = "cpu", size: int = 64
) -> float:
    """Return exp of the mean cross-entropy over all target ids, EOS included."""
    order = sorted(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))
    total, count = 0.0, 0
    for first in range(0, len(order), size):
        batch = build_batch(order[first : first + size], device)
        ids = int((batch.wanted != PAD).sum())
        total += float(compute_loss(net, batch)) * ids
        count += ids
    return math.exp(total / max(1, count))


def build_batch(pairs: Sequence[tuple[list[int], list[int]]], device: str = "cpu") -> Batch:
    """Pad sources and targets to a batch."""
    source = pad_rows([source for source, _ in pairs])
    wanted = pad_rows([target for _, target in pairs])
    target = np.concatenate([np.full((len(pairs), 1), BOS, dtype=np.int64), wanted[:, :-1]], 1)
    return Batch(*(torch.from_numpy(array).to(device) for array in (source, target, wanted)))


def _drop_closing_mark(
    pair: tuple[list[int], list[int]], closing: set[int], chance: random.Random
) -> tuple[list[int], list[int]]:
    source, target = pair
    if len(source) > 4 and source[-2] in closing and chance.random() < _OPEN:
        source = [*source[:-2], source[-1]]
    return source, target


def save(net: Net, tokenizer: DialogTokenizer, ngram: NGram, manifest: Manifest, folder: Path) -> Artifact:
    """Save the net as an artifact of two quantized graphs, encoder and step.

    The n-gram model is saved with it.

    Raises:
        ExportError: onnxruntime and torch do not agree.
    """
    parts = seq2seq_net if isinstance(net, seq2seq_net.Seq2Seq) else transformer_net
    kind = "seq2seq" if parts is seq2seq_net else "transformer"
    source = {
        "source": np.array([tokenizer.encode_source(["你好，今天怎么样？", "not bad, and you"], "zh")], dtype=np.int64)
    }
    encoder, step = parts.Encoder(net), parts.Step(net)
    graph, golden = export(encoder, source, encoder.outputs, encoder.axes, ENCODER)
    state = {name: golden[f"{ENCODER}/out/{name}"] for name in encoder.outputs}
    moving = {name.removesuffix(".next") for name in step.outputs[1:]}
    # Two beams after two steps: an empty past or a beam of one could hide a fixed size in the graph.
    for last in ([BOS], [7, 9]):
        state = {
            name: array.repeat(2, 1) if name in moving and array.ndim > 1 and array.shape[1] < 2 else array
            for name, array in state.items()
        }
        ids = np.array(last * 2, dtype=np.int64)[:2]
        with torch.no_grad():
            made = step(torch.from_numpy(ids), *(torch.from_numpy(state[name]) for name in step.inputs[1:]))
        state |= {
            name.removesuffix(".next"): output.numpy() for name, output in zip(step.outputs[1:], made[1:], strict=True)
        }
    given = {"last": np.array([11, 12], dtype=np.int64), **{name: state[name] for name in step.inputs[1:]}}
    stepped, _ = export(step, given, step.outputs, step.axes, STEP)
    encoding, golden = quantize_with_golden(graph, source, ENCODER)
    stepping, more = quantize_with_golden(stepped, given, STEP, products=True)
    described = replace(manifest, config={"model": kind, **net.config.to_dict()}, codec=tokenizer.to_dict())
    graphs, files = {ENCODER: encoding, STEP: stepping}, {FLUENCY: ngram.to_bytes()}
    return artifact.write(folder, described, graphs, files, {**golden, **more})
