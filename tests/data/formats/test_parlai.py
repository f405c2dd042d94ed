"""python -m pytest tests/data/formats/test_parlai.py"""

from pathlib import Path

import pytest

from data.formats import FormatError, RejectedRow, read_pairs
from data.formats.parlai import read
from data.records import Pair, Place


def test_labels_line_breaks_and_pipes(tmp_path: Path) -> None:
    path = tmp_path / "dialogue.txt"
    path.write_text(
        "text:你好\tlabels:你好呀|您好\tepisode_done:True\n"
        "\n"
        "id:x\ttext:what is\\na CNN: a|b\tlabels:one__PIPE__two\\nlines\tlabel_candidates:x|y\n",
        encoding="utf-8",
    )
    assert list(read_pairs(path)) == [
        Pair("你好", "你好呀", Place("dialogue.txt", 1)),
        Pair("你好", "您好", Place("dialogue.txt", 1)),
        Pair("what is\na CNN: a|b", "one|two\nlines", Place("dialogue.txt", 3)),
    ]


def test_bad_lines_are_refused_by_themselves(tmp_path: Path) -> None:
    path = tmp_path / "dialogue.txt"
    path.write_text(
        "text:你好\tlabels:你好呀\ntext:hello\tepisode_done:True\nlabels:hi\nhello\ntext:\tlabels:hi\ntext:再见\tlabels:\n",
        encoding="utf-8",
    )
    items = list(read_pairs(path))
    assert isinstance(items[0], Pair)
    refused = [(item.place.row, item.why) for item in items if isinstance(item, RejectedRow)]
    assert refused == [
        (2, "no such column: the line has no labels: field"),
        (3, "no such column: the line has no text: field"),
        (4, "no such column: the line has no text: field"),
        (5, "the question is empty"),
        (6, "the reply is empty"),
    ]


def test_a_file_of_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dialogue.txt"
    path.write_text("\n \n", encoding="utf-8")
    with pytest.raises(FormatError, match="holds no lines"):
        list(read(path))
