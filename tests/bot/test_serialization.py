"""python -m pytest tests/bot/test_serialization.py"""

import json
from dataclasses import asdict, fields
from typing import Any

import pytest

from bot.serialization import reply_from_dict, reply_to_dict, turn_from_json, turn_to_json
from bot.types import Candidate, Evidence, Kind, Message, Quotation, Reply, Suggestion, Turn, Verdict, Version
from bot.versions import show_version

# No value is its field's default: one that was forgotten would come back as another.
FULL = Turn(
    3,
    Message("卷积是什么？ 🙂", "p.jpg", "cnn.zh"),
    Reply(
        "一次看一小块。",
        "ask",
        "zh",
        (
            Candidate(
                "一次看一小块。",
                "retrieved",
                0.75,
                Evidence(
                    "cnn.zh",
                    "faq.csv",
                    7,
                    "什么是卷积",
                    {"same": 3.2, "known": 1.0},
                    "similar_words",
                    "seq2seq",
                    "p.jpg",
                    (("红", 0.5), ("red", 0.25)),
                    Quotation(
                        "m-1", "手册.pdf", "一次看一小块。", ("卷积", "窗口"), 3, "前文。", "后文。", "一次 | 一小块"
                    ),
                    "gpt",
                ),
            ),
            Candidate("A window slides.", "tooled", 0.5),
        ),
        1,
        (Suggestion("cnn.zh", "什么是池化"), Suggestion("pool.en", "what is pooling")),
        {"retrieved": 4.25, "total": 6.0},
        True,
        (1, 0),
        Verdict("offensive", 0.875, ("笨",)),
    ),
    1_700_000_000.25,
    False,
    "too short",
    (
        Version("一次看一小块。", "ask", 1, (Suggestion("cnn.zh", "什么是池化"),), True, True, "好"),
        Version("A window slides.", "answer", 1, (Suggestion("pool.en", "what is pooling"),), True, False, "too short"),
    ),
    1,
)


def _use_stored_keys(reply: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a reply, in order, under the keys that the stores and the journal have for them."""
    return {"offered" if name == "shown_candidates" else name: value for name, value in reply.items()}


@pytest.mark.parametrize("reply", [FULL.reply, Reply("", "unknown", "en")])
def test_by_hand_is_what_the_standard_library_makes(reply: Reply) -> None:
    # As JSON, where a tuple is a list.
    assert json.dumps(reply_to_dict(reply)) == json.dumps(_use_stored_keys(asdict(reply)))
    assert reply_from_dict(json.loads(json.dumps(reply_to_dict(reply)))) == reply


@pytest.mark.parametrize("turn", [FULL, Turn(0, Message("hi"), Reply("hello", "answer", "en"), 0.0)])
def test_a_turn_is_every_field_on_one_line(turn: Turn) -> None:
    line = turn_to_json(turn)
    raw = asdict(turn)
    raw["reply"] = _use_stored_keys(raw["reply"])
    assert line == json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    assert "\n" not in line
    assert turn_from_json(line) == turn


def _write_without_versions(turn: Turn) -> str:
    """The line of a turn as it was written before a turn had versions."""
    raw = json.loads(turn_to_json(turn))
    del raw["versions"], raw["version"]
    return json.dumps(raw, ensure_ascii=False)


def test_a_turn_of_before_there_were_versions_is_read_as_it_was() -> None:
    older = Turn(
        0,
        Message("你好 hi"),
        Reply("你好！", "answer", "zh", (Candidate("你好！", "retrieved", 0.9),), 0, shown_candidates=(0,)),
        1.0,
    )
    assert turn_from_json(_write_without_versions(older)) == older
    assert turn_from_json(turn_to_json(older)) == older


def test_suggestions_of_before_they_had_an_entry_are_read_with_the_entry_of_their_candidate() -> None:
    near = Candidate("九点。", "retrieved", 0.4, Evidence("open.zh", "faq.csv", 2, "几点开门？"))
    offered = (Suggestion("open.zh", "几点开门？"), Suggestion("", "when do you open?"))
    versions = (Version("?", "unknown", suggestions=offered), Version("!", "unknown", suggestions=offered[1:]))
    turn = Turn(0, Message("开门？"), Reply("?", "unknown", "zh", (near,), suggestions=offered), 1.0, versions=versions)
    raw = json.loads(turn_to_json(turn))
    del raw["message"]["entry"]
    for holder in (raw["reply"], *raw["versions"]):
        holder["suggestions"] = [one["question"] for one in holder["suggestions"]]
    assert turn_from_json(json.dumps(raw, ensure_ascii=False)) == turn
    assert turn_from_json(turn_to_json(turn)) == turn


@pytest.mark.parametrize(
    ("text", "kind", "chosen"), [("B 乙", "answer", 1), ("I have no other answer to offer.", "unknown", None)]
)
def test_what_a_retry_had_replaced_is_found_again(text: str, kind: Kind, chosen: int | None) -> None:
    candidates = (Candidate("A 甲", "retrieved", 0.9), Candidate("B 乙", "retrieved", 0.7))
    offered = (0,) if chosen is None else (0, 1)
    older = Turn(
        0, Message("?"), Reply(text, kind, "en", candidates, chosen, shown_candidates=offered), 1.0, liked=False
    )
    read = turn_from_json(_write_without_versions(older))
    assert [version.text for version in read.versions] == ["A 甲", text]
    assert (read.version, read.reply, read.liked) == (1, older.reply, False)
    assert show_version(read, 0).reply.text == "A 甲"
    assert show_version(show_version(read, 0), 1) == read
    assert turn_from_json(turn_to_json(read)) == read


def test_the_example_leaves_nothing_at_its_default() -> None:
    best = FULL.reply.candidates[0]
    verdict = FULL.reply.verdict
    assert verdict is not None
    parts: list[Any] = [
        FULL,
        FULL.message,
        FULL.reply,
        best,
        best.evidence,
        best.evidence.quotation,
        verdict,
        *FULL.versions,
    ]
    for one in parts:
        assert [field.name for field in fields(one) if getattr(one, field.name) == field.default] == []
