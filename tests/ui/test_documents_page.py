"""Documents on the Knowledge tab in a real browser. Run: pytest tests/ui/test_documents_page.py"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.documents.write_pdf import write_pdf
from data.documents.block import Block
from tests.ui.browser import Person, person
from tests.ui.serving import Served, serve_page
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
ZH, EN = TRANSLATIONS["zh"], TRANSLATIONS["en"]
TABLE = (("模式", "噪声", "续航"), ("安静", "55 分贝", "180 分钟"), ("强力", "67 分贝", "90 分钟"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home"), starter=False) as one:
        yield one


def _open_tab(one: Person, tab: str) -> None:
    one.open()
    one.page.get_by_role("tab", name=tab).click()
    expect(one.page.locator("#where input, #where textarea")).not_to_have_value("")


def _drop(one: Person, file: Path) -> None:
    """Drop a file on the import box, as from a folder of the system."""
    data = list(file.read_bytes())
    transfer = one.page.evaluate_handle(
        "([bytes, name]) => { const t = new DataTransfer(); t.items.add(new File([new Uint8Array(bytes)], name)); return t; }",
        [data, file.name],
    )
    one.page.dispatch_event("#learn button", "drop", {"dataTransfer": transfer})


def test_a_dropped_pdf_is_quoted_with_its_page(chromium: Browser, page: Served, tmp_path: Path) -> None:
    file = tmp_path / "扫地机手册.pdf"
    first = [Block("heading", "扫地机手册", 1), *(Block("text", f"第 {n} 条提示：请勿遮挡传感器。") for n in range(60))]
    write_pdf(file, [*first, Block("heading", "吸力模式", 2), Block("table", rows=TABLE)])
    with person(chromium, page.address, "zh-CN") as one:
        _open_tab(one, ZH.knowledge)
        _drop(one, file)
        report = one.page.locator("#report textarea")
        expect(report).to_have_value(re.compile(re.escape(file.name) + "：共 \\d+ 段"))
        one.page.get_by_role("tab", name=ZH.chat).click()
        one.say("安静模式的噪声和续航是多少？")
        expect(one.answers.last).to_contain_text("安静：噪声 55 分贝，续航 180 分钟")
        expect(one.answers.last).to_contain_text("《扫地机手册.pdf》第 2 页")
        one.page.locator(".thought-group").last.click()
        expect(one.page.locator("#transcript")).to_contain_text(ZH.surroundings)
        expect(one.page.locator("#transcript")).to_contain_text("【安静 | 55 分贝 | 180 分钟】")


def test_a_passage_is_edited_and_a_document_deleted(chromium: Browser, page: Served, tmp_path: Path) -> None:
    file = tmp_path / "pool rules.md"
    file.write_text("# Pool rules\n\n## Hours\n\nThe pool opens at seven in the morning.\n", encoding="utf-8")
    page.bot.learn_document(file)
    with person(chromium, page.address) as one:
        _open_tab(one, EN.knowledge)
        one.page.get_by_role("button", name=EN.documents_title).click()
        one.page.locator("#documents").get_by_role("gridcell", name="pool rules.md").click()
        one.page.locator("#passages").get_by_role("gridcell", name="The pool opens at seven").click()
        text = one.page.locator("#passage-text textarea")
        expect(text).to_have_value("The pool opens at seven in the morning.")
        text.fill("The pool opens at six in the morning.")
        one.page.locator("#passage-save").click()
        expect(one.page.locator("#passages")).to_contain_text("at six in the morning")
        (stored,) = page.bot.knowledge.documents.list_passages("pool rules.md")
        assert (stored.passage.text, stored.is_edited) == ("The pool opens at six in the morning.", True)
        one.page.locator("#document-delete").click()
        expect(one.page.locator("#documents")).not_to_contain_text("pool rules.md")
        assert one.dialogs == [EN.document_sure]
        assert page.bot.knowledge.documents.list_passages("pool rules.md") == []


def test_a_scan_is_refused_by_name(chromium: Browser, page: Served, tmp_path: Path) -> None:
    from tests.data.documents.test_readers import picture_pdf

    picture_pdf(tmp_path / "scan.pdf")
    with person(chromium, page.address) as one:
        _open_tab(one, EN.knowledge)
        one.page.locator("#learn input[type=file]").set_input_files(tmp_path / "scan.pdf")
        expect(one.page.locator("#report textarea")).to_have_value(re.compile("scan\\.pdf.*pictures without text"))
