"""What is served beside the events. Run: pytest tests/ui/test_routes.py"""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.types import Message, Reply
from tests.ui.serving import Served, serve_page
from ui.auth import SECRET, derive_owner
from ui.translations import TRANSLATIONS


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.fixture
def http(page: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=page.address, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh", "zh"),
        ("ZH-tw", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("de,zh;q=0.5", "zh"),
        ("de", "en"),
        ("", "en"),
        ("zh;;;q=,", "zh"),
    ],
)
def test_the_browsers_language_is_the_pages(accepted: str, language: str, http: httpx.Client) -> None:
    answer = http.get("/?c=abc", headers={"accept-language": accepted})
    assert (answer.status_code, answer.headers["location"]) == (307, f"/{language}/?c=abc")


def test_a_chosen_language_stays_and_keeps_the_conversation(http: httpx.Client) -> None:
    chosen = http.get("/language/zh?c=abc", headers={"accept-language": "en"})
    assert chosen.headers["location"] == "/zh/?c=abc"
    assert http.get("/", headers={"accept-language": "en"}).headers["location"] == "/zh/"
    http.get("/language/en")
    assert http.get("/", headers={"accept-language": "zh"}).headers["location"] == "/en/"


@pytest.mark.parametrize("language", ["//evil.example", "fr", "en%0d%0aset-cookie:x=1"])
def test_an_unknown_language_leads_nowhere_else(language: str, http: httpx.Client) -> None:
    answer = http.get(f"/language/{language}")
    assert answer.status_code == 404 or answer.headers["location"] == "/en/"


def test_health_is_told_without_a_cookie(page: Served, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.health.CACHE_S", 0.0)
    assert http.get("/healthz").json() == {
        "status": "ok",
        "store": "sqlite",
        "warnings": [],
        "version": version("kanliao"),
    }
    page.store.degraded = True
    try:
        ill = http.get("/healthz").json()
    finally:
        page.store.degraded = False
    assert (ill["status"], ill["warnings"]) == ("degraded", ["told to be ill"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_has_its_title_and_asks_nobody_else_for_anything(language: str, http: httpx.Client) -> None:
    answer = http.get(f"/{language}/")
    assert answer.status_code == 200
    assert TRANSLATIONS["zh" if language == "zh" else "en"].title in answer.text
    for elsewhere in ("googleapis", "gstatic", "cdnjs", "cdn.jsdelivr", "unpkg"):
        assert elsewhere not in answer.text


def _kept_picture(page: Served, http: httpx.Client) -> tuple[str, str]:
    http.get("/healthz")
    http.get("/")
    owner = derive_owner({SECRET: http.cookies[SECRET]})
    conversation = page.do(page.store.begin(owner, "图")).id
    folder = page.bot.pictures.folder_of(conversation)
    folder.mkdir(parents=True)
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(made, "JPEG")
    (folder / "0a.jpg").write_bytes(made.getvalue())
    (folder / "other.jpg").write_bytes(b"not of any turn")
    page.do(page.store.append(owner, conversation, Message("看", "0a.jpg"), Reply("嗯", "answer", "zh")))
    return conversation, "0a.jpg"


def test_a_picture_is_shown_to_its_owner_only(page: Served, http: httpx.Client) -> None:
    conversation, name = _kept_picture(page, http)
    mine = http.get(f"/picture/{conversation}/{name}")
    assert (mine.status_code, mine.headers["content-type"]) == (200, "image/jpeg")
    assert mine.headers["x-content-type-options"] == "nosniff"
    with httpx.Client(base_url=page.address, trust_env=False) as stranger:
        stranger.get("/")
        theirs = stranger.get(f"/picture/{conversation}/{name}")
        assert (theirs.status_code, theirs.text) == (404, "There is no such picture.")


@pytest.mark.parametrize("name", ["other.jpg", "..%2f..%2fknowledge.db", "%2e%2e", "0a.jpg%00", "../../knowledge.db"])
def test_only_pictures_of_a_turn_are_served(name: str, page: Served, http: httpx.Client) -> None:
    conversation, _ = _kept_picture(page, http)
    assert http.get(f"/picture/{conversation}/{name}").status_code == 404


def test_the_documents_of_the_interface_are_closed(http: httpx.Client) -> None:
    for path in ("/docs", "/openapi.json", "/redoc", "/en/docs", "/en/openapi.json", "/en/redoc"):
        assert http.get(path).status_code == 404


def test_the_login_says_no_in_the_persons_language_and_tires(tmp_path: Path) -> None:
    with (
        serve_page(tmp_path, "开门", "admin") as page,
        httpx.Client(base_url=page.address, trust_env=False, headers={"accept-language": "zh"}) as http,
    ):
        assert http.get("/zh/", headers={"accept": "text/html"}).headers["location"] == "/login"
        shown = http.get("/login")
        assert TRANSLATIONS["zh"].login in shown.text
        for _ in range(10):
            wrong = http.post("/login", data={"password": "guess"})
            assert wrong.status_code == 401
            assert TRANSLATIONS["zh"].wrong_password in wrong.text
        tired = http.post("/login", data={"password": "开门"})
        assert tired.status_code == 429
        assert TRANSLATIONS["zh"].too_many in tired.text
