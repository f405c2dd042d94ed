"""The footer of a reply: other versions, suggestions, and copy buttons."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import gradio as gr

from bot.types import Turn
from ui.translations import Strings

# Gradio's own copy button copies the folded explanation too, and is missing where there is a picture. Ours takes the text of the
# message from the page, without the word joiners of transcript.py.
_SCRIPT = """
const copyLabel = COPY_LABEL, copiedLabel = COPIED_LABEL, joiner = /\\u2060/g;
const draw = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
const copyIcon = draw('M9 9h11v11H9zM15 9V4H4v11h5'), copiedIcon = draw('M5 13l4 4L19 7');

const findText = (button) => {
  const row = button.closest('.message-buttons').previousElementSibling;
  return [...row.querySelectorAll('[data-testid=user] .md, [data-testid=bot] .md')]
    .filter((part) => !part.closest('.thought-group'))
    .map((part) => part.textContent.replace(joiner, '')).join('\\n');
};
const write = async (text) => {
  // Browsers offer the clipboard API at secure addresses only; on a plain local network the older way works.
  if (navigator.clipboard) { await navigator.clipboard.writeText(text); return; }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
};
const addCopyButtons = () => {
  const bars = '#transcript .message-buttons .icon-button-wrapper:not(:has(.copy-message))';
  for (const bar of document.querySelectorAll(bars)) {
    const button = document.createElement('button');
    const show = (icon, label) => { button.innerHTML = icon; button.title = label; button.setAttribute('aria-label', label); };
    button.className = 'copy-message';
    show(copyIcon, copyLabel);
    button.addEventListener('click', async () => {
      await write(findText(button));
      show(copiedIcon, copiedLabel);
      setTimeout(() => show(copyIcon, copyLabel), 2000);
    });
    bar.prepend(button);
  }
};
addCopyButtons();
new MutationObserver(addCopyButtons).observe(document.body, { subtree: true, childList: true });

// The same for text that was selected by hand.
document.addEventListener('copy', (event) => {
  const field = document.activeElement;
  const inField = field?.matches('#transcript textarea');
  const text = inField ? field.value.slice(field.selectionStart, field.selectionEnd) : String(getSelection());
  if (!joiner.test(text) || !(inField || getSelection().anchorNode?.parentElement?.closest('#transcript'))) { return; }
  event.clipboardData.setData('text/plain', text.replace(joiner, ''));
  event.preventDefault();
});
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('#transcript .under-reply button');
  if (!button || button.getAttribute('aria-disabled') === 'true') { return; }
  const { say: text, entry } = button.dataset;
  if (text !== undefined) { trigger('select', { index: 0, value: { text, entry } }); }
  else { trigger('input', { turn: Number(button.dataset.turn), version: Number(button.dataset.version) }); }
});
"""


def build_actions(words: Strings) -> gr.HTML:
    """Build the invisible component that makes the buttons below the replies work.

    Its event `select` carries the text of a suggestion and the id of its entry; its event `input` carries the numbers of a turn
    and of a version, counted from 0.
    """
    script = _SCRIPT.replace("COPY_LABEL", json.dumps(words.copy)).replace("COPIED_LABEL", json.dumps(words.copied))
    return gr.HTML("", js_on_load=script, visible="hidden", padding=False, elem_id="under-reply")


def build_footer(turn: Turn, words: Strings) -> dict[str, Any] | None:
    """Build the message below the reply of a turn; None if there is nothing to show."""
    reply = turn.reply
    parts = [f'<span class="stopped">{escape(words.stopped)}</span>'] if reply.stopped else []
    if len(turn.versions) > 1:
        parts.append(_build_pager(turn, words))
    if reply.suggestions:
        # Text of the knowledge is escaped, so that no tag or entity in it takes effect.
        buttons = (
            f'<button data-say="{escape(each.question)}" data-entry="{escape(each.entry)}">{escape(each.question)}</button>'
            for each in reply.suggestions
        )
        parts.append(f'<div class="suggestions">{"".join(buttons)}</div>')
    if not parts:
        return None
    content = gr.HTML(f'<div class="under-reply">{"".join(parts)}</div>', padding=False, apply_default_css=False)
    return {"role": "assistant", "content": content}


def _build_pager(turn: Turn, words: Strings) -> str:
    count = len(turn.versions)

    def build_button(version: int, sign: str, label: str) -> str:
        # Not `disabled`, because the button would lose the focus at either end.
        outside = "false" if 0 <= version < count else "true"
        return (
            f'<button data-turn="{turn.number}" data-version="{version}" aria-label="{escape(label)}" '
            f'title="{escape(label)}" aria-disabled="{outside}">{sign}</button>'
        )

    label = words.version.format(number=turn.version + 1, count=count)
    return (
        f'<div class="versions" role="group" aria-label="{escape(label)}">'
        f"{build_button(turn.version - 1, '‹', words.earlier_version)}"
        f'<span aria-live="polite">{turn.version + 1}/{count}</span>'
        f"{build_button(turn.version + 1, '›', words.later_version)}</div>"
    )
