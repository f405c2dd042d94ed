"""Gradio's Blocks without its habit of fetching, and with a sentence where it would say nothing.

A file that an event brings may only be one that was uploaded.
"""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from ui.event_queue import WORKERS, EventQueue
from ui.strings import Strings

logger = logging.getLogger(__name__)


class OfflineBlocks(gr.Blocks):
    """Blocks whose events never make the server ask an address for a file, in a queue that no visitor can fill.

    An event that fails says so in a sentence.
    """

    def __init__(self, *, words: Strings, **named: Any) -> None:
        """Make the blocks of a page in the language of the words; the rest is what gradio's own Blocks take."""
        super().__init__(**named)
        self._words = words

    def queue(self, *args: Any, **named: Any) -> OfflineBlocks:
        """Set up the queue as Gradio does, with this application's in the place of Gradio's."""
        super().queue(*args, **named)
        given = self._queue
        self._queue = EventQueue(
            live_updates=given.live_updates,
            concurrency_count=WORKERS,
            update_intervals=given.update_intervals,
            max_size=given.max_size,
            blocks=self,
            default_concurrency_limit=given.default_concurrency_limit,
        )
        return self

    async def process_api(self, *given: Any, **named: Any) -> Any:
        """Run an event. Raises gr.Error, always with a sentence for the person; the cause is logged."""
        try:
            return await super().process_api(*given, **named)
        except gr.Error:
            raise
        except Exception as error:
            logger.exception("an event of the page failed")
            raise gr.Error(self._words.failed, print_exception=False) from error

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **named: Any) -> Any:
        """Return the inputs of an event, checked. Raises gr.Error with a sentence for what the event cannot take."""
        try:
            if address := _address(inputs):
                raise ValueError(f"{address[:100]!r} is an address; expected the path of an uploaded file")
            values = await super().preprocess_data(block_fn, inputs, *others, **named)
        except gr.Error:
            raise
        except Exception as error:
            logger.info("an event was given what it cannot take: %s", error)
            raise gr.Error(self._words.bad_input, print_exception=False) from error
        return [
            "" if value is None and isinstance(block, gr.Textbox) else value
            for block, value in zip(block_fn.inputs, values, strict=True)
        ]


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
