"""python -m pytest -m train tests/bot/visual_intent/test_train.py"""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from bot.visual_intent import train  # noqa: E402
from bot.visual_intent.infer import VisualIntentClassifier  # noqa: E402
from bot.visual_intent.train import Sets  # noqa: E402
from data.artifact import Manifest  # noqa: E402
from data.corpora import response_selection  # noqa: E402
from data.corpora.ask import AskItem  # noqa: E402
from data.records import Dialog, PictureQuestion, Utterance  # noqa: E402
from vqa.answer import corpora  # noqa: E402
from vqa.answer.corpora import Splits  # noqa: E402

SETS = Sets(
    visual={
        "zh": {"derived": ["几个人", "几只狗", "他穿什么颜色的衣服"]},
        "en": {"derived": ["how many people", "what is he holding"]},
    },
    other={
        "zh": {"talk": ["怎么退款", "你好", "今天开门吗"]},
        "en": {"talk": ["how do I get a refund", "hello", "are you open today"]},
    },
)
BEHIND = Sets(
    visual={"zh": {"derived": ["他多大了", "她几岁", "哪个更高"]}, "en": {"derived": ["how old is he"]}},
    other=SETS.other,
)


def test_it_learns_by_heart_and_the_same_each_time(tmp_path: Path) -> None:
    learned = train.fit_recent(train.fit(SETS, SETS, buckets=1 << 12), BEHIND, BEHIND)
    for side, right in ((SETS.visual, True), (SETS.other, False)):
        for text, language in train.list_messages(side):
            assert (learned.probability(text, language) > 0.5) == right, text
    # What was never said is told by its kind.
    assert learned.probability("几只猫", "zh") > 0.5 > learned.probability("怎么上传", "zh")
    # Right behind a picture other lines are about it.
    assert learned.probability("他多大了", "zh", "recent") > 0.5 > learned.probability("他多大了", "zh")
    again = train.fit_recent(train.fit(SETS, SETS, buckets=1 << 12), BEHIND, BEHIND)
    np.testing.assert_array_equal(learned.later.weights, again.later.weights)
    np.testing.assert_array_equal(learned.recent.weights, again.recent.weights)
    manifest = Manifest(
        "visual-question", "1", "几句话 a few lines", "ours", "tiny", scores=train.evaluate(learned, SETS, "later")
    )
    train.save(learned, manifest, tmp_path / "visual-question")
    classifier = VisualIntentClassifier(tmp_path / "visual-question")
    assert classifier.classify("几只狗", "zh") is not None
    assert classifier.model.probability("hello", "en") == learned.probability("hello", "en") < 0.5
    assert [score.value for score in manifest.scores if "questions" in score.set] == [1.0] * 2
    # The thresholds lie just below the most doubtful of three lines.
    assert {score.value for score in manifest.scores if "other lines" in score.set} == {0.3333}


def test_what_measures_is_not_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    def question(text: str) -> PictureQuestion:
        return PictureQuestion("a.jpg", text, ("2",), "number", "en")

    parts = Splits([question("How many dogs?"), question("How many cats?")], [], [question("how many dogs")])
    monkeypatch.setattr(corpora, "SETS", {"coco": lambda: parts})
    said = [Dialog("1", (Utterance("a", "你好"), Utterance("b", "Hello!")))]
    monkeypatch.setattr(response_selection, "load_dialogs", lambda name, part: said)
    for one in ("kdconv.read", "crosswoz.read", "xpersona.read", "wikiqa.read_usable"):
        monkeypatch.setattr(f"data.corpora.{one}", lambda *_: [])
    given = train.read_sets("train")
    assert set(given.visual["en"]["coco"]) == {"How many cats?", "How many dogs?"}
    assert set(given.other["zh"]["lccc"]) == {"Hello!", "你好"}
    test = train.read_sets(
        "test", [text for text, _ in [*train.list_messages(given.visual), *train.list_messages(given.other)]]
    )
    assert test.visual["en"].get("coco", []) == []
    assert test.other["zh"]["lccc"] == []
    assert set(given.visual["zh"]) == {"written"}
    assert {"starter", "written"} <= set(given.other["en"])
    assert set(test.other["en"]) == {"xdailydialog.en"}


def test_right_behind_a_picture_customers_questions_are_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    questions = [PictureQuestion(f"{number}.jpg", f"有几只狗{number}", ("2",), "number", "zh") for number in range(9)]
    parts = {question.image: "train" if place < 6 else "dev" for place, question in enumerate(questions)}
    monkeypatch.setattr("data.corpora.coco_labels.read_questions", lambda: questions)
    monkeypatch.setattr("data.corpora.coco_labels.assign_parts", lambda: parts)
    items = [
        AskItem(name, {"zh": f"{name}多少钱", "en": name}, {"zh": (), "en": ()}, {"zh": (), "en": ()}) for name in "ab"
    ]
    monkeypatch.setattr("data.corpora.ask.read", lambda: items)
    monkeypatch.setattr("data.corpora.ask.is_held_out", lambda domain: domain == "b")
    training, dev = train.read_recent_sets("train"), train.read_recent_sets("dev")
    assert (len(training.visual["zh"]["coco/labels"]), len(dev.visual["zh"]["coco/labels"])) == (6, 3)
    assert (training.other["zh"]["ask"], dev.other["zh"]["ask"]) == (["a多少钱"], ["b多少钱"])
    assert "几点了" in training.visual["zh"]["written"]
    assert set(dev.other["zh"]) == {"ask"}


def test_a_plain_rule_to_measure_by() -> None:
    assert train.is_question_about_thing("几只狗？", "zh")
    assert not train.is_question_about_thing("怎么退款？", "zh")
    assert not train.is_question_about_thing("my dog", "en")
