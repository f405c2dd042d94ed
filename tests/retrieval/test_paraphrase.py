"""python -m pytest tests/retrieval/test_paraphrase.py"""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import artifact, paths
from data.artifact import ArtifactError, Manifest
from data.records import LabelledPair, Language
from retrieval.__main__ import STARTER, main
from retrieval.evaluate import evaluate, evaluate_pairs
from retrieval.paraphrase.config import Config, Weights
from retrieval.paraphrase.edit_distance import build_masks, count_edits, measure_common_subsequence
from retrieval.paraphrase.featurizer import FEATURES, Featurizer
from retrieval.paraphrase.infer import Judge, Paraphrase, open_judge
from retrieval.paraphrase.question_kinds import find_question_kinds
from retrieval.paraphrase.training_pairs import build_selections
from retrieval.word_similarity import WordSimilarity

SHIPPED = paths.artifacts_dir() / "paraphrase"
TEXTS = ["怎么开户", "开户怎么开", "怎样开户？", "女生适合什么发型", "how do I open an account", "opening an account, how?",
         "学CNN", "", "😀", "？！", "㐂㐂", "zzqxv", "不要 3 个", "I don't have 4", "猫" * 300]  # fmt: skip


@pytest.fixture(scope="module")
def similar() -> WordSimilarity:
    return WordSimilarity(paths.artifacts_dir() / "words")


@pytest.fixture(scope="module")
def shipped(similar: WordSimilarity) -> Paraphrase:
    return Paraphrase(SHIPPED, similar)


@pytest.fixture(scope="module")
def search_judge() -> Paraphrase:
    return open_judge(found=True)


@pytest.fixture(scope="module")
def featurizer(similar: WordSimilarity) -> Featurizer:
    return Featurizer(similar.words, similar.vectors)


def measure(featurizer: Featurizer, one: str, other: str) -> dict[str, float]:
    return dict(zip(FEATURES, featurizer.measure(one, [other]).features[0].tolist(), strict=True))


def test_what_is_measured_agrees_with_what_is_worked_out_by_hand() -> None:
    # Four words, the rarest last, with vectors at right angles but for 手机 and phone, which are 0.6 apart.
    vectors = np.asarray([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.8, 0.6]], dtype=np.float32)
    featurizer = Featurizer(["如何", "修理", "手机", "phone"], vectors)
    found = measure(featurizer, "如何修理手机", "如何修理phone")
    # 如 何 修 理 of six characters, and of four and a word; pairs with both ends marked: ^如 如何 何修 修理 of 7 + 6 - 4.
    assert found["units"] == pytest.approx(4 / 7)
    assert found["units_contained"] == pytest.approx(4 / 5)
    assert found["pairs"] == pytest.approx(4 / 9)
    assert found["words"] == pytest.approx(2 / 4)
    assert found["order"] == found["edits"] == found["beginning"] == pytest.approx(4 / 6)
    assert (found["first"], found["last"], found["end"]) == (1, 0, 0)
    assert found["length"] == pytest.approx(1 / 6)
    rarity = [np.log1p(rank) / np.log1p(4) for rank in range(4)]
    assert found["rare"] == pytest.approx(rarity[1] / sum(rarity))
    assert found["lost_high"] == pytest.approx(rarity[2] * 0.4, abs=1e-6)
    assert found["lost_low"] == pytest.approx(rarity[3] * 0.2, abs=1e-6)
    assert found["left_meaning"] == pytest.approx(0.6)
    assert (found["exchanged"], found["nothing_left"], found["latin_one"]) == (1, 0, 1)
    assert featurizer.measure("如何修理手机", ["如何修理phone"]).unmatched == (("phone", "手", "机"),)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("谁发明了电话", "哪里有电话", {"kinds": 0, "kinds_clash": 1, "one asks: person": 1, "one asks: place": 1}),
        ("who made you", "where are you", {"kinds": 0, "kinds_clash": 1, "one asks: person": 1, "one asks: place": 1}),
        ("为什么下雨", "为何下雨", {"kinds": 1, "both ask: why": 1, "kinds_clash": 0}),
        ("how many cats", "how old is it", {"kinds": 1, "both ask: number": 1, "both ask: way": 0}),
        ("有 3 个", "有 4 个", {"numbers": 1, "numbers_one": 0}),
        ("room 3", "the room", {"numbers": 0, "numbers_one": 1}),
        ("什么是CNN", "什么是RNN", {"latin": 1, "nothing_left": 0}),
        ("我能退款", "我不能退款", {"negated": 1}),
        ("I can pay", "I can't pay", {"negated": 1}),
        ("它不错", "它很好", {"negated": 0}),
        ("女人喜欢男人", "男人喜欢女人", {"units": 1, "nothing_left": 1, "words": 1}),
    ],
)
def test_what_parts_two_questions_is_seen(
    featurizer: Featurizer, one: str, other: str, wanted: dict[str, float]
) -> None:
    found = measure(featurizer, one, other)
    assert {name: found[name] for name in wanted} == wanted


