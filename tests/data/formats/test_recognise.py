"""python -m pytest tests/data/formats/test_recognise.py"""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from data.formats import FORMATS, FormatError, RejectedRow, read_pairs, recognise, validate_entry
from data.formats.errors import MAX_BYTES

TEXTS = [
    ("faq", "question,answer\nwhat is a CNN,a network\n"),
    ("faq", "问题\t答案\n什么是CNN\t一种网络\n"),
    ("jsonl", '{"question": "什么是CNN", "answer": "一种网络"}\n'),
    ("jsonl", '[\n{"question": "what is a CNN", "answer": "a network"}]'),
    ("jsonl", '[{"question": "hi", "answer": "你好"}]'),
    ("parlai", "text:你好\tlabels:你好呀\tepisode_done:True\n"),
    ("parlai", "text:hello\teval_labels:hi\n"),
]


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".jsonl", ""])
@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_the_content_decides_not_the_extension(tmp_path: Path, name: str, text: str, suffix: str) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_text(text, encoding="utf-8")
    assert recognise(path) == name
    assert not any(isinstance(item, RejectedRow) for item in read_pairs(path))


def test_the_extension_settles_a_doubt(tmp_path: Path) -> None:
    for suffix, name in ((".jsonl", "jsonl"), (".csv", "faq")):
        path = tmp_path / f"half{suffix}"
        for text in ('{"question": "什么是CNN", "answer\n', "{{name}} 你好,你好呀\n{{name}} hi,hello\n"):
            path.write_text(text, encoding="utf-8")
            assert recognise(path) == name


def test_a_workbook_is_known_by_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    book = openpyxl.Workbook()
    book.save(path)
    assert recognise(path) == "sheet"


def test_every_name_has_a_reader_and_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("你好,hi\n", encoding="utf-8")
    assert [name for name, _ in FORMATS] == [
        "faq",
        "sheet",
        "jsonl",
        "parlai",
        "marked_text",
        "markdown",
        "html_page",
    ]
    assert len(list(read_pairs(path, "faq"))) == 1
    with pytest.raises(ValueError, match="no format 'xml'"):
        read_pairs(path, "xml")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \n\r\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not text|binary"),
        (b"question,answer\nhi,\x00there\n", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "password"),
        (b"PK\x03\x04" + b"\x00" * 100, "broken"),
        (b"\xff\xfe" + "问题,答案".encode("utf-16-le") + b"\x00", "damaged"),
        ("问题,答案\n什么是卷积神经网络,一种网络\n".encode() + b"\xe4\xbd", "invalid bytes in it"),
        (b"\xff\xff\x81", "not text in UTF-8, UTF-16 or GB18030"),
        ("一段没有表格的文字\nprose without a table\n".encode(), "header with question and answer"),
    ],
)
def test_what_is_no_such_file_at_all_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=why):
        list(read_pairs(path))


def test_a_zip_without_a_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "faq.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("faq.csv", "你好,hi")
    with pytest.raises(FormatError, match="without a workbook"):
        recognise(path)


def test_a_folder_a_giant_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="folder"):
        read_pairs(tmp_path)
    giant = tmp_path / "giant.csv"
    with giant.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for name in (None, "faq"):
        with pytest.raises(FormatError, match="at most 50 MiB"):
            read_pairs(giant, name)
    with pytest.raises(FileNotFoundError):
        read_pairs(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("question", "reply", "why"),
    [
        ("什么是CNN", "一种网络", None),
        ("what is a CNN", "a network", None),
        ("​ ", "一种网络", "question is empty"),
        ("what", "\u200b\n", "reply is empty"),
        ("问" * 500, "答" * 4000, None),
        ("问" * 501, "答", "501 characters; at most 500"),
        ("q", "a" * 4001, "4001 characters; at most 4000"),
    ],
)
def test_fault_says_what_is_wrong_with_a_row(question: str, reply: str, why: str | None) -> None:
    found = validate_entry(question, reply)
    assert found is why if why is None else why in (found or "")
