"""The served process: what it writes is for its user only, and who is asking. Run: pytest tests/ui/test_private.py"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.bot.test_home import open_to_others
from tests.ui.events import Visitor
from tests.ui.test_main import _free_port, _start

USER, ADMINISTRATOR = "芝麻开门 sesame", "管理员的 password"


@dataclass(frozen=True)
class Running:
    """A served process with passwords."""

    address: str
    home: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home, port = tmp_path_factory.mktemp("place") / "home", _free_port()
    given = {"KANLIAO_PASSWORD": USER, "KANLIAO_ADMIN_PASSWORD": ADMINISTRATOR, "FORWARDED_ALLOW_IPS": "*"}
    process = _start(home, "--port", str(port), **given)
    assert process.stdout is not None
    try:
        while "listening" not in (line := process.stdout.readline()):
            assert line, "the page ended before it answered"
        yield Running(f"http://127.0.0.1:{port}", home)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def visitor(running: Running) -> Iterator[Visitor]:
    one = Visitor(running.address)
    one.http.post("/login", data={"password": USER}, follow_redirects=False)
    one.look()
    yield one
    one.close()


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (32, 24), "orange").save(made, "PNG")
    return made.getvalue()


def test_all_that_is_written_and_uploaded_lies_in_the_home_for_its_user_only(
    running: Running, visitor: Visitor
) -> None:
    upload = visitor.http.post("/en/gradio_api/upload", files={"files": ("图.png", picture(), "image/png")}).json()[0]
    assert Path(upload).is_relative_to(running.home / "uploads")
    file = {"path": upload, "mime_type": "image/png", "orig_name": "图.png", "meta": {"_type": "gradio.FileData"}}
    last = visitor.send("box", "submit", {"text": "什么颜色？", "files": [file]}, "")
    assert last["success"], last
    assert visitor.http.post("/logout").status_code == 200
    written = {path.relative_to(running.home).parts[0] for path in running.home.rglob("*") if path.is_file()}
    assert {"conversations.db", "knowledge.db", "journal", "pictures", "uploads", "sessions.ended"} <= written
    assert open_to_others(running.home) == []


@pytest.mark.parametrize("name", ["../knowledge.db", "../conversations.db", "../journal", ".."])
def test_nothing_of_the_home_is_served_by_way_of_the_uploads(name: str, running: Running, visitor: Visitor) -> None:
    for path in (f"{running.home}/uploads/{name}", f"{running.home}/uploads/{secrets.token_hex(4)}/../{name}"):
        answer = visitor.http.get(f"/en/gradio_api/file={path}")
        assert answer.status_code in (403, 404)


def test_a_made_up_sender_does_not_evade_the_ten_guesses(running: Running) -> None:
    def guess(number: int) -> int:
        sender = {"x-forwarded-for": f"203.0.113.{number}", "x-forwarded-proto": "https", "forwarded": f"for={number}"}
        with httpx.Client(base_url=running.address, trust_env=False, timeout=60) as http:
            return http.post("/login", data={"password": "guess"}, headers=sender).status_code

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(guess, range(10))) == {401}
    assert guess(99) == 429
