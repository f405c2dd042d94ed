"""python -m pytest tests/vqa/encoder/test_feature_store.py"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.vqa import tiny
from vqa.encoder import feature_store as module
from vqa.encoder.feature_store import FeatureStore, FeatureStoreError, store_corpora, store_features
from vqa.encoder.infer import Encoder, Features

NAMES = list(tiny.SCENES)


def pictures(names: list[str]) -> Iterator[tuple[str, bytes]]:
    return ((name, tiny.picture(name)) for name in names)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Encoder:
    monkeypatch.setattr(module, "PART_SIZE", 3)
    return Encoder(tiny.ENCODER)


def test_what_is_stored_is_what_was_seen(encoder: Encoder, tmp_path: Path) -> None:
    made = store_features(encoder, pictures(NAMES), tmp_path / "all", total=8)
    assert made.names == tuple(NAMES)
    assert made.encoder == encoder.version
    # Three parts of 3, 3 and 2; read as a training reads them, in any order.
    order = NAMES[::-1]
    assert made.load_maps(order).dtype == np.float16
    assert made.load_maps(order).shape == (8, 6, 4, 4)
    for name, one in zip(order, made.load_pooled(order), strict=True):
        features = encoder.encode(tiny.picture(name))
        stored = made.load(name)
        assert one == pytest.approx(features.pooled)
        assert stored.map == pytest.approx(features.map, abs=1e-3)
        assert stored.encoder == features.encoder


def test_an_interrupted_storing_goes_on(encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_short() -> Iterator[tuple[str, bytes]]:
        yield from pictures(NAMES[:5])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_features(encoder, cut_short(), tmp_path)
    assert FeatureStore(tmp_path).names == tuple(NAMES[:3])
    encoded: list[bytes] = []
    encode = encoder.encode

    def record(picture: bytes) -> Features:
        encoded.append(picture)
        return encode(picture)

    monkeypatch.setattr(encoder, "encode", record)
    assert store_features(encoder, pictures(NAMES), tmp_path).names == tuple(NAMES)
    assert encoded == [tiny.picture(name) for name in NAMES[3:]]
    again = store_features(encoder, pictures(NAMES), tmp_path)
    assert len(encoded) == 5
    assert len(again) == 8


def test_several_stores_are_used_as_one(encoder: Encoder, tmp_path: Path) -> None:
    store_features(encoder, pictures(NAMES[:5]), tmp_path / "train")
    store_features(encoder, pictures(NAMES[5:]), tmp_path / "val")
    both = FeatureStore(tmp_path / "train", tmp_path / "val")
    assert both.names == tuple(NAMES)
    assert both.load(NAMES[6]).map == pytest.approx(encoder.encode(tiny.picture(NAMES[6])).map, abs=1e-3)
    assert both.load_pooled(NAMES[4:6]) == pytest.approx(
        np.stack([encoder.encode(tiny.picture(name)).pooled for name in NAMES[4:6]])
    )
    with pytest.raises(FeatureStoreError, match="stored twice"):
        FeatureStore(tmp_path / "train", tmp_path / "train")


def test_a_picture_that_cannot_be_opened_is_left_out_and_told(encoder: Encoder, tmp_path: Path) -> None:
    made = store_features(encoder, iter([("坏.png", b"no picture"), *pictures(NAMES[:1])]), tmp_path)
    assert made.names == (NAMES[0],)
    assert "坏.png" not in made
    assert NAMES[0] in made
    with pytest.raises(FeatureStoreError, match=r"坏\.png.*not a picture that can be read"):
        made.load_maps(["坏.png"])
    with pytest.raises(FeatureStoreError, match="'never'"):
        made.load_pooled(["never"])


def test_damaged_and_missing_stores_are_refused(encoder: Encoder, tmp_path: Path) -> None:
    with pytest.raises(FeatureStoreError, match=r"index\.json is missing"):
        FeatureStore(tmp_path / "none")
    with pytest.raises(FeatureStoreError, match="at least one folder"):
        FeatureStore()
    folder = tmp_path / "cut"
    store_features(encoder, pictures(NAMES), folder)
    part = folder / "maps-00001.npy"
    whole = part.read_bytes()
    part.write_bytes(whole[:-100])
    with pytest.raises(FeatureStoreError, match=r"maps-00001\.npy cannot be read"):
        FeatureStore(folder)
    np.save(part, np.load(folder / "maps-00002.npy"))
    with pytest.raises(FeatureStoreError, match="2 maps for 3 pictures"):
        FeatureStore(folder)
    (folder / "index.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FeatureStoreError, match=r"index\.json cannot be read"):
        FeatureStore(folder)


def test_features_of_another_encoder_are_refused(encoder: Encoder, tmp_path: Path) -> None:
    store_features(encoder, pictures(NAMES[:2]), tmp_path / "one")
    store_features(encoder, pictures(NAMES[2:4]), tmp_path / "two")
    index = json.loads((tmp_path / "one" / "index.json").read_text(encoding="utf-8"))
    (tmp_path / "one" / "index.json").write_text(json.dumps(index | {"encoder": "other 12"}), encoding="utf-8")
    with pytest.raises(FeatureStoreError, match=r"holds features of the encoder other 12, not of tiny-encoder"):
        store_features(encoder, pictures(NAMES), tmp_path / "one")
    with pytest.raises(FeatureStoreError, match="store them all with one encoder"):
        FeatureStore(tmp_path / "one", tmp_path / "two")


def test_each_encoder_has_stores_of_its_own(encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.corpora.pictures.iterate_pictures", lambda name: pictures(NAMES[:2]))
    first = store_corpora(encoder, ["flickr8k/val"], tmp_path)["flickr8k/val"]
    monkeypatch.setattr(encoder, "version", "other 12")
    second = store_corpora(encoder, ["flickr8k/val"], tmp_path)["flickr8k/val"]
    assert (first.encoder, second.encoder) == (Encoder(tiny.ENCODER).version, "other 12")
    assert first.names == second.names == tuple(NAMES[:2])
