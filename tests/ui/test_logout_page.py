"""Logging out, in a real browser. Run: pytest tests/ui/test_logout_page.py"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.browser import person
from tests.ui.serving import Served, serve_page
from ui.auth import PASS
from ui.translations import TRANSLATIONS, Strings

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
USER, ADMINISTRATOR = "芝麻开门 sesame", "管理员的 password"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home"), USER, ADMINISTRATOR) as one:
        yield one


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", TRANSLATIONS["zh"]), ("en-US", TRANSLATIONS["en"])])
def test_one_logs_out_and_the_session_is_over(locale: str, words: Strings, chromium: Browser, guarded: Served) -> None:
    with person(chromium, guarded.address, locale) as one:
        one.page.goto(guarded.address)
        one.page.locator("#p").fill(USER)
        one.page.keyboard.press("Enter")
        expect(one.box).to_be_visible()
        one.say("什么是 LSTM")
        context = one.page.context
        stolen = next(cookie for cookie in context.cookies() if cookie["name"] == PASS)
        one.page.get_by_role("button", name=words.log_out).click()
        expect(one.page.locator("#p")).to_be_visible()
        expect(one.page.get_by_text(words.login)).to_be_visible()
        assert PASS not in {cookie["name"] for cookie in context.cookies()}
        one.page.go_back()
        expect(one.page.locator("#p")).to_be_visible()
        context.add_cookies([{"name": PASS, "value": stolen["value"], "url": guarded.address}])
        one.page.goto(guarded.address)
        expect(one.page.locator("#p")).to_be_visible()
        # Who comes back finds what was said in this browser.
        one.page.locator("#p").fill(USER)
        one.page.keyboard.press("Enter")
        expect(one.messages).to_have_text(["什么是 LSTM"])


def test_on_a_telephone_the_head_still_fits(chromium: Browser, guarded: Served) -> None:
    with person(chromium, guarded.address, "en-US", width=390, height=844) as one:
        one.page.goto(guarded.address)
        one.page.locator("#p").fill(USER)
        one.page.keyboard.press("Enter")
        expect(one.page.locator("#log-out")).to_be_in_viewport()
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_passwords_there_is_no_such_button(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with serve_page(tmp_path_factory.mktemp("open")) as page, person(chromium, page.address) as one:
        one.open()
        expect(one.page.locator("a.language")).to_be_visible()
        expect(one.page.locator("#log-out")).to_have_count(0)
