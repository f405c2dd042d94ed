"""Pictures in a real browser: in the chat, and on their own tab. Run: pytest tests/ui/test_picture_page.py"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from bot.picture_replies import INVITE
from tests.ui.browser import Person, person
from tests.ui.serving import Served, serve_page
from tests.vqa.fake_vision import draw_square
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

COLOUR = {"zh": "红色", "en": "red"}
QUESTION = {"zh": "这是什么颜色？", "en": "what colour is it?"}
ANSWER = {"zh": "红色。", "en": "Red."}
both = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


def give(one: Person, box: str, data: bytes, name: str = "图 1.png") -> None:
    upload = {"name": name, "mimeType": "image/png", "buffer": data}
    one.page.locator(f"{box} input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
    expect(one.page.locator(f"{box} .thumbnail-item, {box} img").first).to_be_visible()


def is_drawn(image: Locator) -> bool:
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", True)
    return int(image.evaluate("part => part.naturalWidth")) > 0


@both
def test_a_picture_is_described_at_once_and_questions_go_to_it(language: str, chromium: Browser, page: Served) -> None:
    words = TRANSLATIONS["zh" if language == "zh" else "en"]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        give(one, "#box", draw_square("red"))
        one.say("")
        expect(one.answers.last).to_contain_text(COLOUR[language])
        expect(one.answers.last).to_contain_text(INVITE["zh" if language == "zh" else "en"])
        # A picture alone gives no words to be found by; what was seen in it does.
        expect(one.page.locator("#conversations")).to_contain_text(COLOUR[language])
        one.say(QUESTION[language])
        expect(one.answers.last).to_have_text(ANSWER[language])
        one.say({"zh": "什么是卷积神经网络？", "en": "what is an LSTM?"}[language])
        expect(one.answers.last).to_contain_text({"zh": "卷积", "en": "memory"}[language])
        one.page.get_by_text(words.why).nth(1).click()
        expect(one.page.get_by_text(words.alternatives).last).to_be_visible()
        heat = one.page.locator("#transcript img.looked")
        expect(heat).to_have_count(0)
        one.page.get_by_text(words.looked, exact=True).nth(1).click()
        assert is_drawn(heat)
        expect(heat).to_have_attribute("alt", words.looked_alt)
        expect(heat).to_have_attribute("src", re.compile(r"^/overlay/[\w-]+/1-0\.png$"))


def test_nobody_else_sees_where_was_looked(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one, person(chromium, page.address) as other:
        one.open("/en/")
        give(one, "#box", draw_square("blue"))
        one.say("what colour is it?")
        path = f"/overlay/{one.conversation}/0-0.png"
        assert one.page.request.get(page.address + path).status == 200
        assert one.page.request.get(page.address + path.replace("/0-0", "/7-0")).status == 404
        other.open("/en/")
        assert other.page.request.get(page.address + path).status == 404


@both
def test_the_tab_describes_by_both_models_in_both_languages_word_by_word(
    language: str, chromium: Browser, page: Served
) -> None:
    words = TRANSLATIONS["zh" if language == "zh" else "en"]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.page.get_by_role("tab", name=words.picture, exact=True).click()
        give(one, "#picture-box", draw_square("red"))
        one.page.locator("#describe").click()
        other = "en" if language == "zh" else "zh"
        for place in (0, 1):
            for number, tongue in enumerate((language, other)):
                field = one.page.locator(f"#caption-{place}-{number} textarea")
                expect(field).to_have_value(re.compile(COLOUR[tongue]))
        assert is_drawn(one.page.get_by_role("img", name=words.picture_given))
        for number in (1, 2, 3):
            name = words.word_heat.format(number=number, count=3)
            assert is_drawn(one.page.get_by_role("img", name=name, exact=True))


@both
def test_the_tab_answers_with_bars_and_an_overlay(language: str, chromium: Browser, page: Served) -> None:
    words = TRANSLATIONS["zh" if language == "zh" else "en"]
    with person(chromium, page.address, width=390, height=844, dark=True) as one:
        one.open(f"/{language}/")
        one.page.get_by_role("tab", name=words.picture, exact=True).click()
        one.page.locator("#ask").click()
        said = one.page.locator("#picture-said textarea")
        expect(said).to_have_value(words.picture_missing)
        give(one, "#picture-box", draw_square("red"))
        one.page.locator("#picture-box textarea").fill(QUESTION[language])
        one.page.locator("#picture-box textarea").press("Enter")
        expect(said).to_have_value(re.compile(rf"^{re.escape(ANSWER[language])}\n.*%"))
        for name in (words.answer_heat, words.answer_bars):
            assert is_drawn(one.page.get_by_role("img", name=name, exact=True))
        # The picture stays for the next question.
        one.page.locator("#picture-examples").get_by_text(words.picture_examples[4]).click()
        expect(said).to_have_value(re.compile({"zh": "^没有。", "en": "^No."}[language]))
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390


@both
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<svg onload=alert(1)>", "format"),
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 40, "damaged"),
        (b"words", "unknown"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(
    data: bytes, reason: str, language: str, chromium: Browser, page: Served
) -> None:
    words = TRANSLATIONS["zh" if language == "zh" else "en"]
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.page.get_by_role("tab", name=words.picture, exact=True).click()
        upload = {"name": "a.png", "mimeType": "image/png", "buffer": data}
        one.page.locator("#picture-box input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
        expect(one.page.locator("#picture-box .thumbnail-item").first).to_be_visible()
        one.page.locator("#describe").click()
        expect(one.page.locator("#picture-said textarea")).to_have_value(
            words.picture_refused[reason].format(format=words.picture_formats["SVG"])
        )
        assert one.dialogs == []
