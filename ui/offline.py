"""Gradio's Blocks without its habit of fetching, and with a sentence where it would say nothing.

A file that an event brings may only be one that was uploaded.
"""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr


class OfflineBlocks(gr.Blocks):
    """Blocks whose events never make the server ask an address for a file, and never fail without a word."""

    def __init__(self, *, failed: str, **named: Any) -> None:
        """Make the blocks.

        Args:
            failed: What the page says when an event fails for a reason that nobody foresaw.
            named: What gradio's own Blocks take.
        """
        super().__init__(**named)
        self._failed = failed

    async def process_api(self, *given: Any, **named: Any) -> Any:
        """Run an event. Raises gr.Error, always with a sentence for the person; the cause is logged."""
        try:
            return await super().process_api(*given, **named)
        except gr.Error:
            raise
        except Exception as error:
            logging.getLogger(__name__).exception("an event of the page failed")
            raise gr.Error(self._failed, print_exception=False) from error

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **named: Any) -> Any:
        """The inputs of an event, checked. Raises ValueError if one names an address in the place of a file."""
        if address := _address(inputs):
            raise ValueError(f"{address[:100]!r} is an address; expected the path of an uploaded file")
        return await super().preprocess_data(block_fn, inputs, *others, **named)


def _address(value: Any) -> str | None:
    """The first address that stands in the place of a path anywhere in the value."""
    if isinstance(value, dict):
        path = value.get("path")
        if isinstance(path, str) and "://" in path:
            return path
        value = list(value.values())
    if isinstance(value, list):
        return next((found for one in value if (found := _address(one))), None)
    return None
