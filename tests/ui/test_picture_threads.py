"""python -m pytest tests/ui/test_picture_threads.py"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ui import picture, tools
from ui.auth import Authenticator
from ui.dependencies import Dependencies
from ui.picture import PictureHandlers


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
    served = Dependencies(bot, Authenticator(None, None))
    monkeypatch.setattr(picture, "reencode", slow)
    monkeypatch.setattr(tools, "_read_picture", slow)
    given = {"text": "", "files": [str(upload)]}
    works: dict[str, Any] = {
        "chat": lambda: served.store_picture("owner", "c", str(upload)),
        "picture tab": lambda: PictureHandlers(served, "zh")._with_picture(given, lambda *_: ()),
        "tool": lambda: tools.ToolHandlers(served, "en", SimpleNamespace(name="caption")).run(given),  # type: ignore[arg-type]
    }

    async def work_meanwhile() -> str:
        waiting = [asyncio.create_task(works[way]()) for _ in range(40)]
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(asyncio.to_thread(lambda: "另一件事 done"), 10)
        finally:
            go_on.set()
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    assert asyncio.run(work_meanwhile()) == "另一件事 done"
