"""python -m pytest tests/benchmarks/test_pairwise.py"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import ladder, pairwise
from benchmarks.ladder import ReadingError

GOOD, BAD = "hybrid, ranked", "retrieval"
SETS = {
    "lccc": [
        (["今天好累啊"], "早点休息吧。", "苹果三块钱一斤。"),
        (["我养了一只猫"], "它叫什么名字？", "地铁在左边。"),
        (["明天要考试"], "祝你考个好成绩！", "我不吃辣。"),
        (["下雨了"], "记得带伞。", "记得带伞。"),
    ],
    "xdailydialog.zh": [
        (["你好", "你好，找谁？", "请问王先生在吗？"], "他刚出去，要留言吗？", "好的。"),
        (["我辞职了。"], "怎么了，工作不开心吗？", "我也喜欢游泳。"),
        (["周末去爬山吧"], "好啊，几点出发？", "这件衬衫太贵了。"),
    ],
    "xdailydialog.en": [
        (["I quit my job."], "What happened?", "The bus is blue."),
        (["Hi", "Hi, how can I help?", "A table for two, please."], "This way, please.", "I like tea."),
        (["It's raining."], "Take an umbrella.", "Take an umbrella!"),
        (["I can't sleep."], "Is something on your mind?", "Nine dollars."),
        (["We won the match!"], "Congratulations!", "Turn left there."),
    ],
}


def write_run(folder: Path) -> Path:
    """Write what a run of the ladder leaves, with replies written by hand."""
    digests = {}
    for name, rows in SETS.items():
        lines = [
            {
                "context": context,
                "language": "en" if name.endswith("en") else "zh",
                "human": "嗯 oh",
                BAD: bad,
                "retrieval, re-ranked": bad,
                "written": "",
                GOOD: good,
            }
            for context, good, bad in rows
        ]
        text = pairwise.format_lines(lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        digests[name] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "run.json").write_text(json.dumps({"generator": "tiny 0", "replies": digests}), encoding="utf-8")
    return folder


@pytest.fixture
def out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder of items and key."""
    folder = tmp_path / "reading"
    assert (
        pairwise.main(
            ["make", "hybrid", BAD, "--source", str(write_run(tmp_path)), "--out", str(folder), "--items", "8"]
        )
        == 0
    )
    capsys.readouterr()
    return folder


