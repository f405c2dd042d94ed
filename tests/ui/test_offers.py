"""Offered questions on the page, in a real browser. Run: pytest tests/ui/test_offers.py"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from bot import messages
from data.records import LANGUAGES, Entry, Language
from retrieval.hit import Hit
from tests.ui.browser import person
from tests.ui.serving import Served, serve_page

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
QUESTIONS: dict[Language, tuple[str, str]] = {
    "zh": ("成人洗牙多少钱？", "儿童洗牙多少钱？ <b>&lt;"),
    "en": ("How much is a cleaning for adults?", "How much is a cleaning for children? <b>&lt;"),
}
REPLIES: dict[Language, tuple[str, str]] = {
    "zh": ("成人洗牙 120 元。", "儿童洗牙 80 元。"),
    "en": ("120 yuan for adults.", "80 yuan for children."),
}
CHOICE: dict[Language, str] = {"zh": "你问的是成人还是儿童？", "en": "Do you mean adults or children?"}
VAGUE: dict[Language, str] = {"zh": "洗牙多少钱", "en": "how much is a cleaning"}
BATTERY: dict[Language, str] = {"zh": "iPhone 15 换电池多少钱？", "en": "How much is a battery for the iPhone 15?"}
OTHER: dict[Language, tuple[str, str]] = {
    "zh": ("iPhone 14 换电池多少钱", "我知道的是 iPhone 15 的，你问的是 iPhone 14。"),
    "en": ("iPhone 14 battery price?", "I know this for iPhone 15. You asked about iPhone 14."),
}


class Search:
    """Finds the entries of a language, each a little less probable than the one before it, whatever is asked."""

    def __init__(self, entries: list[Entry], best: float) -> None:
        self.entries, self.best = entries, best

    def search(
        self, text: str, language: Language, count: int, previous: str = "", silent: Collection[str] = ()
    ) -> list[Hit]:
        """Return the entries of the language."""
        found = [entry for entry in self.entries if entry.language == language]
        return [Hit(entry, entry.questions[0], {}, self.best - place / 100) for place, entry in enumerate(found)]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.fixture(autouse=True)
def search(page: Served, monkeypatch: pytest.MonkeyPatch) -> Search:
    """What the page searches in the place of the index, so that no test hangs on what a model makes of a question."""

    async def follow() -> None:
        return None

    class Explained:
        def explain(self, features: Sequence[object], groups: object) -> list[dict[str, float]]:
            return [{} for _ in features]

    made = Search([], 0.9)
    rules = replace(page.bot.engine.rules, answer_threshold=0.8, ambiguity_margin=0.1, offer_threshold=0.05)
    monkeypatch.setattr(page.bot.engine._answerer, "rules", rules)
    monkeypatch.setattr(page.bot.knowledge_source, "_follow", follow)
    monkeypatch.setattr(page.bot.knowledge_source, "_index", made)
    monkeypatch.setattr(page.bot.knowledge_source, "_calibration", Explained())
    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_choice_that_is_clicked_is_answered_by_its_entry_and_not_asked_again(
    language: Language, chromium: Browser, page: Served, search: Search
) -> None:
    for question, reply in zip(QUESTIONS[language], REPLIES[language], strict=True):
        search.entries.append(page.bot.knowledge.add([question], reply, language))
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.say(VAGUE[language])
        expect(one.answers).to_have_text([CHOICE[language]])
        buttons = one.page.locator("#transcript .suggestions button")
        expect(buttons).to_have_text(list(QUESTIONS[language]))
        buttons.nth(1).click()
        expect(one.answers).to_have_text([CHOICE[language], REPLIES[language][1]])
        expect(one.messages).to_have_count(2)
        # No other question is asked; the first one still stands there, and can be answered the other way.
        expect(buttons).to_have_count(2)
        buttons.first.click()
        expect(one.answers).to_have_text([CHOICE[language], REPLIES[language][1], REPLIES[language][0]])
        # A message that was chosen and is typed again is a message like any other.
        one.say(QUESTIONS[language][1])
        expect(one.answers.last).to_have_text(CHOICE[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_known_instead_is_named_and_its_answer_is_one_click_away(
    language: Language, chromium: Browser, page: Served, search: Search
) -> None:
    search.best = 0.6
    message, said = OTHER[language]
    search.entries.append(page.bot.knowledge.add([BATTERY[language]], "599", language))
    with person(chromium, page.address) as one:
        one.open(f"/{language}/")
        one.say(message)
        mean = messages.DID_YOU_MEAN[language].format(question=BATTERY[language])
        expect(one.answers).to_have_text([messages.join(language, said, mean)])
        one.page.locator("#transcript .suggestions button").click()
        expect(one.answers.last).to_have_text("599")
        page.bot.knowledge.forget(search.entries[-1].id)
        one.page.locator("#transcript .suggestions button").click()
        expect(one.answers.last).to_have_text(messages.GONE[language])
