"""python -m pytest tests/generation/test_train.py -m train"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from data import artifact
from data.artifact import ArtifactError, Manifest
from data.runtime import verify
from generation.evaluate import BeamReplies, SampledReplies, evaluate_replies
from generation.examples import Exchange
from generation.infer import FLUENCY, Generator
from generation.search import DecodingConfig

if TYPE_CHECKING:
    from generation.train import Config

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]
SAID = [
    Exchange(("你好",), "你好！很高兴见到你。", "zh"),
    Exchange(("how are you?",), "I'm fine, thanks.", "en"),
    Exchange(("我养了一只猫", "它叫什么？", "叫小白"), "小白真可爱！", "zh"),
    Exchange(("i have a dog", "what is its name?", "rex"), "Rex is a good name.", "en"),
    Exchange(("再见",), "好的，明天见。", "zh"),
    Exchange(("good night",), "Sleep well!", "en"),
    Exchange(("今天下雨了",), "记得带伞。", "zh"),
    Exchange(("it is raining",), "Take an umbrella.", "en"),
]
MANIFEST = Manifest("tiny", "1", "eight exchanges", "Apache-2.0", "a test", tolerance=1e-3)


@pytest.fixture(scope="module", params=["seq2seq", "transformer"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a net that has learned eight exchanges by heart."""
    from data.training.loop import Plan
    from generation import train
    from generation.seq2seq.config import Config as Recurrent
    from generation.ship import fit_fluency
    from generation.transformer.config import Config as Transforming

    tokenizer = train.build_tokenizer(SAID, 400)
    size = len(tokenizer.subword)
    config: Config = (
        Recurrent(size, 96, 128, dropout=0.0)
        if request.param == "seq2seq"
        else Transforming(size, 48, 2, encoders=1, decoders=2, inner=96, dropout=0.0)
    )
    run = tmp_path_factory.mktemp("run")
    net, perplexity = train.train(SAID, SAID, tokenizer, config, Plan(300, 3e-3, 20, check_every=100), 8, run)
    assert perplexity < 1.2
    return train.save(net, tokenizer, fit_fluency(SAID, tokenizer), MANIFEST, run / "tiny").folder


def test_eight_exchanges_are_learned_and_written_without_torch(folder: Path) -> None:
    generator = Generator(folder)
    for one in SAID:
        found = generator.write(one.context, one.language)
        assert found[0].text == one.reply
        assert found[0].finished
        *_, last = generator.stream(one.context, one.language)
        assert last == one.reply


def test_graphs_do_what_the_net_did_with_any_beam_and_length(folder: Path) -> None:
    assert verify(artifact.open(folder)) < 1e-4
    generator = Generator(folder)
    wide = generator.write(["你好"], "zh", config=DecodingConfig(width=12))
    assert wide[0].text == SAID[0].reply
    long = generator.write(
        ["hello " * 60, "天气" * 50, "good night"], "en", config=DecodingConfig(width=3, max_length=60)
    )
    assert long


def test_what_was_written_is_likelier_than_anything_else(folder: Path) -> None:
    generator = Generator(folder)
    replies = [one.reply for one in SAID]
    for one in SAID:
        likely = generator.log_probs(one.context, replies, one.language)
        assert max(range(len(replies)), key=likely.__getitem__) == replies.index(one.reply)
        alone = [generator.log_probs(one.context, [reply], one.language)[0] for reply in replies]
        # Hypotheses side by side share the scale on which their activations are rounded.
        assert likely == pytest.approx(alone, abs=0.01)


def test_a_late_search_and_strange_messages_still_give_text_or_nothing(folder: Path) -> None:
    generator = Generator(folder)
    for text in ("你好" * 5_000, "hello " * 10_000, "\u2603\u2604\u2605" * 40, "ქართული ენა", "?"):
        for found in generator.write([text], "zh", config=DecodingConfig(width=2, max_length=10)):
            assert "\N{REPLACEMENT CHARACTER}" not in found.text
            assert not found.text.startswith("<")
    hurried = generator.write(["你好"], "zh", should_stop=lambda: True)
    assert all(len(one.ids) <= 1 for one in hurried)


