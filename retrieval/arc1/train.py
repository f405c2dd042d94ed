"""Training of an ARC-I: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data import artifact
from data.artifact import Artifact, Manifest
from data.text.segment import words
from data.text.vocab import Vocab
from data.training.export import export, quantize_with_golden
from retrieval import matcher_training
from retrieval.arc1.config import Config
from retrieval.arc1.net import ARC1
from retrieval.arc1.tokenizer import PairTokenizer
from retrieval.examples import Example
from retrieval.matcher_training import NEGATIVES, Task, TrainedMatcher
from retrieval.postings import Floats


@dataclass(frozen=True)
class Batch:
    """Queries and replies, both int64 [B * (1 + NEGATIVES), max_words].

    The right reply of each query comes first.
    """

    queries: Tensor
    replies: Tensor


def build_vocabulary(examples: Sequence[Example], also: Sequence[str], most: int = 30_000) -> Vocab:
    """Build the vocabulary: frequent words of the examples, then words with a vector.

    It begins with the special tokens and has at most `most` entries. A word that no example holds still means something,
    because it begins with a vector.
    """
    texts = (text for example in examples for text in (*example.context, example.right, *example.wrong))
    own = Vocab.build((words(text) for text in texts), most).tokens
    held = set(own)
    return Vocab((*own, *(word for word in also if word not in held))[:most])


def train(
    task: Task, config: Config, vocab: Vocab, vector: Callable[[str], Floats | None], small: bool = False
) -> TrainedMatcher:
    """Train an ARC-I; with small, it is saved in eight bits.

    Args:
        task: The examples and the plan.
        config: The size of the net.
        vocab: The words that it knows.
        vector: Returns the vector float32 [config.size] that a word begins with, or None.
        small: Whether to quantize.

    Source: Hu et al. 2014, section 4: the hinge loss with margin 1.
    """
    tokenizer = PairTokenizer(vocab, config.max_words)

    def build() -> ARC1:
        net = ARC1(config)
        chance = np.random.default_rng(task.plan.seed)
        found = [vector(word) for word in vocab.tokens]
        first = [chance.normal(0, config.size**-0.5, config.size) if one is None else one for one in found]
        net.load_embeddings(torch.from_numpy(np.stack(first).astype(np.float32)))
        return net

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, NEGATIVES)
        rows = [
            tokenizer.encode(one.context[-1], [one.right, *others]) for one, others in zip(chosen, wrong, strict=True)
        ]
        queries, replies = (np.concatenate([row[name] for row in rows]) for name in ("query", "reply"))
        return Batch(torch.from_numpy(queries), torch.from_numpy(replies))

    def loss_of(net: ARC1, batch: Batch) -> Tensor:
        return matcher_training.hinge_loss(net(batch.queries, batch.replies))

    def compute(net: ARC1, context: Sequence[str], candidates: Sequence[str]) -> Tensor:
        ids = tokenizer.encode(context[-1], candidates)
        scores: Tensor = net(*(torch.from_numpy(ids[name]) for name in ("query", "reply")))
        return scores

    return matcher_training.train(
        task, "arc1", build, collate, loss_of, compute, partial(_save, tokenizer, config, small)
    )


def _save(
    tokenizer: PairTokenizer, config: Config, small: bool, net: ARC1, manifest: Manifest, folder: Path
) -> Artifact:
    """Write the net as an artifact of one graph, net.onnx."""
    given = dict(tokenizer.encode("什么是 LSTM what is it", ["LSTM 是一种循环网络", "a kind of network"]))
    free = {name: {0: "B"} for name in ("query", "reply", "score")}
    graph, golden = export(net, given, ["score"], free)
    if small:
        graph, golden = quantize_with_golden(graph, given)
    described = replace(manifest, config={"model": "arc1", **config.to_dict()}, codec=tokenizer.to_dict())
    return artifact.write(folder, described, {"net.onnx": graph}, golden=golden)
