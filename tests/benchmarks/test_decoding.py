"""python -m pytest tests/benchmarks/test_decoding.py -m train"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import decoding
from data import artifact, paths
from data.artifact import Manifest
from data.runtime import quantize
from generation.examples import Exchange
from generation.infer import STEP, Generator

if TYPE_CHECKING:
    from generation.train import Config

pytestmark = pytest.mark.train

SAID = [
    Exchange(("你好",), "你好！很高兴见到你。", "zh"),
    Exchange(("how are you?",), "I'm fine, thanks.", "en"),
    Exchange(("今天下雨了",), "记得带伞。", "zh"),
    Exchange(("it is raining",), "Take an umbrella.", "en"),
]


def build_artifact(kind: str, folder: Path) -> Path:
    """Write the artifact of a tiny untrained generator."""
    from generation import train
    from generation.seq2seq.config import Config as Recurrent
    from generation.ship import fit_fluency
    from generation.transformer.config import Config as Transforming

    codec = train.build_tokenizer(SAID, 300)
    size = len(codec.subword)
    config: Config = (
        Recurrent(size, 48, 64) if kind == "seq2seq" else Transforming(size, 48, 4, encoders=1, decoders=2, inner=96)
    )
    manifest = Manifest(kind, "0", "nothing", "Apache-2.0", "a test", tolerance=1e-3)
    net = train.build_net(config)
    for one in net.parameters():
        # Normalisations that have learned nothing are alike, and a graph keeps one for all.
        if one.dim() == 1:
            one.data += 0.01 * one.data.new(one.shape).normal_()
    return train.save(net, codec, fit_fluency(SAID, codec), manifest, folder / kind).folder


@pytest.fixture(scope="module", params=["seq2seq", "transformer"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_artifact(request.param, tmp_path_factory.mktemp("made"))


def test_both_make_as_many_tokens_from_the_same_ids(folder: Path) -> None:
    generator = Generator(folder)
    given = decoding.build_sources(generator)
    assert {one.language for one in given} == {"zh", "en"}
    assert len({len(one.ids) for one in given}) > 2
    ours = decoding.Ours(generator, 7)
    theirs = decoding.Theirs(decoding.build_peer_config(decoding.read_config(folder)), 7)
    for one in given:
        assert list(one.ids) == generator.tokenizer.encode_source(one.context, one.language)
        assert ours.greedy(one) == theirs.greedy(one) == ours.beam(one) == theirs.beam(one) == 7
        assert ours.first(one) == theirs.first(one) == 1


def test_the_peer_is_as_large(folder: Path) -> None:
    config = decoding.read_config(folder)
    same = decoding.build_peer_config(config)
    wanted = decoding.count_parameters(config)
    if folder.name == "transformer":
        assert same == config
    else:
        steps = [
            abs(decoding.count_parameters(type(same)(same.vocabulary, width=w, inner=4 * w)) - wanted)
            for w in (4, 8, 16)
        ]
        assert abs(decoding.count_parameters(same) - wanted) <= min(steps)
    # MBart has two normalisations and some positions more.
    theirs = decoding.Theirs(same, 3)
    assert 1 <= theirs.parameters / decoding.count_parameters(same) < 1.15
    heads = theirs.model.config
    assert (heads.d_model, heads.decoder_layers, heads.decoder_ffn_dim) == (same.width, same.decoders, same.inner)


def test_a_shipped_recurrent_net_has_a_peer_of_as_many_parameters() -> None:
    from generation.ship import build_config

    config = build_config("seq2seq", 6000)
    same = decoding.build_peer_config(config)
    assert abs(decoding.count_parameters(same) / decoding.count_parameters(config) - 1) < 0.03
    nearby = [
        decoding.count_parameters(type(same)(6000, width=w, inner=4 * w)) for w in (same.width - 4, same.width + 4)
    ]
    wanted = decoding.count_parameters(config)
    assert all(abs(decoding.count_parameters(same) - wanted) <= abs(each - wanted) for each in nearby)


def test_a_step_reads_its_weights_and_not_the_table_that_it_looks_up(folder: Path) -> None:
    from generation.train import build_net

    net = build_net(decoding.read_config(folder))
    # What only the encoder uses, or what a step needs a row of.
    elsewhere = ("reader.", "bridge.", "encoders.", "encoder_norm.", "positions.", "across.key_value.")
    read = {name: one for name, one in net.named_parameters() if not any(part in f".{name}" for part in elsewhere)}
    # Matrices are multiplied in 8 bits, with a scale of 32 and a zero of 8 for each column; gates and biases stay in floats.
    wanted = sum(
        one.numel() + 5 * one.shape[0] if one.ndim == 2 and "writer." not in name else 4 * one.numel()
        for name, one in read.items()
    )
    graph = artifact.open(folder).read_graph(STEP)
    assert decoding.count_weight_bytes(graph) == pytest.approx(wanted, rel=0.01)
    assert wanted < 0.75 * sum(4 * one.numel() for one in read.values())
    # What is kept in 16 bits is widened at the start, and a step reads as much.
    assert decoding.count_weight_bytes(quantize(graph)) == pytest.approx(wanted, rel=0.01)


def test_runs_take_turns_and_another_number_of_tokens_is_refused(folder: Path) -> None:
    (source, *_) = decoding.build_sources(Generator(folder))
    seen: list[str] = []

    def work(name: str, tokens: int) -> decoding.Work:
        def run(_: decoding.Source) -> int:
            seen.append(name)
            return tokens

        return run

    spent = decoding.time_works({"ours": work("ours", 5), "theirs": work("theirs", 5)}, [source], 2, 5)
    assert [len(each) for each in spent.values()] == [2, 2]
    assert seen[-4:] == ["theirs", "ours", "ours", "theirs"]
    with pytest.raises(ValueError, match="theirs made 4 tokens, expected 5"):
        decoding.time_works({"ours": work("ours", 5), "theirs": work("theirs", 4)}, [source], 1, 5)


def test_what_is_measured_is_printed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_LARGE", 2**20)
    decoding.measure(folder, 1, 3, 1)
    shown = capsys.readouterr().out
    assert ("as many parameters" in shown) == (folder.name == "seq2seq")
    for word in ("greedy", "beam 4", "first token", "floor", "3 tokens for each of 6 sources"):
        assert word in shown


def test_what_is_no_generator_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no generator"):
        decoding.read_config(paths.artifacts_dir() / "sentence-encoder")
