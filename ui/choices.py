"""What an owner chooses on the Knowledge tab: which parts of what the bot ships with speak, its name and words of his own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from bot.choice_names import GREETING, NAME, UNKNOWN, switch_name
from bot.knowledge import KnowledgeError
from bot.knowledge.choices import Choices, Switch
from bot.words import UNKNOWN as UNKNOWN_WORDS
from data.formats.starter import NAMES, PARTS
from data.records import LANGUAGES, Language
from ui.services import Services
from ui.strings import STRINGS, Strings

FIELDS = (NAME, *(names[language] for names in (GREETING, UNKNOWN) for language in LANGUAGES))
"""The owner's words in the order of their boxes."""


_COMMA: Mapping[Language, str] = {"zh": "、", "en": ", "}
_GAP: Mapping[Language, str] = {"zh": "", "en": " "}


@dataclass(frozen=True)
class Handlers:
    """What the events of these two groups do. All of them refuse everybody but the administrator."""

    services: Services
    language: Language

    @property
    def words(self) -> Strings:
        """The page's words."""
        return STRINGS[self.language]

    @property
    def choices(self) -> Choices:
        """Where the choices are kept."""
        return self.services.bot.knowledge.choices

    @property
    def _names(self) -> Mapping[str, str]:
        # The page shows the value of a box when the mouse rests on it, so that it is a name in the page's language.
        return dict(zip(PARTS, self.words.part_names, strict=True))

    def _refuse(self, request: gr.Request) -> None:
        if not self.services.administers(request):
            raise gr.Error(self.words.no_admin, print_exception=False)

    async def show(self, request: gr.Request) -> tuple[Any, ...]:
        """The switches and the sentence about them."""
        self._refuse(request)
        switches = await asyncio.to_thread(self.choices.switches)
        value = [self._names[part] for part, switch in switches.items() if switch.on]
        return gr.update(value=value), describe_switches(switches, self.language)

    async def switch(self, on: list[str], request: gr.Request) -> tuple[Any, ...]:
        """Switch the parts that were clicked, and leave the others as they are."""
        self._refuse(request)
        wanted = set(on)

        def switch() -> None:
            for part, switch in self.choices.switches().items():
                is_wanted = self._names[part] in wanted
                if is_wanted != switch.on:
                    self.choices.switch(part, is_wanted)

        await self._done(switch)
        return await self.show(request)

    async def switch_automatically(self, request: gr.Request) -> tuple[Any, ...]:
        """Let the parts speak, or not, by whether there are entries of the owner's."""
        self._refuse(request)
        await self._done(self.choices.switch_automatically)
        return await self.show(request)

    async def show_words(self, request: gr.Request) -> tuple[str, ...]:
        """The owner's words; empty where ours are said."""
        self._refuse(request)
        words = await asyncio.to_thread(self.choices.words)
        return tuple(words.get(name, "") for name in FIELDS)

    async def load_words(self, is_loaded: bool, request: gr.Request) -> tuple[Any, ...]:
        """The owner's words the first time that the tab is shown; later what was typed stays, saved or not."""
        if is_loaded:
            return (*(gr.skip() for _ in FIELDS), True)
        return (*await self.show_words(request), True)

    async def save_words(self, *given: Any) -> tuple[Any, ...]:
        """Keep the owner's words; the last value is the request."""
        *texts, request = given
        self._refuse(request)
        kept = {name: str(text or "") for name, text in zip(FIELDS, texts, strict=True)}
        kept = {name: text for name, text in kept.items() if name not in self.choices.fixed}
        await self._done(lambda: self.choices.set_words(kept))
        return *await self.show_words(request), self.words.words_saved

    async def _done(self, work: Any) -> None:
        try:
            await asyncio.to_thread(work)
        except KnowledgeError as error:
            raise gr.Error(escape(str(error)), print_exception=False) from error


def describe_switches(switches: dict[str, Switch], language: Language) -> str:
    """Describe which parts speak and why, in one or two sentences."""
    words = STRINGS[language]
    names = dict(zip(PARTS, words.part_names, strict=True))
    on = [names[part] for part, switch in switches.items() if switch.on]
    said = words.parts_on.format(parts=_COMMA[language].join(on)) if on else words.parts_none
    reasons = {switch.why for switch in switches.values()} - {"always"}
    why = [text for reason, text in words.parts_why.items() if reason in reasons]
    return _GAP[language].join([said, *why])


def our_words() -> tuple[str, ...]:
    """What is said where the owner has no words of his own, in the order of the boxes."""
    greetings = (STRINGS[language].placeholder for language in LANGUAGES)
    return " / ".join(NAMES.values()), *greetings, *(UNKNOWN_WORDS[language] for language in LANGUAGES)


def layout(services: Services, language: Language) -> Sequence[tuple[Any, Any, Any, Any]]:
    """Put the two groups where they are called and wire them; returned is what must happen when the tab is shown."""
    words = STRINGS[language]
    do = Handlers(services, language)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    fixed = services.bot.knowledge.choices.fixed
    with gr.Accordion(words.parts_title, open=True, elem_id="parts-group"):
        parts = gr.CheckboxGroup(
            label=words.parts_title, show_label=False, container=False, elem_id="parts",
            choices=[(f"{name}: {about}", name) for name, about in zip(words.part_names, words.parts_about, strict=True)],
            interactive=switch_name(PARTS[0]) not in fixed,
        )  # fmt: skip
        why = gr.Textbox(
            label=words.state_label, show_label=False, container=False, interactive=False, lines=2, elem_classes="quiet",
            elem_id="parts-why",
        )  # fmt: skip
        automatic = gr.Button(
            words.parts_automatic, size="sm", elem_id="parts-auto", interactive=switch_name(PARTS[0]) not in fixed
        )
    with gr.Accordion(words.words_title, open=False, elem_id="words-group"):
        boxes = [
            gr.Textbox(
                label=label, info=words.words_fixed if name in fixed else None, interactive=name not in fixed,
                placeholder=ours, lines=1, max_lines=1 if name == NAME else 6, elem_id=f"words-{name.replace('.', '-')}",
            )
            for name, label, ours in zip(FIELDS, words.words_labels, our_words(), strict=True)
        ]  # fmt: skip
        save = gr.Button(words.save, size="sm", elem_id="words-save")
        state = gr.Textbox(
            label=words.state_label, show_label=False, container=False, interactive=False, elem_classes="quiet",
            elem_id="words-state",
        )  # fmt: skip

    async def save_words(
        name: str, first: str, second: str, third: str, fourth: str, request: gr.Request
    ) -> tuple[Any, ...]:
        return await do.save_words(name, first, second, third, fourth, request)

    shown = [parts, why]
    parts.input(do.switch, parts, shown, **private)
    automatic.click(do.switch_automatically, None, shown, **private)
    save.click(save_words, boxes, [*boxes, state], **private)
    loaded = gr.State(False)
    return [(do.show, None, shown, private), (do.load_words, loaded, [*boxes, loaded], private)]
