"""python -m pytest tests/ui/test_sessions.py"""

from __future__ import annotations

import asyncio
from pathlib import Path

import gradio as gr
from gradio.state_holder import StateHolder

from bot.build import build
from bot.settings import Settings
from data.records import LANGUAGES, Language
from ui.access import Access
from ui.page import SESSIONS, build_page
from ui.services import Services


async def _built(services: Services, language: Language) -> gr.Blocks:
    # Made inside a loop: gradio would make one of its own and leave it open.
    return build_page(services, language)


def test_gradio_remembers_so_many_tabs_and_no_more(tmp_path: Path) -> None:
    bot = build(Settings(home=tmp_path / "家"))
    try:
        for language in LANGUAGES:
            holder = StateHolder()
            holder.set_blocks(asyncio.run(_built(Services(bot, Access(None, None)), language)))
            first = holder["tab 0"]
            for number in range(SESSIONS + 20):
                holder[f"tab {number}"]
            assert len(holder.session_data) <= SESSIONS <= 100
            # Whoever was forgotten goes on as if new.
            assert holder["tab 0"] is not first
    finally:
        bot.knowledge.close()
