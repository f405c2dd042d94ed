"""python -m pytest tests/data/formats/test_sheet.py"""

import datetime
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from data.formats import FormatError, RejectedRow, read_pairs, sheet
from data.records import Pair, Place

PAIRS = [("什么是CNN", "一种网络"), ("what is a CNN", "a network")]


def write(path: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        page = book.create_sheet()
        for row in rows:
            page.append(list(row))
    book.save(path)
    return path


def patch(path: Path, part: str, pattern: str, text: str) -> None:
    """Change one part of the workbook as a spreadsheet program, or an attacker, would have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed, count = re.subn(pattern, text, parts[part].decode())
    assert count
    parts[part] = changed.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def texts(items: list[Pair | RejectedRow]) -> list[tuple[str, str]]:
    assert all(isinstance(item, Pair) for item in items), items
    return [(item.question, item.reply) for item in items if isinstance(item, Pair)]


def test_a_header_in_either_language_and_several_phrasings(tmp_path: Path) -> None:
    path = write(
        tmp_path / "faq.xlsx",
        [["答案", "备注", "问题", "相似问"], ["一种网络", None, "什么是CNN\nCNN是什么", "介绍CNN"]],
    )
    assert texts(list(read_pairs(path))) == [(asked, "一种网络") for asked in ("什么是CNN", "CNN是什么", "介绍CNN")]
    path = write(tmp_path / "faq.xlsx", [["Question", "Answer"], PAIRS[1]])
    assert texts(list(read_pairs(path))) == PAIRS[1:]


def test_two_columns_need_no_header_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    items = list(read_pairs(write(tmp_path / "faq.xlsx", [[], PAIRS[0], [None, None], PAIRS[1]])))
    assert texts(items) == PAIRS
    assert [item.place for item in items] == [Place("faq.xlsx", 2), Place("faq.xlsx", 4)]


def test_every_sheet_with_rows_is_read_and_named_in_the_place(tmp_path: Path) -> None:
    path = write(tmp_path / "faq.xlsx", [], [["问题", "答案"], PAIRS[0]], [["question", "answer"], PAIRS[1]])
    items = list(read_pairs(path))
    assert texts(items) == PAIRS
    assert [item.place for item in items] == [Place("faq.xlsx [Sheet1]", 2), Place("faq.xlsx [Sheet2]", 2)]


def test_values_of_every_kind_become_text(tmp_path: Path) -> None:
    day = datetime.date(2024, 5, 1)
    rows: list[list[object]] = [
        ["问题", "答案"],
        ["多少", 3.0],
        ["how much", 2.5],
        ["哪天", day],
        [42, True],
        ["几点", datetime.time(9, 30)],
    ]
    assert texts(list(read_pairs(write(tmp_path / "faq.xlsx", rows)))) == [
        ("多少", "3"),
        ("how much", "2.5"),
        ("哪天", "2024-05-01"),
        ("42", "TRUE"),
        ("几点", "9:30:00"),
    ]


def test_a_formula_counts_as_its_stored_value(tmp_path: Path) -> None:
    path = write(
        tmp_path / "faq.xlsx", [["问题", "答案"], ["什么是CNN", '="一种"&"网络"'], ["what", '="never"&"computed"']]
    )
    patch(
        path,
        "xl/worksheets/sheet1.xml",
        r'<c r="B2"[^>]*><f>(.*?)</f><v ?/?>(</v>)?',
        r'<c r="B2" t="str"><f>\1</f><v>一种网络</v>',
    )
    first, second = read_pairs(path)
    assert texts([first]) == PAIRS[:1]
    assert isinstance(second, RejectedRow)
    assert second.place.row == 3
    assert "B3 is a formula that was never computed" in second.why


def test_an_error_value_is_no_reply(tmp_path: Path) -> None:
    (item,) = read_pairs(write(tmp_path / "faq.xlsx", [["question", "answer"], ["什么", "#REF!"]]))
    assert isinstance(item, RejectedRow)
    assert "B2 shows the error #REF!" in item.why


def test_absurd_dimensions_do_not_widen_the_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "faq.xlsx", PAIRS)
    patch(path, "xl/worksheets/sheet1.xml", r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"')
    assert texts(list(read_pairs(path))) == PAIRS


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "faq.xlsx", [["问题", "答案"], *PAIRS])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError, match="broken"):
        list(read_pairs(path))
    path.write_bytes(whole)
    patch(path, "xl/worksheets/sheet1.xml", "</row>", "</wor>")
    with pytest.raises(FormatError, match="cannot be read as a workbook"):
        list(read_pairs(path))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "faq.xlsx", PAIRS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for _ in range(33):
            part.write(bytes(2**20))
    monkeypatch.setattr(sheet, "MAX_UNPACKED", 32 * 2**20)
    assert path.stat().st_size < 2**20
    with pytest.raises(FormatError, match="unpacks to 33 MiB"):
        list(read_pairs(path))


@pytest.mark.parametrize("rows", [[], [["问题", "答案"]], [["question", "answer"], [None, " "]]])
def test_a_workbook_without_rows_is_refused(tmp_path: Path, rows: list[list[object]]) -> None:
    with pytest.raises(FormatError, match="no rows"):
        list(read_pairs(write(tmp_path / "faq.xlsx", rows)))
