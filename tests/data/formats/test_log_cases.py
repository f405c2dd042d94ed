"""Every file of log_cases: who said what. Run: pytest tests/data/formats/test_log_cases.py"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from data.formats.logs import ByteRange, find_speakers, read_log, recognise_log
from data.records import LoggedDialog

CASES = Path(__file__).parent / "log_cases"
ORDER = "How do I return my order?"
SHORT = "How do I return?"
WITHIN = "Within 7 days."
Turns = list[tuple[str, str | None]]

EXPECTED: dict[str, tuple[str, Turns]] = {
    "alpaca.json": ("pairs", [(ORDER, WITHIN)]),
    "anthropic_conversations.json": ("anthropic", [(ORDER, WITHIN)]),
    "botframework.transcript.json": ("botframework", [(ORDER, WITHIN)]),
    "capital_roles.jsonl": ("messages", [(SHORT, "7 days")]),
    "chat_plain_zh.txt": ("text", [("怎么退货", "七天内")]),
    "chatgpt_conversations.json": (
        "chatgpt",
        [(ORDER, "Within 7 days on the order page."), ("thanks", "You're welcome.")],
    ),
    "dify_log.csv": ("table", [(ORDER, WITHIN)]),
    "discord.csv": ("table", [(ORDER, WITHIN), ("Who pays?", None)]),
    "fastgpt_log.csv": ("table", [("怎么退货", None)]),
    "gemini_model.jsonl": ("messages", [(SHORT, "7 days")]),
    "langchain_history.json": ("langchain", [(ORDER, WITHIN)]),
    "langsmith.jsonl": ("requests", [(ORDER, WITHIN)]),
    "log_agent_first.csv": ("table", [("", "您好，请问有什么可以帮您"), ("怎么退货", "七天内")]),
    "log_dialog.jsonl": ("json", [(SHORT, "7 days")]),
    "log_question_answer.jsonl": ("pairs", [(SHORT, "7 days"), ("Invoice?", "yes")]),
    "log_turns.jsonl": ("json", [(SHORT, "7 days")]),
    "messages_ai_human.json": ("messages", [(ORDER, WITHIN)]),
    "messages_bare_array.json": ("json", [(ORDER, WITHIN)]),
    "messages_sender_text.json": ("messages", [(ORDER, WITHIN)]),
    "openai_refusal.json": ("messages", [("hi", "I can't help.")]),
    "openai_toolcalls.json": ("messages", [("What is this?", "A shoe.")]),
    "openwebui_chats.json": ("openwebui", [(ORDER, WITHIN), ("Who pays the postage?", "We do.")]),
    "qa1.csv": ("table", [(SHORT, "7 days")]),
    "qa1.jsonl": ("pairs", [(SHORT, "7 days")]),
    "rasa_events.csv": ("table", [("return?", "7 days")]),
    "responses_output_text.jsonl": ("messages", [(SHORT, WITHIN)]),
    "sharegpt_Human_Assistant.json": ("sharegpt", [(ORDER, WITHIN)]),
    "sharegpt_role_content.json": ("sharegpt", [(ORDER, WITHIN)]),
    "spk_system.csv": ("table", [(SHORT, WITHIN)]),
    "spk_user_agentname.csv": ("table", [(SHORT, WITHIN), ("Who pays?", "We do.")]),
    "spk_visitor_num.csv": ("table", [("", "Hello, how can I help?"), (SHORT, WITHIN), ("thanks", None)]),
    "telegram_result.json": ("telegram", [(ORDER, "Within 7 days, see https://example.com.")]),
    "wechat.txt": ("text", [("怎么退货？", "七天内在订单页申请。")]),
    "whatsapp_android.txt": ("text", [(f"{ORDER}\nIt is a shoe", WITHIN), ("", None)]),
    "zendesk_chat.jsonl": ("zendesk", [(ORDER, WITHIN)]),
}
LIKED = {
    "dify_log.csv": [True],
    "fastgpt_log.csv": [True],
    "langsmith.jsonl": [True],
    "log_question_answer.jsonl": [True, False],
    "openwebui_chats.json": [True, None],
    "qa1.csv": [True],
    "qa1.jsonl": [True],
    "zendesk_chat.jsonl": [True],
}
FIRST_TIMES = {
    "anthropic_conversations.json": 1759312800.0,
    "botframework.transcript.json": 1759312805.0,
    "chatgpt_conversations.json": 1760000001.0,
    "dify_log.csv": 1759312800.0,
    "discord.csv": 1759312805.0,
    "fastgpt_log.csv": 1759312800.0,
    "openwebui_chats.json": 1760000000.0,
    "rasa_events.csv": 1760000000.0,
    "telegram_result.json": 1759312805.0,
    "wechat.txt": 1759312805.0,
    "whatsapp_android.txt": 1759312800.0,
    "zendesk_chat.jsonl": 1759312805.0,
}
NAMED = {
    "log_agent_first.csv": ("小王", "张三"),
    "whatsapp_android.txt": ("Shop", "Customer A"),
}
"""The files whose reading of names is told, with the names of the bot and of the person."""


def read_case(path: Path) -> tuple[str, list[LoggedDialog], str]:
    name = recognise_log(path)
    speakers = find_speakers(path, name)
    dialogs: list[LoggedDialog] = []
    for record in read_log(ByteRange(path), name, speakers=speakers):
        assert isinstance(record, LoggedDialog), record
        dialogs.append(record)
    return name, dialogs, speakers.reading


def test_no_case_is_left_out() -> None:
    assert sorted(path.name for path in CASES.iterdir()) == sorted(EXPECTED)


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("file", EXPECTED)
def test_a_case_is_read(tmp_path: Path, file: str, is_packed: bool) -> None:
    path = CASES / file
    if is_packed:
        path = tmp_path / f"{file}.gz"
        path.write_bytes(gzip.compress((CASES / file).read_bytes()))
    name, dialogs, reading = read_case(path)
    turns = [turn for dialog in dialogs for turn in dialog.turns]
    assert (name, [(turn.message, turn.reply) for turn in turns]) == EXPECTED[file]
    assert [turn.liked for turn in turns] == LIKED.get(file, [None] * len(turns))
    assert turns[0].time == FIRST_TIMES.get(file)
    bot, person = NAMED.get(file, ("", ""))
    assert (reading != "") == (file in NAMED)
    assert bot in reading
    assert person in reading
