"""python -m pytest tests/ui/test_picture_threads.py"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ui import picture, tools
from ui.access import Access
from ui.picture import Handlers
from ui.services import Services


@pytest.mark.parametrize("way", ["chat", "picture tab", "tool"])
def test_pictures_that_take_long_hold_up_nothing_else(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = tmp_path / "图 a.png"
    upload.write_bytes(b"x")
    go_on = threading.Event()

    def slow(*_: Any) -> bytes:
        go_on.wait(30)
        return b"made"

    async def turns(*_: Any) -> list[Any]:
        return []

    bot: Any = SimpleNamespace(
        pictures=SimpleNamespace(store=slow),
        engine=SimpleNamespace(store=SimpleNamespace(turns=turns)),
        sight=lambda: None,
        toolbox=SimpleNamespace(run=slow),
    )
    served = Services(bot, Access(None, None))
    monkeypatch.setattr(picture, "reencode", slow)
    monkeypatch.setattr(tools, "_read", slow)
    given = {"text": "", "files": [str(upload)]}
    works: dict[str, Any] = {
        "chat": lambda: served.keep_picture("owner", "c", str(upload)),
        "picture tab": lambda: Handlers(served, "zh")._with(given, lambda *_: ()),
        "tool": lambda: tools.Handlers(served, "en", SimpleNamespace(name="caption")).run(given),  # type: ignore[arg-type]
    }

    async def tried() -> str:
        waiting = [asyncio.create_task(works[way]()) for _ in range(40)]
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(asyncio.to_thread(lambda: "另一件事 done"), 10)
        finally:
            go_on.set()
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    assert asyncio.run(tried()) == "另一件事 done"
