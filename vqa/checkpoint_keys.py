"""Checkpoint keys that differ from the attribute names of a net, so that checkpoints already on disk keep loading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn


def keep_checkpoint_keys(net: nn.Module, stored: Mapping[str, str]) -> None:
    """Make state_dict() and load_state_dict() of the net use stored key names in place of attribute names.

    Args:
        net: The net whose attributes were renamed after checkpoints had been written.
        stored: The key prefix on disk of each renamed attribute, such as {"batch_norm": "even"}.
    """
    current = {old: new for new, old in stored.items()}

    def write(_: nn.Module, state: dict[str, Any], prefix: str, __: Any) -> None:
        _rename(state, prefix, stored)

    def read(_: nn.Module, state: dict[str, Any], prefix: str, *__: Any) -> None:
        _rename(state, prefix, current)

    net.register_state_dict_post_hook(write)  # type: ignore[no-untyped-call]
    net.register_load_state_dict_pre_hook(read)  # type: ignore[no-untyped-call]


def _rename(state: dict[str, Any], prefix: str, names: Mapping[str, str]) -> None:
    # In place, since torch passes its own dictionary, and in the same order, which the ONNX exporter relies on.
    items = list(state.items())
    state.clear()
    for key, value in items:
        attribute, dot, rest = key.removeprefix(prefix).partition(".")
        renamed = f"{prefix}{names.get(attribute, attribute)}{dot}{rest}" if key.startswith(prefix) else key
        state[renamed] = value