def read_items(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def write_judgements(
    out: Path, say: Callable[[dict[str, Any]], dict[str, Any]], digest: str | None = None
) -> list[str]:
    """Write a reader's judgements, and return the arguments that score them."""
    found = digest or hashlib.sha256((out / "items.jsonl").read_bytes()).hexdigest()
    lines = [{"items": found, "reader": "一位读者"}, *({"item": one["item"], **say(one)} for one in read_items(out))]
    path = out / "judgements.jsonl"
    path.write_text(pairwise.format_lines(lines), encoding="utf-8")
    return ["score", str(path), "--out", str(out)]


def judge(one: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict of a reader who always prefers the good reply."""
    goods = {good for rows in SETS.values() for _, good, _ in rows}
    left = one["left"] in goods
    return {"verdict": "left" if left else "right", "faults": {"right" if left else "left": ["misfit"]}}


def test_items_name_no_system_and_the_languages_are_equals(out: Path) -> None:
    found = read_items(out)
    assert [one["item"] for one in found] == list(range(8))
    assert sum(one["language"] == "zh" for one in found) == sum(one["language"] == "en" for one in found) == 4
    assert all(set(one) == {"item", "language", "context", "left", "right"} for one in found)
    text = (out / "items.jsonl").read_text(encoding="utf-8")
    key = json.loads((out / "key.json").read_text(encoding="utf-8"))
    assert not any(name in text for name in ("hybrid", "retrieval", "lccc", "xdailydialog"))
    assert [key["set"].count(name) for name in SETS] == [2, 2, 4]
    assert set(key["left"]) == {"hybrid", "retrieval"}
    for one, left in zip(found, key["left"], strict=True):
        assert judge(one)["verdict"] == ("left" if left == "hybrid" else "right")
    assert not any(
        reply in json.dumps(key, ensure_ascii=False) for one in found for reply in (one["left"], one["right"])
    )
    assert key["items"] == hashlib.sha256((out / "items.jsonl").read_bytes()).hexdigest()


def test_pairs_that_say_the_same_are_left_out_and_counted(tmp_path: Path) -> None:
    sets, run = ladder.read_run(write_run(tmp_path))
    assert run["generator"] == "tiny 0"
    found, key = pairwise.make_items(sets, (GOOD, BAD), 100, 1)
    assert len(found) == 3 + 3 + 5
    assert "记得带伞。" not in {one["left"] for one in found}
    assert key["sets"]["lccc"] == {"exchanges": 4, "identical": 1, "items": 3}
    assert pairwise.make_items(sets, (GOOD, BAD), 100, 1) == (found, key)
    assert pairwise.make_items(sets, (GOOD, BAD), 100, 2)[1]["left"] != key["left"]
    with pytest.raises(ReadingError, match="nothing to read"):
        pairwise.make_items(sets, (BAD, "re-ranked"), 100, 1)


def test_a_system_is_named_by_what_only_it_is_called(tmp_path: Path) -> None:
    row = ladder.read_run(write_run(tmp_path))[0]["lccc"][0]
    assert pairwise.find_reply(row, "retrieval") == "苹果三块钱一斤。"
    assert pairwise.find_reply(row, "hybrid") == "早点休息吧。"
    assert pairwise.find_reply(row, "human") == "嗯 oh"
    with pytest.raises(ReadingError, match=r"2 systems .* retrieval; retrieval, re-ranked"):
        pairwise.find_reply(row, "retriev")
    with pytest.raises(ReadingError, match=r"0 systems .* written"):
        pairwise.find_reply(row, "language")


def test_replies_of_another_run_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ReadingError, match=r"Run python -m benchmarks.ladder"):
        ladder.read_run(tmp_path)
    (write_run(tmp_path) / "lccc.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(ReadingError, match=r"lccc.jsonl is not of the run"):
        ladder.read_run(tmp_path)
    assert pairwise.main(["make", "hybrid", BAD, "--source", str(tmp_path), "--out", str(tmp_path / "reading")]) == 2
    assert "lccc.jsonl" in capsys.readouterr().err


def test_items_that_may_have_been_read_are_kept(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (out / "items.jsonl").read_bytes()
    assert pairwise.main(["make", "hybrid", "written", "--source", str(out.parent), "--out", str(out)]) == 2
    assert "--out" in capsys.readouterr().err
    assert (out / "items.jsonl").read_bytes() == before


def test_a_reader_sees_the_items_and_no_system(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pairwise.main(["show", "--out", str(out), "--language", "zh", "--count", "2"]) == 0
    shown = capsys.readouterr().out
    first, second, third = [one for one in read_items(out) if one["language"] == "zh"][:3]
    assert all(text in shown for one in (first, second) for text in (one["left"], one["right"], *one["context"]))
    assert not any(text in shown for text in (third["left"], "hybrid", "retrieval"))
    assert hashlib.sha256((out / "items.jsonl").read_bytes()).hexdigest() in shown


def test_wins_are_counted_for_each_language(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pairwise.main(write_judgements(out, judge)) == 0
    shown = capsys.readouterr().out
    assert "hybrid against retrieval" in shown
    assert "一位读者" in shown
    assert "not read: 1 of 12" in shown
    assert "faults of hybrid: misfit 0" in shown
    assert "faults of retrieval: misfit 8" in shown
    assert shown.count("4     4      0     0  100.0% [100.0%, 100.0%], better") == 2

    def mixed(one: dict[str, Any]) -> dict[str, Any]:
        return judge(one) if one["language"] == "zh" else {"verdict": "tie"}

    assert pairwise.main(write_judgements(out, mixed)) == 0
    zh, en, both = capsys.readouterr().out.splitlines()[2:5]
    assert zh.split()[:5] == ["zh", "4", "4", "0", "0"]
    assert en.split()[:6] == ["en", "4", "0", "0", "4", "50.0%"]
    assert "not decided" in en
    assert both.split()[:6] == ["all", "8", "4", "0", "4", "75.0%"]


def test_who_always_says_left_decides_nothing(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = json.loads((out / "key.json").read_text(encoding="utf-8"))
    assert pairwise.main(write_judgements(out, lambda one: {"verdict": "left"})) == 0
    shown = capsys.readouterr().out
    wins = key["left"].count("hybrid")
    assert shown.splitlines()[4].split()[:5] == ["all", "8", str(wins), str(8 - wins), "0"]
    assert "left was better 8 times, right 0" in shown


def test_a_key_that_was_kept_scores_without_the_items(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = write_judgements(out, judge)
    (out / "items.jsonl").unlink()
    assert pairwise.main(arguments) == 2
    assert pairwise.main([*arguments, "--key", str(out / "key.json")]) == 0
    assert "100.0%" in capsys.readouterr().out


def test_judgements_of_other_items_are_refused(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pairwise.main(write_judgements(out, judge, digest="0" * 64)) == 2
    assert "0" * 64 in capsys.readouterr().err
    arguments = write_judgements(out, judge)
    with (out / "items.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert pairwise.main(arguments) == 2
    assert "not what the key" in capsys.readouterr().err


def test_missing_and_double_judgements_are_named(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = write_judgements(out, judge)
    path = Path(arguments[1])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:4], *lines[5:], lines[2], lines[2]]), encoding="utf-8")
    assert pairwise.main(arguments) == 2
    assert "double: 1; missing: 3." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"item": 0, "verdict": "hybrid"}', "verdict on item 0 is 'hybrid'"),
        ('{"item": 99, "verdict": "tie"}', "item is 99; expected a number from 0 to 7"),
        ('{"item": true, "verdict": "tie"}', "item is True"),
        ('{"item": 0, "verdict": "tie", "faults": {"left": ["丑"]}}', "faults of item 0"),
        ('{"item": 0, "verdict": "tie", "faults": ["misfit"]}', "faults of item 0"),
        ("[0]", "line 2 of the judgements is [0]"),
        ("左边好", "line 2 of the judgements is no JSON"),
    ],
)
def test_what_is_no_judgement_is_named(out: Path, capsys: pytest.CaptureFixture[str], line: str, said: str) -> None:
    arguments = write_judgements(out, judge)
    path = Path(arguments[1])
    head, _, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([head, line, *rest]), encoding="utf-8")
    assert pairwise.main(arguments) == 2
    assert said in capsys.readouterr().err
