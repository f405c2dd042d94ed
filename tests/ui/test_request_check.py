"""Whatever a program sends is answered, or refused with a sentence. Run: pytest tests/ui/test_request_check.py"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.events import Visitor
from tests.ui.serving import Served, serve_page
from ui.auth import SECRET, derive_owner
from ui.request_check import MAX_DEPTH, RequestError, parse_body
from ui.translations import TRANSLATIONS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

HALF = "\ud800"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.fixture(scope="module")
def visitor(page: Served) -> Iterator[Visitor]:
    visitor = Visitor(page.address)
    visitor.look()
    visitor.http.get("/conversation/none.jsonl")
    yield visitor
    visitor.close()


REFUSED = [
    (b"", "not valid JSON"),
    (b"{", "not valid JSON"),
    (b"\xff\xfe{}", "not valid JSON"),
    (b"null", "JSON null"),
    (b"[]", "JSON list"),
    (b'"\xe5\xad\x97"', "JSON text"),
    (b"true", "JSON truth value"),
    (b"1", "JSON number"),
    (b'{"data": NaN}', "NaN"),
    (b'{"data": [-Infinity]}', "-Infinity"),
    (b'{"data": 1e999}', "too large"),
    (b'{"data": ' + b"9" * 20 + b"}", "beyond"),
    (b'{"data": ' + b"9" * 5000 + b"}", "not valid JSON"),
    (b'{"data": ' + b"[" * 100 + b"]" * 100 + b"}", "nested"),
    (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
]


@pytest.mark.parametrize(("content", "reason"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.parametrize("path", ["queue/join", "run/predict", "cancel"])
def test_what_is_no_body_is_refused_with_a_sentence(path: str, content: bytes, reason: str, visitor: Visitor) -> None:
    answer = visitor.http.post(f"/zh/gradio_api/{path}", content=content)
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]


EVENT = {"data": [{"text": "你好", "files": []}, ""], "session_hash": "tab"}
ODD: dict[str, list[Any]] = {
    "fn_index": [None, -1, 10**9, 1.5, "1", True, [], {}],
    "data": [None, [], [1], [1, 2, 3], {}, "", 1, {"0": 1}],
    "session_hash": [None, "", 1, [], {}, HALF, "a b", "x" * 65, "字\n"],
    "trigger_id": ["1", 1.5, [], True],
}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({name: value}, name) for name, values in ODD.items() for value in values],
)
def test_an_event_of_another_form_is_refused_with_a_sentence(
    changed: dict[str, Any], reason: str, visitor: Visitor
) -> None:
    body = {**EVENT, "fn_index": _find_event_number(visitor, "box", "submit"), **changed}
    answer = visitor.http.post("/en/gradio_api/queue/join", content=json.dumps(body))
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]
    del body[reason]
    if reason in EVENT or reason == "fn_index":
        missing = visitor.http.post("/en/gradio_api/queue/join", content=json.dumps(body))
        assert (missing.status_code, reason in missing.json()["detail"]) == (400, True)


def _find_event_number(visitor: Visitor, element: str, event: str) -> int:
    ids = {one["id"]: one["props"].get("elem_id") for one in visitor.config["components"]}
    return next(
        int(one["id"])
        for one in visitor.config["dependencies"]
        if any((ids.get(id), name) == (element, event) for id, name in one["targets"])
    )


@pytest.mark.parametrize(
    "path", ["call/send", "api/send", "run/send", "call/v2/send", "stream/1", "vibe-edit", "component_server", "runs"]
)
def test_other_ways_to_call_an_event_are_closed(path: str, visitor: Visitor) -> None:
    for method in ("GET", "POST"):
        answer = visitor.http.request(method, f"/en/gradio_api/{path}", json={"data": []})
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is nothing at this address.")


@pytest.mark.parametrize("text", [HALF, f"什么是 LSTM{HALF}", f"{HALF}what is an LSTM", "\udfff\ud800", "😀\ud83d"])
def test_half_a_character_is_answered_and_kept(text: str, page: Served, visitor: Visitor) -> None:
    last = visitor.send("box", "submit", {"text": text, "files": []}, "")
    assert last["success"], last
    owner = derive_owner({SECRET: visitor.http.cookies[SECRET]})
    (turn,) = page.do(page.store.turns(owner, last["output"]["data"][2]))
    assert turn.message.text == text.replace(HALF, "\ufffd").replace("\udfff", "\ufffd").replace("\ud83d", "\ufffd")
    assert turn.reply.text
    assert visitor.send("search", "change", text, "")["success"]
    assert visitor.send("rename", "click", last["output"]["data"][2], f"题{text}", "")["success"]
    assert visitor.send("run-similar_words", "click", text)["success"]
    assert visitor.send("add", "click", f"{text} 问", f"{text} 答")["success"]


WRONG: list[Any] = [None, True, 0, -1.5, "", f"字{HALF}", [], [[]], {}, {"text": None}, {"path": 1}, [{"data": [[1]]}]]


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_an_event_that_is_given_anything_says_something(value: Any, visitor: Visitor) -> None:
    ids = {one["id"]: one["props"].get("elem_id") for one in visitor.config["components"]}
    shown = 0
    for dependency in visitor.config["dependencies"]:
        id, event = dependency["targets"][0]
        if not dependency["backend_fn"] or event in ("load", "upload", "then", "tick"):
            continue
        # A field that changes sends its value along as what happened.
        for data in (None, value, {"index": value, "value": value}):
            last = visitor.send(ids.get(id) or "", event, *[value] * len(dependency["inputs"]), data=data)
            said = last.get("output", {}).get("error")
            assert last.get("success") or (isinstance(said, str) and said), (event, ids.get(id), last)
            shown += 1
    assert shown > 20


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_event_that_fails_says_so_in_the_pages_language(language: str, page: Served) -> None:
    visitor = Visitor(page.address, "zh" if language == "zh" else "en")
    visitor.look()
    visitor.http.get("/conversation/none.jsonl")
    try:
        last = visitor.send("box", "submit", {"text": ["不"], "files": 1}, "")
    finally:
        visitor.close()
    assert last["output"]["error"] == TRANSLATIONS["zh" if language == "zh" else "en"].bad_input


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=3), part, max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=12), _VALUES, max_size=4) | _VALUES)
def test_a_body_is_refused_or_can_be_sent_on(value: Any) -> None:
    body, refusal = _parse(json.dumps(value).encode())
    if refusal is None:
        assert json.loads(json.dumps(body, ensure_ascii=False, allow_nan=False).encode()) == body
    else:
        assert (refusal.status, str(refusal)[-1]) == (400, ".")


@given(st.binary(max_size=60))
def test_bytes_are_refused_or_an_object(content: bytes) -> None:
    body, refusal = _parse(content)
    assert isinstance(body, dict) if refusal is None else str(refusal).endswith(".")


def _parse(content: bytes) -> tuple[Any, RequestError | None]:
    try:
        return parse_body(content), None
    except RequestError as error:
        return None, error


def test_what_a_page_sends_passes_unchanged() -> None:
    body = {"data": [{"text": "👩‍💻 你好", "files": [{"path": "/a.png"}]}, 1, 0.5, None, True], "fn_index": 3}
    assert parse_body(json.dumps(body).encode()) == body
    deep: Any = {}
    for _ in range(MAX_DEPTH - 1):
        deep = {"a": deep}
    assert parse_body(json.dumps(deep).encode()) == deep
