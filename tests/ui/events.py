"""The page's events called as a program would call them: over HTTP, with any values and any cookies."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from data.records import Language


@dataclass
class Visitor:
    """A browser without a face: it keeps cookies and can send every event of a page."""

    address: str
    language: Language = "en"
    http: httpx.Client = field(default_factory=lambda: httpx.Client(follow_redirects=True, timeout=30, trust_env=False))
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http.base_url = httpx.URL(self.address)

    def look(self) -> None:
        """Learn what events the page has."""
        self.config = self.http.get(f"/{self.language}/config").raise_for_status().json()

    def events(self) -> list[tuple[str, str]]:
        """The element id and the name of every event that runs something on the server."""
        ids = {one["id"]: one["props"].get("elem_id") for one in self.config["components"]}
        return [
            (ids.get(target[0]) or "", target[1])
            for dependency in self.config["dependencies"]
            if dependency["backend_fn"]
            for target in dependency["targets"]
        ]

    def send(self, element: str, event: str, *values: Any, data: Any = None, query: str = "") -> dict[str, Any]:
        """The last word of the server on the event of that element: {"success": ..., "output": {"data": [...]}}."""
        ids = {one["id"]: one["props"].get("elem_id") for one in self.config["components"]}
        found = [
            (place, one)
            for one in self.config["dependencies"]
            for place, (id, name) in enumerate(one["targets"])
            if one["backend_fn"] and (ids.get(id) or "", name) == (element, event)
        ]
        _, dependency = min(found, key=lambda pair: pair[0])
        session = secrets.token_hex(8)
        body = {
            "data": list(values),
            "event_data": data,
            "fn_index": dependency["id"],
            "session_hash": session,
            "trigger_id": dependency["targets"][0][0],
        }
        # In ASCII: half a character has no UTF-8.
        root = f"/{self.language}/gradio_api"
        if not dependency["queue"]:
            answer = self.http.post(f"{root}/run/predict", content=json.dumps(body))
            return {"success": answer.status_code == 200, "output": answer.json()}
        joined = self.http.post(f"{root}/queue/join{query}", content=json.dumps(body))
        if joined.status_code != 200:
            return {"success": False, "status": joined.status_code, "output": {"error": joined.text}}
        last: dict[str, Any] = {}
        with self.http.stream("GET", f"{root}/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    said = json.loads(line[5:])
                    if said["msg"] in ("process_generating", "process_completed"):
                        last = said
                    if said["msg"] in ("process_completed", "close_stream"):
                        break
        return last

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()
