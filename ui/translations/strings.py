"""The names of the texts of a page, for all languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Strings:
    """The texts of the page in one language."""

    title: str
    tagline: str
    other_language: str
    chat: str
    knowledge: str
    conversations: str
    new: str
    search: str
    untitled: str
    rename: str
    rename_to: str
    download: str
    delete: str
    delete_sure: str
    manage: str
    placeholder: str
    box: str
    stopped: str
    copy: str
    copied: str
    version: str
    earlier_version: str
    later_version: str
    why: str
    chosen: str
    candidates: str
    from_entry: str
    from_tool: str
    from_model: str
    judged_by: str
    features: Mapping[str, str]
    """The features of a candidate, by the name that its source or the ranker has for each."""
    stages: Mapping[str, str]
    shares: str
    other_shares: str
    sum_of_shares: str
    times: str
    nothing_found: str
    found_harm: str
    found_abuse: str
    found_offence: str
    dislike_why: str
    reasons: tuple[str, ...]
    reason_own: str
    send_reason: str
    thanks: str
    not_kept: str
    too_long: str
    gone: str
    degraded: str
    not_writable: str
    bad_input: str
    examples: tuple[str, ...]
    surroundings: str
    reading_document: str
    document_learned: str
    pages_recognised: str
    pages_unread: str
    unread_why: Mapping[str, str]
    """Why a page could not be read, by the reader's name for it."""
    passage_kept: str
    documents_title: str
    document: str
    document_columns: tuple[str, ...]
    document_edited: str
    document_delete: str
    document_sure: str
    document_deleted: str
    document_hint: str
    passage: str
    passage_columns: tuple[str, ...]
    passage_hint: str
    passage_edited: str
    passage_out: str
    passage_removed: str
    upload: str
    upload_file: str
    learned: str
    learn_refused: str
    previewed: str
    """The counts of a preview, before anything is stored."""
    preview_title: str
    preview_again: str
    nothing_learned: str
    import_go: str
    import_cancel: str
    question_column: str
    reply_column: str
    has_header: str
    undo_import: str
    undo_sure: str
    undone: str
    undone_kept: str
    refused_rows: str
    replaced_rows: str
    replaced_row: str
    left_over: str
    kept_rows: str
    kept_row: str
    reading: str
    own_only: str
    find_entry: str
    page: str
    page_label: str
    state_label: str
    previous: str
    following: str
    columns: tuple[str, ...]
    entry: str
    questions: str
    questions_hint: str
    reply: str
    save: str
    add: str
    forget: str
    forget_sure: str
    saved: str
    forgotten: str
    export: str
    parts_title: str
    part_names: tuple[str, ...]
    """In the order of data.formats.starter.PARTS."""
    parts_about: tuple[str, ...]
    parts_on: str
    parts_none: str
    parts_why: Mapping[str, str]
    """Why a part is on or off, by the reason that bot.knowledge.choices.Switch gives."""
    parts_automatic: str
    words_title: str
    words_labels: tuple[str, ...]
    words_fixed: str
    words_saved: str
    try_title: str
    try_box: str
    try_go: str
    check_title: str
    check_go: str
    check_hint: str
    check_busy: str
    check_nothing: str
    check_entries: str
    check_asked: str
    check_confusable: str
    check_distinct: str
    check_alone: str
    check_columns: tuple[str, str, str]
    tools: str
    run: str
    tool_examples: str
    tool_answer: str
    tool_table: str
    tool_map: str
    tool_picture: str
    picture: str
    picture_purpose: str
    picture_box: str
    describe: str
    ask: str
    picture_ask: str
    picture_examples: tuple[str, ...]
    picture_missing: str
    picture_long: str
    cannot_see: str
    with_attention: str
    without_attention: str
    in_language: tuple[str, ...]
    picture_given: str
    word_heat: str
    answer_heat: str
    answer_bars: str
    alternatives: str
    looked: str
    looked_alt: str
    evaluate: str
    log_purpose: str
    log_upload: str
    log_older: str
    log_again: str
    log_own: str
    log_go: str
    log_hint: str
    log_missing: str
    log_refused: str
    log_steps: tuple[str, ...]
    log_files: tuple[str, ...]
    log_columns: tuple[str, ...]
    log_kept: str
    log_kept_about: str
    log_kept_one: str
    log_own_short: str
    log_gone: str
    no_admin: str
    login: str
    password: str
    enter: str
    log_out: str
    wrong_password: str
    too_many: str
    picture_refused: Mapping[str, str]
    picture_formats: Mapping[str, str]
    pictures_left_out: str
    disk_full: str
    not_sent: str
    store_failed: str
    too_large: str
    only_pictures: str
    only_files: str
    connection_lost: str
    busy: str
    failed: str
    opening: str
    today: str
    yesterday: str
    week: str
    about: str
    about_remote: str
    labels: tuple[str, ...]


# The labels that gradio itself gives its components; `labels` of a language has the same order.
GRADIO_LABELS = (
    "Copy message", "Edit", "Retry", "Like", "Dislike", "Upload a file", "Submit", "Stop", "Cancel", "Toggle Sidebar",
    "Remove", "Close", "Fullscreen", "Table actions", "Copy table data", "Dataframe", "Multimedia input field",
    "Click to upload or drop files", "chatbot conversation", "user's message:", "bot's message:",
    "More tabs", "File upload", "Liked", "Disliked",
)  # fmt: skip

GRADIO_CHINESE = {"编辑": "Edit", "重试": "Retry", "赞": "Like", "踩": "Dislike", "取消": "Cancel"}
"""The labels that gradio itself translates on a Chinese page."""
