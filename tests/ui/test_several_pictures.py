"""python -m pytest tests/ui/test_several_pictures.py"""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.browser import person
from tests.ui.serving import Served, serve_page
from tests.vqa.fake_vision import draw_square
from ui.translations import TRANSLATIONS

pytestmark = pytest.mark.browser
WORDS = {"zh": ("第一张是什么颜色？", "红色"), "en": ("What colour is the first one?", "Red")}
_DROP = """(place, names) => {
  const transfer = new DataTransfer();
  for (const [name, data] of names) {
    transfer.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name, { type: 'image/png' }));
  }
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    place.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }
}"""
_PASTE = _DROP.replace("['dragenter', 'dragover', 'drop']", "['paste']").replace(
    "new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer",
    "new ClipboardEvent(kind, { bubbles: true, cancelable: true, clipboardData",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


def list_uploads(*colours: str) -> list[dict[str, object]]:
    return [{"name": f"{colour}.png", "mimeType": "image/png", "buffer": draw_square(colour)} for colour in colours]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_of_several_pictures_is_described_and_can_be_asked_about(
    language: str, chromium: Browser, page: Served
) -> None:
    question, answer = WORDS[language]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.page.locator("#box input[type=file]").set_input_files(list_uploads("red", "green"))  # type: ignore[arg-type]
        expect(one.page.locator("#box .thumbnail-item")).to_have_count(2)
        one.box.press("Enter")
        expect(one.answers).to_have_count(2)
        expect(one.page.locator("#transcript img.sent")).to_have_count(2)
        expect(one.page.locator("#box .thumbnail-item")).to_have_count(0)
        one.say(question)
        expect(one.answers.last).to_contain_text(answer)
        one.page.reload()
        expect(one.page.locator("#transcript img.sent")).to_have_count(2)
        assert one.errors == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("how", "where"), [(_DROP, "#transcript"), (_PASTE, "#box textarea")])
def test_pictures_are_dropped_on_the_conversation_or_pasted(
    language: str, how: str, where: str, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        files = [[f"{colour}.png", base64.b64encode(draw_square(colour)).decode()] for colour in ("red", "blue")]
        one.page.locator(where).first.evaluate(how, files)
        expect(one.page.locator("#box .thumbnail-item").first).to_be_visible()
        one.box.press("Enter")
        expect(one.answers.first).to_be_visible()
        expect(one.page.locator("#transcript img.sent").first).to_be_visible()
        assert one.page.url.startswith(page.address)
        assert one.errors == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_bad_picture_does_not_stop_the_others(language: str, chromium: Browser, page: Served) -> None:
    words = TRANSLATIONS["zh" if language == "zh" else "en"]
    bad = {"name": "bad.png", "mimeType": "image/png", "buffer": b"words"}
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.page.locator("#box input[type=file]").set_input_files([bad, *list_uploads("red")])  # type: ignore[arg-type]
        expect(one.page.locator("#box .thumbnail-item")).to_have_count(2)
        one.box.press("Enter")
        expect(one.page.get_by_text(words.picture_refused["unknown"])).to_be_visible()
        expect(one.answers).to_have_count(1)
        expect(one.page.locator("#transcript img.sent")).to_have_count(1)
