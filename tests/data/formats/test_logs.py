"""Logs in every form that is read. Run: pytest tests/data/formats/test_logs.py"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import openpyxl
import pytest

from bot.journal import Journal
from data.formats.logs import ByteRange, FormatError, RejectedRow, read_log, recognise_log
from data.formats.logs.grouping import group_rows
from data.formats.logs.objects import read_objects
from data.records import LoggedDialog, Place

SAID = [("你好", "你好呀！"), ("how are you", "Fine, thank you."), ("再见", None)]


def read(path: Path, form: str | None = None) -> tuple[list[LoggedDialog], list[RejectedRow]]:
    found = list(read_log(ByteRange(path), form or recognise_log(path)))
    return [one for one in found if isinstance(one, LoggedDialog)], [
        one for one in found if isinstance(one, RejectedRow)
    ]


def message_pairs(dialog: LoggedDialog) -> list[tuple[str, str | None]]:
    return [(turn.message, turn.reply) for turn in dialog.turns]


def messages(
    role: str = "role", content: str = "content", user: str = "user", bot: str = "assistant"
) -> list[dict[str, str]]:
    made: list[dict[str, str]] = []
    for asked, replied in SAID:
        made.append({role: user, content: asked})
        if replied is not None:
            made.append({role: bot, content: replied})
    return made


def test_openai_messages(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    told = {"role": "system", "content": "Be nice."}
    path.write_text(json.dumps({"id": "甲", "messages": [told, *messages()]}, ensure_ascii=False) + "\n", "utf-8")
    assert recognise_log(path) == "messages"
    (dialog,), refused = read(path)
    assert (dialog.id, message_pairs(dialog), refused) == ("甲", SAID, [])


def test_what_stands_beside_a_message_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    reply = {
        "role": "assistant", "content": "八点", "source": "faq", "latency_ms": 12, "feedback": "👎", "reason": "不对",
        "references": ["九点"], "candidates": [{"text": "八点", "score": 0.7, "label": 0}], "timestamp": 1_700_000_000_500,
    }  # fmt: skip
    picture = [{"type": "text", "text": "几点"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]
    asked = {"role": "user", "content": picture, "created_at": "2023-11-14T22:13:20Z"}
    path.write_text(json.dumps({"messages": [asked, reply]}), "utf-8")
    (dialog,), _ = read(path)
    (turn,) = dialog.turns
    assert (turn.message, turn.reply, turn.picture, turn.time) == ("几点", "八点", True, 1_700_000_000.0)
    assert (turn.source, turn.latency, turn.liked, turn.reason, turn.references) == (
        "faq",
        12.0,
        False,
        "不对",
        ("九点",),
    )
    assert [(one.text, one.score, one.label) for one in turn.candidates] == [("八点", 0.7, 0)]
    assert dialog.id == "log.jsonl:1"


@pytest.mark.parametrize("indent", [None, 1])
def test_sharegpt_as_one_array(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "sg.json"
    one = {"id": "x", "conversations": messages("from", "value", "human", "gpt")}
    path.write_text(json.dumps([one, {**one, "id": "y"}], ensure_ascii=False, indent=indent), "utf-8")
    assert recognise_log(path) == "sharegpt"
    dialogs, refused = read(path)
    assert [(dialog.id, message_pairs(dialog)) for dialog in dialogs] == [("x", SAID), ("y", SAID)]
    assert refused == []


def test_parlai_text_with_what_a_model_said(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text(
        "text:你好\tlabels:你好呀！|您好\ntext:how are you\teval_labels:Good.\tmodel:Fine, thank you.\tepisode_done:True\n"
        "no field at all\ntext:再见\tepisode_done:True\n",
        "utf-8",
    )
    assert recognise_log(path) == "parlai"
    dialogs, refused = read(path)
    assert [message_pairs(dialog) for dialog in dialogs] == [SAID[:2], SAID[2:]]
    assert dialogs[0].turns[1].references == ("Good.",)
    assert [(one.place.row, one.why) for one in refused] == [(3, "the line has no text: field")]


def events() -> list[dict[str, object]]:
    return [
        {"event": "action", "name": "action_session_start", "timestamp": 1.0},
        {"event": "user", "text": "你好", "timestamp": 10.0},
        {"event": "action", "name": "utter_greet", "timestamp": 10.1},
        {"event": "bot", "text": "你好呀！", "timestamp": 10.25},
        {"event": "user", "text": "how are you", "timestamp": 20.0},
        {"event": "action", "name": "action_default_fallback", "timestamp": 20.1},
        {"event": "bot", "text": "Fine, thank you.", "timestamp": 20.5},
        {"event": "user", "text": "再见", "timestamp": 30.0},
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_rasa_tracker(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "tracker.json"
    path.write_text(json.dumps({"sender_id": "甲", "events": events()}, ensure_ascii=False, indent=indent), "utf-8")
    assert recognise_log(path) == "rasa"
    (dialog,), refused = read(path)
    assert (dialog.id, message_pairs(dialog), refused) == ("甲", SAID, [])
    first, second, _ = dialog.turns
    assert (first.source, first.latency, first.kind) == ("utter_greet", 250.0, None)
    assert (second.source, second.kind) == ("action_default_fallback", "unknown")


def test_rasa_events_of_two_people_mixed(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    rows = [{"sender_id": sender, **event} for event in events() for sender in ("甲", "b")]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    dialogs, _ = read(path)
    assert [(dialog.id, message_pairs(dialog)) for dialog in dialogs] == [("甲", SAID), ("b", SAID)]


def test_our_journal_as_it_stood_in_the_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    reply: dict[str, object] = {
        "text": "你好呀！",
        "kind": "answer",
        "candidates": [],
        "chosen": None,
        "timings": {"total": 3.5},
    }
    second = {
        "text": "Fine, thank you.", "kind": "answer", "chosen": 0, "timings": {},
        "candidates": [{"text": "Fine.", "source": "retrieved", "score": 0.8, "evidence": {"entry": "e1", "question": "how"}}],
    }  # fmt: skip
    for number, text, given in ((0, "你好", reply), (1, "wrong", reply), (1, "how are you", reply)):
        journal.write(
            "甲",
            {
                "kind": "turn",
                "number": number,
                "edited": text == "how are you",
                "text": text,
                "picture": None,
                "reply": given,
            },
        )
    journal.write("甲", {"kind": "failure", "source": "tooled", "error": "late"})
    journal.write("甲", {"kind": "mark", "number": 1, "liked": False, "reason": ""})
    journal.write("甲", {"kind": "retry", "number": 1, "reply": second})
    journal.write("甲", {"kind": "mark", "number": 1, "liked": True, "reason": "好"})
    (path,) = tmp_path.rglob("*.jsonl")
    assert recognise_log(path) == "journal"
    (dialog,), refused = read(path)
    assert (dialog.id, message_pairs(dialog), refused) == ("甲", SAID[:2], [])
    first, last = dialog.turns
    assert (first.latency, first.kind, first.liked) == (3.5, "answer", None)
    assert (last.source, last.entry, last.chosen, last.liked, last.reason) == ("retrieved", "e1", 0, True, "好")


def test_the_version_shown_last_is_the_reply(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    first: dict[str, object] = {
        "text": "卷积 convolution",
        "kind": "answer",
        "candidates": [],
        "chosen": None,
        "timings": {},
    }
    other = {**first, "text": "不确定 not sure"}
    message_pairs = {"kind": "turn", "number": 0, "edited": False, "text": "什么 what", "picture": None, "reply": first}
    journal.write("甲", message_pairs)
    journal.write("甲", {"kind": "mark", "number": 0, "liked": True, "reason": "好"})
    journal.write("甲", {"kind": "retry", "number": 0, "reply": other})
    journal.write("甲", {"kind": "version", "number": 0, "version": 0, "reply": first, "liked": True, "reason": "好"})
    (path,) = tmp_path.rglob("*.jsonl")
    (dialog,), _ = read(path)
    (turn,) = dialog.turns
    assert (turn.reply, turn.liked, turn.reason) == ("卷积 convolution", True, "好")


def test_what_the_filter_found_is_read_from_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    found = {"kind": "abuse", "score": 0.9, "fired": ["rule"]}
    for number, verdict in enumerate((found, None)):
        if verdict is None:
            journal.write("甲", {"kind": "dropped", "source": "written", "text": "…", "verdict": found})
        reply: dict[str, object] = {
            "text": "好",
            "kind": "calm",
            "candidates": [],
            "chosen": None,
            "timings": {},
            "verdict": verdict,
        }
        journal.write(
            "甲", {"kind": "turn", "number": number, "edited": False, "text": "骂", "picture": None, "reply": reply}
        )
    reply = {"text": "好", "kind": "answer", "candidates": [], "chosen": None, "timings": {}}
    journal.write(
        "甲", {"kind": "turn", "number": 2, "edited": False, "text": "before there was a filter", "reply": reply}
    )
    (path,) = tmp_path.rglob("*.jsonl")
    (dialog,), _ = read(path)
    assert [turn.unsafe for turn in dialog.turns] == [("abuse",), ("dropped abuse",), None]


def table_rows() -> list[list[object]]:
    return [
        ["会话", "说话人", "内容", "时间", "反馈"],
        ["1", "用户", "你好", "2024-01-02 10:00:00", ""],
        ["2", "visitor", "how are you", "2024-01-02 10:00:01", ""],
        ["1", "机器人", "你好呀！", "2024-01-02 10:00:02", "赞"],
        ["2", "agent", "Fine, thank you.", "2024-01-02 10:00:03", "-1"],
        ["1", "用户", "再见", "2024-01-02 09:00:00", ""],
        ["1", "", "谁说的", "", ""],
    ]


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx", "gbk"])
def test_a_table_with_two_conversations_mixed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"log.{'csv' if kind == 'gbk' else kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in table_rows():
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", encoding="gb18030" if kind == "gbk" else "utf-8-sig", newline="") as file:
            csv.writer(file, delimiter="\t" if kind == "tsv" else ",").writerows(table_rows())
    dialogs, refused = read(path)
    assert [(dialog.id, message_pairs(dialog)) for dialog in dialogs] == [("1", [SAID[0], SAID[2]]), ("2", [SAID[1]])]
    assert [turn.liked for dialog in dialogs for turn in dialog.turns] == [True, None, False]
    assert [turn.latency for dialog in dialogs for turn in dialog.turns] == [2000.0, None, 2000.0]
    assert dialogs[0].disordered == 1
    assert [(one.place.row, one.why) for one in refused] == [(7, "the row does not say who speaks")]


def test_a_table_of_questions_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "qa.csv"
    path.write_text("question,answer,reference\n你好,你好呀！,您好\nhow are you,,\n", "utf-8")
    dialogs, refused = read(path)
    assert [message_pairs(dialog) for dialog in dialogs] == [[SAID[0]], [("how are you", None)]]
    assert dialogs[0].turns[0].references == ("您好",)
    assert refused == []


def test_a_packed_log(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"messages": messages()}).encode()))
    (dialog,), _ = read(path)
    assert message_pairs(dialog) == SAID
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(FormatError, match="the file breaks off here"):
        read(path)
    assert read(path, "messages")[1][-1].why.startswith("the file breaks off here")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.jsonl", b"", "is empty"),
        ("blank.csv", b" \n\n", "is empty"),
        ("binary.log", bytes(range(256)) * 40, "binary file"),
        ("zeros.jsonl", b'{"messages": []}\n\x00\x00', "binary file"),
        ("prose.txt", "从前有座山，山里有座庙。\n".encode(), "which no log begins with"),
        ("other.jsonl", b'{"colour": "red", "size": 3}\n', "no conversations"),
        ("broken.xlsx", b"PK\x03\x04 not a workbook", "broken"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old or password-protected"),
    ],
)
def test_what_is_no_log_is_said_to_be_none(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=why):
        recognise_log(path)


def test_lines_that_make_no_sense_are_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    good = json.dumps({"messages": messages()}, ensure_ascii=False)
    deep = '{"messages": ' + "[" * 100_000 + "]" * 100_000 + "}"
    lines = [
        good,
        "[1, 2]",
        '{"messages": 3}',
        '{"messages": []}',
        '{"conversations": []}',
        deep,
        good,
        '{"messages": [{"role": "us',
    ]
    raw = "\n".join(lines).encode()
    path.write_bytes(raw.replace(b"[1, 2]", b'{"messages": "\xff\xfe"}'))
    dialogs, refused = read(path)
    assert [message_pairs(dialog) for dialog in dialogs] == [SAID, SAID]
    assert [one.place.row for one in refused] == [2, 3, 4, 5, 6, 8]
    assert [one.why.partition(" ")[0] for one in refused] == ["not", "there", "there", "there", "nested", "not"]


def test_an_array_that_breaks_off_is_read_so_far(tmp_path: Path) -> None:
    path = tmp_path / "sg.json"
    text = json.dumps([{"conversations": messages("from", "value", "human", "gpt")}] * 3, ensure_ascii=False, indent=2)
    path.write_text(text[:-60], "utf-8")
    dialogs, refused = read(path)
    assert len(dialogs) == 2
    assert "breaks off here" in refused[0].why
    assert refused[0].place.row > 30


def test_objects_larger_than_a_block_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    values = [{"n": n, "text": "字" * 700_000} for n in range(3)]
    path.write_text(json.dumps(values, ensure_ascii=False), "utf-8")
    assert [value["n"] for _, value in read_objects(ByteRange(path), lambda _: None) if isinstance(value, dict)] == [
        0,
        1,
        2,
    ]


def test_rows_beyond_memory_are_grouped_on_disk_alike() -> None:
    rows = [(f"甲{n % 7}", n, {"said": f"第 {n} 句"}) for n in range(500)]
    stray = RejectedRow(Place("f", 9), "", "why")

    def mixed() -> list[tuple[str, int, dict[str, str]] | RejectedRow]:
        return [*rows[:300], stray, *rows[300:]]

    held = {one[0]: one[1] for one in group_rows(iter(mixed())) if not isinstance(one, RejectedRow)}
    spilled = list(group_rows(iter(mixed()), in_memory=50))
    assert {one[0]: one[1] for one in spilled if not isinstance(one, RejectedRow)} == held
    assert [one for one in spilled if isinstance(one, RejectedRow)] == [stray]
    assert sum(len(part) for part in held.values()) == 500


def test_the_journal_is_told_from_messages_that_speak_of_one(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    quoted = '{"conversation":"a","kind":"turn"} "events": ['
    path.write_text(json.dumps({"messages": [{"role": "user", "content": quoted}]}), "utf-8")
    assert recognise_log(path) == "messages"
