"""python -m pytest tests/retrieval/test_vector_indexes.py

One set of tests for every implementation of VectorIndex: exact, by signs, Milvus (milvus-lite, the engine in a file).
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from retrieval import array_files, vectors
from retrieval.array_files import DamagedIndexError
from retrieval.milvus import Milvus, MilvusVectorIndex
from retrieval.postings import Floats
from retrieval.vectors import Keys, LocalVectorIndex, UnreachableError, VectorIndex

WIDTH = 16
KINDS = ("exact", "signs", "milvus")


class Place:
    """Where an index of some kind is made, and opened again after it was saved."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.milvus = Milvus(str(folder / "vectors.db"))
        (folder / "vectors.db").parent.mkdir(exist_ok=True)

    def build_index(self, width: int = WIDTH) -> VectorIndex:
        return MilvusVectorIndex(self.milvus, "testing", width) if self.kind == "milvus" else LocalVectorIndex(width)

    def reopen(self, index: VectorIndex) -> VectorIndex:
        """Return what a later start opens."""
        index.save(self.folder / "saved")
        index.close()
        if self.kind != "milvus":
            return LocalVectorIndex.open(self.folder / "saved")
        self.milvus.close()
        self.milvus = Milvus(str(self.folder / "vectors.db"))
        return MilvusVectorIndex(self.milvus, "testing", WIDTH)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    # With the bound at 0 whatever is saved is searched by signs.
    monkeypatch.setattr(vectors, "MAX_EXACT", 0 if request.param == "signs" else 20_000)
    place = Place(request.param, tmp_path)
    yield place
    place.milvus.close()


def draw_vectors(count: int, seed: int = 0) -> tuple[Keys, Floats]:
    """Keys that are far apart, in no order, and unit vectors in clusters."""
    chance = np.random.default_rng(seed)
    keys = chance.choice(2**62, count, replace=False).astype(np.int64)
    rows = chance.normal(size=(20, WIDTH))[chance.integers(0, 20, count)] + 0.5 * chance.normal(size=(count, WIDTH))
    return keys, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def compute_by_hand(keys: Keys, rows: Floats, queries: Floats, count: int) -> Keys:
    order = np.argsort(-(queries @ rows.T), axis=1, kind="stable")[:, :count]
    return keys[order]


def same(found: Keys, wanted: Keys) -> float:
    """Return the share of the wanted keys that was found."""
    return float(np.mean([len(set(one) & set(other)) / len(other) for one, other in zip(found, wanted, strict=True)]))


def test_the_nearest_come_first(place: Place) -> None:
    keys, rows = draw_vectors(400)
    index = place.build_index()
    index.add(keys[:250], rows[:250])
    index = place.reopen(index)
    index.add(keys[250:], rows[250:])
    assert (index.size, index.width) == (400, WIDTH)
    found, products = index.search(rows[:40], 10)
    assert found.shape == products.shape == (40, 10)
    assert same(found, compute_by_hand(keys, rows, rows[:40], 10)) > 0.97
    assert np.all(np.diff(products, axis=1) <= 0)
    assert found[:, 0].tolist() == keys[:40].tolist()
    assert products[:, 0] == pytest.approx(np.ones(40), abs=0.01)
    at = dict(zip(keys.tolist(), rows, strict=True))
    exact = [[float(at[key] @ query) for key in row] for row, query in zip(found.tolist(), rows[:40], strict=True)]
    assert products == pytest.approx(np.asarray(exact), abs=0.02)


def test_where_there_are_fewer_the_rest_is_empty(place: Place) -> None:
    keys, rows = draw_vectors(3)
    index = place.build_index()
    assert [part.tolist() for part in index.search(rows[:1], 2)] == [[[-1, -1]], [[-np.inf, -np.inf]]]
    index.add(keys, rows)
    for opened in (index, place.reopen(index)):
        found, products = opened.search(rows[:2], 5)
        assert set(found[0, :3]) == set(keys)
        assert found[:, 3:].tolist() == [[-1, -1]] * 2
        assert np.isneginf(products[:, 3:]).all()
        assert np.isfinite(products[:, :3]).all()


def test_a_key_is_replaced_and_of_two_alike_the_last_counts(place: Place) -> None:
    keys, rows = draw_vectors(60)
    index = place.build_index()
    index.add(keys[[0, 1, 0]], rows[[0, 1, 2]])
    assert index.size == 2
    assert index.search(rows[2:3], 1)[0].item() == keys[0]
    index.add(keys, rows)
    index = place.reopen(index)
    index.add(keys[:1], rows[5:6])
    for opened in (index, place.reopen(index)):
        assert opened.size == 60
        assert set(opened.search(rows[5:6], 2)[0][0]) == {keys[0], keys[5]}
        assert opened.search(rows[:1], 1)[0].item() != keys[0]


def test_the_same_vector_may_lie_under_many_keys_and_the_lowest_comes_first(place: Place) -> None:
    rows = np.repeat(draw_vectors(1)[1], 9, axis=0)
    index = place.build_index()
    index.add(np.arange(9)[::-1].copy(), rows)
    for opened in (index, place.reopen(index)):
        assert opened.search(rows[:1], 9)[0][0].tolist() == list(range(9))


