"""python -m pytest tests/retrieval/test_entry_store.py"""

import random

import numpy as np
import pytest

from data.records import Entry, Place
from retrieval.entry_store import EntrySegment, EntryStore, compute_vector_key, list_vector_keys


def build_entry(number: int) -> Entry:
    questions = tuple(f"第{number}个问题，第{place}种问法" for place in range(number % 3 + 1))
    return Entry(
        f"id-{number}", "zh" if number % 2 else "en", questions, f"reply {number} 回复👋", Place("问答.csv", number)
    )


def test_an_entry_comes_back_as_it_was() -> None:
    store = EntryStore()
    for number in range(40):
        store = store.with_added([build_entry(number)])
    assert [store.read_entry(number) for number in range(40)] == [build_entry(number) for number in range(40)]
    assert len(store.segments) < 5


def test_phrasings_are_numbered_through() -> None:
    store = (
        EntryStore()
        .with_added([build_entry(number) for number in range(20)])
        .with_added([build_entry(20), build_entry(21)])
    )
    first = 0
    for number in range(22):
        count = len(build_entry(number).questions)
        assert list(store.find_phrasings(number)) == list(range(first, first + count))
        assert {store.find_phrasing_owner(place) for place in store.find_phrasings(number)} == {number}
        first += count
    assert store.phrasing_count == first


def test_deleted_entries_are_not_found_and_leave_when_it_is_made_compact() -> None:
    chance = random.Random(3)
    store = EntryStore()
    alive: dict[str, int] = {}
    for step in range(30):
        fresh = [build_entry(number) for number in range(step * 5, step * 5 + 5)]
        alive |= {entry.id: store.size + place for place, entry in enumerate(fresh)}
        store = store.with_added(fresh)
        gone = chance.sample(sorted(alive), 2)
        store = store.without(alive.pop(id) for id in gone)
        assert all(store.find_number(id) is None for id in gone)
    assert {id: store.find_number(id) for id in alive} == alive
    compact = store.compact()
    assert compact.live_count == compact.size == store.live_count == len(alive)
    kept = sorted(alive, key=lambda id: alive[id])
    assert [compact.read_entry(number).id for number in range(compact.size)] == kept
    assert [compact.find_number(id) for id in kept] == list(range(len(kept)))


def test_a_vector_leads_to_the_live_entry_even_if_a_deleted_one_had_the_same_text() -> None:
    entry = build_entry(5)
    store = EntryStore().with_added([entry, build_entry(6)]).without([0])
    keys = np.asarray(
        [*list_vector_keys(entry), compute_vector_key("没有这句", "id-5", False), list_vector_keys(build_entry(6))[0]],
        np.int64,
    )
    assert store.find_owners(keys).tolist() == [-1] * (len(keys) - 1) + [1]
    again = store.with_added([entry])
    assert again.find_owners(keys).tolist() == [2] * len(list_vector_keys(entry)) + [-1, 1]
    assert again.compact().find_owners(keys).tolist() == [1] * len(list_vector_keys(entry)) + [-1, 0]


def test_a_key_belongs_to_one_text_of_one_entry() -> None:
    assert (
        len({compute_vector_key(text, id, reply) for text in "问a" for id in ("x", "y") for reply in (True, False)})
        == 8
    )
    assert all(key >= 0 for key in list_vector_keys(build_entry(1)))


def test_an_empty_store() -> None:
    assert (
        EntryStore().size,
        EntryStore().live_count,
        EntryStore().phrasing_count,
        EntryStore().find_number("没有"),
    ) == (0, 0, 0, None)
    assert EntryStore().find_owners(np.asarray([1, 2], np.int64)).tolist() == [-1, -1]
    assert EntryStore().compact() == EntryStore()


@pytest.mark.parametrize("count", [1, 7])
def test_a_segment_is_its_arrays(count: int) -> None:
    segment = EntrySegment.of([build_entry(number) for number in range(count)])
    again = EntrySegment.from_arrays(segment.to_arrays())
    assert [again.read_entry(number) for number in range(count)] == [build_entry(number) for number in range(count)]
