"""python -m pytest tests/vqa/caption/test_infer.py"""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import artifact
from data.artifact import ArtifactError, Manifest
from data.records import LANGUAGES, Language
from data.runtime import verify
from data.text.vocab import EOS
from generation.search import DecodingConfig, beam_search, score_targets
from tests.vqa import tiny
from vqa.caption.codec import Codec
from vqa.caption.config import FORMS, Form
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Encoder, Features


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(tiny.ENCODER)


@pytest.fixture(scope="module", params=FORMS)
def captioner(request: pytest.FixtureRequest) -> Captioner:
    form: Form = request.param
    return Captioner(tiny.CAPTIONERS[form])


def seen(encoder: Encoder, name: str) -> Features:
    return encoder.features(tiny.picture(name))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_described_as_it_was_learned(
    captioner: Captioner, encoder: Encoder, language: Language
) -> None:
    for one in tiny.EXAMPLES:
        best = captioner.captions(seen(encoder, one.image), language)[0]
        assert best.text == captioner.codec.shown(captioner.codec.encode(one.captions[language][0], language), language)
        assert best.tokens == captioner.codec.tokens(captioner.codec.encode(best.text, language))
        assert best.log_prob < 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_captions_are_different_as_shown_and_stay_in_their_language(
    captioner: Captioner, encoder: Encoder, language: Language
) -> None:
    found = captioner.captions(seen(encoder, "red.png"), language, DecodingConfig(width=12, max_length=16))
    texts = [one.text for one in found]
    assert len(texts) > 5
    assert len(set(texts)) == len(texts)
    for one in found:
        assert set(one.tokens) <= set(captioner.codec.words[language])


def test_attention_is_kept_for_every_token(encoder: Encoder) -> None:
    captioner = Captioner(tiny.CAPTIONERS["attention"])
    for language in LANGUAGES:
        for one in captioner.captions(seen(encoder, "blue.png"), language):
            assert one.attention.shape == (len(one.tokens), 4, 4)
            assert one.attention.dtype == np.float32
            assert one.attention.sum((1, 2)) == pytest.approx(np.ones(len(one.tokens)), abs=1e-5)
    basic = Captioner(tiny.CAPTIONERS["basic"]).captions(seen(encoder, "blue.png"), "zh")[0]
    assert basic.attention.shape == (0, 4, 4)


def test_attention_goes_to_what_is_described(encoder: Encoder) -> None:
    """The square covers a quarter of the map; more than half of what some token looks at must lie on it."""
    captioner = Captioner(tiny.CAPTIONERS["attention"])
    for name in tiny.SCENES:
        attention = captioner.captions(seen(encoder, name), "en")[0].attention
        on_square = attention[:, *tiny.corner_of(name)].sum((1, 2))
        assert on_square.max() > 0.5, name


def test_the_same_attention_comes_of_one_caption_alone(encoder: Encoder) -> None:
    captioner = Captioner(tiny.CAPTIONERS["attention"])
    features = seen(encoder, "green.png")
    best = captioner.captions(features, "zh")[0]
    state, last = captioner.state(features), captioner.codec.mark("zh")
    for token, looked in zip(best.tokens, best.attention, strict=True):
        made = captioner._made(np.array([last], dtype=np.int64), state)
        assert made["attention"][0] == pytest.approx(looked.ravel(), abs=1e-5)
        _, state = captioner.step(np.array([last], dtype=np.int64), state)
        last = captioner.codec.vocab.id(token)


def test_the_search_finds_the_best_of_all(captioner: Captioner, encoder: Encoder) -> None:
    """A beam as wide as there are captions of at most two tokens gives the likeliest of them all, scored one by one."""
    features = seen(encoder, "white.png")
    codec = captioner.codec
    words = [codec.vocab.id(word) for word in codec.words["en"]]
    every = [list(ids) for length in (1, 2) for ids in itertools.product(words, repeat=length)]
    totals = score_targets(captioner, captioner.state(features), codec.mark("en"), [[*ids, EOS] for ids in every])
    wish = DecodingConfig(width=len(every), length_penalty=0.0, no_repeat_ngram=0, max_length=2)
    found = beam_search(captioner, captioner.state(features), codec.mark("en"), EOS, wish, codec.unwritten("en"))
    order = np.argsort(-np.array(totals))
    assert [list(one.ids) for one in found[:5]] == [every[place] for place in order[:5]]
    assert [one.log_prob for one in found[:5]] == pytest.approx([totals[place] for place in order[:5]], abs=1e-4)


