"""One file uploaded twice is one file on the disk. Run: pytest tests/ui/test_same_upload.py"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.evaluation.logs import make_conversations, write_log
from tests.ui.browser import Person, person, tab
from tests.ui.events import Visitor
from tests.ui.serving import Served, serve_page

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.fixture
def visitor(page: Served) -> Iterator[Visitor]:
    one = Visitor(page.address)
    one.look()
    one.http.get("/conversation/none.jsonl")
    yield one
    one.close()


def upload(visitor: Visitor, path: Path) -> dict[str, Any]:
    answer = visitor.http.post("/en/gradio_api/upload", files={"files": (path.name, path.read_bytes())})
    return {"path": answer.json()[0], "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}


def choose(one: Person, box: str, colour: str) -> None:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(made, "PNG")
    upload = {"name": "图 same.png", "mimeType": "image/png", "buffer": made.getvalue()}
    one.page.locator(f"{box} input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
    expect(one.page.locator(f"{box} img")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("locale", "colour", "text"), [("zh-CN", "orange", "这是什么？"), ("en-US", "teal", "what is it?")]
)
def test_the_same_picture_of_two_visitors_and_two_tabs_is_seen_each_time(
    locale: str, colour: str, text: str, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address, locale) as one, person(chromium, page.address, locale) as stranger:
        one.open()
        other = tab(one.page.context, page.address)
        other.open("/?new=1")
        stranger.open()
        everybody = (one, other, stranger)
        for who in everybody:
            choose(who, "#box", colour)
        for who in everybody:
            who.say(text)
            sent = who.page.locator("#transcript img.sent")
            expect(sent).to_be_visible()
            assert sent.evaluate("part => part.naturalWidth") == 64


@pytest.mark.browser
@pytest.mark.parametrize(
    ("locale", "colour", "text"), [("zh-CN", "navy", "什么颜色？"), ("en-US", "maroon", "what colour is it?")]
)
def test_the_same_picture_in_two_boxes_of_one_page_serves_both(
    locale: str, colour: str, text: str, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address, locale) as one:
        one.open()
        one.page.locator("button[role=tab]").nth(1).click()
        choose(one, "#picture-box", colour)
        one.page.locator("button[role=tab]").nth(0).click()
        choose(one, "#box", colour)
        one.say(text)
        one.page.locator("button[role=tab]").nth(1).click()
        one.page.locator("#describe").click()
        expect(one.page.locator("#picture-look img").first).to_be_visible()


def test_a_table_previewed_twice_is_there_both_times(visitor: Visitor, tmp_path: Path) -> None:
    table = tmp_path / "问答.csv"
    table.write_text("question,reply\n什么是看聊,一个机器人\n", "utf-8")
    file, again = upload(visitor, table), upload(visitor, table)
    assert file["path"] == again["path"]
    shown = [visitor.send("learn", "upload", one)["output"]["data"][0] for one in (file, again)]
    assert all("1 would be taken" in preview for preview in shown)


def test_a_log_judged_twice_is_there_both_times(page: Served, visitor: Visitor, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(3))
    file, again = upload(visitor, log), upload(visitor, log)
    assert file["path"] == again["path"]
    for one in (file, again):
        last = visitor.send("judge", "click", [one], None, False)
        assert "conversations" in last["output"]["data"][0]["value"], last
    assert len(list(page.bot.evaluations.iterdir())) == 2
