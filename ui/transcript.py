"""Turns as the chat component wants them, and the way back from what a person clicked to the turn."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Any

import gradio as gr

from bot.types import Candidate, Evidence, Reply, Turn, Verdict
from retrieval.calibration import START
from ui.reply_footer import build_footer
from ui.strings import Strings

Row = dict[str, Any]

# The chat component puts every text into the page as HTML, also where Markdown is off. A word joiner behind "<" or "&" makes
# it a plain character to the HTML parser (13.2.5.6 "Tag open state": anything but a letter, "/", "!" or "?"), looks like
# nothing, and unlike an entity does not turn up when the text is copied into another field or edited.
_JOINER = "\u2060"
_SHOWN = 5
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=[#A-Za-z])")


def harmless(text: str) -> str:
    """The text so that it is shown as it is, whatever HTML it holds.

    >>> harmless("a < b & c"), harmless("<b>").replace(_JOINER, "|"), harmless("&lt;").replace(_JOINER, "|")
    ('a < b & c', '<|b>', '&|lt;')
    """
    text = _TAG.sub("<" + _JOINER, text)
    return _ENTITY.sub("&" + _JOINER, text) if html.unescape(text) != text else text


def typed(text: str) -> str:
    """The text as it was before `harmless`."""
    return text.replace(_JOINER, "")


def rows(turns: Sequence[Turn], conversation: str, words: Strings) -> list[Row]:
    """The messages that show the turns: what was said, what was answered, what can be done next, and folded under it why."""
    made: list[Row] = []
    for turn in turns:
        made.extend(said(turn.message.text, turn.message.picture, conversation))
        made.append(build_text_row("assistant", turn.reply.text))
        if footer := build_footer(turn, words):
            made.append(footer)
        if turn.reply.candidates or turn.reply.verdict or turn.reply.kind == "unknown":
            made.append(why(turn.reply, words))
        if looked(turn.reply):
            made.append(where(turn, conversation, words))
    return made


def build_text_row(role: str, text: str) -> Row:
    """Build the message that shows the text as it is."""
    # Not the bare text: the chat component would take the indentation off it and make spaces of its tabs.
    return {"role": role, "content": {"type": "text", "text": harmless(text)}}


def list_feedback(turns: Sequence[Turn]) -> list[str | None]:
    """List which thumb is shown under each reply, in the words of the chat component; None where there is none."""
    return [None if turn.liked is None else "Like" if turn.liked else "Dislike" for turn in turns]


def said(text: str, picture: str | None, conversation: str) -> list[Row]:
    """The messages of what a person sent: the picture, then the text."""
    made: list[Row] = []
    if picture:
        # Both names are our own random ones, so this is the only HTML there is, and none of it was typed by anybody.
        made.append(
            {"role": "user", "content": gr.HTML(f'<img class="sent" alt="" src="/picture/{conversation}/{picture}">')}
        )
    if text.strip() or not picture:
        made.append(build_text_row("user", text))
    return made


def why(reply: Reply, words: Strings) -> Row:
    """The folded message that explains a reply: candidates, scores, entries, shares and milliseconds."""
    total = reply.timings.get("total")
    title = words.why
    if reply.chosen is not None:
        chosen = reply.candidates[reply.chosen]
        title += f" · {harmless(_origin(chosen.evidence, words))} · {_sureness(chosen):.0%}"
    if total is not None:
        title += f" · {total:.0f} ms"
    return {**build_text_row("assistant", explanation(reply, words)), "metadata": {"title": title, "status": "done"}}


def _sureness(chosen: Candidate) -> float:
    """How probable it is that the reply is right. The score of one about a picture only says that the picture was meant."""
    found = chosen.evidence.alternatives
    return next((sure for text, sure in found if text in chosen.text), found[0][1]) if found else chosen.score


def looked(reply: Reply) -> bool:
    """Whether the reply rests on a picture."""
    return reply.chosen is not None and reply.candidates[reply.chosen].evidence.picture is not None


def where(turn: Turn, conversation: str, words: Strings) -> Row:
    """The folded message that shows where in the picture was looked; it is drawn when somebody unfolds it."""
    # The id and the number are our own, and so is the sentence; what was chosen is part of the address, since a retry changes it.
    address = f"/overlay/{conversation}/{turn.number}-{turn.reply.chosen}.png"
    image = f'<img class="looked" loading="lazy" alt="{html.escape(words.looked_alt)}" src="{address}">'
    return {
        "role": "assistant",
        "content": gr.HTML(image, padding=False),
        "metadata": {"title": words.looked, "status": "done"},
    }


def explanation(reply: Reply, words: Strings) -> str:
    """Why the reply was given, as lines of plain text."""
    lines = [_found(reply.verdict, words), ""] if reply.verdict else []
    if not reply.candidates:
        return lines[0] if lines else words.nothing_found
    lines.append(words.candidates)
    for place, candidate in enumerate(reply.candidates[:_SHOWN]):
        mark = f"  ✓ {words.chosen}" if place == reply.chosen else ""
        evidence = candidate.evidence
        lines.append(f"{candidate.score:6.1%}  {evidence.question or candidate.text[:40]}{mark}")
        bar = "█" * round(candidate.score * 10) or "▏"
        entry = f"{words.from_entry} {evidence.entry} · " if evidence.entry else ""
        lines.append(f"{'':6}  {bar} {entry}{_origin(evidence, words)}")
    shown = reply.candidates[reply.chosen or 0]
    if shown.evidence.alternatives:
        lines += ["", words.alternatives]
        for text, probability in shown.evidence.alternatives:
            bar = "█" * round(probability * 20) or "▏"
            lines.append(f"{probability:6.1%}  {bar} {text}")
    lines += _explain_score(shown, words)
    spent = [f"{words.stages.get(stage, stage)} {took:.1f} ms" for stage, took in reply.timings.items()]
    lines += ["", f"{words.times}  " + "  ".join(spent)]
    return "\n".join(lines)


def _explain_score(shown: Candidate, words: Strings) -> list[str]:
    """List the start, the strong shares and the rest in log-odds, and their sum with the probability that it makes.

    The numbers are rounded so that those that are shown add up to the sum that is shown, to the last digit.
    """
    features = shown.evidence.features
    strong = sorted((item for item in features.items() if abs(item[1]) >= 0.01), key=lambda item: -abs(item[1]))
    strong.sort(key=lambda item: item[0] != START)
    if not strong:
        return []
    most = max(abs(share) for _, share in strong)
    # Filled up with a sign of the same width, which a space is not in every font.
    lines = [
        f"{share:+6.2f}  {'█' * round(10 * abs(share) / most):▁<10}  {words.features.get(name, name)}"
        for name, share in strong
    ]
    total = sum(features.values())
    # Replies that were stored before the start was, and scores that are no sum, have nothing to check.
    if abs(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) - shown.score) < 0.001:
        rest = round(total, 2) - sum(round(share, 2) for _, share in strong)
        if abs(rest) >= 0.005:
            lines.append(f"{rest:+6.2f}  {'':▁<10}  {words.other_shares}")
        lines.append(f"{total:+6.2f}  {words.sum_of_shares.format(probability=f'{shown.score:.1%}')}")
    return ["", words.shares, *lines]


def _found(verdict: Verdict, words: Strings) -> str:
    said = {"harm": words.found_harm, "abuse": words.found_abuse}.get(verdict.kind or "", words.found_offence)
    return said.format(probability=f"{verdict.probability:.0%}", fired=" · ".join(verdict.fired))


def _origin(evidence: Evidence, words: Strings) -> str:
    if evidence.model:
        return f"{words.from_model} {evidence.model}"
    return f"{words.from_tool} {evidence.tool}" if evidence.tool else f"{evidence.file}:{evidence.row}"


def number_at(turns: Sequence[Turn], conversation: str, words: Strings, index: int) -> int | None:
    """The number of the turn that the message at the index belongs to; None if there is no such message."""
    passed = 0
    for turn in turns if index >= 0 else ():
        passed += len(rows([turn], conversation, words))
        if index < passed:
            return turn.number
    return None
