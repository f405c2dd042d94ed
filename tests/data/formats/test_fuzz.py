"""Damaged files of each kind: refused or read, never a crash, never a row lost without a word.

Run: pytest tests/data/formats/test_fuzz.py; KANLIAO_FUZZ=2000 makes that many damaged files of each kind.
"""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.formats import FormatError, Reading, RejectedRow, read_pairs
from data.records import Pair

CASES = sorted((Path(__file__).parent / "cases").iterdir())
EXAMPLES = int(os.environ.get("KANLIAO_FUZZ", "12"))
MAX_MESSAGE = 1200
CHEAP = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TOKENS = [
    b'"',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\t",
    b"|",
    b"{",
    b"[",
    b"]",
    b"\x00",
    b"\xff",
    b"\xe9",
    b"</row>",
    b"<f/>",
    b"sep=;",
]
Damage = tuple[float, int, bytes]


def damages() -> st.SearchStrategy[list[Damage]]:
    """Return a strategy for damages: where, how many bytes are cut there, and what is put in."""
    inserted = st.one_of(st.sampled_from(TOKENS), st.binary(max_size=6))
    return st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), inserted), min_size=1, max_size=4)


def damage(data: bytes, changes: Sequence[Damage]) -> bytes:
    for where, cut, put in changes:
        at = int(where * len(data))
        data = data[:at] + put + data[at + cut :]
    return data


def damage_workbook(data: bytes, changes: Sequence[Damage]) -> bytes:
    """Damage a sheet within a workbook, so that it is not only the archive that breaks."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(part for part in parts if "sheet" in part and part.endswith(".xml"))[0]
    parts[name] = damage(parts[name], changes)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return out.getvalue()


def read(path: Path) -> list[Pair | RejectedRow] | FormatError:
    """Return what comes of a file; anything but FormatError is a crash."""
    reading = Reading()
    refused: FormatError | None = None
    items: list[Pair | RejectedRow] = []
    try:
        items = list(read_pairs(path, reading=reading))
    except FormatError as error:
        refused = error
    if refused is not None:
        assert len(str(refused)) <= MAX_MESSAGE
        assert path.name in str(refused)
        return refused
    assert all(len(note) <= MAX_MESSAGE for note in reading.notes)
    for item in items:
        if isinstance(item, RejectedRow):
            assert len(item.given) <= 80
            assert 0 < len(item.why) <= MAX_MESSAGE
    return items


@pytest.mark.parametrize("case", CASES, ids=[path.name for path in CASES])
@CHEAP
@given(changes=damages())
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, case: Path, changes: list[Damage]) -> None:
    data = case.read_bytes()
    path = tmp_path / case.name
    path.write_bytes(damage(data, changes))
    read(path)
    if case.suffix == ".xlsx":
        path.write_bytes(damage_workbook(data, changes))
        read(path)


PIECES = [*"ab 问答,;|\"'\n\r\t，？?1=-é😀", "</p>", "_x000D_"]
CELLS = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=12)
    .map("".join)
    .filter(lambda text: bool(re.search("[ab问答]", text)))
)


@settings(max_examples=4 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), delimiter=st.sampled_from(",;\t|"))
@example(rows=[("a", "x\ry"), ("问", "答\r\nb")], delimiter=",")
def test_every_row_that_a_program_wrote_comes_back(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str) -> None:
    path = tmp_path / "faq.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["question", "answer"])
        writer.writerows(rows)
    items = read(path)
    assert isinstance(items, list)
    replies = [item.reply for item in items if isinstance(item, Pair)]

    def plain(text: str) -> str:
        return re.sub(r"_x000[dD]_\r?\n?|\r\n|\r", "\n", text)

    for _, reply in rows:
        assert plain(reply) in replies or any(isinstance(item, RejectedRow) for item in items)


@settings(max_examples=4 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 3), st.sampled_from(['"', ",", ",,", "\n", '"\n', '""', ' "', ";", "？"])
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_row_of_a_damaged_table_is_lost_without_a_word(
    tmp_path: Path, changes: list[tuple[float, int, str]]
) -> None:
    """Each word that is left in the file is in a pair, in a refused row, or on a line that is named."""
    text = "question,answer\n" + "".join(f'"q{n:02}x 怎么","a{n:02}x, 好的"\nq{n:02}y,a{n:02}y\n' for n in range(12))
    for where, cut, put in changes:
        at = int(where * len(text))
        text = text[:at] + put + text[at + cut :]
    path = tmp_path / "faq.csv"
    path.write_text(text, encoding="utf-8", newline="")
    reading = Reading()
    try:
        items = list(read_pairs(path, reading=reading))
    except FormatError:
        return
    if text.split("\n")[0] != "question,answer":
        # Another header may leave columns unused, which the preview names.
        return
    said = "\n".join(f"{item.question}\n{item.reply}" if isinstance(item, Pair) else item.given for item in items)
    said += "\n".join(reading.notes)
    refused = [item.place.row for item in items if isinstance(item, RejectedRow)]
    spans = [
        (int(found[1]), int(found[2]))
        for item in items
        if isinstance(item, RejectedRow)
        for found in [re.search(r"begins on line (\d+) and ends on line (\d+)", item.why)]
        if found
    ]
    for number, line in enumerate(re.split("\r\n|\n|\r", text), start=1):
        if number in refused or any(first <= number <= last for first, last in spans):
            continue
        for word in re.findall(r"\b[qa]\d\d[xy]\b", line):
            assert word in said, (number, line)
