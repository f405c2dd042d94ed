"""Drive the page as a person does, and record what must never happen: foreign requests and script errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect

expect.set_options(timeout=30_000)


@dataclass
class Person:
    """One tab."""

    page: Page
    address: str
    elsewhere: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._record_request(request.url))
        self.page.on("dialog", self._accept_dialog)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _record_request(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.elsewhere.append(url)

    def _accept_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.accept()

    @property
    def box(self) -> Locator:
        """The box in which messages are typed."""
        return self.page.locator("#box textarea")

    @property
    def messages(self) -> Locator:
        """The person's own messages."""
        return self.page.locator("#transcript [data-testid=user]")

    @property
    def answers(self) -> Locator:
        """The replies, without their explanations and what can be clicked below them."""
        return self.page.locator("#transcript [data-testid=bot]:not(:has(.thought-group, .under-reply))")

    @property
    def conversation_titles(self) -> Locator:
        """The titles in the list of conversations."""
        return self.page.locator("#conversations label")

    def open(self, path: str = "/") -> None:
        """Go to a path and wait until the page can be used."""
        self.page.goto(self.address + path)
        expect(self.box).to_be_visible()

    def say(self, text: str) -> None:
        """Send a message and wait for its answer."""
        before = self.answers.count()
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.answers).to_have_count(before + 1)
        expect(self.box).to_have_value("")

    @property
    def conversation(self) -> str:
        """The id in the address."""
        return self.page.url.partition("c=")[2]


@contextmanager
def person(
    browser: Browser,
    address: str,
    language: str = "en-US",
    width: int = 1280,
    height: int = 860,
    dark: bool = False,
    zone: str | None = None,
) -> Iterator[Person]:
    """Yield a person with a browser of their own; at the end no other host was requested and no script has failed."""
    context = browser.new_context(
        locale=language,
        timezone_id=zone,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
    )
    try:
        one = tab(context, address)
        yield one
        assert one.elsewhere == []
        assert one.errors == []
    finally:
        context.close()


def tab(context: BrowserContext, address: str) -> Person:
    """Open another tab of the same browser."""
    return Person(context.new_page(), address)
