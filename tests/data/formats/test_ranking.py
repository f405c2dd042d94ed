"""python -m pytest tests/data/formats/test_ranking.py"""

import gzip
import json
from pathlib import Path

import pytest

from data.formats import FormatError
from data.formats.ranking import read_labelled, read_selections, recognise_ranking
from data.records import LabelledPair, Selection

RESPONSES = "1\t你好\t在吗\t在的\n0\t你好\t在吗\tno\n0\thi\thello\n1\thi\tthere\n"
SENTENCES = "what is it\tA\t0\nwhat is it\tB\t1\nwhat is it\tC\t0\n这是什么\t甲\t1\n这是什么\t乙\t0\n这是什么\t丙\t0\n"
HEADER = (
    "QuestionID\tQuestion\tDocumentID\tDocumentTitle\tSentenceID\tSentence\tLabel\n"
    "Q1\twho\tD1\tT\tD1-0\the\t1\nQ1\twho\tD1\tT\tD1-1\tshe\t0\nQ2\t谁\tD2\tT\tD2-0\t他\t0\n"
)
PAIRS = "怎么开\t如何开\t1\nhow\twhy\t0\n几点\t哪里\t0\n"


def write_file(folder: Path, text: str, name: str = "file.tsv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_each_form_is_told_from_the_others(tmp_path: Path) -> None:
    triples = json.dumps({"query": "甲", "title": "乙", "neg_title": "c"}, ensure_ascii=False) + "\n"
    pairs = json.dumps({"sentence1": "甲", "sentence2": "b", "label": "1"}, ensure_ascii=False) + "\n"
    given = {
        "responses": RESPONSES, "sentences": SENTENCES, "header": HEADER, "pairs": PAIRS, "triples": triples, "json pairs": pairs,
    }  # fmt: skip
    for kind, text in given.items():
        assert recognise_ranking(write_file(tmp_path, text)) == kind
    assert list(read_selections(write_file(tmp_path, triples))) == [Selection(("甲",), ("乙", "c"), (1, 0))]
    assert list(read_labelled(write_file(tmp_path, pairs))) == [LabelledPair("甲", "b", 1)]


def test_lines_of_one_query_become_one_selection(tmp_path: Path) -> None:
    assert list(read_selections(write_file(tmp_path, RESPONSES))) == [
        Selection(("你好", "在吗"), ("在的", "no"), (1, 0)),
        Selection(("hi",), ("hello", "there"), (0, 1)),
    ]
    assert [one.labels for one in read_selections(write_file(tmp_path, SENTENCES))] == [(0, 1, 0), (1, 0, 0)]
    assert list(read_selections(write_file(tmp_path, HEADER))) == [
        Selection(("who",), ("he", "she"), (1, 0)),
        Selection(("谁",), ("他",), (0,)),
    ]


def test_pairs_plain_and_packed(tmp_path: Path) -> None:
    wanted = [LabelledPair("怎么开", "如何开", 1), LabelledPair("how", "why", 0), LabelledPair("几点", "哪里", 0)]
    assert list(read_labelled(write_file(tmp_path, PAIRS))) == wanted
    packed = tmp_path / "pairs.tsv.gz"
    packed.write_bytes(gzip.compress(PAIRS.encode()))
    assert list(read_labelled(packed)) == wanted
    packed.write_bytes(gzip.compress(PAIRS.encode())[:-9])
    with pytest.raises(FormatError, match="cut short"):
        list(read_labelled(packed))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("just a sentence\n一句话\n", "expected columns with tabs"),
        ('{"a": 1}\n', "holds JSON with the keys a"),
        ("[1, 2]\n", "expected columns"),
        ('{"query": \n', ":1 is not JSON"),
    ],
)
def test_what_is_none_of_them_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        recognise_ranking(write_file(tmp_path, text))


def test_the_form_can_be_stated_where_it_does_not_show(tmp_path: Path) -> None:
    short = write_file(tmp_path, "what\ta\t1\nwhat\tb\t0\n什么\t甲\t0\n什么\t乙\t1\n")
    assert recognise_ranking(short) == "pairs"
    assert list(read_selections(short, "sentences")) == [
        Selection(("what",), ("a", "b"), (1, 0)),
        Selection(("什么",), ("甲", "乙"), (0, 1)),
    ]
    with pytest.raises(FormatError, match=r"file\.tsv:1 is not JSON"):
        list(read_labelled(short, "json pairs"))


def test_an_older_encoding_is_read_and_a_binary_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(PAIRS.encode("gb18030"))
    assert next(read_labelled(path)) == LabelledPair("怎么开", "如何开", 1)
    path.write_bytes(PAIRS.encode("utf-8-sig"))
    assert next(read_labelled(path)) == LabelledPair("怎么开", "如何开", 1)
    path.write_bytes(b"\x00\x01\tb\t1\n")
    with pytest.raises(FormatError, match="binary file"):
        recognise_ranking(path)
    packed = tmp_path / "pairs.tsv.gz"
    whole = bytearray(gzip.compress(PAIRS.encode() * 50))
    whole[12:20] = b"\xff" * 8
    packed.write_bytes(whole)
    with pytest.raises(FormatError, match="cut short"):
        recognise_ranking(packed)


def test_a_record_that_lacks_a_text_is_named(tmp_path: Path) -> None:
    triple = '{"query": "甲", "title": "乙", "neg_title": "c"}\n'
    with pytest.raises(FormatError, match=r"file\.tsv:2: neg_title is 'None'; expected a text"):
        list(read_selections(write_file(tmp_path, triple + '{"query": "甲", "title": "乙"}\n')))
    pair = '{"sentence1": "甲", "sentence2": "b", "label": 1}\n'
    with pytest.raises(FormatError, match=r"file\.tsv:2: sentence1 is 'None'; expected a text"):
        list(read_labelled(write_file(tmp_path, pair + '{"sentence1": null, "sentence2": "b", "label": 1}\n')))


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    good = PAIRS * 100
    with pytest.raises(FormatError, match=r"file\.tsv:301: the label is '7'"):
        list(read_labelled(write_file(tmp_path, f"{good}甲\t乙\t7\n")))
    with pytest.raises(FormatError, match=r"file\.tsv:301: .* too few or too many columns"):
        list(read_labelled(write_file(tmp_path, f"{good}甲\t1\n")))
    with pytest.raises(FormatError, match="sentence pairs; expected queries"):
        list(read_selections(write_file(tmp_path, PAIRS)))
    with pytest.raises(FormatError, match="expected two texts and a label"):
        list(read_labelled(write_file(tmp_path, RESPONSES)))
