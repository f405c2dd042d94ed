"""What gradio says by itself, in the language of the page; keys, names and days. Run: pytest tests/ui/test_page_language.py"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from data.records import Language
from tests.ui.browser import person
from tests.ui.serving import Served, serve_page
from ui.auth import SECRET, derive_owner
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
ZH, EN = TRANSLATIONS["zh"], TRANSLATIONS["en"]
HAN = re.compile("[\u4e00-\u9fff]")
CONTROLS = (
    "button",
    "link",
    "textbox",
    "checkbox",
    "radio",
    "tab",
    "tabpanel",
    "combobox",
    "spinbutton",
    "searchbox",
    "grid",
)
# What people wrote, what the bot says in the other language, and names of languages and formats, are the same on both pages.
NAMES = """() => [...document.querySelectorAll('[aria-label], [title], [placeholder], label')]
  .filter((part) => part.checkVisibility({ visibilityProperty: true }))
  .filter((part) => !part.closest('#entries tr, #entries [role=gridcell], #conversations, [data-testid=user], [data-testid=bot]'))
  .flatMap((part) => [
    part.ariaLabel, part.title, part.closest('#words-group') ? '' : part.placeholder, part.matches('label') ? part.innerText : '',
  ])
  .map((name) => (name ?? '').trim()).filter((name) => name && !['ID', 'English', '中文'].includes(name))"""
DROP = """(part) => {
  const data = new DataTransfer();
  data.items.add(new File(['?'], 'picture.exe', { type: 'application/x-exe' }));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    part.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""
CONTRAST = """(box) => {
  const shine = (colour) => {
    const parts = colour.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255);
    const line = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2];
  };
  const ground = (part) => {
    const colour = getComputedStyle(part).backgroundColor;
    return /, 0\\)$|transparent/.test(colour) ? ground(part.parentElement) : colour;
  };
  const [light, dark] = [getComputedStyle(box).borderTopColor, ground(box.parentElement)].map(shine).sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


def tabs(page: Page) -> Locator:
    return page.get_by_role("tab")


def find_unnamed(page: Page) -> list[str]:
    """The roles of everything that can be used and has no name for those who hear the page."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    shown = [node for node in nodes if not node.get("ignored") and node["role"]["value"] in CONTROLS]
    assert shown
    return [node["role"]["value"] for node in shown if not node.get("name", {}).get("value", "").strip()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_control_of_every_tab_has_a_name_in_the_page_s_language(
    language: Language, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address, "de-DE") as one:
        one.open(f"/{language}/")
        one.say("LSTM?")
        expect(tabs(one.page)).to_have_count(5)
        for place in range(5):
            tabs(one.page).nth(place).click()
            folded = one.page.locator("button.label-wrap:not(.open):visible")
            for _ in range(folded.count()):
                folded.first.click()
            expect(folded).to_have_count(0)
            if place == 3:
                expect(one.page.locator("#entries")).to_contain_text("starter/")
            assert find_unnamed(one.page) == []
            names = one.page.evaluate(NAMES)
            assert [name for name in names if bool(HAN.search(name)) != (language == "zh")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_of_the_wrong_kind_is_refused_in_a_sentence(language: Language, chromium: Browser, page: Served) -> None:
    words = TRANSLATIONS[language]
    with person(chromium, page.address, "de-DE") as one:
        one.open(f"/{language}/")
        notice = one.page.locator(".toast-message-text")
        chosen: Any = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"?"}
        one.page.locator("#box input[type=file]").set_input_files(chosen)
        expect(notice).to_have_text([words.only_pictures])
        # Nothing else is in it, in any language.
        assert one.page.locator(".toast-body").inner_text().split() == ["×", *words.only_pictures.split()]
        one.page.locator(".toast-close").click()
        expect(notice).to_have_count(0)
        one.page.locator("#box .full-container").evaluate(DROP)
        expect(notice).to_have_text([words.only_pictures])
        one.page.locator(".toast-close").click()
        tabs(one.page).nth(4).click()
        one.page.locator("#older button").first.evaluate(DROP)
        expect(notice).to_contain_text([words.only_files.partition("{")[0]])
        expect(one.page.locator("#older [data-testid=status-tracker] .error")).to_be_hidden()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_arrow_keys_move_between_the_tabs(language: Language, chromium: Browser, page: Served) -> None:
    words = TRANSLATIONS[language]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        assert [tab.get_attribute("tabindex") for tab in tabs(one.page).all()] == ["0", "-1", "-1", "-1", "-1"]
        tabs(one.page).first.focus()
        steps = [
            ("ArrowRight", words.picture),
            ("ArrowLeft", words.chat),
            ("ArrowLeft", words.evaluate),
            ("ArrowRight", words.chat),
            ("End", words.evaluate),
            ("Home", words.chat),
        ]
        for key, name in steps:
            one.page.keyboard.press(key)
            chosen = one.page.get_by_role("tab", selected=True)
            expect(chosen).to_have_text(name)
            expect(chosen).to_be_focused()
            expect(chosen).to_have_attribute("tabindex", "0")
        # In a text the same keys move the cursor.
        one.box.fill("ab")
        one.box.press("Home")
        one.box.press("x")
        expect(one.box).to_have_value("xab")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_can_be_ticked_is_seen(dark: bool, chromium: Browser, page: Served) -> None:
    with person(chromium, page.address, dark=dark) as one:
        one.open("/zh/")
        tabs(one.page).nth(3).click()
        assert one.page.locator("#own input").evaluate(CONTRAST) >= 3
        tabs(one.page).nth(4).click()
        assert one.page.locator("#again input").evaluate(CONTRAST) >= 3
        tabs(one.page).nth(0).click()
        one.say("LSTM?")
        one.page.get_by_role("button", name=ZH.labels[4]).click()
        assert one.page.locator("#dislike input[type=radio]").first.evaluate(CONTRAST) >= 3


USED = ("2026-03-20T19:00Z", "2026-03-20T14:00Z", "2026-03-20T01:00Z", "2026-03-16T12:00Z", "2025-12-31T20:00Z")


@pytest.mark.parametrize(
    ("language", "zone", "days"),
    [
        ("zh", "Asia/Shanghai", [ZH.today, ZH.yesterday, None, ZH.week, "2026年1月"]),
        ("en", "America/Los_Angeles", [EN.today, None, EN.yesterday, EN.week, "December 2025"]),
    ],
)
def test_the_conversations_are_listed_by_the_visitor_s_days(
    language: Language, zone: str, days: list[str | None], chromium: Browser, page: Served
) -> None:
    secret = zone.ljust(40, "x")
    owner = derive_owner({SECRET: secret})
    with closing(sqlite3.connect(page.bot.settings.home / "conversations.db")) as db, db:
        for text in USED:
            conversation = page.do(page.store.begin(owner, text))
            used = datetime.fromisoformat(text).timestamp()
            db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (used, conversation.id))
            db.commit()
    with person(chromium, page.address, "de-DE", zone=zone) as one:
        one.page.context.add_cookies([{"name": SECRET, "value": secret, "url": page.address}])
        one.page.clock.set_fixed_time(datetime(2026, 3, 20, 20, tzinfo=UTC))
        one.open(f"/{language}/")
        expect(one.conversation_titles).to_have_text(list(USED))
        assert [row.get_attribute("data-day") for row in one.conversation_titles.all()] == days
        assert bool(HAN.search(one.conversation_titles.first.get_attribute("title") or "")) == (language == "zh")
        # A search leaves fewer rows, and the first has its day again.
        one.page.locator("#search input, #search textarea").fill("2026-03-20T01")
        expect(one.conversation_titles).to_have_text([USED[2]])
        expect(one.conversation_titles.first).to_have_attribute("data-day", TRANSLATIONS[language].yesterday)
        one.conversation_titles.first.click()
        expect(one.page).to_have_url(re.compile("[?&]c="))