def test_what_was_removed_is_not_found_and_unknown_keys_are_ignored(place: Place) -> None:
    keys, rows = draw_vectors(80)
    index = place.build_index()
    index.add(keys[:50], rows[:50])
    index = place.reopen(index)
    index.add(keys[50:], rows[50:])
    index.remove(np.asarray([*keys[:5], *keys[75:], 12345], np.int64))
    index.remove(keys[:5])
    for opened in (index, place.reopen(index)):
        assert opened.size == 70
        found, _ = opened.search(rows, 80)
        assert not np.isin(found, [*keys[:5], *keys[75:]]).any()
    index.remove(np.zeros(0, np.int64))
    index.add(keys[:1], rows[:1])
    assert index.search(rows[:1], 1)[0].item() == keys[0]


def test_cleared_is_empty_and_can_be_filled_again(place: Place) -> None:
    keys, rows = draw_vectors(30)
    index = place.build_index()
    index.add(keys, rows)
    index = place.reopen(index)
    index.clear()
    assert (index.size, index.search(rows[:1], 1)[0].item()) == (0, -1)
    index.add(keys[:2], rows[:2])
    assert place.reopen(index).size == 2


def test_an_empty_one_can_be_saved(place: Place) -> None:
    index = place.reopen(place.build_index())
    assert (index.size, index.width) == (0, WIDTH)
    assert index.search(draw_vectors(1)[1], 3)[0].tolist() == [[-1, -1, -1]]


def test_vectors_of_another_width_are_refused(place: Place) -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 3\) for 2 keys; expected \(2, 16\)"):
        place.build_index().add(np.asarray([1, 2]), np.zeros((2, 3), np.float32))


def test_searches_see_whole_changes_while_others_change_it(place: Place) -> None:
    keys, rows = draw_vectors(200)
    index = place.build_index()
    index.add(keys[:100], rows[:100])
    index = place.reopen(index)
    failed: list[BaseException] = []

    def run(what: Callable[[], object]) -> None:
        try:
            for _ in range(20):
                what()
        except BaseException as error:
            failed.append(error)

    def search() -> None:
        found, _ = index.search(rows[:4], 3)
        assert found[:, 0].tolist() == keys[:4].tolist(), "what nobody touches is always there"

    def change() -> None:
        index.add(keys[100:], rows[100:])
        index.remove(keys[100:])

    threads = [threading.Thread(target=run, args=(what,)) for what in (search, search, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert index.size == 100


def test_it_grows_and_shrinks_between_looking_at_all_and_at_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_EXACT", 300)
    monkeypatch.setattr(vectors, "_CANDIDATES", 300)
    keys, rows = draw_vectors(2_000)
    index, alive = LocalVectorIndex(WIDTH), np.zeros(2_000, np.bool_)
    kinds = []
    for first, last, put in (
        (0, 200, True),
        (200, 1_500, True),
        (1_500, 2_000, True),
        (0, 600, False),
        (600, 1_800, False),
    ):
        (index.add(keys[first:last], rows[first:last]) if put else index.remove(keys[first:last]))
        alive[first:last] = put
        index.save(tmp_path)
        kinds.append("codes" in array_files.open(tmp_path).arrays)
        assert index.size == LocalVectorIndex.open(tmp_path).size == alive.sum()
        wanted = compute_by_hand(keys[alive], rows[alive], rows[alive][:50], 10)
        assert same(LocalVectorIndex.open(tmp_path).search(rows[alive][:50], 10)[0], wanted) > 0.95
    assert kinds == [False, True, True, True, False]


@pytest.mark.parametrize("kind", ["exact", "signs"])
@pytest.mark.parametrize("harm", ["cut", "other", "missing"])
def test_damage_is_refused_by_name_with_what_repairs_it(
    kind: str, harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_EXACT", 0 if kind == "signs" else 20_000)
    index = LocalVectorIndex(WIDTH)
    index.add(*draw_vectors(100))
    index.save(tmp_path)
    name = "codes.npy" if kind == "signs" else "vectors.npy"
    path = array_files.open(tmp_path).folder / name
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9] if harm == "cut" else b"\0" * path.stat().st_size)
    with pytest.raises(DamagedIndexError, match=rf"{name} is damaged: .*Delete {tmp_path}: it is made again"):
        LocalVectorIndex.open(tmp_path)


def test_what_holds_no_vectors_is_refused_even_if_it_is_whole(tmp_path: Path) -> None:
    array_files.write(tmp_path, {"keys": np.arange(3)}, {})
    with pytest.raises(DamagedIndexError, match=rf"holds no vectors.*Delete {tmp_path}: it is made again"):
        LocalVectorIndex.open(tmp_path)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    index = MilvusVectorIndex(Milvus("http://root:geheim@127.0.0.1:9"), "testing", WIDTH)
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"Milvus at http://127\.0\.0\.1:9 cannot be reached") as raised:
            index.search(draw_vectors(1)[1], 3)
        assert "geheim" not in str(raised.value)


def test_a_collection_of_another_width_is_made_anew(tmp_path: Path) -> None:
    place = Place("milvus", tmp_path)
    wide = place.build_index(8)
    wide.add(np.asarray([1]), np.eye(8, dtype=np.float32)[:1])
    index = place.build_index()
    assert index.size == 0
    index.add(*draw_vectors(2))
    assert index.size == 2
    place.milvus.close()
