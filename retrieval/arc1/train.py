"""Training an ARC-I: examples in, artifact out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data import artifact
from data.artifact import Artifact, Manifest
from data.records import Selection
from data.text.segment import words
from data.text.vocab import Vocab
from data.training.export import export, quantize_with_golden
from data.training.loop import Plan
from retrieval import matcher_training
from retrieval.arc1.config import Config
from retrieval.arc1.net import ARC1
from retrieval.arc1.tokenizer import PairTokenizer
from retrieval.examples import Example
from retrieval.postings import Floats

_WRONG = 4


@dataclass(frozen=True)
class Batch:
    """Queries and replies, both int64 [B * (1 + negatives), max_words].

    The right reply of each query comes first.
    """

    queries: Tensor
    replies: Tensor


@dataclass(frozen=True)
class Evaluated:
    """The net under training, as it will score when it serves."""

    net: ARC1
    tokenizer: PairTokenizer
    name: str = "arc1"

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        """Return the score of each candidate as a reply to the last turn."""
        given = self.tokenizer.encode(context[-1], candidates)
        with torch.no_grad():
            made: Floats = self.net(*(torch.from_numpy(given[name]) for name in ("query", "reply"))).numpy()
        return made


def build_vocabulary(examples: Sequence[Example], also: Sequence[str], most: int = 30_000) -> Vocab:
    """Build the vocabulary: frequent words of the examples, then words with a vector.

    It begins with the special tokens and has at most `most` entries. A word that no example holds still means something,
    because it begins with a vector.
    """
    texts = (text for one in examples for text in (*one.context, one.right, *one.wrong))
    own = Vocab.build((words(text) for text in texts), most).tokens
    held = set(own)
    return Vocab((*own, *(word for word in also if word not in held))[:most])


def train(
    examples: Sequence[Example],
    dev: Sequence[Selection],
    tokenizer: PairTokenizer,
    config: Config,
    vector: Callable[[str], Floats | None],
    plan: Plan,
    size: int,
    folder: Path,
) -> tuple[ARC1, float]:
    """Train a net; return the best one on dev, and its mean average precision there.

    The loss is the hinge with margin 1 (Hu et al. 2014, section 4). vector gives the word vectors float32 [config.size] that
    it begins with, or None for a word without one.
    """
    torch.manual_seed(plan.seed)
    net = ARC1(config)
    chance = np.random.default_rng(plan.seed)
    found = [vector(word) for word in tokenizer.vocab.tokens]
    first = [chance.normal(0, config.size**-0.5, config.size) if one is None else one for one in found]
    net.load_embeddings(torch.from_numpy(np.stack(first).astype(np.float32)))

    def collate(chosen: list[Example], chance: random.Random) -> Batch:
        wrong = matcher_training.sample_negatives(chosen, chance, _WRONG)
        rows = [
            tokenizer.encode(one.context[-1], [one.right, *others]) for one, others in zip(chosen, wrong, strict=True)
        ]
        queries, replies = (np.concatenate([row[name] for row in rows]) for name in ("query", "reply"))
        return Batch(torch.from_numpy(queries), torch.from_numpy(replies))

    def loss_of(model: ARC1, batch: Batch) -> Tensor:
        scores = model(batch.queries, batch.replies).view(-1, 1 + _WRONG)
        return torch.relu(1 - scores[:, :1] + scores[:, 1:]).mean()

    best = matcher_training.train(
        net, examples, dev, collate, loss_of, lambda model: Evaluated(model, tokenizer), plan, size, folder
    )
    return net, best


def save(
    net: ARC1, tokenizer: PairTokenizer, config: Config, manifest: Manifest, folder: Path, small: bool
) -> Artifact:
    """Write the net as an artifact of one graph, net.onnx; with small, in eight bits."""
    given = dict(tokenizer.encode("什么是 LSTM what is it", ["LSTM 是一种循环网络", "a kind of network"]))
    free = {name: {0: "B"} for name in ("query", "reply", "score")}
    graph, golden = export(net, given, ["score"], free)
    if small:
        graph, golden = quantize_with_golden(graph, given)
    described = replace(manifest, config={"model": "arc1", **config.to_dict()}, codec=tokenizer.to_dict())
    return artifact.write(folder, described, {"net.onnx": graph}, golden=golden)
