"""The Evaluate tab and the report it makes, in a real browser. Run: pytest tests/ui/test_evaluate_page.py"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluation.translations import TRANSLATIONS as REPORT_TRANSLATIONS
from tests.evaluation.logs import evaluate_log, make_conversations, write_log
from tests.ui.browser import person
from tests.ui.serving import Served, serve_page
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
ZH, EN = TRANSLATIONS["zh"], TRANSLATIONS["en"]
EVIL = "</script><img src=x onerror=alert(1)><b>粗</b>"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


def test_a_log_is_uploaded_judged_and_its_report_opened(chromium: Browser, page: Served, tmp_path: Path) -> None:
    log = write_log(tmp_path / "对话.jsonl", make_conversations(30))
    with person(chromium, page.address, "zh-CN") as one:
        one.open()
        one.page.get_by_role("tab", name=ZH.evaluate).click()
        one.page.locator("#logs input[type=file]").set_input_files(log)
        expect(one.page.locator("#logs .file-preview")).to_contain_text("对话")
        one.page.locator("#judge").click()
        said = REPORT_TRANSLATIONS["zh"]["summary"].format(turns="120", conversations="30")
        expect(one.page.locator("#judged textarea")).to_have_value(re.compile(re.escape(said)), timeout=60_000)
        expect(one.page.locator("#numbers")).to_contain_text(REPORT_TRANSLATIONS["zh"]["m_fallback_rate"])
        with one.page.expect_popup() as waiting:
            one.page.locator("#reports").get_by_role("link", name=ZH.log_files[0]).click()
        report = waiting.value
        expect(report.locator(".tile").first).to_be_visible()
        with one.page.expect_download() as loading:
            one.page.locator("#reports").get_by_role("link", name=ZH.log_files[1]).click()
        assert "question" in Path(loading.value.path()).read_text("utf-8-sig")
        report.close()
    assert len(list(page.bot.evaluations.iterdir())) == 1


def test_what_cannot_be_judged_is_said_and_nothing_stays(chromium: Browser, page: Served, tmp_path: Path) -> None:
    prose = tmp_path / "notes.txt"
    prose.write_text("<b>只是一些字</b>\n", "utf-8")
    before = set(page.bot.evaluations.glob("*"))
    with person(chromium, page.address, "en-US", width=390, height=844) as one:
        one.open()
        one.page.get_by_role("tab", name=EN.evaluate).click()
        one.page.locator("#judge").click()
        expect(one.page.locator("#judged textarea")).to_have_value(EN.log_missing)
        one.page.locator("#logs input[type=file]").set_input_files(prose)
        expect(one.page.locator("#logs .file-preview")).to_contain_text("notes")
        one.page.locator("#judge").click()
        expect(one.page.locator("#judged textarea")).to_have_value(re.compile("^Nothing was evaluated.*no log"))
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert set(page.bot.evaluations.glob("*")) == before


def test_the_bots_own_journal_is_judged_and_deleting_a_conversation_deletes_its_reports(
    chromium: Browser, page: Served
) -> None:
    with person(chromium, page.address) as one:
        one.open()
        one.say("what is an LSTM")
        one.page.get_by_role("tab", name=EN.evaluate).click()
        one.page.locator("#judge-own").click()
        expect(one.page.locator("#judged textarea")).to_have_value(
            re.compile("^1 turns in 1 conversations"), timeout=60_000
        )
        link = one.page.locator("#reports").get_by_role("link", name=EN.log_files[2]).get_attribute("href")
        assert link
        assert "what is an LSTM" in one.page.request.get(page.address + link).text()
        one.page.get_by_role("tab", name=EN.chat).click()
        one.page.get_by_role("button", name=EN.manage).click()
        one.page.locator("#delete").click()
        expect(one.conversation_titles).to_have_count(0)
        assert one.page.request.get(page.address + link).status == 404


def test_reports_are_for_the_administrator_only(chromium: Browser, tmp_path: Path) -> None:
    with (
        serve_page(tmp_path / "home", "user-password", "admin-password") as guarded,
        person(chromium, guarded.address) as one,
    ):
        folder = guarded.bot.evaluations / ("a" * 32)
        evaluate_log(write_log(tmp_path / "log.jsonl", make_conversations(2)), folder)
        (guarded.bot.evaluations / "secret.html").write_text("secret", "utf-8")
        one.page.goto(guarded.address)
        one.page.locator("#p").fill("user-password")
        one.page.keyboard.press("Enter")
        expect(one.box).to_be_visible()
        expect(one.page.get_by_role("tab", name=EN.evaluate)).to_have_count(0)
        address = f"{guarded.address}/evaluation/{'a' * 32}/report.html"
        assert one.page.request.get(address).status == 403
        one.page.request.post(f"{guarded.address}/login", form={"password": "admin-password"})
        assert one.page.request.get(address).status == 200
        for wrong in (
            f"{'a' * 32}/.parts",
            f"{'b' * 32}/report.html",
            "..%2fsecret.html/report.html",
            f"{'a' * 32}/..%2f..%2fsecret.html",
        ):
            assert one.page.request.get(f"{guarded.address}/evaluation/{wrong}").status == 404


def report(chromium: Browser, path: Path, language: str, width: int) -> tuple[Page, list[str]]:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    shown = context.new_page()
    wrong: list[str] = []
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    shown.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:", "blob:")) else wrong.append(request.url),
    )
    shown.on("dialog", lambda dialog: wrong.append(dialog.message))
    shown.goto(f"{path.as_uri()}#{language}")
    return shown, wrong


@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
def test_the_report_works_from_disk_in_both_languages_and_shows_texts_as_texts(
    chromium: Browser, tmp_path: Path, language: str, width: int
) -> None:
    dialogs = make_conversations(40)
    dialogs[0]["messages"][1] |= {"content": EVIL, "source": EVIL, "feedback": "dislike", "reason": EVIL}
    old = write_log(tmp_path / "old.jsonl", make_conversations(40))
    evaluate_log(write_log(tmp_path / "log.jsonl", dialogs), tmp_path / "out", old_logs=(old,))
    shown, wrong = report(chromium, tmp_path / "out" / "report.html", language, width)
    words = REPORT_TRANSLATIONS["zh" if language == "zh" else "en"]
    expect(shown.locator("h1")).to_have_text(words["title"])
    expect(shown.get_by_text(EVIL).first).to_be_visible()
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    shown.locator(".tile", has_text=words["m_fallback_rate"]).click()
    assert 5 < shown.locator("dialog .turn").count() <= 200
    expect(shown.locator("dialog .pill").first).to_be_visible()
    shown.keyboard.press("Escape")
    expect(shown.locator("dialog .turn").first).to_be_hidden()
    table = shown.locator("#said table").first
    sources = table.locator("tbody tr td:first-child").all_inner_texts()
    table.get_by_role("button", name=words["turns"]).click()
    assert len(sources) == 3
    assert table.locator("tbody tr td:first-child").all_inner_texts() == sources[::-1]
    plot = shown.locator("#said svg .hot").nth(0)
    plot.hover(force=True)
    expect(shown.locator("#tip")).to_have_class("on")
    with shown.expect_download() as waiting:
        shown.get_by_role("button", name=words["download_sheet"]).click()
    assert Path(waiting.value.path()).read_bytes() == (tmp_path / "out" / "unanswered.csv").read_bytes()
    shown.locator(".switch").click()
    other = REPORT_TRANSLATIONS["en" if language == "zh" else "zh"]
    expect(shown.locator("h1")).to_have_text(other["title"])
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    shown.context.close()


def test_every_word_of_the_report_is_said_in_both_languages() -> None:
    han = re.compile("[\u4e00-\u9fff]")
    names = {"bleu_zh", "bleu_en", "chrf", "rouge_l", "recall_at_1", "recall_at_2", "recall_at_5", "mrr", "map"}
    assert REPORT_TRANSLATIONS["zh"].keys() == REPORT_TRANSLATIONS["en"].keys()
    for key, text in REPORT_TRANSLATIONS["en"].items():
        chinese = REPORT_TRANSLATIONS["zh"][key]
        assert text.strip()
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", chinese))
        if key != "self" and key.removeprefix("m_") not in names:
            assert not han.search(text), key
            assert han.search(chinese), key
    script = (Path(__file__).parents[2] / "evaluation" / "report_html" / "script.js").read_text("utf-8")
    assert not han.search(script)
    for key in re.findall(r"say\('(\w+)'", script):
        assert key in REPORT_TRANSLATIONS["en"], key
