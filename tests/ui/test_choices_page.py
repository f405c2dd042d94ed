"""An owner's choices on the Knowledge tab, in a real browser. Run: pytest tests/ui/test_choices_page.py"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bot import build
from bot.choice_names import WORDS
from data.formats.starter import PARTS
from data.records import LANGUAGES, Language, Pair, Place
from tests.ui.browser import Person, person
from tests.ui.serving import Served, serve_page
from ui.choices import describe_switches
from ui.first_screen import EXAMPLE_PARTS
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}
OWN = {"zh": ("诊所几点开门？", "早上九点开门。"), "en": ("When does the clinic open?", "At nine in the morning.")}
GREETING = {"zh": "您好，<b>这里</b>是*诊所*。", "en": "Welcome to the <b>clinic</b>, *dear* guest."}
NO_IDEA = {"zh": "请致电前台 010-1234。", "en": "Please call the desk at 555-0101."}
NAME = "小诊 <i>Tooth</i>"


SPOKEN = {
    "courtesy": ("greet-hello", "self-name", "app-features", "thanks-thank-you"),
    "persona": ("self-favourite-colour", "self-age"),
    "application": ("app-add-knowledge", "app-delete-conversation"),
    "daily_life": ("fun-joke", "fun-riddle"),
    "course": ("cnn-what-is-cnn", "rnn-lstm"),
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page of a bot that ships with a few entries of each part: a switch is followed the sooner."""
    folder = tmp_path_factory.mktemp("starter")
    for part, ids in SPOKEN.items():
        texts = "".join(path.read_text(encoding="utf-8") for path in sorted((build.STARTER / part).glob("*.toml")))
        blocks = [
            block for block in texts.split("[[entry]]\n") if block.startswith(tuple(f'id = "{id}"' for id in ids))
        ]
        (folder / part).mkdir()
        (folder / part / "few.toml").write_text("".join(f"[[entry]]\n{block}" for block in blocks), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "STARTER", folder)
        with serve_page(tmp_path_factory.mktemp("home"), starter=False) as one:
            # A busy machine may take its time.
            one.bot.knowledge_source.deadline = 60.0
            yield one


@pytest.fixture
def person_of(chromium: Browser, page: Served, language: Language) -> Iterator[Person]:
    """Somebody at a page of the language, where nothing was chosen and there is no entry of the owner's."""
    knowledge = page.bot.knowledge
    knowledge.choices.switch_automatically()
    knowledge.choices.set_words(dict.fromkeys(WORDS, ""))
    for entry in knowledge.search("", 100, own=True):
        knowledge.forget(entry.id)
    page.bot.knowledge_source.refresh()
    with person(chromium, page.address, TAGS[language]) as one:
        one.open()
        yield one


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switches_say_what_is_on_and_the_chat_follows(person_of: Person, page: Served, language: Language) -> None:
    one, words, knowledge = person_of, TRANSLATIONS[language], page.bot.knowledge
    joke = words.examples[EXAMPLE_PARTS.index("daily_life")]
    question, answer = OWN[language]
    why = one.page.locator("#parts-why textarea, #parts-why input")
    boxes = one.page.locator("#parts input[type=checkbox]")
    life = boxes.nth(PARTS.index("daily_life"))
    expect(one.page.get_by_role("button", name=joke)).to_be_visible()
    one.page.get_by_role("tab", name=words.knowledge).click()
    expect(why).to_have_value(re.compile(re.escape(words.parts_why["no own entries"])))
    for box in boxes.all():
        expect(box).to_be_checked()

    knowledge.learn([Pair(question, answer, Place("faq.csv", 2))], "faq.csv")
    one.open()
    # The first screen offers what is answered.
    expect(one.page.get_by_role("button", name=question)).to_be_visible()
    expect(one.page.get_by_role("button", name=joke)).to_have_count(0)
    one.say(joke)
    expect(one.page.locator("#transcript")).not_to_contain_text("starter/daily_life")
    one.page.get_by_role("tab", name=words.knowledge).click()
    expect(why).to_have_value(describe_switches(knowledge.choices.switches(), language))
    expect(boxes.nth(PARTS.index("courtesy"))).to_be_checked()
    expect(life).not_to_be_checked()

    life.check()
    expect(why).to_have_value(re.compile(re.escape(words.parts_why["owner"])))
    page.bot.knowledge_source.refresh()
    one.page.get_by_role("tab", name=words.chat).click()
    one.say(joke)
    expect(one.page.locator("#transcript")).to_contain_text("starter/daily_life/few.toml")

    one.page.get_by_role("tab", name=words.knowledge).click()
    one.page.locator("#parts-auto").click()
    expect(life).not_to_be_checked()
    assert not knowledge.choices.switches()["daily_life"].on


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_owner_s_words_are_shown_as_they_were_typed(person_of: Person, page: Served, language: Language) -> None:
    one, words = person_of, TRANSLATIONS[language]
    expect(one.page.locator("#head h1")).to_have_text(words.title)
    expect(one.page.locator("#transcript")).to_contain_text(words.placeholder)
    one.page.get_by_role("tab", name=words.knowledge).click()
    one.page.locator("#words-group").get_by_role("button").first.click()
    # What is stored comes a moment after the tab.
    one.page.wait_for_timeout(1000)
    for field, text in (
        ("name", NAME),
        (f"greeting-{language}", GREETING[language]),
        (f"unknown-{language}", NO_IDEA[language]),
    ):
        one.page.locator(f"#words-{field} textarea, #words-{field} input").fill(text)
    # What is not saved yet is still there when one comes back.
    one.page.get_by_role("tab", name=words.chat).click()
    one.page.get_by_role("tab", name=words.knowledge).click()
    one.page.wait_for_timeout(1000)
    expect(one.page.locator("#words-name textarea, #words-name input")).to_have_value(NAME)
    one.page.locator("#words-save").click()
    expect(one.page.locator("#words-state textarea, #words-state input")).to_have_value(words.words_saved)
    one.open()
    expect(one.page.locator("#head h1")).to_have_text(NAME)
    expect(one.page).to_have_title(NAME)
    expect(one.page.locator("#transcript")).to_contain_text(GREETING[language])
    page.bot.knowledge_source.refresh()
    one.say({"zh": "你叫什么名字", "en": "what is your name"}[language])
    # A word joiner stands in the tag, so that nothing makes one of it.
    expect(one.answers.last).to_contain_text("Tooth")
    assert page.bot.knowledge.choices.words()[f"unknown.{language}"] == NO_IDEA[language]
