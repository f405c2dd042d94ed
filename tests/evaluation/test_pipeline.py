"""A log counted: by hand, in parts, on two processes, after an interruption. pytest tests/evaluation/test_pipeline.py"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge import Knowledge
from data.formats import read_pairs
from evaluation import map_reduce
from evaluation.count_shard import count_shard
from evaluation.options import EvaluationError, Options
from evaluation.shards import Shard, plan_shards
from tests.evaluation.logs import evaluate_log, make_conversations, write_log

ROOT = Path(__file__).parent.parent.parent
FILES = ("report.json", "turns.jsonl", "unanswered.csv", "report.html")


def same(one: Path, other: Path, *files: str) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in files)


def numbers(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "files"}


def user(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": text, **more}


def bot(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


def test_the_numbers_of_a_log_worked_by_hand(tmp_path: Path) -> None:
    one = [
        user("你好"), bot("你好", source="faq", latency=10, feedback="like"),
        user("你好"), bot("你好", source="faq", latency=30),
        user("退货"), bot("抱歉，我不知道。", source="rule", latency=2000, feedback="dislike", reason="没用"),
    ]  # fmt: skip
    two = [user("hi there"), bot("你好啊"), user("the fee?"), bot("Two dollars."), user("bye")]
    log = write_log(tmp_path / "log.jsonl", [{"id": "a", "messages": one}, {"id": "b", "messages": two}])
    result = evaluate_log(log, tmp_path / "out")
    values = {name: metric["value"] for name, metric in result["metrics"].items()}
    assert result["counts"] == {
        "conversations": 2, "turns": 6, "marked": 2, "refused": 0, "undecided": 0, "refused_files": 0, "disordered": 0,
        "repeated_ids": 0,
    }  # fmt: skip
    assert values["fallback_rate"] == pytest.approx(1 / 6)
    assert values["silent_rate"] == pytest.approx(1 / 6)
    assert values["repeated_rate"] == pytest.approx(1 / 2)  # of two replies that follow one and are no fallback
    assert values["asked_again_rate"] == pytest.approx(1 / 4)
    assert values["mismatch_rate"] == pytest.approx(1 / 5)
    assert values["liked_share"] == 0.5
    assert values["latency_mean"] == pytest.approx(680)
    assert values["turns_per_conversation"] == 3
    assert values["distinct_1_zh"] == pytest.approx(9 / 13)  # 你好抱歉我不知道啊 of 2 + 2 + 6 + 3
    assert values["distinct_2_zh"] == pytest.approx(7 / 13)
    assert [(one["name"], one["turns"], one["liked"]) for one in result["sources"]] == [("faq", 2, 1), ("rule", 1, 0)]
    assert {one["questions"][0]["text"] for one in result["unanswered"]} == {"退货", "bye"}
    assert result["reasons"] == [{"reason": "没用", "count": 1}]
    lines = [json.loads(line) for line in (tmp_path / "out" / "turns.jsonl").read_text("utf-8").splitlines()]
    assert [line["tags"] for line in lines[2:4]] == [["fallback", "disliked", "slow", "source:rule"], ["mismatch"]]


def test_parts_add_up_to_the_whole_to_the_last_digit(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(300))
    whole = evaluate_log(log, tmp_path / "whole")
    parted = evaluate_log(log, tmp_path / "parted", shard_bytes=20_000)
    assert len(plan_shards([log], None, 20_000).shards) > 10
    assert parted == whole
    assert same(tmp_path / "whole", tmp_path / "parted", *FILES)
    assert whole["metrics"]["chrf"]["low"] < whole["metrics"]["chrf"]["value"] < whole["metrics"]["chrf"]["high"]


def test_two_processes_of_a_cluster_count_what_one_counts(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    dialogs = make_conversations(120)
    for number in range(4):
        write_log(shards / f"{number}.jsonl", dialogs[number * 30 : number * 30 + 30])
    evaluate_log(shards, tmp_path / "one", shard_bytes=10_000)
    command = [
        sys.executable, "-c",
        "import sys; from pathlib import Path\n"
        "from evaluation.options import Options; from evaluation.pipeline import evaluate; from evaluation.task import Task\n"
        "if __name__ == '__main__': evaluate(Task((Path(sys.argv[1]),), Path(sys.argv[2]), Options(), '2', shard_bytes=10_000))",
        str(shards), str(tmp_path / "two"),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert same(tmp_path / "one", tmp_path / "two", *FILES)
    single = evaluate_log(write_log(tmp_path / "all.jsonl", dialogs), tmp_path / "single")
    assert single["metrics"] == json.loads((tmp_path / "two" / "report.json").read_text("utf-8"))["metrics"]


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(100))
    counted: list[int] = []

    def count_or_interrupt(shard: Shard, number: int, *more: Any) -> int:
        if number == 3 and 3 not in counted:
            counted.append(3)
            raise KeyboardInterrupt
        before = (more[0] / f"{number}.json").exists()
        done = count_shard(shard, number, *more)
        if not before:
            counted.append(number)
        return done

    monkeypatch.setattr(map_reduce, "count_shard", count_or_interrupt)
    with pytest.raises(KeyboardInterrupt):
        evaluate_log(log, tmp_path / "out", shard_bytes=10_000)
    assert counted == [0, 1, 2, 3]
    result = evaluate_log(log, tmp_path / "out", shard_bytes=10_000)
    assert counted[:5] == [0, 1, 2, 3, 3]
    assert len(counted) == len(set(counted)) + 1
    assert numbers(result) == numbers(evaluate_log(log, tmp_path / "again"))
    assert not (tmp_path / "out" / ".parts").exists()


def test_a_log_that_changed_meanwhile_is_counted_anew(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(10))
    shard = plan_shards([log], None).shards[0]
    count_shard(shard, 0, tmp_path / "parts", Options())
    write_log(log, make_conversations(20))
    result = evaluate_log(log, tmp_path / "out")
    assert result["counts"]["conversations"] == 20


def test_mixed_and_whole_conversations_count_alike(tmp_path: Path) -> None:
    rows = [
        (str(dialog["id"]), "user" if message["role"] == "user" else "bot", str(message["content"]))
        for dialog in make_conversations(40)
        for message in dialog["messages"]
    ]
    woven = sorted(range(len(rows)), key=lambda place: (place % 8, place))
    for name, order in (("whole", range(len(rows))), ("woven", woven)):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("conversation", "speaker", "text"), *(rows[place] for place in order)])
    whole, mixed = (evaluate_log(tmp_path / f"{name}.csv", tmp_path / name) for name in ("whole", "woven"))
    assert whole["metrics"] == mixed["metrics"]
    assert mixed["counts"]["conversations"] == 40


def test_one_conversation_of_a_hundred_thousand_turns(tmp_path: Path) -> None:
    messages = [said for n in range(100_000) for said in (user(f"第{n}个问题"), bot(f"answer {n % 1000}"))]
    log = write_log(tmp_path / "long.jsonl", [{"id": "long", "messages": messages}, {"messages": messages[:2]}])
    result = evaluate_log(log, tmp_path / "out")
    assert (result["counts"]["turns"], result["counts"]["conversations"]) == (100_001, 2)
    assert result["metrics"]["repeated_rate"]["value"] == pytest.approx(99_000 / 99_999)


def test_ids_that_come_twice_and_times_that_run_backwards_are_counted_and_told(tmp_path: Path) -> None:
    one = {"id": "同", "messages": [user("甲", time=200), bot("乙", time=100), user("丙", time=150)]}
    result = evaluate_log(write_log(tmp_path / "log.jsonl", [one, one, {**one, "id": "b"}]), tmp_path / "out")
    assert result["counts"]["repeated_ids"] == 1
    assert result["counts"]["disordered"] == 3
    assert result["counts"]["conversations"] == 3


def test_a_folder_with_logs_of_several_kinds_and_a_stranger(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    write_log(folder / "a.jsonl", make_conversations(3))
    (folder / "b.csv").write_text("conversation,speaker,text\n1,user,你好\n1,bot,hi\n", "utf-8")
    (folder / "c.txt").write_text("text:你好\tlabels:您好\tepisode_done:True\n", "utf-8")
    (folder / "notes.txt").write_text("买菜，做饭。\n", "utf-8")
    (folder / "empty.jsonl").write_text("", "utf-8")
    result = evaluate_log(folder, tmp_path / "out")
    assert result["formats"] == {"messages": 1, "parlai": 1, "table": 1}
    assert result["counts"]["conversations"] == 5
    assert sorted(Path(one["file"]).name for one in result["refused_files"]) == ["empty.jsonl", "notes.txt"]


@pytest.mark.parametrize("content", ["", "\x00\x01\x02\x03" * 100, '{"messages": [', "从前有座山"])
def test_what_is_no_log_at_all_stops_the_run_with_a_sentence(tmp_path: Path, content: str) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(content, "utf-8")
    with pytest.raises(EvaluationError, match="log"):
        evaluate_log(log, tmp_path / "out")
    with pytest.raises(EvaluationError, match="not there"):
        evaluate_log(tmp_path / "missing", tmp_path / "out")


def test_only_ten_refused_lines_are_shown(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", make_conversations(2))
    log.write_text(log.read_text("utf-8") + '{"电话": "13812345678"\n' * 25, "utf-8")
    result = evaluate_log(log, tmp_path / "out")
    assert result["counts"]["refused"] == 25
    assert [one["place"] for one in result["refused"]] == [f"log.jsonl:{row}" for row in range(3, 13)]
    assert all("[phone]" in one["given"] for one in result["refused"])


def test_personal_numbers_are_nowhere_in_the_report_unless_asked_for(tmp_path: Path) -> None:
    secret, address, id = "13812345678", "li@example.com", "13987654321"
    said = [
        user(f"我的电话{secret}"),
        bot(f"不知道 {address}", feedback="dislike", reason=f"call {secret}", references=[secret]),
    ]
    log = write_log(tmp_path / "log.jsonl", [{"id": id, "messages": said}])
    evaluate_log(log, tmp_path / "out")
    evaluate_log(log, tmp_path / "open", mask_personal_data=False)
    for text in (secret, address, id):
        assert not any(text in (tmp_path / "out" / name).read_text("utf-8") for name in FILES)
        assert text in (tmp_path / "open" / "turns.jsonl").read_text("utf-8")


def test_a_number_that_a_long_text_is_cut_in_is_masked_too(tmp_path: Path) -> None:
    secret = "13812345678"
    long = "字 " * 497 + secret
    said = [user(long), bot(long, feedback="dislike", reason=long, references=[long])]
    log = write_log(tmp_path / "log.jsonl", [{"id": "a", "messages": said}])
    log.write_text(log.read_text("utf-8") + f'{{"电话": "{"字" * 62}{secret}{"字" * 20}\n', "utf-8")
    evaluate_log(log, tmp_path / "out", old_logs=(log,))
    for name in FILES:
        assert not re.search("字 ?138", (tmp_path / "out" / name).read_text("utf-8")), name


def test_the_sheet_of_unanswered_questions_can_be_learned_back_as_it_was_asked(tmp_path: Path) -> None:
    asked = ["=1+1等于几", "+86是哪里", "-5度冷吗", "@你是谁", "'=quoted", "plain, with a comma", '说"你好"']
    dialogs = [{"id": str(n), "messages": [user(text), bot("不知道")]} for n, text in enumerate(asked)]
    evaluate_log(write_log(tmp_path / "log.jsonl", dialogs), tmp_path / "out")
    sheet = tmp_path / "out" / "unanswered.csv"
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["question"][0] not in "=+-@" for row in rows)
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "reply": f"答案 {n}"} for n, row in enumerate(rows))
    knowledge = Knowledge(tmp_path / "knowledge.db")
    try:
        report = knowledge.learn(read_pairs(sheet), sheet.name)
        assert report.refused == ()
        learned = [question for entry in knowledge.search("", 50, 0, True) for question in entry.questions]
    finally:
        knowledge.close()
    assert sorted(learned) == sorted(asked)


def test_the_page_holds_its_data_where_no_text_can_leave_it(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script><!--"
    log = write_log(tmp_path / "log.jsonl", [{"id": evil, "messages": [user(evil), bot(evil, source=evil)]}])
    evaluate_log(log, tmp_path / "out")
    html = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert evil not in html
    assert html.count("<script") == 2
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in html
