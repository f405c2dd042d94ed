"""The Tools tab in a real browser. Run: python -m pytest tests/ui/test_tools_page.py"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.browser import person
from tests.ui.serving import Served, serve_page
from ui.translations import TRANSLATIONS


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.mark.parametrize(("path", "text", "near"), [("/zh/", "高兴", "开心"), ("/en/", "tommorow", "tonight")])
def test_a_tool_shows_a_sentence_a_table_and_a_map(
    path: str, text: str, near: str, chromium: Browser, page: Served
) -> None:
    words = TRANSLATIONS["zh" if path == "/zh/" else "en"]
    with person(chromium, page.address) as one:
        one.open(path)
        one.page.get_by_role("tab", name=words.tools).click()
        one.page.locator("#tool-similar_words").get_by_role("button").first.click()
        one.page.locator("#examples-similar_words").get_by_text(text).click()
        expect(one.page.locator("#box-similar_words textarea, #box-similar_words input")).to_have_value(text)
        expect(one.page.locator("#said-similar_words textarea")).to_have_value(re.compile(near))
        expect(one.page.locator("#table-similar_words")).to_contain_text(near)
        drawn = one.page.get_by_role("img", name=words.tool_map)
        expect(drawn).to_be_visible()
        assert drawn.evaluate("image => image.naturalWidth") > 0
        one.page.locator("#box-similar_words textarea, #box-similar_words input").fill("😀")
        one.page.locator("#run-similar_words").click()
        expect(drawn).to_be_hidden()
        expect(one.page.locator("#said-similar_words textarea")).to_have_value(re.compile("😀"))
        assert one.elsewhere == []
        assert one.errors == []


@pytest.mark.parametrize(
    ("path", "name", "text", "piece"),
    [
        ("/zh/", "arithmetic", "三百五十乘以四加二十", "350 × 4 + 20 = 1420"),
        ("/zh/", "units", "一亩等于多少平方米", "666.6666667 平方米"),
        ("/zh/", "date_time", "今天星期几", "今天是 20"),
        ("/en/", "arithmetic", "what is 15% of 80", "15% × 80 = 12"),
        ("/en/", "units", "3 miles in km", "3 mi = 4.828032 km"),
        ("/en/", "date_time", "what day of the week was 20 July 1969", "was a Sunday"),
    ],
)
def test_an_exact_tool_answers_its_example(
    path: str, name: str, text: str, piece: str, chromium: Browser, page: Served
) -> None:
    words = TRANSLATIONS["zh" if path == "/zh/" else "en"]
    with person(chromium, page.address) as one:
        one.open(path)
        one.page.get_by_role("tab", name=words.tools).click()
        if name != "arithmetic":
            one.page.locator(f"#tool-{name}").get_by_role("button").first.click()
        one.page.locator(f"#examples-{name}").get_by_text(text).click()
        expect(one.page.locator(f"#said-{name} textarea")).to_have_value(re.compile(re.escape(piece)))
        assert one.errors == []


@pytest.mark.parametrize(
    ("path", "title", "said", "way", "model"),
    [
        ("/zh/", "现写的回复", "周末我们去爬山吧", "束搜索", "循环网络加注意力"),
        ("/en/", "Written replies", "Would you like some coffee?", "Beam", "Recurrent with attention"),
    ],
)
def test_a_generator_shows_what_each_search_writes(
    path: str, title: str, said: str, way: str, model: str, chromium: Browser, page: Served
) -> None:
    words = TRANSLATIONS["zh" if path == "/zh/" else "en"]
    with person(chromium, page.address) as one:
        one.open(path)
        one.page.get_by_role("tab", name=words.tools).click()
        one.page.get_by_text(title).click()
        one.page.locator("#examples-written_reply").get_by_text(said).click()
        expect(one.page.locator("#said-written_reply textarea")).not_to_have_value("")
        rows = one.page.locator("#table-written_reply")
        for shown in (way, model, "%"):
            expect(rows).to_contain_text(shown)
        assert one.elsewhere == []
        assert one.errors == []
