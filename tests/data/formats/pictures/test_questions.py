"""python -m pytest tests/data/formats/pictures/test_questions.py"""

import json
from pathlib import Path
from typing import Any

import pytest

from data.formats.pictures import FormatError, RejectedRow, read_questions
from data.records import PictureQuestion

QUESTIONS: dict[str, Any] = {
    "data_subtype": "train2014",
    "questions": [
        {"image_id": 9, "question": "How many dogs? ", "question_id": 90},
        {"image_id": 262148, "question": "狗是什么颜色的？", "question_id": 91},
        {"image_id": "照片/a.jpg", "question": "Is it raining?", "question_id": 92},
    ],
}
ANNOTATIONS: dict[str, Any] = {
    "annotations": [
        {"question_id": 91, "answer_type": "other", "answers": [{"answer": "黑色"}, {"answer": "棕色"}]},
        {"question_id": 90, "answer_type": "number", "answers": [{"answer": "2", "answer_id": 1}, {"answer": "3"}]},
        {"question_id": 92, "multiple_choice_answer": "no"},
    ]
}
WANTED = [
    PictureQuestion("COCO_train2014_000000000009.jpg", "How many dogs?", ("2", "3"), "number", "en", "train2014"),
    PictureQuestion(
        "COCO_train2014_000000262148.jpg", "狗是什么颜色的？", ("黑色", "棕色"), "other", "zh", "train2014"
    ),
    PictureQuestion("照片/a.jpg", "Is it raining?", ("no",), "yes/no", "en", "train2014"),
]


