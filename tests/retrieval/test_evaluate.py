"""python -m pytest tests/retrieval/test_evaluate.py"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from data.records import LabelledPair, Selection
from retrieval.__main__ import main
from retrieval.evaluate import MEASURES, evaluate, evaluate_chance, evaluate_pairs
from retrieval.examples import (
    build_dialog_examples,
    build_labelled_examples,
    build_selection_examples,
)
from retrieval.postings import Floats
from retrieval.scorer import BM25Scorer

TWO = [
    Selection(("你好", "下雨了吗"), ("下雨了", "好吃", "coffee"), (1, 0, 0)),
    Selection(("is it a cat",), ("a dog", "coffee", "a cat, yes"), (0, 0, 1)),
    Selection(("没有答案",), ("甲", "乙"), (0, 0)),
]


class Constant:
    name = "constant"

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        return np.zeros(len(candidates), dtype=np.float32)


def test_bm25_finds_what_shares_words_and_queries_without_an_answer_do_not_count() -> None:
    report = evaluate(BM25Scorer(text for one in TWO for text in one.candidates), TWO)
    assert report.means() == dict.fromkeys(MEASURES, 1.0)
    assert len(report.values["MAP"]) == 2


def test_saying_nothing_is_worth_as_much_as_chance() -> None:
    many = [Selection((f"问题 {number}",), tuple("abcdefghij"), (1, *[0] * 9)) for number in range(1500)]
    by_chance, by_nothing = evaluate_chance(many), evaluate(Constant(), many)
    assert by_chance.mean("R@1") == pytest.approx(0.1)
    for measure in MEASURES:
        assert by_nothing.mean(measure) == pytest.approx(by_chance.mean(measure), abs=0.03)


def test_pairs_are_decided_by_a_threshold_of_the_other_half() -> None:
    alike = [LabelledPair(f"怎么开第{number}张证明", f"第{number}张证明怎么开", 1) for number in range(20)]
    unlike = [LabelledPair(f"how to open number {number}", f"几点关门 {number + 50}", 0) for number in range(20)]
    pairs = [pair for both in zip(alike, unlike, alike[::-1], unlike, strict=True) for pair in both]
    scorer = BM25Scorer(text for pair in pairs for text in (pair.first, pair.second))
    assert evaluate_pairs(scorer, pairs) == {"accuracy": 1.0, "majority": 0.5}
    assert evaluate_pairs(Constant(), pairs)["accuracy"] <= 0.5


def test_examples_of_every_kind() -> None:
    from data.corpora.dialogs import build_dialog

    said = list(build_dialog_examples([build_dialog(["一", "two", "三", "four", "五"])]))
    assert [part.right for part in said] == ["two", "三", "four", "五"]
    assert [part.context for part in said] == [("一",), ("一", "two"), ("一", "two", "三"), ("two", "三", "four")]
    assert [part.wrong for part in build_selection_examples(TWO)] == [("好吃", "coffee"), ("a dog", "coffee")]
    rows = [LabelledPair("甲", "乙", 1), LabelledPair("甲", "丙", 0), LabelledPair("x", "y", 0)]
    assert [(part.context, part.right, part.wrong) for part in build_labelled_examples(rows)] == [
        (("甲",), "乙", ("丙",))
    ]


def test_the_command_prints_a_table_and_json_on_the_last_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "测试.tsv"
    lines = [
        f"{label}\t{chr(9).join(one.context)}\t{text}"
        for one in TWO
        for text, label in zip(one.candidates, one.labels, strict=True)
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert main(["evaluate", "--model", "bm25", str(file)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "测试.tsv: 2 queries, bm25"
    assert json.loads(printed[-1]) == {"file": "测试.tsv", "count": 2, "model": "bm25", **dict.fromkeys(MEASURES, 1.0)}
    assert main(["evaluate", "--json", str(file)]) == 0
    (only,) = capsys.readouterr().out.splitlines()
    assert json.loads(only) == {"file": "测试.tsv", "count": 2, "model": "served", **dict.fromkeys(MEASURES, 1.0)}


def test_what_cannot_be_measured_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("不是数据\nno data\n", encoding="utf-8")
    assert main(["evaluate", str(file)]) == 1
    assert "expected columns with tabs" in capsys.readouterr().err
    assert main(["evaluate", "--model", "nothing", str(tmp_path / "none.tsv")]) == 1
    assert "none.tsv" in capsys.readouterr().err
