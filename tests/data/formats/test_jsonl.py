"""python -m pytest tests/data/formats/test_jsonl.py"""

import json
from pathlib import Path

import pytest

from data.formats import FormatError, RejectedRow, read_pairs
from data.records import Pair

PLAIN = [
    {"question": "什么是CNN", "answer": "一种网络"},
    {"questions": ["what is a CNN", "define CNN"], "reply": "a network"},
    {"问题": "什么是RNN", "相似问": ["RNN是啥"], "答案": "会记忆的网络"},
]
OPENAI = {
    "messages": [
        {"role": "system", "content": "Be kind. 友善一点。"},
        {"role": "user", "content": "你好"},
        {"role": "assistant", "content": "你好呀"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "what is this"}, {"type": "image_url", "image_url": {"url": "x"}}],
        },
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "a cat"},
        {"role": "assistant", "content": [{"type": "text", "text": "a cat"}]},
        {"role": "assistant", "content": "again"},
        {"role": "user", "content": "unanswered"},
    ]
}
SHAREGPT = {
    "id": "1",
    "conversations": [
        {"from": "system", "value": "x"},
        {"from": "human", "value": "hello"},
        {"from": "gpt", "value": "hi"},
        {"from": "human", "value": "再见"},
        {"from": "gpt", "value": "回头见"},
    ],
}
EVERY = [*PLAIN, OPENAI, SHAREGPT]
PAIRS = [
    ("什么是CNN", "一种网络"),
    ("what is a CNN", "a network"),
    ("define CNN", "a network"),
    ("什么是RNN", "会记忆的网络"),
    ("RNN是啥", "会记忆的网络"),
    ("你好", "你好呀"),
    ("what is this", "a cat\nagain"),
    ("hello", "hi"),
    ("再见", "回头见"),
]


def read(tmp_path: Path, text: str, name: str = "pairs.jsonl") -> list[Pair | RejectedRow]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return list(read_pairs(path))


def texts(items: list[Pair | RejectedRow]) -> list[tuple[str, str]]:
    assert all(isinstance(item, Pair) for item in items), items
    return [(item.question, item.reply) for item in items if isinstance(item, Pair)]


def lines(*objects: object) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in objects)


def test_every_shape_of_object_a_line(tmp_path: Path) -> None:
    items = read(tmp_path, lines(*EVERY))
    assert texts(items) == PAIRS
    assert [item.place.row for item in items] == [1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize("indent", [None, 2])
def test_one_array_of_the_same_objects(tmp_path: Path, indent: int | None) -> None:
    text = json.dumps(EVERY, ensure_ascii=False, indent=indent)
    items = read(tmp_path, text, "pairs.json")
    assert texts(items) == PAIRS
    begins = [1 + text[: text.index(key)].count("\n") - (indent is not None) for key in ('"question"', '"messages"')]
    assert [items[0].place.row, items[5].place.row] == begins


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"question": "什么是CNN", "answ', "not a JSON object"),
        ('"just a text"', "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ("[" * 20_000, "not a JSON object"),
        ('{"question": "什么是CNN"}', "no reply"),
        ('{"answer": "a network"}', "no question"),
        ('{"question": " ", "answer": "a"}', "the question is empty"),
        ('{"question": "什么", "answer": "\\u200b"}', "the reply is empty"),
        ('{"messages": "hello"}', "not a list of objects"),
        ('{"messages": [{"role": "user", "content": "你好"}]}', "no user turn is followed"),
        ('{"conversations": [1]}', "not a list of objects"),
    ],
)
def test_a_bad_line_is_refused_by_itself(tmp_path: Path, line: str, why: str) -> None:
    first, second, third = read(tmp_path, lines(PLAIN[0]) + line + "\n\n" + lines(PLAIN[0]))
    assert texts([first, third]) == [PAIRS[0]] * 2
    assert isinstance(second, RejectedRow)
    assert second.place.row == 2
    assert why in second.why
    assert third.place.row == 4


def test_a_lone_surrogate_does_not_break_reading(tmp_path: Path) -> None:
    (item,) = read(tmp_path, '{"question": "你好 \\ud83d", "answer": "hi"}\n')
    assert isinstance(item, Pair)


def test_half_an_array_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="breaks near line 2"):
        read(tmp_path, '[{"question": "什么是CNN", "answer": "一种网络"},\n{"question": "what', "pairs.json")
    with pytest.raises(FormatError, match="expected a comma"):
        read(tmp_path, '[{"question": "q", "answer": "答"} {"question": "q", "answer": "a"}]', "pairs.json")
    with pytest.raises(FormatError, match="nothing after"):
        read(tmp_path, '[{"question": "q", "answer": "答"}]\n{"question": "q", "answer": "a"}\n')
    with pytest.raises(FormatError, match="breaks near"):
        read(tmp_path, '[{"question": "q", "answer": "答"}', "pairs.json")


def test_an_element_that_is_no_object_is_refused_by_itself(tmp_path: Path) -> None:
    first, second = read(tmp_path, '[{"question": "什么", "answer": "a"}, 7]', "pairs.json")
    assert isinstance(first, Pair)
    assert isinstance(second, RejectedRow)


def test_files_without_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no JSON objects"):
        read(tmp_path, "[\n]", "pairs.json")


def test_objects_over_several_lines_are_read(tmp_path: Path) -> None:
    one = '{\n  "question": "你好",\n  "answer": "hi"\n}'
    items = read(tmp_path, one + "\n" + one.replace("你好", "再见"), "pairs.json")
    assert texts(items) == [("你好", "hi"), ("再见", "hi")]
    assert [item.place.row for item in items] == [1, 5]


def test_numbers_lists_and_yes_as_replies_are_text(tmp_path: Path) -> None:
    rows = '{"question": 5, "answer": 1299.50}\n{"问题": "电话", "答案": 4008001234}\n{"question": "able?", "answer": true}\n'
    assert texts(read(tmp_path, rows + '{"question": "步骤", "answer": ["one", "二"]}\n')) == [
        ("5", "1299.50"),
        ("电话", "4008001234"),
        ("able?", "true"),
        ("步骤", "one\n二"),
    ]
