"""Authentication. Run: pytest tests/ui/test_auth.py"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.auth import PASS, SECRET, Authenticator, AuthMiddleware, derive_owner


async def _answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(derive_owner(request.cookies) if SECRET in request.cookies else "nobody")


def _client(
    auth: Authenticator | None = None,
    hosts: tuple[str, ...] | None = ("127.0.0.1", "localhost", "::1"),
    base: str = "http://127.0.0.1:7860",
) -> TestClient:
    app = Starlette(routes=[Route("/", _answer), Route("/healthz", _answer), Route("/login", _answer)])
    return TestClient(
        AuthMiddleware(app, auth or Authenticator(None, None), hosts), base_url=base, follow_redirects=False
    )


def test_the_owner_is_a_digest_of_the_secret_and_never_the_secret() -> None:
    secret = "s" * 43
    assert derive_owner({SECRET: secret}) == hashlib.sha256(secret.encode()).hexdigest()
    assert derive_owner({SECRET: "t" * 43}) != derive_owner({SECRET: secret})


@pytest.mark.parametrize("cookies", [{}, {SECRET: ""}, {SECRET: "guess"}])
def test_without_a_real_secret_there_is_no_owner(cookies: dict[str, str]) -> None:
    with pytest.raises(PermissionError, match="cookie"):
        derive_owner(cookies)


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
    assert answer.text == derive_owner({SECRET: secret})


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil", ""])
def test_another_hosts_name_is_refused(host: str) -> None:
    answer = _client().get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:7860", "[::1]:7860"])
def test_this_machines_own_names_are_served(host: str) -> None:
    assert _client().get("/", headers={"host": host}).status_code == 200


def test_without_passwords_whoever_reaches_the_page_looks_after_it() -> None:
    assert Authenticator(None, None).find_role({}) == "administrator"


def test_each_password_opens_its_own_role() -> None:
    auth = Authenticator("开门", "admin-door")
    user, administrator = auth.authenticate("a", "开门"), auth.authenticate("a", "admin-door")
    assert user is not None
    assert administrator is not None
    assert (user[0], administrator[0]) == ("user", "administrator")
    assert auth.find_role({PASS: user[1]}) == "user"
    assert auth.find_role({PASS: administrator[1]}) == "administrator"
    assert "开门" not in user[1]
    assert "admin-door" not in administrator[1]


@pytest.mark.parametrize("guess", ["", "开", "开门 ", "ADMIN-DOOR", "None"])
def test_a_wrong_password_opens_nothing(guess: str) -> None:
    assert Authenticator("开门", "admin-door").authenticate("a", guess) is None


@pytest.mark.parametrize("proof", ["", "x", "é", "0" * 64])
def test_a_made_up_proof_opens_nothing(proof: str) -> None:
    assert Authenticator("开门", "admin-door").find_role({PASS: proof}) is None


def test_a_changed_password_ends_what_the_old_one_opened() -> None:
    session = Authenticator("old", "admin").authenticate("a", "old")
    assert session is not None
    assert Authenticator("new", "admin").find_role({PASS: session[1]}) is None


def test_the_proof_outlives_a_restart() -> None:
    session = Authenticator("user", "admin").authenticate("a", "user")
    assert session is not None
    assert Authenticator("user", "admin").find_role({PASS: session[1]}) == "user"


def test_nobody_becomes_administrator_where_only_the_user_has_a_password() -> None:
    auth = Authenticator("user", None)
    assert auth.authenticate("a", "") is None
    assert auth.authenticate("a", "None") is None
    session = auth.authenticate("a", "user")
    assert session is not None
    assert auth.find_role({PASS: session[1]}) == "user"


def test_ten_wrong_guesses_tire_one_visitor_and_no_other() -> None:
    auth = Authenticator("user", "admin")
    for _ in range(10):
        assert not auth.is_rate_limited("a")
        auth.authenticate("a", "wrong")
    assert auth.is_rate_limited("a")
    assert not auth.is_rate_limited("b")


def test_a_page_is_sent_to_the_login_and_a_program_is_told() -> None:
    client = _client(Authenticator("user", "admin"))
    page = client.get("/", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert client.get("/", headers={"accept": "application/json"}).status_code == 401
    assert client.post("/", headers={"accept": "text/html"}).status_code == 401
    assert client.get("/healthz").status_code == 200
    assert client.get("/login").status_code == 200


def test_the_password_lets_pass() -> None:
    auth = Authenticator("user", "admin")
    session = auth.authenticate("a", "user")
    assert session is not None
    client = _client(auth)
    client.cookies.set(PASS, session[1])
    assert client.get("/").status_code == 200


def test_every_answer_forbids_the_browser_to_load_from_elsewhere() -> None:
    policy = _client().get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_logging_out_ends_one_session_everywhere_and_no_other(tmp_path: Path) -> None:
    auth = Authenticator("user", "admin", tmp_path / "ended")
    mine, theirs = auth.authenticate("a", "admin"), auth.authenticate("b", "admin")
    assert mine is not None
    assert theirs is not None
    assert mine[1] != theirs[1]
    # Another process of the same home, and one that is started later.
    beside = Authenticator("user", "admin", tmp_path / "ended")
    assert beside.find_role({PASS: mine[1]}) == "administrator"
    assert auth.log_out({PASS: mine[1]})
    later = Authenticator("user", "admin", tmp_path / "ended")
    for one in (auth, beside, later):
        assert one.find_role({PASS: mine[1]}) is None
        assert one.find_role({PASS: theirs[1]}) == "administrator"
    assert not auth.log_out({PASS: mine[1]})
    assert (tmp_path / "ended").stat().st_mode & 0o777 == 0o600
    assert mine[1] not in (tmp_path / "ended").read_text("ascii")


def test_a_full_disk_does_not_keep_anybody_from_logging_out(tmp_path: Path) -> None:
    auth = Authenticator("user", "admin", tmp_path / "missing" / "ended")
    session = auth.authenticate("a", "user")
    assert session is not None
    assert auth.log_out({PASS: session[1]})
    assert auth.find_role({PASS: session[1]}) is None


@pytest.mark.parametrize("cookie", ["", ".", "x.", "\udc80.0", "a.b.c", f"{'0' * 32}.{'0' * 64}"])
def test_what_is_no_session_cannot_be_logged_out_of(cookie: str, tmp_path: Path) -> None:
    auth = Authenticator("user", "admin", tmp_path / "ended")
    assert not auth.log_out({PASS: cookie} if cookie else {})
    assert not (tmp_path / "ended").exists()


def test_without_passwords_there_is_nothing_to_log_out_of() -> None:
    assert not Authenticator(None, None).has_passwords
    assert not Authenticator(None, None).log_out({PASS: "x.y"})
