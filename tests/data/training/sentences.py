"""Eight sentences and a tiny net that learns them by heart: what the tests of training share."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from data.text.tokenizer import TextTokenizer
from data.text.vocab import Vocab

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

from torch import nn

from data.training.batches import batch_by_length
from data.training.loop import Plan

TEXTS = [
    "这部电影真好看",
    "我很喜欢这本书",
    "味道太差了",
    "再也不买了",
    "what a lovely film",
    "I like this book",
    "awful taste",
    "never again",
]
LABELS = [1, 1, 0, 0, 1, 1, 0, 0]
PLAN = Plan(steps=120, rate=0.05, warmup=5, check_every=15, seed=3)


class Net(nn.Module):
    """Mean of embeddings, one layer."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, 16, padding_idx=0)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(16, 2)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        there = (ids != 0).float().unsqueeze(-1)
        mean = (self.embed(ids) * there).sum(1) / there.sum(1).clamp(min=1)
        logits: torch.Tensor = self.out(self.drop(mean))
        return logits


Example = tuple[torch.Tensor, torch.Tensor]


class Task:
    """The eight sentences, ready for fit."""

    def __init__(self) -> None:
        drafts = TextTokenizer(Vocab.build([], 4), "grams", 40)
        self.codec = replace(drafts, vocab=Vocab.build((drafts.tokenize(text) for text in TEXTS), 500))
        torch.manual_seed(7)
        self.net = Net(len(self.codec.vocab))

    def batches(self, start: int) -> Iterator[Example]:
        for numbers in batch_by_length([len(text) for text in TEXTS], 4, 3, start):
            ids, _ = self.codec.encode([TEXTS[number] for number in numbers])
            yield torch.from_numpy(ids), torch.tensor([LABELS[number] for number in numbers])

    @staticmethod
    def loss(net: nn.Module, batch: Example) -> torch.Tensor:
        return nn.functional.cross_entropy(net(batch[0]), batch[1])

    def score(self, net: nn.Module) -> float:
        ids, _ = self.codec.encode(TEXTS)
        return float((net(torch.from_numpy(ids)).argmax(1) == torch.tensor(LABELS)).float().mean())