def test_a_text_with_itself_shares_all_and_two_strangers_nothing(featurizer: Featurizer) -> None:
    alike = ("units", "pairs", "grams", "words", "rare", "order", "edits", "aligned_low", "meaning", "nothing_left")
    for text in ("怎么开户", "how do I open an account"):
        found = measure(featurizer, text, text)
        assert [found[name] for name in alike] == pytest.approx([1.0] * len(alike), abs=1e-5)
        assert featurizer.measure(text, [text]).unmatched == ((),)
    found = measure(featurizer, "怎么开户", "zzqxv")
    assert [found[name] for name in alike] == pytest.approx([0.0] * len(alike), abs=1e-5)


def test_the_order_of_the_two_and_who_is_measured_beside_them_change_nothing(
    featurizer: Featurizer, shipped: Paraphrase
) -> None:
    for text in TEXTS:
        together = featurizer.measure(text, TEXTS)
        assert together.features.dtype == np.float32
        assert np.isfinite(together.features).all()
        for number, other in enumerate(TEXTS):
            alone, turned = featurizer.measure(text, [other]), featurizer.measure(other, [text])
            np.testing.assert_allclose(together.features[number], alone.features[0], atol=1e-5)
            np.testing.assert_allclose(turned.features, alone.features, atol=1e-5)
            assert together.unmatched[number] == alone.unmatched[0] == turned.unmatched[0]
            assert shipped.probability(text, [other]) == pytest.approx(shipped.probability(other, [text]), abs=1e-5)
    assert featurizer.measure("怎么开户", []).features.shape == (0, len(FEATURES))
    assert shipped.probability("how", []).shape == (0,)


def test_integers_that_stand_for_rows_give_what_the_tables_give() -> None:
    draw = random.Random(0)
    for _ in range(500):
        one, other = ("".join(draw.choice("怎么ab") for _ in range(draw.randrange(9))) for _ in range(2))
        longest, cost = _tables(one, other)
        assert measure_common_subsequence(len(one), build_masks(one), other) == longest
        assert count_edits(len(one), build_masks(one), other) == cost


def _tables(one: str, other: str) -> tuple[int, int]:
    longest = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    cost = [[row + column for column in range(len(other) + 1)] for row in range(len(one) + 1)]
    for row, mine in enumerate(one, 1):
        for column, theirs in enumerate(other, 1):
            same = mine == theirs
            longest[row][column] = max(
                longest[row - 1][column - 1] + same, longest[row - 1][column], longest[row][column - 1]
            )
            cost[row][column] = min(
                cost[row - 1][column - 1] + (not same), cost[row - 1][column] + 1, cost[row][column - 1] + 1
            )
    return longest[-1][-1], cost[-1][-1]


def test_kinds_of_answers() -> None:
    assert find_question_kinds("这个怎么样") == {"opinion"}
    assert find_question_kinds("怎么样才能学会") == {"way"}
    assert find_question_kinds("多久到哪里") == {"time", "place"}
    assert find_question_kinds("is it open") == {"yes or no"}
    assert find_question_kinds("this is it") == find_question_kinds("你好") == frozenset()


@pytest.mark.parametrize(
    ("question", "same", "other"),
    [
        ("怎么修改我的登录密码", "如何修改我的登录密码", "怎么修改我的登录邮箱"),
        ("男生适合什么样的发型", "什么样的发型适合男生呢", "女生适合什么样的发型"),
        ("how do I download the chat", "how can I download the chat", "how do I delete the chat"),
    ],
)
def test_the_same_question_is_likelier_than_another(shipped: Paraphrase, question: str, same: str, other: str) -> None:
    likely, unlikely = shipped.score(("你好 hello", question), [same, other])
    assert likely > unlikely
    assert likely > 0.5


@pytest.mark.parametrize("language", ["zh", "en"])
def test_among_found_phrasings_those_of_the_entry_come_first(search_judge: Paraphrase, language: Language) -> None:
    asked = [one for one in build_selections(STARTER, language) if 0 < sum(one.labels) < len(one.labels)]
    assert len(asked) > 300
    # The search found them in this order; none of the questions was learned from.
    by_search = [1.0 / (one.labels.index(1) + 1) for one in asked]
    assert evaluate(search_judge, asked).mean("MRR") > sum(by_search) / len(by_search) + 0.02


def test_shares_with_the_bias_are_the_log_odds(shipped: Paraphrase) -> None:
    for question in ("男生适合什么发型", "how do I save a chat"):
        for phrasing in ("女生适合什么发型", "how do I delete a chat", "", "😀"):
            odds = sum(shipped.shares(question, phrasing).values()) + shipped.bias(question, phrasing)
            assert shipped.probability(question, [phrasing])[0] == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-4)
    assert shipped.shares("男生适合什么发型", "女生适合什么发型")["only one says: 女"] < 0


