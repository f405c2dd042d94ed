"""python -m pytest tests/retrieval/sentence_encoder/test_infer.py"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from data import artifact, paths
from data.artifact import ArtifactError
from data.runtime import Graph
from retrieval.sentence_encoder.infer import GRAPH, NAME, SentenceEncoder
from retrieval.sentence_encoder.pieces import PieceTable

SHIPPED = paths.artifacts_dir() / NAME
PAIRS = [
    ("退款多久到账", "how long does a refund take to arrive"),
    ("怎么重置密码", "how do I reset my password"),
    ("周末几点开门", "when do you open on weekends"),
    ("可以带狗进店吗", "can I bring my dog into the shop"),
    ("寄到国外要多少运费", "how much is shipping abroad"),
]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(SHIPPED)


def test_the_artifact_holds_its_golden() -> None:
    opened = artifact.open(SHIPPED)
    golden = opened.read_golden()
    graph = Graph(opened.read_graph(GRAPH), GRAPH)
    given = {name: golden[f"{GRAPH}/in/{name}"] for name in ("pieces", "mask")}
    wanted = golden[f"{GRAPH}/out/vector"]
    assert len(wanted) >= 3
    assert graph(given)["vector"] == pytest.approx(wanted, abs=opened.manifest.tolerance)


def test_vectors_are_unit_vectors_of_its_width(encoder: SentenceEncoder) -> None:
    made = encoder.encode(["退款多久到账", "how long does a refund take", ""])
    assert made.shape == (3, encoder.width)
    assert made.dtype == np.float32
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(3), abs=1e-3)
    assert encoder.encode([]).shape == (0, encoder.width)


def test_a_text_alone_and_among_others_gives_the_same_vector(encoder: SentenceEncoder) -> None:
    texts = [text for pair in PAIRS for text in pair] + ["", "好", "x" * 500, "为什么" * 40, "😀"]
    together = encoder.encode(texts)
    for place, text in enumerate(texts):
        assert float(encoder.encode([text])[0] @ together[place]) == pytest.approx(1, abs=2e-3), text


def test_chinese_lies_nearest_to_its_english_translation(encoder: SentenceEncoder) -> None:
    chinese, english = (encoder.encode([pair[side] for pair in PAIRS]) for side in (0, 1))
    cosines = chinese @ english.T
    assert cosines.argmax(axis=1).tolist() == cosines.argmax(axis=0).tolist() == list(range(len(PAIRS)))
    assert cosines.diagonal().min() > 0.4
    assert np.all(cosines.diagonal() > (cosines - 2 * np.eye(len(PAIRS))).max(axis=1) + 0.1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("可以退款嗎？", "可以退款吗"),
        ("HOW DO I PAY?", "how do i pay"),
        ("三天到吗", "3天到吗"),
        ("iPhone15Pro 换电池", "iphone 15 pro 换电池"),
    ],
)
def test_ways_to_type_the_same_give_the_same_vector(encoder: SentenceEncoder, one: str, other: str) -> None:
    made = encoder.encode([one, other])
    assert float(made[0] @ made[1]) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("text", ["", "？", "\u200b\x00", "😀🎉", "ቋንቋዎች", "怎么退款 " * 1_500, "refund? " * 1_250])
def test_odd_texts_have_finite_unit_vectors(encoder: SentenceEncoder, text: str) -> None:
    (made,) = encoder.encode([text])
    assert np.isfinite(made).all()
    assert float(made @ made) == pytest.approx(1, abs=1e-3)


def test_of_a_long_text_the_beginning_is_read(encoder: SentenceEncoder) -> None:
    long, other = "怎么退款" + "，请问" * 3_300, "几点开门" + "，请问" * 3_300
    assert len(long) > 9_900
    made = encoder.encode([long, long + "再见", other])
    assert float(made[0] @ made[1]) == pytest.approx(1, abs=1e-5)
    assert float(made[0] @ made[2]) < 0.999


def test_of_a_context_the_last_turns_are_read(encoder: SentenceEncoder) -> None:
    context = ("早上好", "你好呀", "我想退款", "哪一单")
    made = encoder.encode_queries([context, context[1:], context[-1:]])
    assert np.array_equal(made[0], made[1])
    assert float(made[0] @ made[2]) < 0.99
    scores = encoder.score(["how do I get a refund"], ["怎么退款", "今天天气不错"])
    assert scores[0] > scores[1] + 0.2


def test_quantized_vectors_lie_near_the_given_ones() -> None:
    vectors = np.random.default_rng(3).normal(size=(50, 64)).astype(np.float32)
    table = PieceTable.quantize(vectors)
    assert table.codes.nbytes == vectors.nbytes // 8
    found = table.lookup(np.asarray([[7, 0], [49, 7]], np.int64))
    assert found.shape == (2, 2, 64)
    assert np.array_equal(found[0, 0], found[1, 1])
    wanted = vectors[[7, 0, 49, 7]]
    cosines = (
        (found.reshape(4, 64) * wanted).sum(1)
        / np.linalg.norm(found.reshape(4, 64), axis=1)
        / np.linalg.norm(wanted, axis=1)
    )
    assert cosines.min() > 0.98


@pytest.mark.parametrize("name", sorted(path.name for path in SHIPPED.iterdir() if path.name != "golden.npz"))
def test_a_damaged_file_is_refused_with_what_repairs_it(tmp_path: Path, name: str) -> None:
    folder = tmp_path / NAME
    shutil.copytree(SHIPPED, folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:-9])
    with pytest.raises(ArtifactError, match=rf"{name}.*git checkout"):
        SentenceEncoder(folder)
