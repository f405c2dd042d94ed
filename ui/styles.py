"""The theme and the stylesheets of the page."""

from __future__ import annotations

import gradio as gr

CSS = """
:root { --kanliao-tint: #dcf3ef; }
.dark { --kanliao-tint: #1c3a3c; }
.gradio-container { max-width: none !important; }
footer { display: none !important; }

/* the line at the top */
#head { display: flex; align-items: baseline; justify-content: space-between; gap: 12px; flex-wrap: nowrap; }
#head h1 { font-size: 1.25rem; margin: 0; display: inline; }
#head .tagline { opacity: .65; font-size: .9rem; margin-left: .6em; }
#head nav { display: flex; align-items: baseline; gap: 8px; flex: none; }
a.language, #log-out { text-decoration: none; padding: 4px 12px; border-radius: 999px;
  border: 1px solid var(--border-color-primary); white-space: nowrap; }
#log-out { font: inherit; color: inherit; background: none; cursor: pointer; }
#banner { background: #fff4d6; color: #5c4400; border-radius: 8px; padding: 6px 12px; }

/* the conversations */
#sidebar .about { font-size: .8rem; opacity: .6; }
#new { border-radius: 999px; box-shadow: none; }
#conversations .wrap { flex-direction: column; flex-wrap: nowrap; gap: 2px; max-height: 46vh; overflow-y: auto; padding: 2px; }
#conversations label { display: flex; width: 100%; border: none; box-shadow: none; background: transparent; border-radius: 10px; }
#conversations label[data-day] { margin-top: 26px; position: relative; overflow: visible; }
#conversations label[data-day]::before { content: attr(data-day); position: absolute; left: 12px; top: -20px; font-size: .75rem;
  opacity: .65; white-space: nowrap; }
#conversations label:hover { background: var(--background-fill-secondary); }
#conversations label.selected { background: var(--kanliao-tint); color: var(--body-text-color); }
#conversations label span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; margin-left: 0; }
#conversations input[type=radio] { position: absolute; opacity: 0; }
#conversations label:focus-within { outline: 2px solid var(--color-accent); }

/* the chat fills the rest of the window, even if something opens between the messages and the box */
#chat-column { max-width: 860px; margin: 0 auto; width: 100%; height: calc(100vh - 150px); height: calc(100dvh - 150px);
  min-height: 360px; flex-wrap: nowrap; }
#chat-column > * { flex: 0 0 auto; }
#chat-column > #transcript { flex: 1 1 0; min-height: 0; height: auto !important; }
#transcript { border: none !important; background: transparent !important; box-shadow: none; }
#transcript .bubble-wrap { background: transparent !important; }
#transcript .top-panel { display: none; } /* its only button empties the page, not the conversation */
#transcript .placeholder span.md p { font-size: 1.35rem; font-weight: 600; }
#transcript .example { border-radius: 14px; border: 1px solid var(--border-color-primary); box-shadow: none; }
#transcript .message, #transcript .message-markdown-disabled { white-space: normal; overflow-wrap: anywhere; }
#transcript span.md { white-space: pre-wrap; line-height: 1.65; }
#transcript .user.message { background: var(--kanliao-tint); border: none; border-radius: 18px 18px 4px 18px; box-shadow: none;
  padding: 8px 14px; }
#transcript .bot.message { background: transparent; border: none; box-shadow: none; padding: 0; max-width: 100%; }
#transcript .bot-row, #transcript .bot-row .flex-wrap { max-width: 100%; }
#transcript .message-buttons .icon-button-wrapper { background: transparent; border: none; box-shadow: none; opacity: .55; }
#transcript .message-buttons:is(:hover, :focus-within) .icon-button-wrapper { opacity: 1; }
#transcript .message-row:has(textarea) + .message-buttons .copy-message { display: none; }
#transcript .copy-message { padding: 1px; background: var(--block-background-fill);
  color: var(--block-label-text-color); border-radius: var(--radius-xs); }
#transcript .copy-message:hover { background: var(--background-fill-secondary); }
#transcript .copy-message svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linejoin: round; }

/* right below a reply */
#transcript .message.component:has(.under-reply) { margin-top: 6px; overflow: visible; width: auto; }
.under-reply { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.under-reply .stopped { opacity: .7; }
.under-reply .suggestions { display: flex; flex-wrap: wrap; gap: 8px; flex-basis: 100%; }
.under-reply .suggestions button { border: 1px solid var(--border-color-primary); border-radius: 999px; padding: 6px 16px;
  text-align: start; overflow-wrap: anywhere; }
.under-reply .suggestions button:hover { background: var(--kanliao-tint); }
.under-reply .versions { display: flex; align-items: center; gap: 2px; opacity: .8; font-variant-numeric: tabular-nums; }
.under-reply .versions button { width: 28px; height: 28px; border-radius: 999px; font-size: 1.15rem; line-height: 1; }
.under-reply .versions button:hover { background: var(--kanliao-tint); }
.under-reply .versions button[aria-disabled=true] { opacity: .3; cursor: default; background: transparent; }

#transcript img.sent { max-width: 260px; max-height: 260px; border-radius: 12px; display: block; }
#transcript .thought-group { border: none; background: transparent; padding: 0; margin: 2px 0 0; }
#transcript .thought-group .title { opacity: .7; padding: 0; }
#transcript .thought-group .title span.md { font-size: .8rem; }
#transcript .thought { overflow-x: auto; background: transparent; padding: 0; }
#transcript .thought span.md { font-family: var(--font-mono); font-size: .8rem; line-height: 1.5; }
#transcript .thought .title span.md { font-family: var(--font); }
#chat-column .form:has(#box) { border-radius: 22px; overflow: visible; background: transparent; }
#box { border: 1px solid var(--border-color-primary) !important; border-radius: 22px !important; }
#box:focus-within { border-color: var(--color-accent) !important; }

/* the knowledge */
#entries { --font-mono: var(--font); font-size: .85rem; }
#knowledge textarea, #knowledge input[type=text] { border: 1px solid var(--border-color-primary); }
.grounds textarea { font-family: var(--font-mono); font-size: .8rem; }
.quiet { overflow: visible; }
.quiet textarea, .quiet input { border: none !important; background: transparent !important; text-align: center; opacity: .75;
  padding: 4px 0 !important; font-size: .85rem; box-shadow: none !important; }

/* the tools */
.tool { max-width: 1080px; margin: 0 auto; }
.tool .purpose { opacity: .75; margin: 0; }
.tool :has(> .purpose) { padding: 0 !important; }
.tool textarea, .tool input[type=text] { border: 1px solid var(--border-color-primary); border-radius: 12px; }
.tool .run.secondary { border: 1px solid var(--border-color-primary); }
.tool .run { border-radius: 12px; min-height: 42px; box-shadow: none; }
.tool .said textarea { border: none; background: transparent !important; padding: 4px 0; font-size: 1.05rem; line-height: 1.65;
  box-shadow: none; -webkit-text-fill-color: currentColor; opacity: 1; }
.tool .found { --font-mono: var(--font); font-size: .9rem; }
.tool figure { margin: 0; }
.tool figure img { width: 100%; height: auto; display: block; }
.tool figcaption { font-size: .8rem; opacity: .65; text-align: center; }

/* files are dragged over the page */
html.dropping #transcript { outline: 2px dashed var(--color-accent); outline-offset: -6px; border-radius: 16px; }
/* the picture */
#picture-box { border: 1px solid var(--border-color-primary) !important; border-radius: 16px !important; }
#picture-box:focus-within { border-color: var(--color-accent) !important; }
#picture-box textarea { border: none; border-radius: 0; }
#picture .caption textarea { border: none; background: transparent !important; padding: 4px 0; line-height: 1.6; box-shadow: none;
  -webkit-text-fill-color: currentColor; opacity: 1; }
#picture figure.photo img { max-height: 420px; width: auto; max-width: 100%; margin: 0 auto; border-radius: 12px; }
#picture figure img { max-width: 460px; margin: 0 auto; }
.heats { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 8px; margin-top: 12px; }
#transcript img.looked { max-width: min(360px, 100%); border-radius: 12px; display: block; margin: 6px 0; }

/* the evaluation */
#evaluate { max-width: 1080px; margin: 0 auto; }
#evaluate .purpose { opacity: .75; margin: 0; max-width: 76ch; }
#judged textarea { border: none; background: transparent !important; box-shadow: none; padding: 4px 0;
  -webkit-text-fill-color: currentColor; opacity: 1; }
.reports { display: flex; flex-wrap: wrap; gap: 10px; }
.reports a { border: 1px solid var(--border-color-primary); border-radius: 12px; padding: 8px 16px; text-decoration: none;
  color: var(--body-text-color); }
.reports a.first { background: var(--color-accent); border-color: var(--color-accent); color: white; }
#kept ul { list-style: none; margin: 0; padding: 0; }
#kept li { display: grid; gap: 6px; padding: 10px 0; border-top: 1px solid var(--border-color-primary); overflow-wrap: anywhere; }
#kept .reports a { padding: 4px 12px; font-size: .85rem; }
#kept .reports a.first { background: none; border-color: var(--color-accent); color: var(--body-text-color); }
#again { padding: 0 12px; }
#numbers { --font-mono: var(--font); font-size: .9rem; }

@media (max-width: 640px) {
  #head .tagline { display: none; }
  #head { padding-left: 8px; }
  .tab-container button { padding-left: 6px; padding-right: 6px; } /* all five fit */
}
"""

