"""The Transformer in torch.

Vaswani et al. 2017, Attention Is All You Need, with normalisation before each part (Xiong et al. 2020) and one table for both
sides and the output (Press and Wolf 2017), which small models with little data need. Letters: B batch, S source, T target,
P positions before, W beam, H heads, D width.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from generation.transformer.config import Config


class Attention(nn.Module):
    """Scaled dot-product attention of several heads (section 3.2)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.heads, self.size = config.heads, config.width // config.heads
        self.query = nn.Linear(config.width, config.width)
        self.key_value = nn.Linear(config.width, 2 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.dropout = config.dropout

    def split(self, projected: Tensor) -> Tensor:
        """Split [B, T, D] into heads [B, H, T, D / H]."""
        return projected.reshape(*projected.shape[:2], self.heads, -1).transpose(1, 2)

    def keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values [B, H, S, D / H] of memory [B, S, D]."""
        keys, values = self.key_value(memory).chunk(2, -1)
        return self.split(keys), self.split(values)

    def project_qkv(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return query, key and value [1, W, H, 1, D / H] of positions x [W, D].

        They take one product instead of two.
        """
        weight = torch.cat([self.query.weight, self.key_value.weight])
        bias = torch.cat([self.query.bias, self.key_value.bias])
        query, key, value = F.linear(x, weight, bias).reshape(1, -1, 3 * self.heads, 1, self.size).chunk(3, 2)
        return query, key, value

    def project_query(self, x: Tensor) -> Tensor:
        """Return the query [1, W, H, 1, D / H] of x [W, D]."""
        projected: Tensor = self.query(x)
        return projected.reshape(1, -1, self.heads, 1, self.size)

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Attend with a query [1, W, H, 1, D / H] to all keys and values [1, 1 or W, H, S, D / H]; return [W, D]."""
        weights = (query @ keys.transpose(-1, -2) / math.sqrt(self.size)).softmax(-1)
        found: Tensor = self.out((weights @ values).reshape(-1, self.heads * self.size))
        return found

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
        """Attend from x [B, T, D] to memory [B, S, D]; mask bool [B, 1, 1, S] is true where there is no padding."""
        keys, values = self.keys_values(memory)
        found = F.scaled_dot_product_attention(
            self.split(self.query(x)),
            keys,
            values,
            attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=causal,
        )
        joined: Tensor = self.out(found.transpose(1, 2).flatten(2))
        return joined


class Layer(nn.Module):
    """Self-attention, cross-attention in the decoder, and a feed-forward layer.

    Each has a residual connection.
    """

    def __init__(self, config: Config, across: bool) -> None:
        super().__init__()
        self.own = Attention(config)
        self.own_norm = nn.LayerNorm(config.width)
        self.across = Attention(config) if across else None
        self.across_norm = nn.LayerNorm(config.width) if across else None
        self.inner = nn.Sequential(
            nn.LayerNorm(config.width),
            nn.Linear(config.width, config.inner),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.inner, config.width),
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Tensor, mask: Tensor | None, memory: Tensor | None = None, seen: Tensor | None = None
    ) -> Tensor:
        """Apply the layer to x [B, T, D]; with memory, self-attention is causal and cross-attention reads memory."""
        normed = self.own_norm(x)
        x = x + self.dropout(self.own(normed, normed, mask, causal=memory is not None))
        if memory is not None and self.across is not None and self.across_norm is not None:
            x = x + self.dropout(self.across(self.across_norm(x), memory, seen))
        made: Tensor = x + self.dropout(self.inner(x))
        return made

    def across_keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return cross-attention keys and values [1, 1, H, S, D / H].

        They are those of one source's memory [1, S, D].
        """
        assert self.across is not None
        keys, values = self.across.keys_values(memory)
        return keys[None], values[None]

    def step(
        self, x: Tensor, across_keys: Tensor, across_values: Tensor, keys: Tensor, values: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Apply the layer to one position x [W, D] after P others.

        Return it with the extended keys and values.
        """
        assert self.across is not None
        assert self.across_norm is not None
        query, key, value = self.own.project_qkv(self.own_norm(x))
        keys, values = torch.cat([keys, key], 3), torch.cat([values, value], 3)
        x = x + self.own.attend(query, keys, values)
        x = x + self.across.attend(self.across.project_query(self.across_norm(x)), across_keys, across_values)
        return x + self.inner(x), keys, values


class Transformer(nn.Module):
    """The whole net: from a source and the target so far to logits of the next id."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.vocabulary, config.width, padding_idx=0)
        self.positions = nn.Embedding(config.max_length, config.width)
        self.encoders = nn.ModuleList(Layer(config, across=False) for _ in range(config.encoders))
        self.decoders = nn.ModuleList(Layer(config, across=True) for _ in range(config.decoders))
        self.encoder_norm = nn.LayerNorm(config.width)
        self.decoder_norm = nn.LayerNorm(config.width)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = nn.Dropout(config.dropout)
        with torch.no_grad():
            self.table.weight.normal_(std=config.width**-0.5)[0] = 0
            self.positions.weight.normal_(std=0.02)

    @property
    def layers(self) -> list[Layer]:
        """Return the layers of the decoder in order."""
        return [layer for layer in self.decoders if isinstance(layer, Layer)]

    def embed(self, ids: Tensor, place: Tensor | None = None) -> Tensor:
        """Embed ids int64 [B, T] at positions 0 to T - 1 as [B, T, D], or ids [W] at one position int64 [1] as [W, D]."""
        places = torch.arange(ids.shape[1], device=ids.device) if place is None else place
        # Section 3.4: the table is shared with the output, whose values are small.
        embedded: Tensor = self.dropout(self.table(ids) * self.config.width**0.5 + self.positions(places))
        return embedded

    def encode(self, source: Tensor, mask: Tensor | None) -> Tensor:
        """Encode a source [B, S] as memory [B, S, D]."""
        x = self.embed(source)
        for layer in self.encoders:
            x = layer(x, mask)
        memory: Tensor = self.encoder_norm(x)
        return memory

    def compute_logits(self, x: Tensor) -> Tensor:
        """Return logits [..., V] of decoder outputs [..., D]."""
        return F.linear(self.decoder_norm(x), self.table.weight, self.bias)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return logits [B, T, V] of the id after each one of target int64 [B, T], given source int64 [B, S] with PAD."""
        seen = (source != 0)[:, None, None, :]
        memory = self.encode(source, seen)
        x = self.embed(target)
        for layer in self.decoders:
            x = layer(x, None, memory, seen)
        return self.compute_logits(x)


class Encoder(nn.Module):
    """The graph that runs once: from a source int64 [1, S] without padding to the inputs of the first step.

    For each decoder layer N these are across_keys.N and across_values.N [1, 1, H, S, D / H], and the empty keys.N and values.N
    [1, 1, H, 0, D / H]; also place [1], which is 0.
    """

    def __init__(self, net: Transformer) -> None:
        super().__init__()
        self.net = net
        self.outputs = ("place", *_state(net))
        self.axes = {"source": {1: "S"}} | {name: {3: "S" if "across" in name else "P"} for name in _state(net)}

    def forward(self, source: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs in their order."""
        memory = self.net.encode(source, None)
        made = [source[0, :1] * 0]
        for layer in self.net.layers:
            keys, values = layer.across_keys_values(memory)
            made += [keys, values, keys[:, :, :, :0], values[:, :, :, :0]]
        return tuple(made)


class Step(nn.Module):
    """The graph of one step: from last int64 [W] and the state to log-probabilities [W, V] and the next state.

    The speed depends on the number of nodes and bytes. So one position has no axis of its own, and the state of each layer is
    a separate input instead of a stacked one.
    """

    def __init__(self, net: Transformer) -> None:
        super().__init__()
        self.net = net
        moving = [name for name in _state(net) if "across" not in name]
        self.inputs = ("last", "place", *_state(net))
        self.outputs = ("log_probs", "place.next", *(f"{name}.next" for name in moving))
        self.axes = {"last": {0: "W"}, "log_probs": {0: "W"}}
        self.axes |= {name: {3: "S"} if "across" in name else {1: "W", 3: "P"} for name in _state(net)}
        self.axes |= {f"{name}.next": {1: "W", 3: "N"} for name in moving}

    def forward(self, last: Tensor, place: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs in their order."""
        x = self.net.embed(last, place)
        made = [place + 1]
        for number, layer in enumerate(self.net.layers):
            x, keys, values = layer.step(x, *state[4 * number : 4 * number + 4])
            made += [keys, values]
        return self.net.compute_logits(x).log_softmax(-1), *made


def _state(net: Transformer) -> tuple[str, ...]:
    """Return the names of the state of each decoder layer."""
    kinds = ("across_keys", "across_values", "keys", "values")
    return tuple(f"{kind}.{number}" for number in range(len(net.layers)) for kind in kinds)