def test_a_vocabulary_that_does_not_fit_is_refused(folder: Path, tmp_path: Path) -> None:
    opened = artifact.open(folder)
    raw = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    other = raw["codec"]["subword"]["tokens"]
    graphs = {name: opened.read_graph(name) for name in opened.manifest.graphs}
    short = dict(raw["codec"])
    from data.text.subword import SubwordTokenizer

    smaller = SubwordTokenizer(
        [],
        (*SubwordTokenizer.from_dict(short["subword"]).tokens[: -len(other)], *other[:40]),
        short["subword"]["marks"],
    )
    short["subword"] = smaller.to_dict()
    files = {FLUENCY: opened.read_file(FLUENCY)}
    artifact.write(tmp_path / "short", Manifest("short", "1", "", "", "", codec=short), graphs, files)
    with pytest.raises(ArtifactError, match="not of the same training"):
        Generator(tmp_path / "short")
    broken = dict(raw["codec"]) | {"subword": {**raw["codec"]["subword"], "tokens": [*other[:-1], "另"]}}
    artifact.write(tmp_path / "broken", Manifest("broken", "1", "", "", "", codec=broken), graphs, files)
    with pytest.raises(ArtifactError, match="vocabulary cannot be used"):
        Generator(tmp_path / "broken")
    artifact.write(tmp_path / "silent", opened.manifest, graphs, {FLUENCY: b"damaged"})
    with pytest.raises(ArtifactError, match=r"ngram\.npz: .* do not hold an n-gram model"):
        Generator(tmp_path / "silent")
    artifact.write(tmp_path / "older", replace(opened.manifest, train="python -m generation train"), graphs)
    with pytest.raises(ArtifactError, match="Train it again: python -m generation train"):
        Generator(tmp_path / "older")


def test_what_people_say_often_is_more_fluent(folder: Path) -> None:
    generator = Generator(folder)
    for one in SAID:
        assert generator.fluency(one.reply) > generator.fluency(one.reply[::-1])
    found = generator.compute_features("你好", SAID[0].reply, -0.5, "zh")
    assert found["log_prob"] == -0.5
    assert found["fluency"] == pytest.approx(generator.fluency(SAID[0].reply), abs=1e-4)
    assert set(found) == {"log_prob", "fluency", "asked"}
    assert set(generator.compute_features("你好", SAID[0].reply, -0.5, "zh", should_stop=lambda: True)) == {
        "log_prob",
        "fluency",
    }


def test_what_is_learned_by_heart_measures_perfect(folder: Path) -> None:
    own = [one for one in SAID if one.language == "zh"]
    measures = evaluate_replies(BeamReplies(Generator(folder), DecodingConfig()), own).measures
    assert measures["BLEU"] == pytest.approx(100.0)
    assert measures["chrF"] == pytest.approx(100.0)
    assert measures["distinct-2"] == measures["distinct-2 of people"]
    assert measures["tokens per second"] > 0


def test_what_is_drawn_is_the_same_each_time_and_one_reply(folder: Path) -> None:
    drawn = SampledReplies(Generator(folder), DecodingConfig(width=6, top_p=0.5))
    for one in SAID:
        text, ids = drawn.reply(one.context, one.language, one.style)
        assert (text, ids) == drawn.reply(one.context, one.language, one.style)
        # Half of the probability lies in what was learned by heart.
        assert text == one.reply


def _faq(path: Path) -> Path:
    pairs = [(f"问题{number}怎么办", f"第{number}号办法。") for number in range(60)]
    pairs += [(f"what about case {number}", f"Use method {number}.") for number in range(60)]
    path.write_text("question,answer\n" + "".join(f"{one},{other}\n" for one, other in pairs), encoding="utf-8")
    return path


@pytest.mark.parametrize("processes", [1, 2])
def test_anyone_can_train_and_evaluate_on_a_file(tmp_path: Path, processes: int) -> None:
    file, out = _faq(tmp_path / "faq.csv"), tmp_path / "mine"
    python = [sys.executable, "-m"]
    started = ["torch.distributed.run", f"--nproc-per-node={processes}", "-m"] if processes > 1 else []
    command = [
        "generation",
        "train",
        "--dialogs",
        str(file),
        "--out",
        str(out),
        "--epochs",
        "1",
        "--seed",
        str(processes),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*python, *started, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("written to") == 1
    asked = ["generation", "evaluate", "--model", str(out), "--json", "--most", "4", str(file)]
    done = subprocess.run([*python, *asked], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    report = json.loads(done.stdout.splitlines()[-1])
    assert set(report) >= {"zh", "en"}
    assert report["zh"]["perplexity"] > 1
    assert report["en"]["count"] == 4
    assert (
        report["en"]["beam"].keys()
        == report["zh"]["drawn"].keys()
        >= {"BLEU", "chrF", "distinct-2", "distinct-2 of people"}
    )
    shown = subprocess.run(
        [*python, *(one for one in asked if one != "--json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert ["beam", "drawn"] in [line.split() for line in shown.stdout.splitlines()]
