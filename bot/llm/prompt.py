"""The prompt: what is sent to the endpoint of a larger model. Its wording is in prompts.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from bot.llm.evidence import NumberedSource
from bot.types import Context, Turn
from data.records import Language

PROMPTS = Path(__file__).parent / "prompts.toml"
DEFAULT_NAME: Mapping[Language, str] = {"zh": "看聊", "en": "Kanliao"}
_MAX_TURNS = 6
_MAX_TEXT = 2_000
"""Characters of each text that is sent."""
_MAX_SOURCE = 1_600
"""Characters of each source that is sent."""
_MAX_CHOICE = 400
"""Characters of each answer that the judge reads."""
# A source that holds "[2]" would be read as naming another source.
_BRACKETED = re.compile(r"[\[【［〔]\s*(\^?\d[^\]】］〕]{0,20})[\]】］〕]")

ChatMessages = list[dict[str, str]]


@lru_cache(maxsize=1)
def load_prompts() -> Mapping[str, Mapping[Language, str]]:
    """Return the wording of each prompt in each language."""
    return tomllib.loads(PROMPTS.read_text(encoding="utf-8"))


def build_talk(context: Context, name: str | None = None) -> ChatMessages:
    """Build the messages of a request without sources: the system prompt, the last answered turns, and the message."""
    return [_build_system("talk", context.language, name), *_build_turns(context), _user(context.message.text)]


def build_answer(context: Context, sources: Sequence[NumberedSource], name: str | None = None) -> ChatMessages:
    """Build the messages of a request that is answered from numbered sources."""
    listed = "\n\n".join(f"[{source.number}] {_show_source(source, _MAX_SOURCE)}" for source in sources)
    return [
        _build_system("answer", context.language, name),
        *_build_turns(context),
        _user(_frame(context, listed), limit=None),
    ]


def build_judge(context: Context, sources: Sequence[NumberedSource]) -> ChatMessages:
    """Build the messages of a request that names one of the numbered sources, or none."""
    listed = "\n\n".join(f"[{source.number}] {_show_source(source, _MAX_CHOICE)}" for source in sources)
    return [
        _build_system("judge", context.language, None),
        *_build_turns(context)[-2:],
        _user(_frame(context, listed), limit=None),
    ]


def _build_system(prompt: str, language: Language, name: str | None) -> dict[str, str]:
    # Not str.format: the owner's name may hold braces.
    text = load_prompts()[prompt][language].strip().replace("{name}", name or DEFAULT_NAME[language])
    return {"role": "system", "content": text}


def _frame(context: Context, listed: str) -> str:
    before, after = load_prompts()["frame"][context.language].strip().split("{sources}")
    return before + listed + after.replace("{message}", _neutralize(context.message.text[:_MAX_TEXT]))


def _show_source(source: NumberedSource, limit: int) -> str:
    text = _neutralize(f"{source.title}\n{source.text}".strip())
    return text if len(text) <= limit else text[:limit] + "…"


def _neutralize(text: str) -> str:
    """Return the text with "[2]" as "(2)", so that nothing in it looks like the number of a source."""
    return _BRACKETED.sub(r"(\1)", text)


def _build_turns(context: Context) -> ChatMessages:
    made = []
    for turn in [turn for turn in context.turns if _is_answered(turn)][-_MAX_TURNS:]:
        made.append(_user(turn.message.text))
        made.append({"role": "assistant", "content": turn.reply.text[:_MAX_TEXT]})
    return made


def _user(text: str, limit: int | None = _MAX_TEXT) -> dict[str, str]:
    return {"role": "user", "content": text[:limit]}


def _is_answered(turn: Turn) -> bool:
    # A model that reads "I don't know that one" in the conversation keeps saying it.
    return turn.reply.kind == "answer" and bool(turn.message.text.strip() and turn.reply.text.strip())
