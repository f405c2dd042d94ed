"""The Knowledge tab in a real browser. Run: pytest tests/ui/test_knowledge_page.py"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from data.records import Pair, Place
from tests.ui.browser import Person, person
from tests.ui.serving import Served, serve_page
from ui.translations import TRANSLATIONS, Strings

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
ZH, EN = TRANSLATIONS["zh"], TRANSLATIONS["en"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


def _open_tab(one: Person, tab: str) -> None:
    one.open()
    one.page.get_by_role("tab", name=tab).click()
    expect(one.page.locator("#where input, #where textarea")).not_to_have_value("")


def test_a_file_is_taken_in_with_a_report_and_its_entries_answer_at_once(
    chromium: Browser, page: Served, tmp_path: Path
) -> None:
    file = tmp_path / "学校 faq.csv"
    rows = [
        "question,answer",
        "图书馆几点开门？,早上八点开门。",
        ",没有问题的行",
        "when does the library open,At eight.",
    ]
    file.write_text("\n".join(rows), "utf-8")
    with person(chromium, page.address, "zh-CN") as one:
        _open_tab(one, ZH.knowledge)
        one.page.locator("#learn input[type=file]").set_input_files(file)
        report = one.page.locator("#report textarea")
        counts = {"file": file.name, "taken": 2, "merged": 0, "replaced": 0, "refused": 1}
        said = f"{ZH.preview_title}\n{ZH.previewed.format(**counts)}"
        expect(report).to_have_value(
            re.compile(f"^{re.escape(said)}.*question.*answer.*早上八点开门.*:3: 问题是空的", re.DOTALL)
        )
        assert page.bot.knowledge.find_all("图书馆几点开门？") == []
        one.page.locator("#import").click()
        expect(report).to_have_value(
            re.compile(f"^{re.escape(ZH.learned.format(**counts))}.*:3: 问题是空的", re.DOTALL)
        )
        expect(one.page.locator("#import")).to_be_hidden()
        # On a busy machine the index may take longer than a message waits for it.
        page.bot.knowledge_source.refresh()
        one.page.get_by_role("tab", name=ZH.chat).click()
        one.say("图书馆几点开门？")
        expect(one.answers.last).to_contain_text("早上八点开门")


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", ZH), ("en-GB", EN)])
def test_an_import_is_undone(chromium: Browser, page: Served, tmp_path: Path, locale: str, words: Strings) -> None:
    before = page.bot.knowledge.entries()
    file = tmp_path / f"undo {locale}.csv"
    file.write_text("question,answer\nwhen does the pool open,At six.\n泳池几点关门,晚上九点。\n", "utf-8")
    with person(chromium, page.address, locale) as one:
        _open_tab(one, words.knowledge)
        one.page.locator("#learn input[type=file]").set_input_files(file)
        one.page.locator("#import").click()
        report = one.page.locator("#report textarea")
        counts = {"taken": 2, "merged": 0, "replaced": 0, "refused": 0}
        expect(report).to_have_value(re.compile(f"^{re.escape(words.learned.format(file=file.name, **counts))}"))
        undo = one.page.locator("#undo")
        expect(undo).to_have_text(words.undo_import.format(file=file.name))
        assert len(page.bot.knowledge.entries()) == len(before) + 2
        undo.click()
        expect(report).to_have_value(words.undone.format(file=file.name, removed=2, restored=0))
        assert one.dialogs == [words.undo_sure]
        assert page.bot.knowledge.entries() == before


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", ZH), ("en-GB", EN)])
def test_unknown_columns_are_asked_for(
    chromium: Browser, page: Served, tmp_path: Path, locale: str, words: Strings
) -> None:
    file = tmp_path / f"columns {locale}.csv"
    rows = [
        "场合,情形,话语",
        f"门口,停车场在哪里 {locale},在楼后面。",
        f"gate,where is the lift {locale},Behind the stairs.",
    ]
    file.write_text("\n".join(rows), "utf-8")
    with person(chromium, page.address, locale) as one:
        _open_tab(one, words.knowledge)
        one.page.locator("#learn input[type=file]").set_input_files(file)
        report = one.page.locator("#report textarea")
        expect(report).to_have_value(re.compile("场合 \\| 情形 \\| 话语"))
        expect(one.page.locator("#import")).to_be_hidden()
        for place, number in (("#question-column", 2), ("#reply-column", 3)):
            one.page.locator(f"{place} input").click()
            one.page.locator(place).get_by_role("option", name=f"{number} · ").click()
        one.page.locator("#preview").click()
        counts = {"taken": 2, "merged": 0, "replaced": 0, "refused": 0}
        said = f"{words.preview_title}\n{words.previewed.format(file=file.name, **counts)}"
        expect(report).to_have_value(re.compile(f"^{re.escape(said)}.*在楼后面", re.DOTALL))
        one.page.locator("#cancel").click()
        expect(report).to_have_value("")
        expect(one.page.locator("#import-columns")).to_be_hidden()
        assert page.bot.knowledge.find_all(f"停车场在哪里 {locale}") == []
        one.page.locator("#learn input[type=file]").set_input_files(file)
        expect(report).to_have_value(re.compile("场合"))
        for place, number in (("#question-column", 2), ("#reply-column", 3)):
            one.page.locator(f"{place} input").click()
            one.page.locator(place).get_by_role("option", name=f"{number} · ").click()
        one.page.locator("#preview").click()
        one.page.locator("#import").click()
        expect(report).to_have_value(re.compile(f"^{re.escape(words.learned.format(file=file.name, **counts))}"))
        assert [entry.reply for entry in page.bot.knowledge.find_all(f"停车场在哪里 {locale}")] == ["在楼后面。"]


def test_an_entry_is_found_changed_and_removed(chromium: Browser, page: Served) -> None:
    made = page.bot.knowledge.add(["where is the <b>canteen</b>"], "On the ground floor.")
    with person(chromium, page.address) as one:
        _open_tab(one, EN.knowledge)
        one.page.locator("#find input, #find textarea").fill("canteen")
        one.page.keyboard.press("Enter")
        cell = one.page.locator("#entries").get_by_role("gridcell", name="where is the <b>canteen</b>")
        expect(cell).to_be_visible()
        cell.click()
        expect(one.page.locator("#entry-id input, #entry-id textarea")).to_have_value(made.id)
        one.page.get_by_label(EN.reply, exact=True).first.fill("On the roof.")
        one.page.locator("#save").click()
        expect(one.page.locator("#entries")).to_contain_text("On the roof.")
        assert page.bot.knowledge.entry(made.id).reply == "On the roof."
        one.page.locator("#forget").click()
        expect(one.page.locator("#entries")).not_to_contain_text("On the roof.")
        assert one.dialogs == [EN.forget_sure]
        assert page.bot.knowledge.count("canteen") == 0


def test_a_question_is_tried_and_nothing_is_stored(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address) as one:
        _open_tab(one, EN.knowledge)
        one.page.get_by_role("button", name=EN.try_title).click()
        one.page.locator("#try-question input, #try-question textarea").fill("what is an LSTM")
        one.page.locator("#try").click()
        expect(one.page.locator("#try-reply textarea, #try-reply input")).to_have_value(re.compile("memory"))
        expect(one.conversation_titles).to_have_count(0)


def test_many_entries_are_paged_and_own_ones_can_be_seen_alone(chromium: Browser, page: Served) -> None:
    pairs = [Pair(f"question number {n}", f"reply {n}", Place("many.csv", n)) for n in range(120)]
    page.bot.knowledge.learn(pairs, "many.csv")
    with person(chromium, page.address) as one:
        _open_tab(one, EN.knowledge)
        one.page.locator("#find input, #find textarea").fill("question number")
        one.page.keyboard.press("Enter")
        where = one.page.locator("#where input, #where textarea")
        expect(where).to_have_value(EN.page.format(page=1, pages=3, count=120))
        one.page.locator("#previous").click()
        expect(where).to_have_value(EN.page.format(page=1, pages=3, count=120))
        one.page.locator("#following").click()
        expect(where).to_have_value(EN.page.format(page=2, pages=3, count=120))
        one.page.locator("#find input, #find textarea").fill("")
        one.page.locator("#own input").check()
        expect(where).to_have_value(EN.page.format(page=1, pages=3, count=page.bot.knowledge.count("", True)))
        with one.page.expect_download() as waiting:
            one.page.locator("#export").click()
        assert "question number 7" in Path(waiting.value.path()).read_text("utf-8-sig")
        one.page.get_by_role("tab", name=EN.chat).click()
        one.say("still listening after a download?")


def test_the_tab_fits_a_telephone(chromium: Browser, page: Served) -> None:
    with person(chromium, page.address, width=390, height=844) as one:
        _open_tab(one, EN.knowledge)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", ZH), ("en-US", EN)])
def test_the_entries_are_checked_and_the_confusable_ones_named(
    chromium: Browser, tmp_path: Path, locale: str, words: Strings
) -> None:
    pairs = [
        Pair("怎么开发票", "在柜台开。", Place("票.csv", 2)),
        Pair("发票怎么开", "请到二楼财务室。", Place("票.csv", 3)),
        Pair("Do you lend wheelchairs?", "Yes, at the desk.", Place("票.csv", 4)),
    ]
    with serve_page(tmp_path) as one, person(chromium, one.address, locale) as owner:
        one.bot.knowledge.learn(pairs, "票.csv")
        _open_tab(owner, words.knowledge)
        owner.page.get_by_role("button", name=words.check_title).click()
        owner.page.locator("#check").click()
        report = owner.page.locator("#check-report textarea")
        expect(report).to_have_value(re.compile(re.escape(words.check_entries.format(entries=3))), timeout=60_000)
        expect(report).to_have_value(re.compile(re.escape(words.check_confusable.format(pairs=1))))
        expect(report).to_have_value(re.compile(re.escape(words.check_alone.format(alone=3))))
        expect(owner.page.locator("#confusable")).to_contain_text("发票怎么开")
