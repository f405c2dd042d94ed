"""What stands under a reply, in a real browser. Run: pytest tests/ui/test_reply.py"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from bot import messages
from bot.types import Suggestion
from data.records import LANGUAGES, Language
from tests.ui.browser import Person, person
from tests.ui.serving import Served, serve_page
from ui.auth import derive_owner
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
# Gradio's own name for it in Chinese, and ours.
RETRY = re.compile("^(换一个回答|Another answer)$")
LIKE = re.compile("^(有用|Useful)$")
LIKED = re.compile("^(已标为有用|Marked useful)$")
KNOWN: dict[Language, str] = {"zh": "什么是 LSTM", "en": "what is an LSTM"}
NEAR: dict[Language, str] = {"zh": "网络层 网络 怎么回事", "en": "how tall is the eiffel tower"}
# Indentation, a tab, what looks like HTML, and what looks like an entity.
EXACT: dict[Language, str] = {
    "zh": "  第一行 <b>粗</b> &lt;门&gt;\n\tif a < b && c > d:\n\n    返回 *星* $x$ <script>",
    "en": "  first <b>bold</b> &lt;door&gt;\n\tif a < b && c > d:\n\n    return *star* $x$ <script>",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


def retry(one: Person) -> None:
    before = one.page.locator("#transcript .message-row").last.inner_text()
    one.page.get_by_role("button", name=RETRY).click()
    expect(one.page.locator("#transcript .message-row").last).not_to_have_text(before)


def pager(one: Person) -> Locator:
    return one.page.locator("#transcript .versions").last


def copy(one: Person, row: Locator) -> str:
    """What the copy button under a message puts on the clipboard."""
    one.page.evaluate("navigator.clipboard.writeText('nothing 无')")
    button = row.locator("xpath=following-sibling::*[1]").locator(".copy-message")
    before = button.get_attribute("aria-label")
    button.click()
    expect(button).not_to_have_attribute("aria-label", before or "")
    return str(one.page.evaluate("navigator.clipboard.readText()"))


def allow_clipboard(one: Person) -> None:
    one.page.context.grant_permissions(["clipboard-read", "clipboard-write"])


def test_versions_are_kept_over_a_reload_and_a_restart_and_are_in_the_download(
    chromium: Browser, tmp_path: Path
) -> None:
    context = chromium.new_context()
    opened: dict[Language, tuple[str, str]] = {}
    try:
        with serve_page(tmp_path) as before:
            for language in LANGUAGES:
                one = Person(context.new_page(), before.address)
                one.open(f"/{language}/?new=1")
                one.say(KNOWN[language])
                first = one.answers.last.inner_text()
                retry(one)
                expect(pager(one)).to_contain_text("2/2")
                expect(one.answers.last).not_to_have_text(first)
                one.page.reload()
                expect(pager(one)).to_contain_text("2/2")
                one.page.get_by_role("button", name=TRANSLATIONS[language].earlier_version).click()
                expect(one.answers.last).to_have_text(first)
                expect(pager(one)).to_contain_text("1/2")
                opened[language] = one.conversation, first
                one.page.close()
        with serve_page(tmp_path) as after:
            for language, (conversation, first) in opened.items():
                one = Person(context.new_page(), after.address)
                one.open(f"/{language}/?c={conversation}")
                expect(one.answers).to_have_text([first])
                expect(pager(one)).to_contain_text("1/2")
                one.page.get_by_role("button", name=TRANSLATIONS[language].later_version).click()
                expect(pager(one)).to_contain_text("2/2")
                expect(one.answers.last).not_to_have_text(first)
                download = context.request.get(f"{after.address}/conversation/{conversation}.jsonl")
                (turn,) = json.loads(download.text())["turns"]
                assert turn["versions"][0]["text"] == first
                assert [turn["version"], len(turn["versions"])] == [1, 2]
                one.page.close()
    finally:
        context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_answer_after_i_dont_know_is_a_hedge_and_one_can_go_back(
    language: Language, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.say(NEAR[language])
        buttons = one.page.locator("#transcript .suggestions button")
        nearest = buttons.first.inner_text()
        form = messages.DID_YOU_MEAN if buttons.count() == 1 else messages.DID_YOU_MEAN_ONE_OF
        offer = messages.join(language, messages.NOT_SURE[language], form[language].format(question=nearest))
        expect(one.answers.last).to_have_text(offer)
        retry(one)
        hedge = messages.NEAREST[language].format(question=nearest, text="")
        expect(one.answers.last).to_contain_text(hedge.strip())
        one.page.get_by_role("button", name=TRANSLATIONS[language].earlier_version).click()
        expect(one.answers.last).to_have_text(offer)
        expect(one.page.locator("#transcript .suggestions button").first).to_have_text(nearest)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nothing_is_near_another_answer_says_that_there_is_none(
    language: Language, chromium: Browser, page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page.bot.engine._answerer, "rules", replace(page.bot.engine.rules, offer_threshold=0.99))
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.say(NEAR[language])
        expect(one.answers.last).to_have_text(messages.UNKNOWN[language])
        retry(one)
        expect(one.answers.last).to_have_text(messages.NO_MORE[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_copied_is_exactly_what_was_said(language: Language, chromium: Browser, page: Served) -> None:
    entry = page.bot.knowledge.add([EXACT[language].strip()], EXACT[language])
    try:
        with person(chromium, page.address) as one:
            allow_clipboard(one)
            one.open(f"/{language}/")
            one.say(EXACT[language])
            rows = one.page.locator("#transcript .message-row")
            expect(one.page.get_by_role("button", name=TRANSLATIONS[language].copy, exact=True)).to_have_count(2)
            (turn,) = page.do(page.store.turns(_get_owner(one), one.conversation))
            assert turn.message.text == EXACT[language]
            assert copy(one, rows.first) == EXACT[language]
            # Not with what stands under it, folded or not.
            one.page.locator("#transcript .thought-group .title").last.click()
            retry(one)
            one.page.get_by_role("button", name=TRANSLATIONS[language].earlier_version).click()
            expect(pager(one)).to_contain_text("1/")
            assert copy(one, rows.last) == turn.reply.text == entry.reply
    finally:
        page.bot.knowledge.forget(entry.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_selected_by_hand_is_copied_as_it_was_said(language: Language, chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        allow_clipboard(one)
        one.open(f"/{language}/")
        one.say(f"<b>{KNOWN[language]}</b> &amp; 门")
        one.messages.last.select_text()
        one.page.keyboard.press("Control+c")
        assert one.page.evaluate("navigator.clipboard.readText()") == f"<b>{KNOWN[language]}</b> &amp; 门"


@pytest.mark.parametrize(("language", "question"), [("zh", "图里是什么？"), ("en", "what do you see?")])
def test_a_reply_about_a_picture_is_copied_too(
    language: Language, question: str, chromium: Browser, page: Served
) -> None:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(made, "PNG")
    with person(chromium, page.address) as one:
        allow_clipboard(one)
        one.open(f"/{language}/")
        upload = {"name": "图 .png", "mimeType": "image/png", "buffer": made.getvalue()}
        one.page.locator("#box input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
        expect(one.page.locator("#box img")).to_be_visible()
        one.say(question)
        (turn,) = page.do(page.store.turns(_get_owner(one), one.conversation))
        expect(one.page.locator("#transcript .thought-group")).to_have_count(2)
        assert copy(one, one.page.locator("#transcript .message-row").last) == turn.reply.text
        assert copy(one, one.page.locator("#transcript .message-row").first) == question


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_thumb_is_shown_after_a_reload_and_only_under_its_reply(
    language: Language, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.say(KNOWN[language])
        one.say(NEAR[language])
        one.page.get_by_role("button", name=LIKE).last.click()
        expect(one.page.get_by_role("button", name=LIKED)).to_have_count(1)
        expect(one.page.get_by_text(TRANSLATIONS[language].thanks)).to_be_visible()
        one.page.reload()
        expect(one.page.get_by_role("button", name=LIKED)).to_have_count(1)
        expect(one.page.locator("#transcript .message-buttons").last.get_by_role("button", name=LIKED)).to_be_visible()
        # Another version and another conversation have no thumb at this place.
        retry(one)
        expect(one.page.get_by_role("button", name=LIKED)).to_have_count(0)
        one.page.get_by_role("button", name=TRANSLATIONS[language].earlier_version).click()
        expect(one.page.get_by_role("button", name=LIKED)).to_have_count(1)
        one.page.locator("#new").click()
        expect(one.messages).to_have_count(0)
        one.say(KNOWN[language])
        one.say(NEAR[language])
        expect(one.page.get_by_role("button", name=LIKED)).to_have_count(0)


@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1280)])
def test_suggestions_stand_right_below_their_reply_and_ask_what_they_show(
    language: Language, width: int, chromium: Browser, page: Served
) -> None:
    hostile = "<b onclick=\"x\">${1+1}</b> {{value}} &lt;塔&gt; 'tower' `"
    with person(chromium, page.address, width=width) as one:
        one.open(f"/{language}/")
        one.say(KNOWN[language])
        (turn,) = page.do(page.store.turns(_get_owner(one), one.conversation))
        reply = replace(turn.reply, suggestions=(Suggestion("", hostile), Suggestion("", "塔 tower")))
        page.do(page.store.replace(_get_owner(one), one.conversation, replace(turn, reply=reply)))
        one.page.reload()
        buttons = one.page.locator("#transcript .suggestions button")
        expect(buttons).to_have_text([hostile, "塔 tower"])
        above, first, last, why = (
            part.bounding_box()
            for part in (one.answers.last, buttons.first, buttons.last, one.page.locator("#transcript .title").last)
        )
        assert above and first and last and why  # noqa: PT018 - one reason for all: it is not on the page
        assert 0 <= first["y"] - (above["y"] + above["height"]) <= 16
        assert last["y"] + last["height"] <= why["y"]
        buttons.first.click()
        expect(one.messages).to_have_count(2)
        expect(one.answers).to_have_count(2)
        (_, asked) = page.do(page.store.turns(_get_owner(one), one.conversation))
        assert asked.message.text == hostile
        # They stay with their reply when the talk goes on.
        expect(buttons.first).to_have_text(hostile)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reader_can_add_up_why(language: Language, chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.say(KNOWN[language])
        one.page.locator("#transcript .thought-group .title").last.click()
        why = one.page.locator("#transcript .thought-group .md").last
        expect(why).to_contain_text(TRANSLATIONS[language].features["start"])
        lines = why.inner_text().split(TRANSLATIONS[language].shares)[1].strip().split("\n\n")[0].splitlines()
        *shares, total = [float(line.split()[0]) for line in lines]
        assert round(sum(shares), 2) == total
        (probability,) = re.findall(r"([0-9.]+)%", lines[-1])
        assert 100 / (1 + math.exp(-total)) == pytest.approx(float(probability), abs=0.2)


def _get_owner(one: Person) -> str:
    return derive_owner({str(cookie["name"]): str(cookie["value"]) for cookie in one.page.context.cookies()})
