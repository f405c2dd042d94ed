"""Which reports stay, in a real browser. Run: pytest tests/ui/test_reports_page.py"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.reports import KEPT
from data.records import Language
from evaluation.translations import TRANSLATIONS as REPORT_TRANSLATIONS
from tests.evaluation.logs import make_conversations, write_log
from tests.ui.browser import person
from tests.ui.serving import serve_page
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.mark.parametrize(
    ("locale", "language", "text"), [("zh-CN", "zh", "什么是 LSTM"), ("en-US", "en", "what is an LSTM")]
)
def test_deleting_takes_one_report_a_restart_none(
    locale: str, language: Language, text: str, chromium: Browser, tmp_path: Path
) -> None:
    words = TRANSLATIONS[language]
    with serve_page(tmp_path / "home") as page, person(chromium, page.address, locale) as one:
        one.open()
        one.say(text)
        one.page.get_by_role("tab", name=words.evaluate).click()
        one.page.locator("#logs input[type=file]").set_input_files(
            write_log(tmp_path / "<b>日志.jsonl", make_conversations(3))
        )
        expect(one.page.locator("#logs .file-preview")).to_contain_text("日志")
        listed = one.page.locator("#kept li")
        for button, count in (("#judge", 1), ("#judge-own", 2)):
            one.page.locator(button).click()
            expect(listed).to_have_count(count, timeout=60_000)
        expect(listed.first).to_contain_text(words.log_own_short)
        expect(listed.last).to_contain_text("日志.jsonl")
        expect(one.page.locator("#kept")).to_contain_text(words.log_kept_about.format(count=KEPT))
        links = [row.get_by_role("link").first.get_attribute("href") for row in listed.all()]
        one.page.get_by_role("tab", name=words.chat).click()
        one.page.get_by_role("button", name=words.manage).click()
        one.page.locator("#delete").click()
        expect(one.conversation_titles).to_have_count(0)
        assert [one.page.request.get(f"{page.address}{link}").status for link in links] == [404, 200]
    with serve_page(tmp_path / "home") as page, person(chromium, page.address, locale) as one:
        one.open()
        one.page.get_by_role("tab", name=words.evaluate).click()
        expect(listed := one.page.locator("#kept li")).to_have_count(1)
        expect(listed).to_contain_text("日志.jsonl")
        assert one.page.locator("#kept b").count() == 0
        with one.page.expect_popup() as waiting:
            listed.get_by_role("link", name=words.log_files[0]).click()
        expect(waiting.value.locator("h1")).to_have_text(re.compile(REPORT_TRANSLATIONS[language]["title"]))