@pytest.mark.parametrize("name", ["paraphrase", "paraphrase-found"])
def test_the_artifact_holds_its_golden_and_is_better_than_chance_and_baseline(
    name: str, similar: WordSimilarity
) -> None:
    shipped = Paraphrase(paths.artifacts_dir() / name, similar)
    opened = artifact.open(paths.artifacts_dir() / name)
    golden = opened.read_golden()
    for first, second, wanted in zip(golden["first"], golden["second"], golden["probability"], strict=True):
        assert shipped.probability(str(first), [str(second)])[0] == pytest.approx(wanted, abs=opened.manifest.tolerance)
    assert len(opened.manifest.scores) == 2
    for score in opened.manifest.scores:
        assert score.value > max(score.chance, score.baseline)


def rows() -> list[LabelledPair]:
    made = []
    for word in "茶水酒饭面鱼肉蛋果糖盐油醋书笔纸灯门窗床桌椅伞鞋帽衣裤袜杯碗盘刀叉锅瓶":
        made.append(LabelledPair(f"哪里可以买到{word}", f"{word}在哪里可以买到", 1))
        made.append(LabelledPair(f"哪里可以买到{word}", f"为什么不能买{word}和别的", 0))
    for word in (
        "tea water wine rice fish meat egg fruit sugar salt oil book pen paper lamp door window bed table chair".split()
    ):
        made.append(LabelledPair(f"where can I buy {word}", f"where do they sell {word}", 1))
        made.append(LabelledPair(f"where can I buy {word}", f"why is {word} not sold here", 0))
    return made


@pytest.mark.train
def test_a_command_trains_on_labelled_pairs_and_another_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "句子.tsv", tmp_path / "mine"
    file.write_text("".join(f"{row.first}\t{row.second}\t{row.label}\n" for row in rows()), encoding="utf-8")
    assert main(["train", "--model", "paraphrase", "--pairs", str(file), "--out", str(out)]) == 0
    assert "held out, accuracy: " in capsys.readouterr().out
    assert main(["evaluate", "--model", str(out), str(file)]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["model"] == "paraphrase"
    assert last["accuracy"] > 0.95 > 0.6 > last["majority"]
    assert main(["evaluate", "--json", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "paraphrase"
    few = tmp_path / "few.tsv"
    few.write_text("你好\t您好\t1\nbye\t再见\t1\n", encoding="utf-8")
    assert main(["train", "--model", "paraphrase", "--pairs", str(few), "--out", str(out)]) == 1
    assert "few.tsv leaves" in capsys.readouterr().err


@pytest.mark.train
def test_labels_are_needed_of_both_kinds(similar: WordSimilarity) -> None:
    from retrieval.paraphrase.train import group_by_language, train

    with pytest.raises(ValueError, match="both labels are needed"):
        train(group_by_language([replace(row, label=1) for row in rows()], "alike"), similar)
    with pytest.raises(ValueError, match="no pairs to learn from"):
        train({}, similar)


def test_a_probability_is_taken_at_its_word(similar: WordSimilarity) -> None:
    nothing = dict.fromkeys(FEATURES, 0.0)
    sure = Judge(Config({"zh": Weights(nothing, {}, 2.0)}, similar.version), similar)
    pairs = [LabelledPair("你好", "hello", label) for label in (1, 1, 0)]
    assert evaluate_pairs(sure, pairs) == {"accuracy": 0.6667, "majority": 0.6667}
    assert sure.probability("hello", ["你好"])[0] == pytest.approx(1 / (1 + np.exp(-2)))
    with pytest.raises(ValueError, match="at least"):
        evaluate_pairs(sure, [])


def test_config_survives_json(similar: WordSimilarity) -> None:
    config = Config({"zh": Weights({"units": 1.5}, {"女": -1.0}, 0.1)}, similar.version)
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert config.find_weights("en") == config.find_weights("zh")


def test_an_artifact_that_does_not_fit_is_refused_by_name(tmp_path: Path, similar: WordSimilarity) -> None:
    config = open_judge().config.to_dict()
    for change, said in (
        ({"words": "words 0"}, "trained with the word vectors words 0"),
        ({"languages": {}}, "lacks weights"),
    ):
        manifest = Manifest("paraphrase", "1", "t", "l", "x", config=config | change)
        artifact.write(tmp_path / "paraphrase", manifest)
        with pytest.raises(ArtifactError, match=said):
            Paraphrase(tmp_path / "paraphrase", similar)
    with pytest.raises(ArtifactError, match="git checkout -- data/artifacts/none"):
        Paraphrase(tmp_path / "none", similar)
