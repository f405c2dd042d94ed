"""More logs as products and people write them, and what cannot be told. Run: pytest tests/data/formats/test_log_variants.py"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.formats.logs import (
    ByteRange,
    FormatError,
    RejectedRow,
    SpeakerError,
    Speakers,
    UndecidedRow,
    find_speakers,
    read_log,
    recognise_log,
)
from data.formats.logs.speakers import find_side
from data.records import LoggedDialog

FOLDER = Path(__file__).parent / "log_variants"
Turns = list[tuple[str, str | None]]

EXPECTED: dict[str, tuple[str, Turns]] = {
    "alpaca_hist.jsonl": ("pairs", [("first", "one"), ("second", "two"), ("third", "three")]),
    "anthropic_api.jsonl": ("messages", [("怎么退货？", "七天内可退。")]),
    "arena.json": ("arena", [("怎么退货？", "bad"), ("怎么退货？", "七天内可退。")]),
    "arena55k.csv": ("table", [("hi", "hello"), ("more", "m1"), ("hi", "hey"), ("more", "m2")]),
    "assistants.json": ("json", [("怎么退货？", "七天内可退。")]),
    "bf.json": ("botframework", [("", "hello"), ("怎么退货？", "七天内可退。")]),
    "ccai.json": ("json", [("怎么退货？", "七天内可退。")]),
    "chatgpt2.json": ("chatgpt", [("怎么退货？", "七天内可退。")]),
    "chatterbot_pairs.jsonl": ("pairs", [("怎么退货？", "七天内可退。"), ("hi", "yo")]),
    "dialogflow_cx.json": ("dialogflow", [("first", "one"), ("second", "two")]),
    "dialogflow_es.jsonl": ("dialogflow", [("怎么退货？", "七天内可退。"), ("??", "Sorry?")]),
    "dify2.csv": ("table", [("怎么退货", "七天内")]),
    "direction.csv": ("table", [("hi", "hello")]),
    "discord.json": ("discord", [("怎么退货？", "七天内可退。")]),
    "facebook.json": ("messages", [("Do you ship?", "Yes.")]),
    "fastgpt2.csv": ("table", [("怎么退货", "七天")]),
    "firefly.json": ("json", [("怎么退货？", "七天内可退。"), ("thanks", "ok")]),
    "gemini.jsonl": ("json", [("怎么退货？", "七天内可退。")]),
    "gemini_reqresp.jsonl": ("requests", [("怎么退货？", "七天内可退。")]),
    "intercom.json": ("intercom", [("How do I return?", "7 days.")]),
    "irc.txt": ("text", [("hi there", "hello")]),
    "isbot.csv": ("table", [("hi", "hello")]),
    "langchain2.json": ("langchain", [("怎么退货？", "七天内可退。")]),
    "langsmith2.jsonl": ("requests", [("怎么退货？", "七天内可退。"), ("hi", "hello")]),
    "listlines.jsonl": ("json", [("怎么退货？", "七天内可退。"), ("hi", "yo")]),
    "listlist.json": ("json", [("怎么退货？", "七天内可退。"), ("hi", "yo")]),
    "lmsys.jsonl": ("json", [("怎么退货？", "七天内可退。")]),
    "msgs.sql": ("sql", [("hi; there", "it's ok"), ("bye\nnow", None)]),
    "multiwoz.json": ("json", [("I need a hotel", "Which area?")]),
    "names.csv": ("table", [("", "您好"), ("怎么退货", "七天"), ("运费", "免费")]),
    "oasst.json": ("oasst", [("怎么退货？", "七天内可退。")]),
    "owui_feedback.json": ("openwebui", [("怎么退货？", "七天内可退。")]),
    "plain_en.txt": ("text", [("How do I return?", "Within 7 days.\nNote: keep the receipt."), ("thanks", None)]),
    "plain_names.txt": ("text", [("", "您好，请问有什么可以帮您"), ("怎么退货", "七天内"), ("好的", None)]),
    "plain_qa.txt": ("text", [("How do I return?", "Within 7 days."), ("Invoice?", "Yes.")]),
    "plain_two.txt": ("text", [("怎么退货", "七天内"), ("运费", "免费")]),
    "qq.txt": ("text", [("怎么退货", "七天内")]),
    "rasa.sql": ("sql", [("it's a return (really), yes; ok?", "7 days\nreally")]),
    "rasa_events.jsonl": ("rasa", [("怎么退货？", "七天内可退。")]),
    "rasa_pg.sql": ("sql", [("怎么退货", "七天\n内")]),
    "reqresp.jsonl": ("requests", [("怎么退货？", "七天内可退。"), ("thanks", "ok")]),
    "responses.jsonl": ("requests", [("怎么退货？", "七天内可退。"), ("hi", "no")]),
    "sep.csv": ("table", [("q1", "a1")]),
    "sharegpt_items.json": ("json", [("怎么退货？", "七天内可退。")]),
    "sharegpt_system.json": ("sharegpt", [("怎么退货？", "七天内可退。")]),
    "sharegpt_user_text.jsonl": ("sharegpt", [("怎么退货？", "七天内可退。")]),
    "slack.json": ("slack", [("怎么退货？", "七天内可退。"), ("other?", "yes")]),
    "stamped.txt": ("text", [("怎么退货", "七天内")]),
    "stars.csv": ("table", [("q1", "a1"), ("q2", "a2"), ("q3", "a3")]),
    "title.csv": ("table", [("怎么退货", "七天")]),
    "turns_out.jsonl": ("pairs", [("怎么退货？", "七天内可退。"), ("b", None)]),
    "unquoted.csv": ("table", [("hello, how are you", "fine")]),
    "wa_de.txt": ("text", [("Hallo", "Hello")]),
    "wa_ios.txt": ("text", [("How do I return?\nIt is 10:30 now", "Within 7 days: see page."), ("", None)]),
    "wa_us.txt": ("text", [("Do you ship?", "Yes.")]),
    "wa_zh.txt": ("text", [("怎么退货", "七天内")]),
    "wechat2.txt": ("text", [("怎么退货？\n在哪里申请", "七天内。")]),
    "wide.csv": ("table", [("怎么退货", "七天")]),
    "wildchat.jsonl": ("json", [("怎么退货？", "七天内可退。")]),
    "zendesk_ticket.json": ("zendesk", [("", "Hi, we saw your order"), ("return?", "7 days")]),
}

UNDECIDED = ("dailydialog.json", "kd.json", "names_unclear.csv", "telegram_all.json", "wa_names.txt")
UNKNOWN = ("squad.json", "unknown.json", "unknown.txt")


def read_turns(path: Path, given: Speakers | None = None) -> tuple[str, list[LoggedDialog], list[RejectedRow]]:
    name = recognise_log(path)
    records = list(read_log(ByteRange(path), name, speakers=find_speakers(path, name, given)))
    dialogs = [record for record in records if isinstance(record, LoggedDialog)]
    return name, dialogs, [record for record in records if isinstance(record, RejectedRow)]


def list_pairs(dialogs: list[LoggedDialog]) -> Turns:
    return [(turn.message, turn.reply) for dialog in dialogs for turn in dialog.turns]


def test_no_variant_is_left_out() -> None:
    names = {*EXPECTED, *UNDECIDED, *UNKNOWN, "unclosed.csv"}
    assert {path.name for path in FOLDER.iterdir()} == names


@pytest.mark.parametrize("file", EXPECTED)
def test_a_variant_is_read(file: str) -> None:
    name, dialogs, rejected = read_turns(FOLDER / file)
    assert rejected == []
    assert (name, list_pairs(dialogs)) == EXPECTED[file]
    assert len({dialog.id for dialog in dialogs}) == len(dialogs)


@pytest.mark.parametrize("file", UNDECIDED)
def test_who_speaks_is_asked_for_where_it_cannot_be_told(file: str) -> None:
    with pytest.raises(SpeakerError, match=r"--user .* --bot "):
        read_turns(FOLDER / file)


@pytest.mark.parametrize("file", UNKNOWN)
def test_an_unknown_form_says_what_was_looked_for(file: str) -> None:
    with pytest.raises(FormatError, match="looked for") as raised:
        read_turns(FOLDER / file)
    assert len(str(raised.value)) < 1_500


def test_a_quote_that_does_not_close_is_named_with_what_it_swallows() -> None:
    _, dialogs, rejected = read_turns(FOLDER / "unclosed.csv")
    assert list_pairs(dialogs) == [("ok", "sure")]
    assert [(row.place.row, "does not close" in row.why) for row in rejected] == [(2, True)]


@pytest.mark.parametrize(
    ("file", "given", "first"),
    [
        ("kd.json", Speakers(("first",), ("second",)), ("知道恋恋笔记本吗", "知道")),
        ("kd.json", Speakers((), ("first",)), ("", "知道恋恋笔记本吗")),
        ("names_unclear.csv", Speakers(("小红",)), ("", "你好")),
        ("wa_names.txt", Speakers((), ("Bea",)), ("Do you ship?", "Yes.")),
        ("names.csv", Speakers(("小王",)), ("您好", "怎么退货")),
    ],
)
def test_given_names_decide(file: str, given: Speakers, first: tuple[str, str]) -> None:
    _, dialogs, rejected = read_turns(FOLDER / file, given)
    assert rejected == []
    assert list_pairs(dialogs)[0] == first


def test_a_conversation_that_cannot_be_told_later_on_is_rejected_by_name(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    known = {"messages": [{"role": "user", "content": "退货"}, {"role": "assistant", "content": "七天"}]}
    odd = {
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "bot", "content": "b"},
            {"role": "阿明", "content": "c"},
        ]
    }
    path.write_text("".join(json.dumps(one) + "\n" for one in [*[known] * 1_200, odd]), "utf-8")
    _, dialogs, rejected = read_turns(path)
    assert (len(dialogs), len(rejected)) == (1_200, 1)
    assert isinstance(rejected[0], UndecidedRow)
    assert "阿明" in rejected[0].why


def test_one_star_is_a_dislike_where_there_are_five() -> None:
    _, dialogs, _ = read_turns(FOLDER / "stars.csv")
    assert [turn.liked for dialog in dialogs for turn in dialog.turns] == [True, False, None]


@pytest.mark.parametrize(
    ("side", "names"),
    [
        (
            "user",
            "user User USER human customer Visitor_12 访客 用户 顾客甲 买家 END_USER HumanMessage prompter Guest#4 usr 用户123",
        ),
        (
            "bot",
            "assistant AI model bot Agent-7 客服 机器人 客服小看 shopbot AIMessageChunk GPT-4 AUTOMATED_AGENT 智能客服 AI助手 "
            "用户服务中心",
        ),
        ("system", "system developer tool function_call observation SystemMessage ToolMessage 系统 工具"),
        (None, "小王 张三 Alice Shop me 我 Talbot A"),
    ],
)
def test_words_tell_the_side(side: str | None, names: str) -> None:
    assert {name: find_side(name) for name in names.split()} == dict.fromkeys(names.split(), side)
