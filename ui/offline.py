"""Gradio's Blocks that fetch no address and explain every error.

An event can only refer to files that were uploaded.
"""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from ui.event_queue import WORKERS, EventQueue
from ui.translations import Strings

logger = logging.getLogger(__name__)


class OfflineBlocks(gr.Blocks):
    """Blocks whose events never make the server fetch an address.

    Their queue cannot be filled by one visitor.

    An event that fails shows a sentence.
    """

    def __init__(self, *, words: Strings, **named: Any) -> None:
        """Make the blocks of a page.

        `words` are the texts of its language; the rest is passed to gradio's Blocks.
        """
        super().__init__(**named)
        self._words = words

    def queue(self, *args: Any, **named: Any) -> OfflineBlocks:
        """Set up the queue as gradio does, with `EventQueue` in place of its own."""
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

    @property
    def event_queue(self) -> EventQueue:
        """The queue that `queue` has set up."""
        queue = self._queue
        assert isinstance(queue, EventQueue)
        return queue

    async def process_api(self, *given: Any, **named: Any) -> Any:
        """Run an event.

        Raises:
            gr.Error: The event failed; the text is a sentence for the person. The cause is logged.
        """
        try:
            return await super().process_api(*given, **named)
        except gr.Error:
            raise
        except Exception as error:
            logger.exception("an event of the page failed")
            raise gr.Error(self._words.failed, print_exception=False) from error

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **named: Any) -> Any:
        """Return the inputs of an event, checked.

        Raises:
            gr.Error: The event cannot take the inputs; the text is a sentence for the person.
        """
        try:
            if address := _find_address(inputs):
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


def _find_address(value: Any) -> str | None:
    """Return the first address anywhere in a value where a path is expected."""
    if isinstance(value, dict):
        path = value.get("path")
        if isinstance(path, str) and "://" in path:
            return path
        value = list(value.values())
    if isinstance(value, list):
        return next((found for part in value if (found := _find_address(part))), None)
    return None
