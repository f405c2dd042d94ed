"""The recurrent encoder-decoder in torch.

A bidirectional gated recurrent unit encodes the source, another one decodes (Cho et al. 2014, section 2.3; Bahdanau et al. 2015,
section 3.2) and attends to the source by general global attention (Luong et al. 2015, section 3.1, equations 5 to 8, without
input feeding, so that all positions of a target are computed at once). One table serves both sides and the output (Press
and Wolf 2017). Letters: B batch, S source, T target, W beam, D width, H state.
"""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from generation.seq2seq.config import Config


class Seq2Seq(nn.Module):
    """The whole net: from a source and the target so far to logits of the next id."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        half = config.hidden // 2
        self.table = nn.Embedding(config.vocabulary, config.width, padding_idx=0)
        self.reader = nn.GRU(config.width, half, batch_first=True, bidirectional=True)
        self.writer = nn.GRU(config.width, config.hidden, batch_first=True)
        self.bridge = nn.Linear(config.hidden, config.hidden)
        self.general = nn.Linear(config.hidden, config.hidden, bias=False)
        self.combined = nn.Linear(2 * config.hidden, config.width)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = nn.Dropout(config.dropout)
        with torch.no_grad():
            self.table.weight.normal_(std=0.1)[0] = 0

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return memory [B, S, H] and first state [1, B, H] of source int64 [B, S].

        lengths int64 [B] is needed for a padded source.
        """
        embedded = self.dropout(self.table(source))
        if lengths is None:
            memory, last = self.reader(embedded)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
            read, last = self.reader(packed)
            memory, _ = nn.utils.rnn.pad_packed_sequence(read, batch_first=True, total_length=source.shape[1])
        return memory, torch.tanh(self.bridge(torch.cat([last[0], last[1]], -1)))[None]

    def attend(self, states: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return attentional vectors [B, T, D] of states [B, T, H] over memory.

        Memory is [B or 1, S, H].

        mask bool [B, 1, S] is true where the source is not padding.
        """
        weights = self.general(states) @ memory.transpose(1, 2)
        if mask is not None:
            weights = weights.masked_fill(~mask, -torch.inf)
        found = weights.softmax(-1) @ memory
        return torch.tanh(self.combined(torch.cat([found, states], -1)))

    def compute_logits(self, attended: Tensor) -> Tensor:
        """Return logits [..., V] of attentional vectors [..., D]."""
        return F.linear(attended, self.table.weight, self.bias)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return logits [B, T, V] of the id after each one of target int64 [B, T], given source int64 [B, S] with PAD."""
        mask = source != 0
        memory, first = self.encode(source, mask.sum(1))
        states, _ = self.writer(self.dropout(self.table(target)), first)
        return self.compute_logits(self.dropout(self.attend(states, memory, mask[:, None, :])))


class Encoder(nn.Module):
    """The graph that runs once: from a source int64 [1, S] to memory [1, S, H] and the first state [1, 1, H]."""

    outputs = ("memory", "hidden")
    axes: ClassVar = {"source": {1: "S"}, "memory": {1: "S"}}

    def __init__(self, net: Seq2Seq) -> None:
        super().__init__()
        self.net = net

    def forward(self, source: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs in their order."""
        return self.net.encode(source)


class Step(nn.Module):
    """The graph of one step: from last int64 [W] and the state to log-probabilities [W, V] and the next state."""

    inputs = ("last", "memory", "hidden")
    outputs = ("log_probs", "hidden.next")
    axes: ClassVar = {
        "last": {0: "W"},
        "memory": {1: "S"},
        "hidden": {1: "W"},
        "log_probs": {0: "W"},
        "hidden.next": {1: "W"},
    }

    def __init__(self, net: Seq2Seq) -> None:
        super().__init__()
        self.net = net

    def forward(self, last: Tensor, memory: Tensor, hidden: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs in their order."""
        states, hidden = self.net.writer(self.net.table(last[:, None]), hidden)
        return self.net.compute_logits(self.net.attend(states, memory)[:, 0]).log_softmax(-1), hidden
