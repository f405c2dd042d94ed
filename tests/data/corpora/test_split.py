"""python -m pytest tests/data/corpora/test_split.py"""

from collections import Counter

from data.corpora.dialogs import build_dialog, remove_spaces
from data.corpora.response_selection import CANDIDATES, build_instances, format_instances
from data.corpora.sentence_pairs import drop_overlap
from data.corpora.split import assign_part, join_utterances, normalize
from data.formats.ranking import read_selections
from data.records import LabelledPair


def test_the_same_text_is_in_the_same_part_however_it_is_typed() -> None:
    for one, other in [("你好，世界！", "你好 世界"), ("ＣＮＮ 是什麼?", "cnn是什么"), ("Hello, World", "hello world")]:
        assert normalize(one) == normalize(other)
        assert assign_part(one) == assign_part(other)


def test_parts_have_their_shares() -> None:
    counts = Counter(assign_part(f"对话 number {number}") for number in range(4000))
    assert 3050 < counts["train"] < 3350
    assert 300 < counts["dev"] < 500
    assert 300 < counts["test"] < 500


def test_instances_are_one_right_among_ten_and_the_same_every_time(tmp_path) -> None:  # type: ignore[no-untyped-def]
    dialogs = [
        build_dialog([f"第{number}句{turn} turn {turn} of {number}" for turn in range(4)]) for number in range(12)
    ]
    made = list(build_instances(dialogs))
    assert made == list(build_instances(dialogs))
    for one, source in zip(made, dialogs, strict=True):
        assert sum(one.labels) == 1
        assert len(one.candidates) == len(set(one.candidates)) == CANDIDATES
        right = one.candidates[one.labels.index(1)]
        said = join_utterances(source).split("\n")
        place = said.index(right)
        assert one.context == tuple(said[max(0, place - 3) : place])
        assert not set(said) & (set(one.candidates) - {right})
    assert {one.labels.index(1) for one in made} != {0}
    file = tmp_path / "instances.tsv"
    file.write_text(format_instances(made), encoding="utf-8")
    assert list(read_selections(file)) == made


def test_rows_that_share_a_sentence_with_the_test_are_left_out() -> None:
    test = [LabelledPair("怎么开证明？", "证明怎么开", 1)]
    rows = [
        LabelledPair("证明 怎么开!", "别的", 0),
        LabelledPair("别的", "怎么开证明", 0),
        LabelledPair("开证明", "how to get one", 1),
    ]
    assert drop_overlap(test, rows) == rows[2:]


def test_spaces_between_characters_go_and_between_words_stay() -> None:
    assert remove_spaces("我 在 看 The Big Bang 第 3 季") == "我在看The Big Bang第3季"
