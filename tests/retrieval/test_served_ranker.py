"""python -m pytest tests/retrieval/test_served_ranker.py"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from data import artifact, paths
from data.artifact import ArtifactError
from data.records import Selection
from retrieval.postings import Floats
from retrieval.sentence_encoder.infer import NAME as ENCODER
from retrieval.served_ranker import KINDS, NAME, ServedRanker, classify_context, open_scorers, open_served_ranker

ASKED = [
    Selection(
        ("how tall is mount everest",),
        ("The summit of Everest lies 8,848 metres above the sea.", "Tea is grown in Assam.", "Everest"),
        (1, 0, 0),
    ),
    Selection(("周末去爬山吗",), ("周末我想去爬山", "这个菜太咸了", "电脑坏了"), (1, 0, 0)),
    Selection(("你好", "hello", "晚饭吃什么好呢"), ("晚饭吃面条吧", "the train is late", "我的手机没电了"), (1, 0, 0)),
]


class Length:
    """Prefers long texts, or short ones."""

    def __init__(self, name: str, sign: int) -> None:
        self.name, self._sign = name, sign

    def score(self, context: Sequence[str], candidates: Sequence[str]) -> Floats:
        return np.asarray([self._sign * len(text) for text in candidates], np.float32)


def test_what_is_asked_decides_the_weights() -> None:
    assert [classify_context(one.context) for one in ASKED] == ["en question", "zh question", "conversation"]
    long, short = Length("long", 1), Length("short", -1)
    stack = ServedRanker([long, short], {kind: {"long" if "zh" in kind else "short": 1.0} for kind in KINDS})
    texts = ("一", "一二三", "one two three four")
    assert int(np.argmax(stack.score(("怎么走",), texts))) == 2
    assert int(np.argmax(stack.score(("which way",), texts))) == 0
    assert int(np.argmax(stack.score(("你好", "怎么走"), texts))) == 0


def test_weights_are_learned_for_each_kind_and_reranking_where_it_was_trained() -> None:
    found = [Length("bm25", 1), Length("drmm", -1)]
    learned = ServedRanker.fit(found, ASKED)
    assert set(learned.weights) == set(KINDS)
    assert list(learned.weights["en question"]) == ["bm25", "drmm"]
    assert list(learned.weights["zh question"]) == ["bm25"]
    with pytest.raises(ValueError, match="no zh question"):
        ServedRanker.fit(found, ASKED[:1])


def test_what_ships_puts_the_answer_first() -> None:
    stack = open_served_ranker(text for one in ASKED for text in one.candidates)
    assert [int(np.argmax(stack.score(one.context, one.candidates))) for one in ASKED] == [0, 0, 0]


def test_one_candidate_and_odd_ones_have_finite_scores() -> None:
    stack = open_served_ranker([])
    for context in (("你好",), ("hi",), ("好", "ok"), ("🙂🙂",), ("",)):
        for texts in (("好的",), ("", "🙂", "x" * 5_000)):
            assert np.isfinite(stack.score(context, texts)).all()


def test_weights_that_do_not_fit_are_refused_with_what_repairs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (ENCODER, "drmm", "arc1", "words", NAME):
        shutil.copytree(paths.artifacts_dir() / name, tmp_path / name)
    manifest = tmp_path / NAME / artifact.MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("en question", "fr question"), encoding="utf-8")
    monkeypatch.setattr(paths, "artifacts_dir", lambda: tmp_path)
    with pytest.raises(ArtifactError, match=r"does not weigh .*git checkout"):
        open_served_ranker(["一", "two"])
    assert [part.name for part in open_scorers(["一", "two"])][-2:] == ["drmm", "arc1"]
