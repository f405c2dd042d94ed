"""The use a server is put through before its memory is read.

Visitors send pictures, turns and an evaluation.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np
import psutil
from PIL import Image

STARTER = Path(__file__).parent.parent / "data" / "starter"
PER_CONVERSATION = 20


class Memory(NamedTuple):
    """Megabytes of a process and its children: resident, unique, proportional."""

    rss: float
    uss: float
    pss: float


def read_memory(pid: int) -> Memory:
    """Add up the memory of a process and its children."""
    process = psutil.Process(pid)
    found = [one.memory_full_info() for one in (process, *process.children(recursive=True))]
    return Memory(*(sum(getattr(one, name) for one in found) / 2**20 for name in Memory._fields))


class Visitor:
    """A visitor without a browser: every conversation is a tab of its own."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, follow_redirects=True, timeout=600, trust_env=False)
        self._http.get("/en/").raise_for_status()
        config = self._http.get("/en/config").raise_for_status().json()
        names = {one["id"]: one["props"].get("elem_id") for one in config["components"]}
        self._events: dict[tuple[str, str], tuple[int, int]] = {}
        for one in config["dependencies"]:
            for place, (target, event) in enumerate(one["targets"]):
                if one["backend_fn"] and place == 0:
                    self._events.setdefault((names.get(target) or "", event), (one["id"], target))

    def send(self, element: str, event: str, tab: str, *values: Any) -> list[Any]:
        """Send an event and return its last outputs.

        Raises:
            RuntimeError: The server refuses it.
        """
        number, target = self._events[element, event]
        body = {"data": list(values), "fn_index": number, "session_hash": tab, "trigger_id": target}
        self._http.post("/en/gradio_api/queue/join", json=body).raise_for_status()
        last: dict[str, Any] = {}
        with self._http.stream("GET", "/en/gradio_api/queue/data", params={"session_hash": tab}) as stream:
            for line in stream.iter_lines():
                told = json.loads(line[5:]) if line.startswith("data:") else {}
                if told.get("msg") == "process_completed":
                    last = told
                    break
        if not last.get("success"):
            raise RuntimeError(f"{element} {event} was refused: {last}")
        return list(last["output"]["data"])

    def upload(self, data: bytes, name: str) -> dict[str, Any]:
        """Upload a file; what the page's events take for it."""
        answer = self._http.post("/en/gradio_api/upload", files={"files": (name, data)}).raise_for_status()
        return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}

    def say(self, text: str, tab: str, conversation: str = "", picture: bytes | None = None) -> str:
        """Send a message and wait for its reply; the id of the conversation."""
        files = [] if picture is None else [self.upload(picture, "photo.jpg")]
        return str(self.send("box", "submit", tab, {"text": text, "files": files}, conversation)[2])


def use(address: str, pictures: int, turns: int, told: Callable[[str], object]) -> None:
    """Send pictures with a question each, turns, and a log to evaluate.

    The log has ten times the turns.

    told is called with what was done after each part.
    """
    visitor = Visitor(address)
    chance = random.Random(0)
    asked = [
        text for path in sorted(STARTER.rglob("*.toml")) for text in re.findall(r'"([^"\n]{4,60})"', path.read_text())
    ]
    chance.shuffle(asked)
    for number in range(pictures):
        conversation = visitor.say("", f"picture{number}", picture=draw(number))
        visitor.say("这是什么颜色？" if number % 2 else "what colour is it?", f"picture{number}", conversation)
    told(f"{pictures} pictures")
    conversation = ""
    for number in range(turns):
        if number % PER_CONVERSATION == 0:
            conversation = ""
        tab = f"tab{number // PER_CONVERSATION}"
        conversation = visitor.say(asked[number % len(asked)], tab, conversation)
    told(f"{turns} turns")
    log = "".join(
        json.dumps(
            {
                "messages": [
                    {"role": role, "content": chance.choice(asked)} for _ in range(5) for role in ("user", "assistant")
                ]
            },
            ensure_ascii=False,
        )
        + "\n"
        for _ in range(turns * 2)
    )
    visitor.send("judge", "click", "judge", [visitor.upload(log.encode(), "log.jsonl")], None, True)
    told("an evaluation")


def draw(seed: int) -> bytes:
    """Draw a JPEG of twelve megapixels, another for every seed."""
    noise = np.random.default_rng(seed).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    made = io.BytesIO()
    Image.fromarray(noise).resize((4000, 3000)).save(made, "JPEG", quality=85)
    return made.getvalue()
