"""python -m pytest tests/ui/test_sessions.py"""

from __future__ import annotations

import asyncio
from pathlib import Path

import gradio as gr
from gradio.state_holder import StateHolder

from bot.build import build
from bot.settings import Settings
from data.records import LANGUAGES, Language
from ui.auth import Authenticator
from ui.dependencies import Dependencies
from ui.page import MAX_SESSIONS, build_page


async def _build(dependencies: Dependencies, language: Language) -> gr.Blocks:
    # Made inside a loop: gradio would make one of its own and leave it open.
    return build_page(dependencies, language)


def test_gradio_remembers_so_many_tabs_and_no_more(tmp_path: Path) -> None:
    bot = build(Settings(home=tmp_path / "家"))
    try:
        for language in LANGUAGES:
            holder = StateHolder()  # type: ignore[no-untyped-call]
            holder.set_blocks(asyncio.run(_build(Dependencies(bot, Authenticator(None, None)), language)))
            first = holder["tab 0"]
            for number in range(MAX_SESSIONS + 20):
                holder[f"tab {number}"]
            assert len(holder.session_data) <= MAX_SESSIONS <= 100
            # Whoever was forgotten goes on as if new.
            assert holder["tab 0"] is not first
    finally:
        bot.knowledge.close()
