"""python -m pytest tests/bot/safety/test_filter.py: the filter that ships, and its artifact."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.safety.codec import Codec
from bot.safety.config import Config
from bot.safety.infer import Learned, Safety, words_file
from data import artifact, paths
from data.artifact import ArtifactError
from data.logistic_regression import LogisticRegression
from data.records import LANGUAGES, Language

SHIPPED = paths.artifacts_dir() / "safety"


@pytest.fixture(scope="module")
def safety() -> Safety:
    return Safety(SHIPPED)


def test_the_shipped_weights_give_their_golden(safety: Safety) -> None:
    golden = artifact.open(SHIPPED).read_golden()
    made = [safety.learned.probability(str(text)) for text in golden["text"]]
    np.testing.assert_allclose(made, golden["probability"], atol=1e-6)
    assert np.ptp(golden["probability"]) > 0.5


def test_the_artifact_is_small_and_names_whose_the_lists_are() -> None:
    manifest = artifact.open(SHIPPED).manifest
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 1_000_000
    assert "CC BY 4.0" in manifest.licence
    assert "Shutterstock" in manifest.licence
    assert manifest.scores[0].value > manifest.scores[0].baseline > manifest.scores[0].chance


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [("你这个傻 逼", "zh", "offensive"), ("you idiot", "en", "offensive"), ("我不想活了", "zh", "harm"),
     ("I want to die", "en", "harm"),
     ("我被家里人家暴", "zh", "abuse"), ("my husband hits me", "en", "abuse"),
     ("我不想活了，你们这帮傻逼", "zh", "harm"),
     ("河南人全是骗子，恶心", "zh", "offensive"), ("傻逼 is a word", "en", "offensive"),
     ("you are a fucking idiot 吗", "zh", "offensive"),
     ("今天天气不错", "zh", None), ("nice weather", "en", None), ("我是河南人", "zh", None), ("什么是卷积神经网络", "zh", None),
     ("what is an LSTM", "en", None), ("", "zh", None), ("😀", "en", None), ("？！", "zh", None)],
)  # fmt: skip
def test_what_it_says_of_a_text(safety: Safety, text: str, language: Language, kind: str | None) -> None:
    verdict = safety.judge(text, language)
    assert verdict.kind == kind
    assert 0 <= verdict.probability <= 1
    assert bool(verdict.fired) == (kind is not None)


def test_what_fired_without_a_rule_is_in_the_text(safety: Safety) -> None:
    text = "上海人看不起外地人的嘴脸真恶心，一群小市民"
    verdict = safety.judge(text, "zh")
    assert verdict.kind == "offensive"
    assert safety.config.threshold <= verdict.probability < 1
    assert all(piece in text for piece in verdict.fired)


def test_disguise_changes_nothing_for_the_weights(safety: Safety) -> None:
    plain = safety.learned.probability("河南人都是骗子")
    for disguised in ("河 南 人 都 是 骗 子", "河南人都是騙子", "河*南*人都是骗子"):
        assert safety.learned.probability(disguised) == pytest.approx(plain)


def test_units_are_ngrams_and_words_of_the_list() -> None:
    codec = Codec(["坏蛋", "HUAI"], 64, 2)
    assert codec.units("坏 蛋") == sorted(["^", "坏", "蛋", "$", "^坏", "坏蛋", "蛋$", "list:坏蛋"])
    assert codec.listed("他 huai") == ["huai"]
    assert codec.units("") == ["$", "^", "^$"]
    ids = codec.ids(codec.units("坏蛋"))
    assert ids.dtype == np.int64
    assert len(set(ids.tolist())) == len(ids)


def test_a_probability_agrees_with_what_is_worked_out_by_hand() -> None:
    codec = Codec([], 1 << 16, 1)
    weights = np.zeros(1 << 16, dtype=np.float32)
    weights[codec.ids(["坏"])[0]] = 3.0
    learned = Learned(LogisticRegression(weights, -0.5), codec)
    # "^", "坏" and "$" share a length of one: 3 / sqrt(3) - 0.5.
    assert learned.probability("坏") == pytest.approx(1 / (1 + np.exp(0.5 - 3 / 3**0.5)))
    assert learned.named("坏") == ("坏",)


def test_a_config_comes_back_as_it_went() -> None:
    config = Config(64, 2, -0.25, 0.75)
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_a_list_that_is_damaged_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "safety"
    shutil.copytree(SHIPPED, folder)
    (folder / words_file("zh")).write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match="git checkout -- data/artifacts/safety"):
        Safety(folder)


def test_both_lists_are_in_the_artifact() -> None:
    opened = artifact.open(SHIPPED)
    counts = {name: len(opened.read_file(words_file(name)).decode("utf-8").splitlines()) for name in LANGUAGES}
    assert counts == {"zh": 319, "en": 403}
