"""Remove what a model thinks aloud from a reply that comes in pieces."""

from __future__ import annotations

import re

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "reflection", "seed:think")
_OPENING = (*(f"<{name}>" for name in _NAMES), "◁think▷", "[think]", "<|begin_of_thought|>")
_CLOSING = (*(f"</{name}>" for name in _NAMES), "◁/think▷", "[/think]", "<|end_of_thought|>")
_TAG = re.compile("|".join(re.escape(tag) for tag in (*_OPENING, *_CLOSING)), re.IGNORECASE)
_LONGEST = max(map(len, (*_OPENING, *_CLOSING)))


class ThinkingFilter:
    """Passes on what stands outside of <think> and </think>, however the text is cut into pieces.

    Some servers put the opening tag into the prompt, so that a reply begins inside of it. Therefore `hold` keeps everything back
    until a tag or the end shows how this server does it.

    Attributes:
        thought: How many characters were removed.
        is_unopened: Whether a closing tag came without an opening one.
    """

    def __init__(self, hold: bool = False) -> None:
        self.thought = 0
        self.is_unopened = False
        self._hold = hold
        self._held = ""
        self._rest = ""
        self._is_inside = False

    def feed(self, piece: str) -> str:
        """Return what may be shown now that another piece has come."""
        self._rest += piece
        while tag := _TAG.search(self._rest):
            before, self._rest = self._rest[: tag.start()], self._rest[tag.end() :]
            is_opening = tag[0].lower() in _OPENING
            if self._is_inside:
                self.thought += len(before)
                # A tag that opens again changes nothing.
                self._is_inside = is_opening
            elif is_opening:
                self._is_inside = True
                self._held += before
                # This server opens its tags: what stands outside of them is the reply.
                self._hold = False
            else:
                self.thought += len(self._held) + len(before)
                self._held, self.is_unopened, self._hold = "", True, False
        end = len(self._rest) - _count_begun(self._rest)
        passed, self._rest = self._rest[:end], self._rest[end:]
        if self._is_inside:
            self.thought += len(passed)
        else:
            self._held += passed
        return "" if self._hold else self._release()

    def finish(self) -> str:
        """Return what is still held back at the end of the reply."""
        if self._is_inside:
            self.thought += len(self._rest)
        else:
            self._held += self._rest
        self._rest = ""
        return self._release()

    def _release(self) -> str:
        released, self._held = self._held, ""
        return released


def _count_begun(text: str) -> int:
    """Return how many of the last characters may be the beginning of a tag."""
    for count in range(min(_LONGEST - 1, len(text)), 0, -1):
        end = text[-count:].lower()
        if any(tag.startswith(end) for tag in (*_OPENING, *_CLOSING)):
            return count
    return 0
