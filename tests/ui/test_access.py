"""Who is asking. Run: pytest tests/ui/test_access.py"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.access import PASS, SECRET, Access, Door, owner_of


async def _who(request: Request) -> PlainTextResponse:
    return PlainTextResponse(owner_of(request.cookies) if SECRET in request.cookies else "nobody")


def _client(
    access: Access | None = None,
    hosts: tuple[str, ...] | None = ("127.0.0.1", "localhost", "::1"),
    base: str = "http://127.0.0.1:7860",
) -> TestClient:
    app = Starlette(routes=[Route("/", _who), Route("/healthz", _who), Route("/login", _who)])
    return TestClient(Door(app, access or Access(None, None), hosts), base_url=base, follow_redirects=False)


def test_the_owner_is_a_digest_of_the_secret_and_never_the_secret() -> None:
    secret = "s" * 43
    assert owner_of({SECRET: secret}) == hashlib.sha256(secret.encode()).hexdigest()
    assert owner_of({SECRET: "t" * 43}) != owner_of({SECRET: secret})


@pytest.mark.parametrize("cookies", [{}, {SECRET: ""}, {SECRET: "guess"}])
def test_without_a_real_secret_there_is_no_owner(cookies: dict[str, str]) -> None:
    with pytest.raises(PermissionError, match="cookie"):
        owner_of(cookies)


def test_the_first_answer_sets_the_cookie_and_the_next_request_brings_it() -> None:
    client = _client()
    first = client.get("/")
    cookie = first.headers["set-cookie"]
    assert first.text == "nobody"
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    second = client.get("/")
    assert "set-cookie" not in second.headers
    assert len(second.text) == 64


def test_two_browsers_get_two_secrets_of_256_bits() -> None:
    secrets = [_client().get("/").cookies[SECRET] for _ in range(2)]
    assert secrets[0] != secrets[1]
    assert all(len(secret) >= 43 for secret in secrets)


def test_over_https_the_cookie_is_for_https_only() -> None:
    assert "Secure" in _client(base="https://127.0.0.1").get("/").headers["set-cookie"]


def test_a_strange_cookie_of_another_program_on_this_machine_does_not_hide_ours() -> None:
    # Cookies do not know ports: what another program on localhost sets is sent here too, whatever it looks like.
    client = _client()
    secret = client.get("/").cookies[SECRET]
    answer = client.get("/", headers={b"cookie": f'a/b=1; {{"x"}}=[2]; {SECRET}={secret}; 中=文'.encode()})
    assert answer.status_code == 200
    assert answer.text == owner_of({SECRET: secret})


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil", ""])
def test_another_hosts_name_is_refused(host: str) -> None:
    answer = _client().get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:7860", "[::1]:7860"])
def test_this_machines_own_names_are_served(host: str) -> None:
    assert _client().get("/", headers={"host": host}).status_code == 200


def test_without_passwords_whoever_reaches_the_page_looks_after_it() -> None:
    assert Access(None, None).role({}) == "administrator"


def test_each_password_opens_its_own_role() -> None:
    access = Access("开门", "admin-door")
    user, administrator = access.enter("a", "开门"), access.enter("a", "admin-door")
    assert user is not None
    assert administrator is not None
    assert (user[0], administrator[0]) == ("user", "administrator")
    assert access.role({PASS: user[1]}) == "user"
    assert access.role({PASS: administrator[1]}) == "administrator"
    assert "开门" not in user[1]
    assert "admin-door" not in administrator[1]


@pytest.mark.parametrize("guess", ["", "开", "开门 ", "ADMIN-DOOR", "None"])
def test_a_wrong_password_opens_nothing(guess: str) -> None:
    assert Access("开门", "admin-door").enter("a", guess) is None


@pytest.mark.parametrize("proof", ["", "x", "é", "0" * 64])
def test_a_made_up_proof_opens_nothing(proof: str) -> None:
    assert Access("开门", "admin-door").role({PASS: proof}) is None


def test_a_changed_password_ends_what_the_old_one_opened() -> None:
    entered = Access("old", "admin").enter("a", "old")
    assert entered is not None
    assert Access("new", "admin").role({PASS: entered[1]}) is None


def test_the_proof_outlives_a_restart() -> None:
    entered = Access("user", "admin").enter("a", "user")
    assert entered is not None
    assert Access("user", "admin").role({PASS: entered[1]}) == "user"


def test_nobody_becomes_administrator_where_only_the_user_has_a_password() -> None:
    access = Access("user", None)
    assert access.enter("a", "") is None
    assert access.enter("a", "None") is None
    entered = access.enter("a", "user")
    assert entered is not None
    assert access.role({PASS: entered[1]}) == "user"


def test_ten_wrong_guesses_tire_one_visitor_and_no_other() -> None:
    access = Access("user", "admin")
    for _ in range(10):
        assert not access.tired_of("a")
        access.enter("a", "wrong")
    assert access.tired_of("a")
    assert not access.tired_of("b")


def test_a_page_is_sent_to_the_login_and_a_program_is_told() -> None:
    client = _client(Access("user", "admin"))
    page = client.get("/", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert client.get("/", headers={"accept": "application/json"}).status_code == 401
    assert client.post("/", headers={"accept": "text/html"}).status_code == 401
    assert client.get("/healthz").status_code == 200
    assert client.get("/login").status_code == 200


def test_the_password_lets_pass() -> None:
    access = Access("user", "admin")
    entered = access.enter("a", "user")
    assert entered is not None
    client = _client(access)
    client.cookies.set(PASS, entered[1])
    assert client.get("/").status_code == 200


def test_every_answer_forbids_the_browser_to_load_from_elsewhere() -> None:
    policy = _client().get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_logging_out_ends_one_session_everywhere_and_no_other(tmp_path: Path) -> None:
    access = Access("user", "admin", tmp_path / "ended")
    mine, theirs = access.enter("a", "admin"), access.enter("b", "admin")
    assert mine is not None
    assert theirs is not None
    assert mine[1] != theirs[1]
    # Another process of the same home, and one that is started later.
    beside = Access("user", "admin", tmp_path / "ended")
    assert beside.role({PASS: mine[1]}) == "administrator"
    assert access.leave({PASS: mine[1]})
    later = Access("user", "admin", tmp_path / "ended")
    for one in (access, beside, later):
        assert one.role({PASS: mine[1]}) is None
        assert one.role({PASS: theirs[1]}) == "administrator"
    assert not access.leave({PASS: mine[1]})
    assert (tmp_path / "ended").stat().st_mode & 0o777 == 0o600
    assert mine[1] not in (tmp_path / "ended").read_text("ascii")


def test_a_full_disk_does_not_keep_anybody_from_logging_out(tmp_path: Path) -> None:
    access = Access("user", "admin", tmp_path / "missing" / "ended")
    entered = access.enter("a", "user")
    assert entered is not None
    assert access.leave({PASS: entered[1]})
    assert access.role({PASS: entered[1]}) is None


@pytest.mark.parametrize("cookie", ["", ".", "x.", "\udc80.0", "a.b.c", f"{'0' * 32}.{'0' * 64}"])
def test_what_is_no_session_cannot_be_logged_out_of(cookie: str, tmp_path: Path) -> None:
    access = Access("user", "admin", tmp_path / "ended")
    assert not access.leave({PASS: cookie} if cookie else {})
    assert not (tmp_path / "ended").exists()


def test_without_passwords_there_is_nothing_to_log_out_of() -> None:
    assert not Access(None, None).has_passwords
    assert not Access(None, None).leave({PASS: "x.y"})
