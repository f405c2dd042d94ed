"""A self-check of the knowledge. Run: pytest tests/retrieval/test_self_check.py"""

from __future__ import annotations

import pytest

from data import paths
from data.records import Entry, Language, Place
from retrieval.boosting import NAME as CALIBRATION
from retrieval.boosting import open_trees
from retrieval.dense_index import DenseIndex
from retrieval.features import FEATURES
from retrieval.hybrid import Hybrid
from retrieval.paraphrase.infer import open_judge
from retrieval.self_check import check_entries
from retrieval.sentence_encoder.infer import NAME, SentenceEncoder
from retrieval.vectors import LocalVectorIndex

OWNER: tuple[tuple[str, Language, tuple[str, ...], str], ...] = (
    ("hours.zh", "zh", ("你们几点开门", "请问几点开门营业", "早上几点开门"), "九点开门。"),
    ("parking.zh", "zh", ("停车怎么收费", "停车收费标准是什么"), "每小时 10 元。"),
    ("invoice.zh", "zh", ("怎么开发票",), "在柜台开。"),
    ("receipt.zh", "zh", ("发票怎么开",), "请到二楼财务室。"),
    ("hours.en", "en", ("When do you open?", "When do you open in the morning?"), "At nine."),
    ("dogs.en", "en", ("Can I bring my dog?", "Are dogs allowed?"), "Yes, on a lead."),
    ("wheelchair.en", "en", ("Do you lend wheelchairs?",), "Yes, at the desk."),
)
ENTRIES = [
    Entry(id, language, questions, reply, Place("faq.csv", row))
    for row, (id, language, questions, reply) in enumerate(OWNER, 2)
]


@pytest.fixture(scope="module")
def index() -> Hybrid:
    model = SentenceEncoder(paths.artifacts_dir() / NAME)
    trees = open_trees(paths.artifacts_dir() / CALIBRATION, FEATURES)
    return Hybrid(
        trees, DenseIndex(model, LocalVectorIndex(model.width), LocalVectorIndex(model.width)), open_judge()
    ).update(ENTRIES)


def test_every_entry_with_other_phrasings_is_asked_one_that_was_taken_out(index: Hybrid) -> None:
    shares: list[float] = []
    before = [hit.probability for hit in index.search("停车收费标准是什么", "zh")]
    check = check_entries(index, ENTRIES, 0.6, advance=shares.append)
    assert (check.entries, check.asked) == (7, 4)
    assert check.answered + check.offered == 4, "paraphrases this near are found"
    assert check.answered >= 2
    assert check.wrong == 0
    assert [entry.id for entry in check.alone] == ["invoice.zh", "receipt.zh", "wheelchair.en"]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    # What serves is as it was.
    assert [hit.probability for hit in index.search("停车收费标准是什么", "zh")] == before
    assert index.search("停车收费标准是什么", "zh")[0].question == "停车收费标准是什么"


def test_entries_that_take_each_others_questions_are_named_once(index: Hybrid) -> None:
    check = check_entries(index, ENTRIES, 0.6)
    assert {frozenset((pair.entry.id, pair.other.id)) for pair in check.confusable} == {
        frozenset(("invoice.zh", "receipt.zh"))
    }
    (pair,) = check.confusable
    assert 0.3 <= pair.probability <= 1


def test_a_threshold_that_nothing_reaches_answers_nothing(index: Hybrid) -> None:
    check = check_entries(index, ENTRIES, 1.01)
    assert (check.answered, check.wrong) == (0, 0)
    assert check.offered == 4


def test_no_entries_are_no_questions(index: Hybrid) -> None:
    check = check_entries(index, [], 0.6)
    assert (check.entries, check.asked, check.confusable, check.alone) == (0, 0, (), ())