def put(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"


def refusals(found: list[PictureQuestion | RejectedRow]) -> list[tuple[str, str]]:
    return [(str(one.place), one.why) for one in found if isinstance(one, RejectedRow)]


def test_questions_find_their_answers(tmp_path: Path) -> None:
    path = put(tmp_path, "q.json", QUESTIONS)
    assert list(read_questions(path, put(tmp_path, "a.json", ANNOTATIONS))) == WANTED
    assert list(read_questions(put(tmp_path, "both.json", {**QUESTIONS, **ANNOTATIONS}))) == WANTED
    assert next(read_questions(path, tmp_path / "a.json", "zh")) == PictureQuestion(
        "COCO_train2014_000000000009.jpg", "How many dogs?", ("2", "3"), "number", "zh", "train2014"
    )
    own = put(tmp_path, "own.json", {"questions": QUESTIONS["questions"]})
    assert [(one.image, one.split) for one in read_questions(own, tmp_path / "a.json") if isinstance(one, PictureQuestion)] == [
        ("000000000009.jpg", ""), ("000000262148.jpg", ""), ("照片/a.jpg", ""),
    ]  # fmt: skip


def test_answers_are_found_by_the_names_that_vqa_gives(tmp_path: Path) -> None:
    path = put(tmp_path, "v2_OpenEnded_mscoco_train2014_questions.json", QUESTIONS)
    with pytest.raises(FormatError, match=r"there is no v2_mscoco_train2014_annotations\.json beside it"):
        list(read_questions(path))
    put(tmp_path, "v2_mscoco_train2014_annotations.json", ANNOTATIONS)
    assert list(read_questions(path)) == WANTED
    with pytest.raises(FormatError, match="holds questions without answers"):
        list(read_questions(put(tmp_path, "q.json", QUESTIONS)))


def test_a_row_of_vqa_that_cannot_be_used_is_refused_by_itself(tmp_path: Path) -> None:
    questions = {
        **QUESTIONS,
        "questions": [
            *QUESTIONS["questions"], 7, {"image_id": 9, "question": "没有答案？", "question_id": 1},
            {"image_id": "../x.jpg", "question": "where?", "question_id": 2}, {"question": "哪张？", "question_id": 2},
            {"image_id": 9, "question": "长" * 501, "question_id": 2}, {"image_id": 9, "question": " ", "question_id": 2},
            {"image_id": 9, "question": "什么？", "question_id": 3}, {"image_id": 9, "question": "谁?", "question_id": 4},
        ],
    }  # fmt: skip
    more = [
        None,
        {"answers": ["谁"]},
        {"question_id": 2, "answers": ["这"]},
        {"question_id": 3},
        {"question_id": 4, "answers": [{}]},
    ]
    path = put(tmp_path, "q.json", questions)
    found = list(read_questions(path, put(tmp_path, "a.json", {"annotations": [*ANNOTATIONS["annotations"], *more]})))
    assert [one for one in found if isinstance(one, PictureQuestion)] == WANTED
    assert refusals(found) == [
        ("a.json:annotations:4", "it is no JSON object"),
        ("a.json:annotations:5", "there is no question_id"),
        ("q.json:questions:4", "it is no JSON object"),
        ("q.json:questions:5", "a.json has no answer to this question_id"),
        ("q.json:questions:6", "the picture is outside of its folder"),
        ("q.json:questions:7", "there is no name of a picture"),
        ("q.json:questions:8", "the question has 501 characters; at most 500 are taken"),
        ("q.json:questions:9", "there is no question that is a text"),
        ("q.json:questions:10", "there is no answer"),
        ("q.json:questions:11", "there is an answer that is no text"),
    ]


def test_json_lines_say_as_much_as_they_like(tmp_path: Path) -> None:
    rows = [
        {"image": "a.jpg", "question": "几只狗？", "answer": "两只"},
        {"image": "a.jpg", "question": "How many?", "answer": 2, "split": "train"},
        {
            "image": "b.jpg",
            "question": "where?",
            "answers": ["park", "field", "park"],
            "answer": "park",
            "answer_type": "place",
        },
        {"图片": "b.jpg", "问题": "狗在睡觉吗？", "答案": "没有"},
        {"image": "c.jpg", "question": "OK?", "answers": [{"answer": "是"}, {"answer": "否"}], "language": "zh"},
    ]
    wanted = [
        PictureQuestion("a.jpg", "几只狗？", ("两只",), "other", "zh"),
        PictureQuestion("a.jpg", "How many?", ("2",), "number", "en", "train"),
        PictureQuestion("b.jpg", "where?", ("park", "field", "park"), "place", "en"),
        PictureQuestion("b.jpg", "狗在睡觉吗？", ("没有",), "yes/no", "zh"),
        PictureQuestion("c.jpg", "OK?", ("是", "否"), "yes/no", "zh"),
    ]
    assert list(read_questions(put(tmp_path, "q.jsonl", lines(*rows)))) == wanted
    assert list(read_questions(put(tmp_path, "q.json", rows))) == wanted


def test_a_line_that_cannot_be_used_is_refused_by_itself(tmp_path: Path) -> None:
    good = {"image": "a.jpg", "question": "几只狗？", "answer": "2"}
    text = "不是 JSON\n" + lines(
        {**good, "image": "/etc/passwd"}, {**good, "answer": ""}, {**good, "answer": "长" * 201}, {**good, "answer": True},
        good, {**good, "language": ["zh"]}, {"image": "a.jpg", "caption": "A dog."}, {"question": "谁？", "answer": "他"},
    )  # fmt: skip
    found = list(read_questions(put(tmp_path, "q.jsonl", text)))
    assert [one for one in found if isinstance(one, PictureQuestion)] == [
        PictureQuestion("a.jpg", "几只狗？", ("2",), "number", "zh")
    ]
    assert refusals(found) == [
        ("q.jsonl:1", "the line is no JSON object"),
        ("q.jsonl:2", "the picture is outside of its folder"),
        ("q.jsonl:3", "there is an answer that is no text"),
        ("q.jsonl:4", "there is an answer of 201 characters; at most 200 are taken"),
        ("q.jsonl:5", "there is an answer that is no text"),
        ("q.jsonl:7", "the language is \"['zh']\"; expected zh or en"),
        ("q.jsonl:8", "there is no question that is a text"),
        ("q.jsonl:9", "there is no name of a picture"),
    ]


def test_files_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    rows = put(tmp_path, "q.jsonl", lines({"image": "a.jpg", "question": "几只狗？", "answer": "2"}))
    answers = put(tmp_path, "a.json", ANNOTATIONS)
    with pytest.raises(FormatError, match=r"JSON lines, which hold their answers; expected VQA v2 with a\.json"):
        list(read_questions(rows, answers))
    with pytest.raises(FormatError, match="expected an object with a list of questions"):
        list(read_questions(answers))
    with pytest.raises(FormatError, match="expected an object with a list of annotations"):
        list(read_questions(put(tmp_path, "q.json", QUESTIONS), put(tmp_path, "x.json", {"images": []})))
