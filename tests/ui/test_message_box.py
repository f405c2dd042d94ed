"""The message box: nothing that was typed is lost. Run: pytest tests/ui/test_message_box.py"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from data.records import Language
from tests.ui.browser import person
from tests.ui.serving import Served, serve_page
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LONG = {"zh": "卷积" * 15_000, "en": "network " * 3_750}
TYPED = {"zh": "还没写完的一句", "en": "a sentence that is not"}
PASTE = """text => {
  const data = new DataTransfer();
  data.setData('text/plain', text);
  const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
  if (document.activeElement.dispatchEvent(event)) { document.execCommand('insertText', false, text); }
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_that_is_too_long_stays_in_the_box(language: Language, chromium: Browser, page: Served) -> None:
    words, long = TRANSLATIONS[language], LONG[language]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.box.focus()
        one.page.evaluate(PASTE, long)
        expect(one.box).to_have_value(long)
        one.box.press("Enter")
        said = words.too_long.format(given="30,000", most="2,000")
        expect(one.page.locator(".toast-message-text")).to_have_text(said)
        expect(one.box).to_have_value(long)
        expect(one.messages).to_have_count(0)
        expect(one.conversation_titles).to_have_count(0)
        one.page.reload()
        expect(one.box).to_have_value(long)
        one.say("LSTM?")
        one.page.get_by_role("button", name=words.labels[1]).click()
        one.page.locator("#transcript textarea").fill(long)
        one.page.locator("#transcript").get_by_role("button", name=words.labels[6]).click()
        expect(one.box).to_have_value(long)
        expect(one.messages).to_have_text(["LSTM?"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_conversation_keeps_its_draft(language: Language, chromium: Browser, page: Served) -> None:
    typed = TYPED[language]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.box.fill(f"{typed} 0")
        one.page.reload()
        expect(one.box).to_have_value(f"{typed} 0")
        one.say("LSTM?")
        one.box.fill(f"{typed} 1")
        one.page.locator("#new").click()
        expect(one.box).to_have_value("")
        one.box.fill(f"{typed} 2")
        one.conversation_titles.first.click()
        expect(one.box).to_have_value(f"{typed} 1")
        one.page.locator("#new").click()
        expect(one.box).to_have_value(f"{typed} 2")
        one.say("GRU?")
        one.page.reload()
        expect(one.box).to_have_value("")
        one.conversation_titles.nth(1).click()
        expect(one.box).to_have_value(f"{typed} 1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_turn_that_fails_gives_the_text_back(
    language: Language, chromium: Browser, page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = TRANSLATIONS[language]

    async def fail(*_: Any) -> Any:
        raise RuntimeError("told to fail")

    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        with monkeypatch.context() as broken:
            broken.setattr(page.store, "append", fail)
            one.box.fill(TYPED[language])
            one.box.press("Enter")
            expect(one.page.locator(".toast-message-text")).to_have_text(words.failed)
            expect(one.box).to_have_value(TYPED[language])
        expect(one.page.locator("#transcript [data-testid=status-tracker] .error")).to_be_hidden()
        one.page.locator("#box").get_by_role("button", name=words.labels[6]).click()
        expect(one.answers).to_have_count(1)
        one.page.reload()
        expect(one.messages).to_have_text([TYPED[language]])
        expect(one.box).to_have_value("")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_can_be_sent_before_the_page_knows_where_to(
    language: Language, chromium: Browser, page: Served
) -> None:
    words = TRANSLATIONS[language]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.say("LSTM?")
        held: list[Route] = []
        holds = True
        one.page.route("**/queue/join*", lambda route: held.append(route) if holds else route.continue_())
        one.page.reload()
        expect(one.page.locator("#first-paint")).to_contain_text(words.opening)
        while not held:
            one.page.wait_for_timeout(50)
        expect(one.page.get_by_role("tab")).to_have_count(0)
        expect(one.box).to_be_hidden()
        one.page.keyboard.type("GRU?")
        one.page.keyboard.press("Enter")
        holds = False
        for each in held:
            each.continue_()
        expect(one.box).to_be_focused()
        expect(one.page.get_by_role("tab")).to_have_text(
            [words.chat, words.picture, words.tools, words.knowledge, words.evaluate]
        )
        expect(one.page.locator("#first-paint")).to_be_hidden()
        expect(one.messages).to_have_text(["LSTM?"])
        expect(one.box).to_have_value("")


def test_a_restart_of_the_server_loses_no_text(chromium: Browser, tmp_path: Path) -> None:
    with serve_page(tmp_path) as first:
        port = int(first.address.rpartition(":")[2])
        context = chromium.new_context(locale="zh-CN")
        tab = context.new_page()
        tab.goto(f"{first.address}/zh/")
        box = tab.locator("#box textarea")
        box.fill("LSTM?")
        box.press("Enter")
        expect(tab.locator("#transcript [data-testid=user]")).to_have_count(1)
        expect(box).to_have_value("")
        box.fill(TYPED["zh"])
    box.press("Enter")
    expect(tab.locator(".toast-message-text")).to_have_text([TRANSLATIONS["zh"].connection_lost])
    with serve_page(tmp_path, port=port):
        # Gradio loads the page again by itself as soon as the server answers.
        expect(tab.locator("#transcript [data-testid=user]")).to_have_text(["LSTM?"])
        expect(box).to_have_value(TYPED["zh"])
        context.close()