def test_the_picture_that_a_caption_is_of_scores_highest(captioner: Captioner, encoder: Encoder) -> None:
    for language in LANGUAGES:
        for one in tiny.EXAMPLES:
            caption = one.captions[language][0]
            likely = {name: captioner.score(seen(encoder, name), caption, language) for name in tiny.SCENES}
            assert max(likely, key=likely.__getitem__) == one.image
    features = seen(encoder, "black.png")
    best = captioner.captions(features, "zh")[0]
    assert captioner.score(features, best.text, "zh") == pytest.approx(best.log_prob, abs=1e-4)


def test_a_late_search_gives_what_there_is(captioner: Captioner, encoder: Encoder) -> None:
    hurried = captioner.captions(seen(encoder, "red.png"), "en", late=lambda: True)
    assert hurried
    assert all(len(one.tokens) <= 1 for one in hurried)


def test_maps_of_other_sizes_are_read(encoder: Encoder) -> None:
    captioner = Captioner(tiny.CAPTIONERS["attention"])
    features = seen(encoder, "red.png")
    wide = replace(features, map=np.repeat(features.map, 2, axis=2))
    best = captioner.captions(wide, "en")[0]
    # Every place twice is the same picture.
    assert best.text == captioner.captions(features, "en")[0].text
    assert best.attention.shape == (len(best.tokens), 4, 8)


def test_features_of_another_encoder_are_refused(captioner: Captioner, encoder: Encoder) -> None:
    other = replace(seen(encoder, "red.png"), encoder="another 0123456789ab")
    for language in LANGUAGES:
        with pytest.raises(ValueError, match=r"tiny-encoder.*given features of another 0123456789ab"):
            captioner.captions(other, language)
        with pytest.raises(ValueError, match="another"):
            captioner.score(other, "狗", language)
    assert captioner.encoder == encoder.version


def test_the_shipped_golden_is_what_this_machine_computes() -> None:
    for folder in tiny.CAPTIONERS.values():
        assert verify(artifact.open(folder)) < 1e-4


def test_a_damaged_artifact_is_refused(tmp_path: Path) -> None:
    for form, folder in tiny.CAPTIONERS.items():
        broken = tmp_path / form
        shutil.copytree(folder, broken)
        (broken / "step.onnx").write_bytes((folder / "step.onnx").read_bytes()[:-7])
        with pytest.raises(ArtifactError, match=r"step\.onnx .* is damaged"):
            Captioner(broken)


def test_parts_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    opened = artifact.open(tiny.CAPTIONERS["attention"])
    graphs = {name: opened.read_graph(name) for name in opened.manifest.graphs}
    codec = Codec.from_dict(opened.manifest.codec)
    config = opened.manifest.config

    def written(name: str, raw: object, config: object = config) -> Path:
        made = Manifest(name, "1", "", "", "", codec=raw, config=config)  # type: ignore[arg-type]
        return artifact.write(tmp_path / name, made, graphs).folder

    short = Codec({**codec.words, "en": codec.words["en"][:-1]}, codec.longest)
    with pytest.raises(ArtifactError, match="not of the same training"):
        Captioner(written("short", short.to_dict()))
    mixed = json.loads(json.dumps(codec.to_dict()))
    mixed["words"]["en"][0] = "zebra"
    with pytest.raises(ArtifactError, match="vocabulary cannot be used"):
        Captioner(written("mixed", mixed))
    with pytest.raises(ArtifactError, match="what it is cannot be read"):
        Captioner(written("form", codec.to_dict(), {**config, "form": "none"}))
    with pytest.raises(ArtifactError, match="do not fit together"):
        Captioner(written("channels", codec.to_dict(), {**config, "channels": 7}))
