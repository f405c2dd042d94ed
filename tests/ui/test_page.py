"""The page in a real browser. Run: pytest tests/ui/test_page.py"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.ui.browser import person, tab
from tests.ui.serving import Served, serve_page
from ui.translations import TRANSLATIONS, Strings

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
ZH, EN = TRANSLATIONS["zh"], TRANSLATIONS["en"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.mark.parametrize(
    ("locale", "path", "question", "word"),
    [("zh-CN", "/zh/", "什么是卷积神经网络？", "卷积"), ("en-US", "/en/", "what is an LSTM?", "memory")],
)
def test_a_person_asks_is_answered_and_finds_it_again(
    locale: str, path: str, question: str, word: str, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address, locale) as one:
        one.open()
        assert one.page.url.startswith(page.address + path)
        one.say(question)
        expect(one.messages).to_have_text([question])
        expect(one.answers.last).to_contain_text(word)
        expect(one.conversation_titles).to_have_text([question])
        one.page.reload()
        expect(one.messages).to_have_text([question])
        one.open()
        expect(one.answers.last).to_contain_text(word)


@pytest.mark.parametrize(("path", "tag"), [("/zh/", "zh-CN"), ("/en/", "en")])
def test_every_button_has_a_name_in_the_language_of_the_page(
    path: str, tag: str, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address, "de-DE") as one:
        one.open(path)
        one.say("LSTM?")
        assert one.page.evaluate("document.documentElement.lang") == tag
        names = one.page.evaluate(
            """() => [...document.querySelectorAll('button, [role=button], a[href]')]
                .filter((part) => part.checkVisibility() && !part.closest('.thought-group, .suggestions'))
                .map((part) => part.getAttribute('aria-label') || part.innerText.trim() || part.outerHTML)"""
        )
        assert not [name for name in names if name.startswith("<")]
        han = [name for name in names if re.search("[\u4e00-\u9fff]", name)]
        if tag == "zh-CN":
            assert set(names) - set(han) <= {"English"}
        else:
            assert han == ["中文"]


def test_the_language_is_changed_by_hand_and_the_conversation_stays(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open()
        one.say("what is an LSTM?")
        one.page.get_by_role("link", name="中文").click()
        expect(one.page).to_have_url(re.compile("/zh/"))
        expect(one.messages).to_have_text(["what is an LSTM?"])
        expect(one.page.get_by_role("button", name=ZH.new)).to_be_visible()
        one.open()
        assert "/zh/" in one.page.url


def test_examples_begin_a_conversation(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address, "zh-CN") as one:
        one.open()
        one.page.get_by_role("button", name=ZH.examples[0]).click()
        expect(one.messages).to_have_text([ZH.examples[0]])
        expect(one.answers).to_have_count(1)


def test_suggestions_are_buttons_that_ask(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open()
        one.say("tell me about networks")
        option = one.page.locator("#transcript .suggestions button").first
        text = option.inner_text()
        option.click()
        expect(one.messages).to_have_count(2)
        assert "".join(one.messages.last.inner_text().split()) == "".join(text.split())


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<img src='http://evil.example/a.png'>",
    "![x](http://evil.example/b.png) [y](http://evil.example) **bold** $$x^2$$",
    "<svg/onload=alert(3)><iframe src='http://evil.example'></iframe>",
    "&lt;b&gt; &amp; <style>*{display:none}</style> <a href='javascript:alert(4)'>门</a>",
    "line one\nline two\n\n  第四行",
)


def test_whatever_is_typed_is_shown_as_it_is(chromium: Browser, page: Served) -> None:
    entry = page.bot.knowledge.add(["what does the <script>alert(5)</script> entry say"], HOSTILE[1] + HOSTILE[3])
    try:
        with person(chromium, page.address) as one:
            one.open()
            for text in HOSTILE:
                one.say(text)
            one.say("what does the <script>alert(5)</script> entry say")
            shown = [text.replace("\u2060", "") for text in one.messages.all_inner_texts()]
            assert shown[: len(HOSTILE)] == list(HOSTILE)
            assert one.answers.last.inner_text().replace("\u2060", "") == entry.reply
            for why in one.page.locator("#transcript .thought-group .title").all():
                why.click()
            made = "script:not([src]):not([type]), img[src*=evil], img[src=x], iframe, a[href*=evil], .katex, strong"
            inside = one.page.locator("#transcript").locator(made)
            assert inside.count() == 0
            assert one.page.locator("#sidebar, .sidebar").first.locator(made).count() == 0
            one.page.reload()
            expect(one.messages).to_have_count(len(HOSTILE) + 1)
            assert one.dialogs == []
    finally:
        page.bot.knowledge.forget(entry.id)


def test_why_is_folded_and_tells_entry_score_and_time(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address, "zh-CN") as one:
        one.open()
        one.say("什么是 LSTM")
        title = one.page.locator("#transcript .thought-group .title").last
        expect(title).to_contain_text(ZH.why)
        body = one.page.get_by_text(ZH.candidates).last
        expect(body).to_be_hidden()
        title.click()
        expect(body).to_be_visible()
        for word in ("rnn-lstm.zh", "starter/", ZH.shares, "ms", "%"):
            expect(body).to_contain_text(word)


def test_an_edited_message_cuts_what_came_after(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open()
        for text in ("what is an LSTM", "what is a GRU", "tell me a joke"):
            one.say(text)
        one.page.get_by_role("button", name="Edit").nth(1).click()
        field = one.page.locator("#transcript textarea")
        field.fill("什么是 <b>词向量</b>")
        one.page.get_by_role("button", name="Send").first.click()
        expect(one.messages).to_have_count(2)
        expect(one.answers).to_have_count(2)
        one.page.reload()
        expect(one.messages).to_have_count(2)
        assert one.messages.last.inner_text().replace("\u2060", "") == "什么是 <b>词向量</b>"


@pytest.mark.parametrize(
    ("path", "text", "mark"), [("/en/", "slowly zqx wvk", EN.stopped), ("/zh/", "慢慢 zqx wvk", ZH.stopped)]
)
def test_stop_keeps_what_was_written(path: str, text: str, mark: str, chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open(path)
        one.box.fill(text)
        one.box.press("Enter")
        expect(one.answers.last).to_contain_text("w5")
        one.page.locator("#box").get_by_role(
            "button", name=TRANSLATIONS["zh" if "zh" in path else "en"].labels[7]
        ).click()
        expect(one.page.locator("#transcript .under-reply")).to_have_text(mark)
        kept = one.answers.last.inner_text()
        assert "w199" not in kept
        one.page.reload()
        expect(one.answers).to_have_text([kept])
        expect(one.page.locator("#transcript .under-reply")).to_have_text(mark)
        one.say("what is an LSTM")


@pytest.mark.parametrize(
    ("path", "slow", "typed"), [("/en/", "slowly zqx wvk", "next one"), ("/zh/", "慢慢 zqx wvk", "下一句")]
)
def test_what_is_typed_while_a_reply_comes_stays(
    path: str, slow: str, typed: str, chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address) as one:
        one.open(path)
        one.box.fill(slow)
        one.box.press("Enter")
        expect(one.answers.last).to_contain_text("w5")
        one.box.fill(typed)
        words = TRANSLATIONS["zh" if "zh" in path else "en"]
        one.page.locator("#box").get_by_role("button", name=words.labels[7]).click()
        expect(one.page.locator("#transcript .under-reply")).to_have_text(words.stopped)
        expect(one.page.locator("#box").get_by_role("button", name=words.labels[7])).to_be_hidden()
        expect(one.box).to_have_value(typed)


def test_a_dislike_asks_why(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address, "zh-CN") as one:
        one.open()
        one.say("什么是 LSTM")
        one.page.get_by_role("button", name="没有用").click()
        one.page.locator("#dislike label").filter(has_text=ZH.reasons[0]).click()
        one.page.locator("#tell").click()
        expect(one.page.locator("#tell")).to_be_hidden()
        journals = page.bot.settings.home.rglob("*.jsonl")
        noted = [json.loads(line) for path in journals for line in path.read_text("utf-8").splitlines()]
        marks = [event for event in noted if event["kind"] == "mark" and event["conversation"] == one.conversation]
        assert (marks[-1]["liked"], marks[-1]["reason"]) == (False, ZH.reasons[0])


def test_conversations_are_listed_found_renamed_downloaded_and_deleted(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open()
        one.say("what is an LSTM")
        one.page.locator("#new").click()
        expect(one.messages).to_have_count(0)
        one.say("讲个笑话")
        expect(one.conversation_titles).to_have_text(["讲个笑话", "what is an LSTM"])
        one.conversation_titles.nth(1).click()
        expect(one.messages).to_have_text(["what is an LSTM"])
        one.page.locator("#search input, #search textarea").fill("笑话")
        expect(one.conversation_titles).to_have_text(["讲个笑话"])
        one.page.locator("#search input, #search textarea").fill("")
        expect(one.conversation_titles).to_have_count(2)
        one.page.locator("#manage button").first.click()
        one.page.locator("#title input, #title textarea").fill("<b>门</b> & Tür")
        one.page.locator("#rename").click()
        expect(one.conversation_titles.filter(has_text="Tür")).to_have_text(["<b>门</b> & Tür"])
        with one.page.expect_download() as waiting:
            one.page.locator("#download").click()
        record = json.loads(Path(waiting.value.path()).read_text("utf-8"))
        assert record["messages"][0] == {"role": "user", "content": "what is an LSTM"}
        one.page.locator("#delete").click()
        expect(one.conversation_titles).to_have_text(["讲个笑话"])
        expect(one.messages).to_have_count(0)
        assert one.dialogs == [EN.delete_sure]


def test_a_conversation_of_another_browser_is_not_found(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open()
        one.say("secret question")
        conversation = one.conversation
        with person(chromium, page.address) as stranger:
            stranger.open(f"/en/?c={conversation}")
            expect(stranger.page.get_by_text(EN.gone)).to_be_visible()
            expect(stranger.conversation_titles).to_have_count(0)
            expect(stranger.messages).to_have_count(0)


def test_two_tabs_write_into_one_conversation(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open()
        one.say("first 一")
        other = tab(one.page.context, page.address)
        other.open(f"/en/?c={one.conversation}")
        expect(other.messages).to_have_count(1)
        for round_ in range(3):
            for name, who in (("left", one), ("右", other)):
                who.box.fill(f"{name} {round_}")
            one.box.press("Enter")
            other.box.press("Enter")
            expect(one.messages.filter(has_text=f"left {round_}")).to_have_count(1)
            expect(other.messages.filter(has_text=f"右 {round_}")).to_have_count(1)
            expect(one.box).to_have_value("")
            expect(other.box).to_have_value("")
        one.page.reload()
        other.page.reload()
        expect(one.messages).to_have_count(7)
        expect(other.messages).to_have_count(7)
        texts = one.messages.all_inner_texts()
        assert texts == other.messages.all_inner_texts()
        assert sorted(texts) == sorted(["first 一", *(f"{name} {n}" for n in range(3) for name in ("left", "右"))])


def test_a_picture_is_shown_and_found_again(chromium: Browser, page: Served) -> None:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "orange").save(made, "PNG")
    with person(chromium, page.address) as one:
        one.open()
        upload = {"name": "图 .png", "mimeType": "image/png", "buffer": made.getvalue()}
        one.page.locator("#box input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
        expect(one.page.locator("#box img")).to_be_visible()
        one.say("what do you see?")
        for _ in range(2):
            picture = one.page.locator("#transcript img.sent")
            expect(picture).to_be_visible()
            assert picture.evaluate("part => part.naturalWidth") == 64
            one.page.reload()


def test_what_is_no_picture_is_refused_in_a_sentence(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address, "zh-CN") as one:
        one.open()
        upload = {"name": "a.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}
        one.page.locator("#box input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
        expect(one.page.locator("#box .thumbnail-item, #box img").first).to_be_visible()
        one.box.fill("看")
        one.box.press("Enter")
        expect(
            one.page.get_by_text(ZH.picture_refused["format"].format(format=ZH.picture_formats["SVG"]))
        ).to_be_visible()
        expect(one.box).to_have_value("看")
        assert one.dialogs == []


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", ZH), ("en-US", EN)])
def test_200_megabytes_are_refused_in_the_persons_language(
    locale: str, words: Strings, chromium: Browser, page: Served, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(200 * 2**20)
    with person(chromium, page.address, locale) as one:
        one.open()
        one.page.locator("#box input[type=file]").set_input_files(large)
        expect(one.page.locator(".toast-body").first).to_contain_text(words.too_large)
        one.say("LSTM?")


def test_a_degraded_store_is_said_quietly_until_it_is_well(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        page.store.degraded = True
        try:
            one.open()
            expect(one.page.get_by_text(EN.degraded)).to_be_visible()
        finally:
            page.store.degraded = False
        one.say("still there?")
        expect(one.page.get_by_text(EN.degraded)).to_be_hidden()


def test_the_keyboard_is_enough(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        one.open()
        expect(one.box).to_be_focused()
        one.page.keyboard.type("what is an LSTM")
        one.page.keyboard.press("Shift+Enter")
        one.page.keyboard.type("and a GRU")
        one.page.keyboard.press("Enter")
        expect(one.messages).to_have_text(["what is an LSTM\nand a GRU"])
        expect(one.answers).to_have_count(1)
        expect(one.box).to_be_focused()
        reached = set()
        for _ in range(40):
            one.page.keyboard.press("Tab")
            reached.add(
                one.page.evaluate(
                    """() => { const part = document.activeElement;
                    const ring = getComputedStyle(part);
                    return part.getAttribute('aria-label') || part.placeholder || part.innerText.trim(); }"""
                )
            )
        wanted = {"Copy", "Edit", "Useful", "Not useful", "Another answer", "Add a picture", EN.new, EN.search, "中文"}
        assert wanted <= reached


@pytest.mark.parametrize("path", ["/zh/", "/en/"])
def test_a_telephone_shows_all_of_it(path: str, chromium: Browser, page: Served) -> None:
    with person(chromium, page.address, width=390, height=844) as one:
        one.open(path)
        expect(one.box).to_be_in_viewport()
        for text in ("what is an LSTM", "Donaudampfschifffahrtsgesellschaft" * 6, "卷积" * 200):
            one.say(text)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(one.box).to_be_in_viewport()
        expect(one.conversation_titles.first).not_to_be_in_viewport()
        one.page.locator(".sidebar .toggle-button").click()
        expect(one.conversation_titles.first).to_be_in_viewport()
        one.conversation_titles.first.click()
        expect(one.conversation_titles.first).not_to_be_in_viewport()
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390
