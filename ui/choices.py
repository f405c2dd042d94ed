"""The owner's choices on the Knowledge tab.

They are which parts of the starter knowledge are on, the name of the bot, and texts of the owner's.
"""

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
from bot.messages import UNKNOWN as UNKNOWN_WORDS
from data.formats.starter import NAMES, PARTS
from data.records import LANGUAGES, Language
from ui.dependencies import Dependencies
from ui.handlers import PageHandlers
from ui.translations import TRANSLATIONS

FIELDS = (NAME, *(names[language] for names in (GREETING, UNKNOWN) for language in LANGUAGES))
"""The names of the owner's texts, in the order of their boxes."""


_COMMA: Mapping[Language, str] = {"zh": "、", "en": ", "}
_GAP: Mapping[Language, str] = {"zh": "", "en": " "}


@dataclass(frozen=True)
class ChoiceHandlers(PageHandlers):
    """The event handlers of the two groups.

    All of them refuse everybody but the administrator.
    """

    @property
    def choices(self) -> Choices:
        """The stored choices."""
        return self.dependencies.bot.knowledge.choices

    @property
    def _names(self) -> Mapping[str, str]:
        # The page shows the value of a box as its tooltip, so the value is a name in the language of the page.
        return dict(zip(PARTS, self.words.part_names, strict=True))

    async def show(self, request: gr.Request) -> tuple[Any, ...]:
        """Show the switches and the sentence about them."""
        self.require_admin(request)
        switches = await asyncio.to_thread(self.choices.switches)
        value = [self._names[part] for part, switch in switches.items() if switch.on]
        return gr.update(value=value), describe_switches(switches, self.language)

    async def switch(self, on: list[str], request: gr.Request) -> tuple[Any, ...]:
        """Switch the parts that were clicked; the others stay as they are."""
        self.require_admin(request)
        wanted = set(on)

        def switch() -> None:
            for part, switch in self.choices.switches().items():
                is_wanted = self._names[part] in wanted
                if is_wanted != switch.on:
                    self.choices.switch(part, is_wanted)

        await self._run(switch)
        return await self.show(request)

    async def switch_automatically(self, request: gr.Request) -> tuple[Any, ...]:
        """Let it depend on the owner's entries which parts are on."""
        self.require_admin(request)
        await self._run(self.choices.switch_automatically)
        return await self.show(request)

    async def show_texts(self, request: gr.Request) -> tuple[str, ...]:
        """Show the owner's texts; empty where the built-in ones apply."""
        self.require_admin(request)
        words = await asyncio.to_thread(self.choices.words)
        return tuple(words.get(name, "") for name in FIELDS)

    async def load_texts(self, is_loaded: bool, request: gr.Request) -> tuple[Any, ...]:
        """Show the owner's texts the first time that the tab is opened.

        Later what was typed stays, saved or not.
        """
        if is_loaded:
            return (*(gr.skip() for _ in FIELDS), True)
        return (*await self.show_texts(request), True)

    async def save_texts(self, *given: Any) -> tuple[Any, ...]:
        """Store the owner's texts; the last value is the request."""
        *texts, request = given
        self.require_admin(request)
        texts_by_name = {name: str(text or "") for name, text in zip(FIELDS, texts, strict=True)}
        changed = {name: text for name, text in texts_by_name.items() if name not in self.choices.fixed}
        await self._run(lambda: self.choices.set_words(changed))
        return *await self.show_texts(request), self.words.words_saved

    async def _run(self, work: Any) -> None:
        try:
            await asyncio.to_thread(work)
        except KnowledgeError as error:
            raise gr.Error(escape(str(error)), print_exception=False) from error


def describe_switches(switches: dict[str, Switch], language: Language) -> str:
    """Return one or two sentences that say which parts are on and why."""
    words = TRANSLATIONS[language]
    names = dict(zip(PARTS, words.part_names, strict=True))
    on = [names[part] for part, switch in switches.items() if switch.on]
    said = words.parts_on.format(parts=_COMMA[language].join(on)) if on else words.parts_none
    reasons = {switch.why for switch in switches.values()} - {"always"}
    why = [text for reason, text in words.parts_why.items() if reason in reasons]
    return _GAP[language].join([said, *why])


def list_default_texts() -> tuple[str, ...]:
    """Return the built-in texts, in the order of the boxes."""
    greetings = (TRANSLATIONS[language].placeholder for language in LANGUAGES)
    return " / ".join(NAMES.values()), *greetings, *(UNKNOWN_WORDS[language] for language in LANGUAGES)


def build_groups(dependencies: Dependencies, language: Language) -> Sequence[tuple[Any, Any, Any, Any]]:
    """Build the two groups inside the current block and wire their events.

    Returns:
        The events to run when the tab is shown: the function, its inputs, its outputs, its options.
    """
    words = TRANSLATIONS[language]
    handlers = ChoiceHandlers(dependencies, language)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    fixed = dependencies.bot.knowledge.choices.fixed
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
            for name, label, ours in zip(FIELDS, words.words_labels, list_default_texts(), strict=True)
        ]  # fmt: skip
        save = gr.Button(words.save, size="sm", elem_id="words-save")
        state = gr.Textbox(
            label=words.state_label, show_label=False, container=False, interactive=False, elem_classes="quiet",
            elem_id="words-state",
        )  # fmt: skip

    async def save_texts(
        name: str, first: str, second: str, third: str, fourth: str, request: gr.Request
    ) -> tuple[Any, ...]:
        return await handlers.save_texts(name, first, second, third, fourth, request)

    shown = [parts, why]
    parts.input(handlers.switch, parts, shown, **private)
    automatic.click(handlers.switch_automatically, None, shown, **private)
    save.click(save_texts, boxes, [*boxes, state], **private)
    # No State: with one, Gradio holds a stream open for every tab.
    is_loaded = gr.Checkbox(False, visible="hidden", elem_id="words-loaded")
    return [
        (handlers.show, None, shown, private),
        (handlers.load_texts, is_loaded, [*boxes, is_loaded], private),
    ]
