"""Every event is also an address that any program can call; what it may do with it. Run: pytest tests/ui/test_events.py"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.toolbox import discover_tools
from evaluation.options import Options
from evaluation.pipeline import evaluate
from evaluation.task import Task
from tests.evaluation.logs import make_conversations, write_log
from tests.ui.events import Visitor
from tests.ui.serving import Served, serve_page
from ui.auth import SECRET, derive_owner
from ui.translations import TRANSLATIONS

# Gradio sums up its queue with pandas, in ways that pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

USER, ADMINISTRATOR = "开门-door", "admin-钥匙"
ENTRY = "rnn-lstm.en"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home"), USER, ADMINISTRATOR) as one:
        yield one


@pytest.fixture(scope="module")
def config(page: Served) -> dict[str, Any]:
    one = Visitor(page.address)
    assert one.http.post("/login", data={"password": USER}).status_code == 200
    one.look()
    one.close()
    return one.config


def _log_in(page: Served, config: dict[str, Any], password: str) -> Iterator[Visitor]:
    one = Visitor(page.address, config=config)
    one.http.post("/login", data={"password": password}, follow_redirects=False)
    one.http.get("/conversation/none.jsonl")
    yield one
    one.close()


@pytest.fixture
def visitor(page: Served, config: dict[str, Any]) -> Iterator[Visitor]:
    yield from _log_in(page, config, USER)


@pytest.fixture
def stranger(page: Served, config: dict[str, Any]) -> Iterator[Visitor]:
    yield from _log_in(page, config, USER)


@pytest.fixture
def administrator(page: Served, config: dict[str, Any]) -> Iterator[Visitor]:
    yield from _log_in(page, config, ADMINISTRATOR)


def _send(visitor: Visitor, text: str, conversation: str = "") -> str:
    last = visitor.send("box", "submit", {"text": text, "files": []}, conversation)
    assert last["success"], last
    return str(last["output"]["data"][2])


def _get_owner(visitor: Visitor) -> str:
    return derive_owner({SECRET: visitor.http.cookies[SECRET]})


def _list_texts(page: Served, visitor: Visitor, conversation: str) -> list[str]:
    turns = page.do(page.store.turns(_get_owner(visitor), conversation))
    return [turn.message.text for turn in turns]


# What the chat's events are given: CONVERSATION stands for the id of a conversation that is somebody else's.
CHAT: dict[tuple[str, str], tuple[list[Any], Any]] = {
    ("box", "submit"): ([{"text": "mine?", "files": []}, "CONVERSATION"], None),
    ("transcript", "example_select"): (["CONVERSATION"], {"index": 0, "value": {"text": "mine?"}}),
    ("under-reply", "select"): (["CONVERSATION"], {"index": 0, "value": "mine?"}),
    ("under-reply", "input"): (["CONVERSATION"], {"turn": 0, "version": 0}),
    ("transcript", "edit"): (["CONVERSATION"], {"index": 0, "value": "mine?", "previous_value": ""}),
    ("transcript", "retry"): (["CONVERSATION"], {"index": 0, "value": ""}),
    ("transcript", "like"): (["CONVERSATION"], {"index": 1, "value": "", "liked": False}),
    ("tell", "click"): (["CONVERSATION", 0, None, "mine?"], None),
    ("box", "stop"): (["CONVERSATION"], None),
    ("conversations", "input"): (["CONVERSATION"], None),
    ("new", "click"): ([], None),
    ("search", "change"): (["secret", "CONVERSATION"], None),
    ("rename", "click"): (["CONVERSATION", "mine!", ""], None),
    ("title", "submit"): (["CONVERSATION", "mine!", ""], None),
    ("delete", "click"): (["CONVERSATION", ""], None),
    ("", "tick"): ([], None),
    ("", "load"): ([], None),
    ("evaluate", "select"): ([], None),
}
KNOWLEDGE: dict[tuple[str, str], list[Any]] = {
    ("find", "submit"): ["", False],
    ("own", "input"): ["", False],
    ("previous", "click"): ["", False, 2],
    ("following", "click"): ["", False, 1],
    ("entries", "select"): [{"headers": ["ID"], "data": [[ENTRY]], "metadata": None}],
    ("learn", "upload"): [None],
    ("save", "click"): [ENTRY, "owned", "owned"],
    ("add", "click"): ["owned", "owned"],
    ("forget", "click"): [ENTRY],
    ("try", "click"): ["what is an LSTM"],
    ("try-question", "submit"): ["what is an LSTM"],
    ("knowledge", "select"): ["", False, 1],
    ("report", "change"): [],
    ("state", "change"): [],
    ("parts", "input"): [[TRANSLATIONS["en"].part_names[-1]]],
    ("parts-auto", "click"): [],
    ("words-save", "click"): ["owned", "owned", "owned", "owned", "owned"],
    ("preview", "click"): [None, None, None, True],
    ("import", "click"): [None, None, None, True],
    ("cancel", "click"): [],
    ("learn", "clear"): [],
    ("undo", "click"): [True],
    ("check", "click"): [],
    ("documents", "select"): [{"headers": ["Name"], "data": [["manual.pdf"]], "metadata": None}],
    ("passages", "select"): [{"headers": ["ID"], "data": [["manual-1"]], "metadata": None}],
    ("passage-save", "click"): ["manual-1", "owned"],
    ("document-delete", "click"): ["manual.pdf"],
    ("document-state", "change"): [],
}
EVALUATE: dict[tuple[str, str], list[Any]] = {
    ("judge", "click"): [None, None, False],
    ("judge-own", "click"): [False],
}
# The tools keep nothing: whoever may enter may use them, and sees what they gave themselves.
TOOLS: dict[tuple[str, str], list[Any]] = {
    (f"{part}-{tool.name}", event): values
    for tool in discover_tools()
    for given in ["词 word" if tool.takes == "text" else {"text": "词 word", "files": []}]
    for part, event, values in (
        ("run", "click", [given]),
        ("box", "submit", [given]),
        ("examples", "click", [0, given]),
    )
    if part != "examples" or tool.examples
}
# Nor does the tab that looks at pictures.
PICTURE: dict[tuple[str, str], list[Any]] = {
    ("describe", "click"): [{"text": "", "files": []}],
    ("ask", "click"): [{"text": "几个人？", "files": []}],
    ("picture-box", "submit"): [{"text": "几个人？", "files": []}],
    ("picture-examples", "click"): [0, {"text": "", "files": []}],
}
HARMLESS = {("", "then")}


def test_every_event_of_the_page_is_looked_at_here(visitor: Visitor) -> None:
    assert set(visitor.events()) == {*CHAT, *KNOWLEDGE, *EVALUATE, *TOOLS, *PICTURE, *HARMLESS}


def test_no_event_is_offered_to_programs(visitor: Visitor) -> None:
    info = visitor.http.get("/en/gradio_api/info").json()
    assert info["named_endpoints"] == {}
    assert info["unnamed_endpoints"] == {}


@pytest.mark.parametrize("event", CHAT)
def test_nothing_can_be_done_with_the_id_of_somebody_elses_conversation(
    event: tuple[str, str], page: Served, visitor: Visitor, stranger: Visitor
) -> None:
    conversation = _send(visitor, "什么是 LSTM？secret one")
    _send(visitor, "what is an LSTM? secret two", conversation)
    before = page.do(page.store.turns(_get_owner(visitor), conversation))
    values, data = CHAT[event]
    given = [conversation if value == "CONVERSATION" else value for value in values]
    last = stranger.send(*event, *given, data=data, query=f"?c={conversation}")
    assert "secret" not in json.dumps(last, ensure_ascii=False)
    assert page.do(page.store.turns(_get_owner(visitor), conversation)) == before
    kept = next(one for one in page.do(page.store.conversations(_get_owner(visitor))) if one.id == conversation)
    assert kept.title.startswith("什么是 LSTM")
    made = page.do(page.store.conversations(_get_owner(stranger)))
    assert conversation not in [one.id for one in made]


def test_an_unknown_id_and_somebody_elses_look_the_same(visitor: Visitor, stranger: Visitor) -> None:
    conversation = _send(visitor, "what is an LSTM")
    answers = [
        json.dumps(stranger.send("conversations", "input", id)["output"]["data"])
        for id in (conversation, "A" * 22, "", "../../etc/passwd", "\0", "x" * 100_000)
    ]
    assert set(answers) == {answers[0]}
    paths = [f"/conversation/{id}.jsonl" for id in (conversation, "A" * 22)]
    assert [(a.status_code, a.text) for a in map(stranger.http.get, paths)] == [
        (404, "There is no such conversation.")
    ] * 2


@pytest.mark.parametrize("event", PICTURE)
def test_without_a_picture_it_asks_for_one(event: tuple[str, str], visitor: Visitor) -> None:
    last = visitor.send(*event, *PICTURE[event])
    assert last["success"], last
    assert TRANSLATIONS["en"].picture_missing in json.dumps(last["output"]["data"])


@pytest.mark.parametrize("event", KNOWLEDGE)
def test_the_knowledge_is_the_administrators(event: tuple[str, str], page: Served, visitor: Visitor) -> None:
    before = page.bot.knowledge.revision()
    last = visitor.send(*event, *KNOWLEDGE[event], data={"index": [0, 0], "value": ENTRY})
    assert last["success"] is False
    assert last["output"]["error"] == "Managing the knowledge needs the administrator's password."
    assert page.bot.knowledge.revision() == before


@pytest.mark.parametrize("event", EVALUATE)
def test_judging_logs_is_the_administrators(event: tuple[str, str], visitor: Visitor) -> None:
    last = visitor.send(*event, *EVALUATE[event])
    assert last["success"] is False
    assert "needs the administrator's password" in last["output"]["error"]


def test_the_kept_reports_are_listed_for_the_administrator_only(
    page: Served, visitor: Visitor, administrator: Visitor, tmp_path: Path
) -> None:
    task = Task((write_log(tmp_path / "秘密.jsonl", make_conversations(1)),), page.bot.reports.begin(), Options())
    evaluate(task)
    assert page.bot.reports.finish(task, False, 4)
    (others,), (own,) = (one.send("evaluate", "select")["output"]["data"] for one in (visitor, administrator))
    assert [kept["visible"] for kept in (others, own)] == [False, True]
    assert [task.folder.name in str(kept["value"]) for kept in (others, own)] == [False, True]


def test_knowledge_and_evaluation_are_not_even_shown_to_others(visitor: Visitor, administrator: Visitor) -> None:
    loads = [one.send("", "load")["output"]["data"] for one in (visitor, administrator)]
    assert [[shown[place]["visible"] for place in (4, 6)] for shown in loads] == [[False, False], [True, True]]
    assert visitor.http.get("/knowledge.csv").status_code == 403
    export = administrator.http.get("/knowledge.csv")
    assert export.status_code == 200
    assert ENTRY in export.text


@pytest.mark.parametrize("event", [*CHAT, *KNOWLEDGE, *EVALUATE, *TOOLS, *PICTURE])
def test_without_a_password_no_event_runs(event: tuple[str, str], page: Served, visitor: Visitor) -> None:
    nobody = Visitor(page.address, config=visitor.config)
    try:
        assert nobody.send(*event)["status"] == 401 if event not in (("box", "stop"), ("", "tick")) else True
        for path in ("/en/", "/zh/config", "/knowledge.csv", "/en/gradio_api/info", "/en/gradio_api/upload"):
            assert nobody.http.get(path, follow_redirects=False).status_code == 401
    finally:
        nobody.close()


@pytest.mark.parametrize(
    "path",
    [
        "/etc/hostname",
        "../../../../etc/hostname",
        "http://127.0.0.1:9/picture.png",
        "https://example.com/picture.png",
        "file:///etc/hostname",
    ],
)
@pytest.mark.parametrize("mime", ["image/png", None])
def test_a_picture_can_only_be_an_upload(path: str, mime: str | None, page: Served, visitor: Visitor) -> None:
    before = page.do(page.store.conversations(_get_owner(visitor)))
    file = {"path": path, "mime_type": mime, "orig_name": "a.png", "meta": {"_type": "gradio.FileData"}}
    last = visitor.send("box", "submit", {"text": "看", "files": [file]}, "")
    assert last["success"] is False
    assert page.do(page.store.conversations(_get_owner(visitor))) == before


@pytest.mark.parametrize("path", ["/etc/hostname", "https://example.com/faq.csv"])
def test_a_file_to_learn_can_only_be_an_upload(path: str, page: Served, administrator: Visitor) -> None:
    before = page.bot.knowledge.revision()
    file = {"path": path, "orig_name": "faq.csv", "meta": {"_type": "gradio.FileData"}}
    assert administrator.send("learn", "upload", file)["success"] is False
    assert Path("/etc/hostname").exists()
    assert page.bot.knowledge.revision() == before


@pytest.mark.parametrize(
    "asked", ["file=https://example.com/a", "file=HTTP://example.com/a", "proxy=https://example.com"]
)
def test_the_server_fetches_nothing_for_anybody(asked: str, visitor: Visitor) -> None:
    answer = visitor.http.get(f"/en/gradio_api/{asked}", follow_redirects=False)
    assert (answer.status_code, answer.text) == (404, "Nothing is fetched from elsewhere.")


@pytest.mark.parametrize("path", ["/etc/hostname", "pyproject.toml", "ui/app.py"])
def test_no_file_of_the_machine_is_served(path: str, visitor: Visitor) -> None:
    assert visitor.http.get(f"/en/gradio_api/file={path}").status_code in (403, 404)


@pytest.mark.parametrize("number", [None, -1, 1e308, "x", [], {"a": 1}])
def test_a_hostile_number_changes_nothing(number: Any, page: Served, visitor: Visitor) -> None:
    conversation = _send(visitor, "what is an LSTM")
    before = page.do(page.store.turns(_get_owner(visitor), conversation))
    for event, values, data in (
        (("transcript", "edit"), [conversation], {"index": number, "value": "", "previous_value": ""}),
        (("transcript", "like"), [conversation], {"index": number, "value": "", "liked": True}),
        (("tell", "click"), [conversation, number, None, ""], None),
        (("under-reply", "input"), [conversation], {"turn": number, "version": number}),
        (("under-reply", "input"), [conversation], {"turn": 0, "version": number}),
        (("under-reply", "input"), [conversation], {}),
    ):
        visitor.send(*event, *values, data=data)
    assert page.do(page.store.turns(_get_owner(visitor), conversation)) == before


def test_what_is_said_is_answered_and_kept_in_order(page: Served, visitor: Visitor) -> None:
    conversation = _send(visitor, "什么是卷积神经网络？")
    assert _send(visitor, "what is an LSTM", conversation) == conversation
    assert _list_texts(page, visitor, conversation) == ["什么是卷积神经网络？", "what is an LSTM"]


def test_an_edit_cuts_the_conversation_there(page: Served, visitor: Visitor) -> None:
    conversation = _send(visitor, "什么是卷积神经网络？")
    _send(visitor, "what is an LSTM", conversation)
    _send(visitor, "讲个笑话", conversation)
    # Each turn is three messages: what was said, what was answered, and why.
    edited = {"index": 3, "value": "what is a GRU", "previous_value": "what is an LSTM"}
    assert visitor.send("transcript", "edit", conversation, data=edited)["success"]
    assert _list_texts(page, visitor, conversation) == ["什么是卷积神经网络？", "what is a GRU"]


def test_a_dislike_asks_why_and_keeps_the_reason(page: Served, visitor: Visitor) -> None:
    conversation = _send(visitor, "what is an LSTM")
    asked = visitor.send("transcript", "like", conversation, data={"index": 1, "value": "", "liked": False})
    assert asked["output"]["data"][0]["visible"] is True
    assert visitor.send("tell", "click", conversation, 0, "Not correct", "门 is wrong")["success"]
    (turn,) = page.do(page.store.turns(_get_owner(visitor), conversation))
    assert (turn.liked, turn.reason) == (False, "Not correct; 门 is wrong")


def test_a_deleted_conversation_is_gone_everywhere(page: Served, visitor: Visitor) -> None:
    conversation = _send(visitor, "删掉我 delete me")
    assert any("删掉我" in path.read_text("utf-8") for path in page.bot.settings.home.rglob("*.jsonl"))
    assert visitor.send("delete", "click", conversation, "")["success"]
    assert page.do(page.store.conversations(_get_owner(visitor))) == []
    assert not any("删掉我" in path.read_text("utf-8") for path in page.bot.settings.home.rglob("*.jsonl"))


def test_a_download_is_the_conversation_in_the_usual_form(visitor: Visitor) -> None:
    conversation = _send(visitor, "什么是 LSTM")
    _send(visitor, "what is a GRU", conversation)
    answer = visitor.http.get(f"/conversation/{conversation}.jsonl")
    assert "attachment" in answer.headers["content-disposition"]
    (line,) = answer.text.splitlines()
    record = json.loads(line)
    assert [message["role"] for message in record["messages"]] == ["user", "assistant"] * 2
    assert record["messages"][2]["content"] == "what is a GRU"
    assert record["turns"][1]["reply"]["candidates"]


@pytest.mark.parametrize("event", TOOLS)
def test_a_tool_answers_and_leaves_no_trace(event: tuple[str, str], page: Served, visitor: Visitor) -> None:
    conversation = _send(visitor, "什么是 LSTM")
    files = {path: path.stat().st_size for path in page.bot.settings.home.rglob("*.jsonl")}
    before = page.do(page.store.turns(_get_owner(visitor), conversation))
    last = visitor.send(*event, *TOOLS[event])
    assert last["success"], last
    *_, said, table, look, beside = last["output"]["data"]
    assert said["visible"] is True
    assert said["value"].strip()
    assert table["visible"] in (True, False)
    assert beside["visible"] is bool(look["value"])
    assert page.do(page.store.turns(_get_owner(visitor), conversation)) == before
    assert {path: path.stat().st_size for path in page.bot.settings.home.rglob("*.jsonl")} == files


def test_what_a_tool_cannot_use_is_answered_in_a_sentence(visitor: Visitor) -> None:
    for text, reason in (
        ("", "There is no text yet"),
        ("词" * 5000, "That is 5000 characters"),
        ("😀", "no known word"),
    ):
        said, table, _, beside = visitor.send("run-similar_words", "click", text)["output"]["data"]
        assert reason in said["value"]
        assert (table["visible"], beside["visible"]) == (False, False)


def test_what_is_given_to_a_tool_is_never_html(visitor: Visitor) -> None:
    said, _, look, _ = visitor.send("run-similar_words", "click", "<img src=x onerror=alert(1)> 苹果")["output"]["data"]
    assert said["value"].startswith("Nearest to “<img src=x onerror")
    assert look["value"].count("<img ") == 1
    assert "onerror" not in look["value"]
    shown = base64.b64decode(re.findall(r"base64,([^\"]+)", look["value"])[0]).decode()
    assert "&lt;img" in shown
    assert "<img" not in shown


@pytest.mark.parametrize("index", [None, -1, 1e308, 99, "x", [], {"a": 1}, True])
def test_an_example_that_is_not_there_shows_nothing(index: Any, visitor: Visitor) -> None:
    last = visitor.send("examples-similar_words", "click", index)
    if last["success"] and index is not True:
        assert all(one.get("value") is None for one in last["output"]["data"]), last
    assert "Traceback" not in json.dumps(last)
