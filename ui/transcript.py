"""Build the messages of the chat component from turns.

Also find the turn of a message that was clicked.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Any

import gradio as gr

from bot.quoting import show_surroundings
from bot.types import Candidate, Evidence, Reply, Turn, Verdict
from retrieval.calibration import START
from ui.reply_footer import build_footer
from ui.translations import Strings

Row = dict[str, Any]

# The chat component puts every text into the page as HTML, even with Markdown off. A word joiner after "<" or "&" makes it a
# plain character to the HTML parser (WHATWG HTML 13.2.5.6, "Tag open state": anything but a letter, "/", "!" or "?"). It is
# invisible, and unlike an entity it does not show when the text is copied into another field or edited.
_JOINER = "\u2060"
_MAX_CANDIDATES = 5
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=[#A-Za-z])")


def escape_html(text: str) -> str:
    """Escape HTML in a text, so that the chat component shows it as it is.

    `unescape` undoes it.

    >>> escape_html("a < b & c"), escape_html("<b>").replace(_JOINER, "|"), escape_html("&lt;").replace(_JOINER, "|")
    ('a < b & c', '<|b>', '&|lt;')
    """
    text = _TAG.sub("<" + _JOINER, text)
    return _ENTITY.sub("&" + _JOINER, text) if html.unescape(text) != text else text


def unescape(text: str) -> str:
    """Return the text as it was before `escape_html`."""
    return text.replace(_JOINER, "")


def build_rows(turns: Sequence[Turn], conversation: str, words: Strings) -> list[Row]:
    """Build the messages of turns.

    Each turn has its message, its reply, the buttons, and folded explanations.
    """
    made: list[Row] = []
    for turn in turns:
        made.extend(build_message_rows(turn.message.text, turn.message.picture, conversation))
        made.append(build_text_row("assistant", turn.reply.text))
        if footer := build_footer(turn, words):
            made.append(footer)
        if turn.reply.candidates or turn.reply.verdict or turn.reply.kind == "unknown":
            made.append(build_explanation_row(turn.reply, words))
        if is_about_picture(turn.reply):
            made.append(build_heatmap_row(turn, conversation, words))
    return made


def build_text_row(role: str, text: str) -> Row:
    """Build a message that shows a text as it is."""
    # Not a bare string: the chat component would strip its indentation and turn its tabs into spaces.
    return {"role": role, "content": {"type": "text", "text": escape_html(text)}}


def list_feedback(turns: Sequence[Turn]) -> list[str | None]:
    """Return the rating of each reply, as the chat component names it.

    It is None for a reply that is not rated.
    """
    return [None if turn.liked is None else "Like" if turn.liked else "Dislike" for turn in turns]


def build_message_rows(text: str, picture: str | None, conversation: str) -> list[Row]:
    """Build the messages of what a person sent: the picture, then the text."""
    made: list[Row] = []
    if picture:
        # Both ids are our own random ones: nothing that anybody typed becomes HTML.
        made.append(
            {"role": "user", "content": gr.HTML(f'<img class="sent" alt="" src="/picture/{conversation}/{picture}">')}
        )
    if text.strip() or not picture:
        made.append(build_text_row("user", text))
    return made


def build_explanation_row(reply: Reply, words: Strings) -> Row:
    """Build the folded message that explains a reply.

    It lists candidates, scores, entries, shares and milliseconds.
    """
    total = reply.timings.get("total")
    title = words.why
    if reply.chosen is not None:
        chosen = reply.candidates[reply.chosen]
        title += f" · {escape_html(_describe_origin(chosen.evidence, words))} · {_get_confidence(chosen):.0%}"
    if total is not None:
        title += f" · {total:.0f} ms"
    return {**build_text_row("assistant", explain_reply(reply, words)), "metadata": {"title": title, "status": "done"}}


def _get_confidence(chosen: Candidate) -> float:
    """Return how probable the reply is right.

    The score of a reply about a picture only says that the picture was meant.
    """
    found = chosen.evidence.alternatives
    return (
        next((probability for text, probability in found if text in chosen.text), found[0][1])
        if found
        else chosen.score
    )


def is_about_picture(reply: Reply) -> bool:
    """Return whether the reply is about a picture."""
    return reply.chosen is not None and reply.candidates[reply.chosen].evidence.picture is not None


def build_heatmap_row(turn: Turn, conversation: str, words: Strings) -> Row:
    """Build the folded message that shows where the model looked.

    The overlay is drawn when somebody unfolds it.
    """
    # The id, the number and the sentence are our own. The address names the chosen candidate, since a retry changes it.
    address = f"/overlay/{conversation}/{turn.number}-{turn.reply.chosen}.png"
    image = f'<img class="looked" loading="lazy" alt="{html.escape(words.looked_alt)}" src="{address}">'
    return {
        "role": "assistant",
        "content": gr.HTML(image, padding=False),
        "metadata": {"title": words.looked, "status": "done"},
    }


def explain_reply(reply: Reply, words: Strings) -> str:
    """Return why a reply was given, as lines of plain text."""
    lines = [_explain_verdict(reply.verdict, words), ""] if reply.verdict else []
    if not reply.candidates:
        return lines[0] if lines else words.nothing_found
    lines.append(words.candidates)
    for place, candidate in enumerate(reply.candidates[:_MAX_CANDIDATES]):
        mark = f"  ✓ {words.chosen}" if place == reply.chosen else ""
        evidence = candidate.evidence
        said = evidence.question or (evidence.quotation.text if evidence.quotation else candidate.text)[:40]
        lines.append(f"{candidate.score:6.1%}  {' '.join(said.split())}{mark}")
        bar = "█" * round(candidate.score * 10) or "▏"
        entry = f"{words.from_entry} {evidence.entry} · " if evidence.entry else ""
        lines.append(f"{'':6}  {bar} {entry}{_describe_origin(evidence, words)}")
        if evidence.judge:
            lines.append(f"{'':6}  {words.judged_by.format(model=evidence.judge)}")
    shown = reply.candidates[reply.chosen or 0]
    if shown.evidence.alternatives:
        lines += ["", words.alternatives]
        for text, probability in shown.evidence.alternatives:
            bar = "█" * round(probability * 20) or "▏"
            lines.append(f"{probability:6.1%}  {bar} {text}")
    if shown.evidence.quotation is not None:
        lines += ["", words.surroundings, *show_surroundings(shown.evidence.quotation).split("\n")]
    lines += _explain_score(shown, words)
    spent = [f"{words.stages.get(stage, stage)} {took:.1f} ms" for stage, took in reply.timings.items()]
    lines += ["", f"{words.times}  " + "  ".join(spent)]
    return "\n".join(lines)


def _explain_score(shown: Candidate, words: Strings) -> list[str]:
    """Return the lines that explain a score.

    They are the start, the strong shares and the rest in log-odds, their sum and its probability.

    The rest is chosen so that the rounded numbers add up to the rounded sum, to the last digit.
    """
    features = shown.evidence.features
    strong = sorted((item for item in features.items() if abs(item[1]) >= 0.01), key=lambda item: -abs(item[1]))
    strong.sort(key=lambda item: item[0] != START)
    if not strong:
        return []
    most = max(abs(share) for _, share in strong)
    # Padded with a sign of the same width as the bar; in some fonts a space is narrower.
    lines = [
        f"{share:+6.2f}  {'█' * round(10 * abs(share) / most):▁<10}  {words.features.get(name, name)}"
        for name, share in strong
    ]
    total = sum(features.values())
    # Scores that are not a sum, and replies stored before the start was, have no sum to show.
    if abs(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) - shown.score) < 0.001:
        rest = round(total, 2) - sum(round(share, 2) for _, share in strong)
        if abs(rest) >= 0.005:
            lines.append(f"{rest:+6.2f}  {'':▁<10}  {words.other_shares}")
        lines.append(f"{total:+6.2f}  {words.sum_of_shares.format(probability=f'{shown.score:.1%}')}")
    return ["", words.shares, *lines]


def _explain_verdict(verdict: Verdict, words: Strings) -> str:
    said = {"harm": words.found_harm, "abuse": words.found_abuse}.get(verdict.kind or "", words.found_offence)
    return said.format(probability=f"{verdict.probability:.0%}", fired=" · ".join(verdict.fired))


def _describe_origin(evidence: Evidence, words: Strings) -> str:
    if evidence.model:
        return f"{words.from_model} {evidence.model}"
    if evidence.quotation is not None:
        quotation = evidence.quotation
        page = "" if quotation.page is None else f":{quotation.page}"
        return " · ".join((f"{quotation.file}{page}", " > ".join(quotation.heading))).rstrip(" ·")
    return f"{words.from_tool} {evidence.tool}" if evidence.tool else f"{evidence.file}:{evidence.row}"


def find_turn_number(turns: Sequence[Turn], conversation: str, words: Strings, index: int) -> int | None:
    """Return the number of the turn of the message at an index.

    It is None if there is no such message.
    """
    passed = 0
    for turn in turns if index >= 0 else ():
        passed += len(build_rows([turn], conversation, words))
        if index < passed:
            return turn.number
    return None
