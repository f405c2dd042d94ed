"""python -m pytest tests/retrieval/test_models.py; needs the extra `train`"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from data import artifact
from data.artifact import Manifest
from data.records import Selection
from data.runtime import verify
from retrieval.evaluate import evaluate, evaluate_chance, evaluate_pairs
from retrieval.examples import Example, build_selection_examples
from retrieval.models import NAMES, open_model
from retrieval.postings import Floats
from retrieval.scorer import BM25Scorer, Scorer

pytestmark = pytest.mark.train
ROOT = Path(__file__).parent.parent.parent
TOPICS = {
    "猫": ("猫爱吃鱼", "小猫在睡觉", "养猫要有耐心"),
    "天气": ("今天下雨了", "明天是晴天", "外面很冷"),
    "train": ("the train is late", "a fast train to Paris", "tickets for the train"),
    "coffee": ("coffee with milk", "she drinks coffee", "a cup of strong coffee"),
}
EIGHT = [
    Selection(
        (f"说说{topic}", f"tell me about {topic}"),
        (right, *(other[number] for name, other in TOPICS.items() if name != topic)),
        (1, 0, 0, 0),
    )
    for topic, texts in TOPICS.items()
    for number, right in enumerate(texts[:2])
]


@dataclass(frozen=True)
class TrainedMatcher:
    net: Scorer
    folder: Path


def vector(word: str) -> Floats | None:
    if word == "unknown":
        return None
    drawn = np.random.default_rng(sum(map(ord, word))).standard_normal(16).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def weight(term: str) -> float:
    return 1.0 + len(term) % 3


def train(name: str, folder: Path, steps: int) -> TrainedMatcher:
    from data.training.loop import Plan

    plan = Plan(steps, 5e-3, warmup=2, check_every=steps // 4, seed=1)
    examples: list[Example] = list(build_selection_examples(EIGHT))
    manifest = Manifest(name, "1", "eight lines", "Apache-2.0", "a test")
    out, runs = folder / name, folder / f"run-{name}"
    if name == "dssm":
        from retrieval.dssm import train as dssm
        from retrieval.dssm.config import Config

        shape = Config("weighted", buckets=512, hidden=32, width=16, negatives=1, dropout=0.1, token_dropout=0.2)
        net, _ = dssm.train(examples, EIGHT, shape, plan, 8, runs)
        dssm.save(net, shape, manifest, out, small=False)
        return TrainedMatcher(dssm.Evaluated(net, dssm.build_featurizer(shape)), out)
    if name == "cdssm":
        from retrieval.cdssm import train as cdssm
        from retrieval.cdssm.config import Config as CDSSMConfig

        small = CDSSMConfig(buckets=512, hidden=32, width=16)
        net_c, _ = cdssm.train(examples, EIGHT, small, plan, 8, runs)
        cdssm.save(net_c, small, manifest, out)
        return TrainedMatcher(cdssm.Evaluated(net_c, cdssm.build_featurizer(small)), out)
    if name == "arc1":
        from retrieval.arc1 import train as arc1
        from retrieval.arc1.config import Config as ARC1Config
        from retrieval.arc1.tokenizer import PairTokenizer

        vocab = arc1.build_vocabulary(examples, also=["别的", "other"])
        sizes = ARC1Config(len(vocab), 16, features=(16, 16), hidden=16, dropout=0.0, max_words=12)
        tokenizer = PairTokenizer(vocab, sizes.max_words)
        net_a, _ = arc1.train(examples, EIGHT, tokenizer, sizes, vector, plan, 8, runs)
        arc1.save(net_a, tokenizer, sizes, manifest, out, small=False)
        return TrainedMatcher(arc1.Evaluated(net_a, tokenizer), out)
    from retrieval.drmm import train as drmm
    from retrieval.drmm.config import Config as DRMMConfig
    from retrieval.drmm.featurizer import Featurizer as DRMMFeaturizer

    reading = DRMMFeaturizer(DRMMConfig(), vector, weight)
    net_d, _ = drmm.train(examples, EIGHT, reading, plan, 8, runs)
    drmm.save(net_d, reading, manifest, out)
    return TrainedMatcher(drmm.Evaluated(net_d, reading), out)


def reopen(name: str, folder: Path) -> Scorer:
    if name == "drmm":
        # DRMM serves with the word vectors that it was trained with; here they are made up.
        from retrieval.drmm.infer import DRMM

        return DRMM(folder, vector, weight)
    return open_model(folder, weight)


@pytest.mark.parametrize("name", NAMES)
def test_eight_examples_are_learned_and_served_as_they_were_trained(name: str, tmp_path: Path) -> None:
    made = train(name, tmp_path, 200)
    if name != "drmm":  # it sees how near words are, and these lines share none
        assert evaluate(made.net, EIGHT).mean("MAP") > 0.9 > evaluate_chance(EIGHT).mean("MAP") + 0.3
    served = reopen(name, made.folder)
    assert verify(artifact.open(made.folder)) < 1e-4
    texts = ["猫爱吃鱼", "coffee with milk", "", "😀", "猫" * 300, "unknown", "学CNN"]
    for context in (("你好", "说说猫"), ("tell me about coffee",), ("",), ("？",)):
        wanted, found = made.net.score(context, texts), served.score(context, texts)
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_training_is_the_same_again(tmp_path: Path) -> None:
    one, other = (train("dssm", tmp_path / part, 20) for part in ("one", "other"))
    np.testing.assert_array_equal(one.net.score(("猫",), ["猫爱吃鱼"]), other.net.score(("猫",), ["猫爱吃鱼"]))


def test_a_command_trains_on_a_faq_and_another_measures_it(tmp_path: Path) -> None:
    rows = [(f"问题{word}是什么", f"{word}是一种东西") for word in "金木水火土日月山川风云雷电花鸟鱼虫草石泉"]
    rows += [
        (f"what is a {word}", f"a {word} is a thing") for word in "abc bcd cde def efg fgh ghi hij ijk jkl".split()
    ]
    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\n" + "".join(f"{one},{other}\n" for one, other in rows), encoding="utf-8")
    out = tmp_path / "mine"
    run = [sys.executable, "-m", "retrieval"]
    command = [*run, "train", "--model", "dssm", "--pairs", str(faq), "--out", str(out), "--epochs", "6"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "held out, MAP: " in done.stdout
    assert "BM25" in done.stdout
    labelled = tmp_path / "labelled.tsv"
    labelled.write_text("".join(f"1\t{one}\t{other}\n0\t{one}\t别的 else\n" for one, other in rows), encoding="utf-8")
    done = subprocess.run(
        [*run, "evaluate", "--model", str(out), str(labelled)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    means = json.loads(done.stdout.splitlines()[-1])
    assert means["count"] == len(rows)
    assert means["model"] == "dssm"
    assert means["MAP"] > 0.9


def test_too_little_to_learn_from_is_said(tmp_path: Path) -> None:
    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\n什么是猫,一种动物\n", encoding="utf-8")
    command = [sys.executable, "-m", "retrieval", "train", "--model", "dssm", "--pairs", str(faq)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "faq.csv leaves" in done.stderr
    assert "Traceback" not in done.stderr


def test_bm25_is_measured_the_same_way(tmp_path: Path) -> None:
    baseline = BM25Scorer(text for one in EIGHT for text in one.candidates)
    assert baseline.score(("coffee",), ["coffee with milk", "今天下雨了"])[1] == 0.0
    assert baseline.score(("下雨",), ["coffee with milk", "今天下雨了"])[1] > 0.0
    with pytest.raises(ValueError, match="expected at least four"):
        evaluate_pairs(baseline, [])


def test_a_configuration_is_stored_under_the_keys_that_older_artifacts_have() -> None:
    from retrieval.arc1.config import Config as ARC1Config
    from retrieval.cdssm.config import Config as CDSSMConfig
    from retrieval.cdssm.featurizer import Featurizer as CDSSMFeaturizer
    from retrieval.drmm.config import Config as DRMMConfig
    from retrieval.dssm.config import Config as DSSMConfig
    from retrieval.dssm.featurizer import Featurizer as DSSMFeaturizer

    stored = {
        DRMMConfig(): {"asked", "said"},
        DSSMConfig(): {"sharpness", "unseen"},
        CDSSMConfig(): {"sharpness", "longest", "spelled"},
        ARC1Config(9, 4): {"longest"},
        DSSMFeaturizer(512, True, 128): {"longest"},
        CDSSMFeaturizer(512, 64, 16): {"longest", "spelled"},
    }
    for config, keys in stored.items():
        assert keys <= set(config.to_dict())
        assert type(config).from_dict(config.to_dict()) == config