# For the document before gradio has loaded, and for what gradio puts outside of the page, where CSS does not reach.
FIRST_PAINT_CSS = """
html:not(.ready) gradio-app { visibility: hidden; }
html:not(.ready) .toast-wrap { visibility: visible; }
.ready #first-paint { display: none; }
#first-paint { position: fixed; inset: 0; display: flex; background: white; color: #1e293b; --line: #e2e8f0; --side: #f8fafc;
  font-family: system-ui, -apple-system, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif; }
#first-paint .side { flex: 0 0 280px; box-sizing: border-box; padding: 20px; background: var(--side); }
#first-paint i, #first-paint b { display: block; background: var(--line); }
#first-paint i { height: 24px; border-radius: 999px; margin-bottom: 18px; }
#first-paint .side b { height: 36px; border-radius: 8px; opacity: .6; }
#first-paint .main { flex: 1; display: flex; flex-direction: column; padding: 22px 42px; min-width: 0; }
#first-paint h1 { display: inline; font-size: 1.25rem; }
#first-paint span { margin-left: .6em; font-size: .9rem; opacity: .65; }
#first-paint p { margin: auto; opacity: .65; }
#first-paint .main > b { height: 68px; width: 100%; max-width: 860px; margin: 0 auto; border-radius: 22px; background: none;
  border: 1px solid var(--line); box-sizing: border-box; }
@media (prefers-color-scheme: dark) {
  #first-paint { background: #0a0f1e; color: #f1f5f9; --line: #334155; --side: #0f172a; }
}
@media (max-width: 767px) {
  #first-paint .side, #first-paint span { display: none; }
}

/* A notice is its sentence and a close button. Its title is always English and says no more than the colour. */
.toast-body { display: grid !important; grid-template-columns: auto 1fr auto; align-items: start; }
.toast-header { display: contents !important; }
.toast-title-row { display: none !important; }
.toast-body .toast-icon { grid-area: 1 / 1; margin: 14px 0 0 14px; }
.toast-body .toast-messages { grid-area: 1 / 2; min-width: 0; }
.toast-body .toast-close { grid-area: 1 / 3; margin: 10px 10px 0 0; }

/* "processing" and "queue" are always English; the bar and the sentence beside it say what is being done. */
[data-testid=status-tracker] :is(.meta-text, .meta-text-center) { display: none !important; }
/* Gradio would cover a failed component with "Error"; it stays as it was, and the notice says why. */
[data-testid=status-tracker]:has(> .error) { display: none !important; }
"""


_EDGES = (("", "*neutral_500"), ("_dark", "*neutral_300"))


def build_theme() -> gr.themes.Base:
    """Build the theme: colours and fonts.

    The fonts are those of the system, so nothing is fetched.
    """
    text = ["system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
    code = ["ui-monospace", "SF Mono", "Menlo", "Consolas", "Noto Sans Mono CJK SC", "monospace"]
    soft = gr.themes.Soft(primary_hue="teal", secondary_hue="teal", neutral_hue="slate", font=text, font_mono=code)
    plain = {
        f"block_{part}_{what}{mode}": value
        for part in ("title", "label")
        for what, value in (("background_fill", "transparent"), ("text_color", "*body_text_color"))
        for mode in ("", "_dark")
    }
    # An empty checkbox needs a contrast of at least 3 to 1 to be visible.
    edges = {f"checkbox_border_color{when}{mode}": shade for when in ("", "_hover") for mode, shade in _EDGES}
    return soft.set(
        **plain, **edges, block_title_text_weight="500", block_label_text_weight="500", block_title_padding="0"
    )
