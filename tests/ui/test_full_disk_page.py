"""The page on a full disk, in a real browser. Run: pytest tests/ui/test_full_disk_page.py"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.full_disk import small_disk
from tests.ui.browser import person
from tests.ui.serving import serve_page
from ui.translations import TRANSLATIONS, Strings

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def noise() -> bytes:
    made = io.BytesIO()
    Image.effect_noise((320, 240), 90).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("locale", "words", "text", "more"),
    [
        ("zh-CN", TRANSLATIONS["zh"], "什么是 LSTM", "写了很久的一段话。" * 300),
        ("en-US", TRANSLATIONS["en"], "what is an LSTM", "a message that took long to write. " * 100),
    ],
)
def test_a_full_disk_is_said_nothing_typed_is_lost_and_deleting_works(
    locale: str, words: Strings, text: str, more: str, chromium: Browser, tmp_path: Path
) -> None:
    upload = {"name": "图.png", "mimeType": "image/png", "buffer": noise()}
    with (
        small_disk(tmp_path / "disk", 64) as disk,
        serve_page(disk.folder) as page,
        person(chromium, page.address, locale) as one,
    ):
        one.open()
        one.say(text)
        answer = one.answers.all_inner_texts()
        one.page.locator("#box input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
        expect(one.page.locator("#box img")).to_be_visible()
        disk.fill()
        one.box.fill(more)
        for sent in ("with the picture", "again"):
            one.box.press("Enter")
            told = one.page.locator(".toast-body").filter(has_text=words.disk_full)
            expect(told.first).to_contain_text(words.not_sent)
            expect(one.box).to_have_value(more)
            expect(one.page.locator("#box img")).to_be_visible()
            expect(one.page.locator("#box").get_by_role("button", name=words.labels[6])).to_be_visible()
            expect(one.messages).to_have_text([text])
            assert not [path for path in page.bot.pictures.folder.rglob("*") if path.is_file()], sent
            told.first.click()
            expect(told).to_have_count(0)
        # A new conversation leaves nothing behind either.
        one.page.locator("#new").click()
        expect(one.messages).to_have_count(0)
        one.box.fill(more)
        one.box.press("Enter")
        expect(told.first).to_contain_text(words.not_sent)
        expect(one.box).to_have_value(more)
        expect(one.conversation_titles).to_have_count(1)
        one.conversation_titles.first.click()
        expect(one.messages).to_have_text([text])
        assert one.answers.all_inner_texts() == answer
        one.page.locator("#manage button").first.click()
        one.page.locator("#delete").click()
        expect(one.conversation_titles).to_have_count(0)
        disk.empty()
        expect(one.box).to_have_value(more)
        one.box.press("Enter")
        expect(one.answers).to_have_count(1)
        expect(one.box).to_have_value("")
