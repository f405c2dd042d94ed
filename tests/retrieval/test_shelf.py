"""python -m pytest tests/retrieval/test_shelf.py"""

import random

import numpy as np
import pytest

from data.records import Entry, Place
from retrieval.shelf import Board, Shelf, keys_of, vector_key


def made(number: int) -> Entry:
    questions = tuple(f"第{number}个问题，第{place}种问法" for place in range(number % 3 + 1))
    return Entry(
        f"id-{number}", "zh" if number % 2 else "en", questions, f"reply {number} 回复👋", Place("问答.csv", number)
    )


def test_an_entry_comes_back_as_it_was() -> None:
    shelf = Shelf()
    for number in range(40):
        shelf = shelf.with_added([made(number)])
    assert [shelf.entry(number) for number in range(40)] == [made(number) for number in range(40)]
    assert len(shelf.boards) < 5


def test_phrasings_are_numbered_through() -> None:
    shelf = Shelf().with_added([made(number) for number in range(20)]).with_added([made(20), made(21)])
    first = 0
    for number in range(22):
        count = len(made(number).questions)
        assert list(shelf.phrasings_of(number)) == list(range(first, first + count))
        assert {shelf.owner_of_phrasing(place) for place in shelf.phrasings_of(number)} == {number}
        first += count
    assert shelf.phrasings == first


def test_the_dead_are_not_found_and_leave_when_it_is_made_compact() -> None:
    chance = random.Random(3)
    shelf = Shelf()
    alive: dict[str, int] = {}
    for step in range(30):
        fresh = [made(number) for number in range(step * 5, step * 5 + 5)]
        alive |= {entry.id: shelf.size + place for place, entry in enumerate(fresh)}
        shelf = shelf.with_added(fresh)
        gone = chance.sample(sorted(alive), 2)
        shelf = shelf.without(alive.pop(id) for id in gone)
        assert all(shelf.number_of(id) is None for id in gone)
    assert {id: shelf.number_of(id) for id in alive} == alive
    compact = shelf.compact()
    assert compact.living == compact.size == shelf.living == len(alive)
    kept = sorted(alive, key=lambda id: alive[id])
    assert [compact.entry(number).id for number in range(compact.size)] == kept
    assert [compact.number_of(id) for id in kept] == list(range(len(kept)))


def test_a_vector_leads_to_the_living_entry_even_if_a_dead_one_had_the_same_text() -> None:
    entry = made(5)
    shelf = Shelf().with_added([entry, made(6)]).without([0])
    keys = np.asarray([*keys_of(entry), vector_key("没有这句", "id-5", False), keys_of(made(6))[0]], np.int64)
    assert shelf.owners_of(keys).tolist() == [-1] * (len(keys) - 1) + [1]
    again = shelf.with_added([entry])
    assert again.owners_of(keys).tolist() == [2] * len(keys_of(entry)) + [-1, 1]
    assert again.compact().owners_of(keys).tolist() == [1] * len(keys_of(entry)) + [-1, 0]


def test_a_key_belongs_to_one_text_of_one_entry() -> None:
    assert len({vector_key(text, id, reply) for text in "问a" for id in ("x", "y") for reply in (True, False)}) == 8
    assert all(key >= 0 for key in keys_of(made(1)))


def test_an_empty_shelf() -> None:
    assert (Shelf().size, Shelf().living, Shelf().phrasings, Shelf().number_of("没有")) == (0, 0, 0, None)
    assert Shelf().owners_of(np.asarray([1, 2], np.int64)).tolist() == [-1, -1]
    assert Shelf().compact() == Shelf()


@pytest.mark.parametrize("count", [1, 7])
def test_a_board_is_its_arrays(count: int) -> None:
    board = Board.of([made(number) for number in range(count)])
    again = Board(**board.arrays())
    assert [again.entry(number) for number in range(count)] == [made(number) for number in range(count)]
