"""python -m pytest tests/vqa/caption/test_train.py -m train"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data import artifact
from data.records import LANGUAGES
from data.runtime import verify
from tests.vqa import tiny
from vqa.caption.config import FORMS, Config, Form
from vqa.caption.infer import Captioner
from vqa.encoder.feature_store import FeatureStore, store_features
from vqa.encoder.infer import Encoder

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    """The features of the scenes as a freshly made encoder sees them."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny.write_encoder(folder / "tiny-encoder")
    pictures = ((name, tiny.picture(name)) for name in tiny.SCENES)
    return store_features(Encoder(folder / "tiny-encoder"), pictures, folder / "features")


@pytest.mark.parametrize("form", FORMS)
def test_eight_pictures_are_learned_and_described_without_torch(
    form: Form, features: FeatureStore, tmp_path: Path
) -> None:
    score = tiny.write_captioner(form, features, tmp_path / "made", tmp_path / "run")
    assert score == pytest.approx(100.0)
    captioner = Captioner(tmp_path / "made")
    assert captioner.encoder == features.encoder
    assert verify(artifact.open(tmp_path / "made")) < 1e-4
    for one in tiny.EXAMPLES:
        for language in LANGUAGES:
            best = captioner.caption(features.load(one.image), language)[0]
            assert best.tokens == captioner.tokenizer.id_tokens(
                captioner.tokenizer.encode(one.captions[language][0], language)
            )


@pytest.mark.parametrize("form", FORMS)
def test_the_graph_does_what_the_training_did(form: Form, features: FeatureStore) -> None:
    """Steps one after the other give the scores that the training computes for all positions of packed captions at once."""
    import torch

    from vqa.caption import train
    from vqa.caption.net import build_net
    from vqa.caption.tokenizer import Tokenizer

    tokenizer = Tokenizer.build(tiny.EXAMPLES, {"zh": 1, "en": 1}, max_length=16)
    torch.manual_seed(1)
    net = build_net(train.build_config(form, tokenizer, features, embedding=8, hidden=12, attention=6)).eval()
    groups = train._groups(tiny.EXAMPLES, tokenizer, 0)
    batch = train.build_batch(groups[:4], features, net.config)
    with torch.no_grad():
        scores, seen = net(batch.features, batch.rows, batch.inputs)
        rows, lengths = torch.nn.utils.rnn.pad_packed_sequence(batch.inputs, batch_first=True)
        at, _ = torch.nn.utils.rnn.pad_packed_sequence(
            torch.nn.utils.rnn.PackedSequence(torch.arange(len(scores)), batch.inputs.batch_sizes), batch_first=True
        )
        assert lengths.tolist() == sorted(lengths.tolist(), reverse=True)
        for number, length in enumerate(lengths.tolist()):
            picture = batch.features[batch.rows[number]][None]
            state = dict(zip(net.state_names, net.init_state(picture), strict=True))
            looked = torch.zeros(1)
            for place in range(length):
                made = net.step(rows[number, place][None], *(state[name] for name in net.state_names))
                state |= dict(zip(net.recurrent_names, made[1:], strict=False))
                looked = looked + made[-1] if net.extra_outputs else looked
                assert made[0][0].numpy() == pytest.approx(scores[at[number, place]].log_softmax(-1).numpy(), abs=1e-5)
            if seen is not None:
                assert looked[0].numpy() == pytest.approx(seen[number].numpy(), abs=1e-5)


def test_all_captions_are_learned_each_epoch_but_those_cut_off(features: FeatureStore) -> None:
    from vqa.caption import train
    from vqa.caption.tokenizer import Tokenizer

    tokenizer = Tokenizer.build(tiny.EXAMPLES, {"zh": 1, "en": 1}, max_length=10)
    groups = train._groups(tiny.EXAMPLES, tokenizer, 0)
    captions = [ids for group in groups for ids in group.captions]
    # The Chinese ones have eleven tokens.
    assert len(captions) == 8
    assert {ids[0] for ids in captions} == {tokenizer.language_id("en")}
    batch = train.build_batch(groups, features, train.build_config("attention", tokenizer, features))
    assert batch.features.shape == (8, 6, 4, 4)
    assert len(batch.targets) == sum(len(ids) - 1 for ids in captions)


def test_a_training_goes_on_where_it_stopped_and_refuses_other_features(features: FeatureStore, tmp_path: Path) -> None:
    import torch

    from data.training.loop import Plan
    from vqa.caption import train
    from vqa.caption.tokenizer import Tokenizer

    tokenizer = Tokenizer.build(tiny.EXAMPLES, {"zh": 1, "en": 1}, max_length=16)
    config = train.build_config("attention", tokenizer, features, embedding=8, hidden=12, attention=6)
    plan = Plan(6, 1e-2, 2, check_every=3)
    given = (tiny.EXAMPLES, tiny.EXAMPLES, features, tokenizer, config)
    whole, score = train.train(*given, plan, 10, tmp_path / "whole")
    assert score >= 0
    lines = (tmp_path / "whole" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [3, 6]
    again, _ = train.train(*given, plan, 10, tmp_path / "whole")
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    foreign = Config.from_dict({**config.to_dict(), "encoder": "other"})
    with pytest.raises(ValueError, match=r"reads features of other.*the store has those of tiny-encoder"):
        train.train(tiny.EXAMPLES, tiny.EXAMPLES, features, tokenizer, foreign, plan, 10, tmp_path / "no")
