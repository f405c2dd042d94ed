"""The application that is served: two pages, what they link to, the health of it all, and the door in front."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from bot.build import Bot
from bot.home import UPLOADS, remove_old_uploads
from bot.types import ConversationError, Turn
from bot.wire import turn_to_json
from data.artifact import ArtifactError
from data.image import PictureError
from data.memory import release_freed_memory
from data.records import LANGUAGES, Language
from ui.access import Access, Door, expired_pass_cookie, owner_of, pass_cookie
from ui.document import Document
from ui.event_stream import add_stream_route
from ui.first_screen import name_of
from ui.health import HealthCheck
from ui.look import CSS, theme
from ui.offline import OfflineBlocks
from ui.page import build_page
from ui.request_check import RequestCheck
from ui.services import Services
from ui.strings import STRINGS

LANGUAGE = "kanliao_language"
MOST_UPLOADED = "50mb"
_RELEASE_SECONDS = 60.0
_LOCAL = ("127.0.0.1", "localhost", "::1")


def build_app(bot: Bot) -> ASGIApp:
    """The application of a bot that is not yet open: it is opened when the server starts and closed when it stops."""
    settings = bot.settings
    access = Access(settings.password, settings.admin_password, settings.home / "sessions.ended")
    services = Services(bot, access)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await bot.open()
        regular = [asyncio.create_task(_tidy_uploads(settings.home)), asyncio.create_task(_release_memory())]
        try:
            yield
        finally:
            for task in regular:
                task.cancel()
            await bot.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    pages: dict[str, OfflineBlocks] = {language: build_page(services, language) for language in LANGUAGES}
    queues = {language: page.event_queue for language, page in pages.items()}
    _routes(app, services, HealthCheck(bot, queues))
    add_stream_route(app, queues)
    for language, page in pages.items():
        gr.mount_gradio_app(
            app,
            page,
            path=f"/{language}",
            server_name=settings.host,
            server_port=settings.port,
            theme=theme(),
            css=CSS,
            max_file_size=MOST_UPLOADED,
            show_error=False,
            run_history=False,
            ssr_mode=False,
            pwa=False,
            enable_monitoring=False,
            footer_links=[],
            mcp_server=False,
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        )
    return Door(
        RequestCheck(Document(app, partial(name_of, bot.knowledge)), pages), access, _LOCAL if settings.local else None
    )


def _routes(app: FastAPI, services: Services, health: HealthCheck) -> None:
    bot = services.bot

    def called(request: Request) -> str:
        return name_of(bot.knowledge, _language(request))

    @app.get("/")
    async def home(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{_language(request)}/{query}", 307)

    @app.get("/language/{language}")
    async def switch(language: str, request: Request) -> Response:
        chosen: Language = "zh" if language == "zh" else "en"
        query = f"?{request.url.query}" if request.url.query else ""
        answer = RedirectResponse(f"/{chosen}/{query}", 303)
        answer.set_cookie(LANGUAGE, chosen, max_age=365 * 86400, samesite="lax")
        return answer

    @app.get("/healthz")
    async def healthz() -> Response:
        status, said = await health.check()
        return JSONResponse({**said, "version": _version()}, status)

    @app.get("/picture/{conversation}/{name}")
    async def picture(conversation: str, name: str, request: Request) -> Response:
        try:
            path = await services.picture(owner_of(request.cookies), conversation, name)
        except (ConversationError, PermissionError):
            return PlainTextResponse("There is no such picture.", 404)
        return FileResponse(path, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    @app.get("/overlay/{conversation}/{number}-{chosen}.png")
    async def overlay(conversation: str, number: int, chosen: int, request: Request) -> Response:
        try:
            drawn = await services.overlay(owner_of(request.cookies), conversation, number)
        except (ConversationError, PermissionError, ArtifactError, PictureError, OSError, OverflowError):
            drawn = None
        if drawn is None:
            return PlainTextResponse("There is no such picture.", 404)
        return Response(drawn, media_type="image/png", headers={"cache-control": "private, max-age=3600"})

    @app.get("/conversation/{conversation}.jsonl")
    async def download(conversation: str, request: Request) -> Response:
        try:
            turns = await bot.engine.store.turns(owner_of(request.cookies), conversation)
        except (ConversationError, PermissionError):
            return PlainTextResponse("There is no such conversation.", 404)
        return _attachment(exported(conversation, turns).encode(), "application/jsonl", "conversation.jsonl")

    @app.get("/knowledge.csv")
    async def knowledge(request: Request) -> Response:
        if services.access.role(request.cookies) != "administrator":
            return PlainTextResponse(STRINGS[_language(request)].no_admin, 403)
        made = io.BytesIO()
        await asyncio.to_thread(bot.knowledge.export_csv, made)
        return _attachment(made.getvalue(), "text/csv; charset=utf-8", "knowledge.csv")

    @app.get("/evaluation/{id}/{name}")
    async def evaluation(id: str, name: str, request: Request) -> Response:
        if services.access.role(request.cookies) != "administrator":
            return PlainTextResponse(STRINGS[_language(request)].no_admin, 403)
        path = bot.reports.find_file(id, name)
        if path is None:
            return PlainTextResponse("There is no such report.", 404)
        media_type = "text/html; charset=utf-8" if path.suffix == ".html" else "application/octet-stream"
        return FileResponse(path, media_type=media_type, headers={"cache-control": "no-store"})

    @app.get("/login")
    async def login(request: Request) -> Response:
        return _login_page(request, called(request), "")

    @app.post("/login")
    async def enter(request: Request, password: str = Form("")) -> Response:
        visitor = request.client.host if request.client else ""
        words = STRINGS[_language(request)]
        if services.access.tired_of(visitor):
            return _login_page(request, called(request), words.too_many, 429)
        entered = services.access.enter(visitor, password)
        if entered is None:
            await asyncio.sleep(0.5)
            return _login_page(request, called(request), words.wrong_password, 401)
        answer = RedirectResponse("/", 303)
        answer.headers.append("set-cookie", pass_cookie(entered[1], request.url.scheme == "https"))
        return answer

    @app.post("/logout")
    async def leave(request: Request) -> Response:
        answer = RedirectResponse("/login" if services.access.has_passwords else "/", 303)
        if await asyncio.to_thread(services.access.leave, request.cookies):
            answer.headers.append("set-cookie", expired_pass_cookie(request.url.scheme == "https"))
            # Otherwise the button that goes back would show the page of before.
            answer.headers["clear-site-data"] = '"cache"'
        return answer


async def _release_memory() -> None:
    """Give freed memory back every minute: turns and evaluations leave holes that the C library would keep."""
    while True:
        await asyncio.sleep(_RELEASE_SECONDS)
        await asyncio.to_thread(release_freed_memory)


async def _tidy_uploads(home: Path) -> None:
    # Gradio would do it as well, but would remove all of them when it stops, though a page that stays open has them in a box,
    # and none that an earlier process left behind.
    folder = home / UPLOADS
    while folder.is_dir():
        await asyncio.to_thread(remove_old_uploads, folder)
        await asyncio.sleep(3600)


def exported(conversation: str, turns: list[Turn]) -> str:
    """A conversation as one line of JSON in OpenAI's messages form, with our own record of each turn beside it."""
    messages: list[dict[str, Any]] = []
    for turn in turns:
        messages.append({"role": "user", "content": turn.message.text})
        messages.append({"role": "assistant", "content": turn.reply.text})
    record = {"id": conversation, "messages": messages, "turns": [json.loads(turn_to_json(turn)) for turn in turns]}
    return json.dumps(record, ensure_ascii=False) + "\n"


def _language(request: Request) -> Language:
    chosen = request.cookies.get(LANGUAGE)
    if chosen in LANGUAGES:
        return "zh" if chosen == "zh" else "en"
    accepted = request.headers.get("accept-language", "").lower()
    first = next((part.strip() for part in accepted.split(",") if part.strip()[:2] in ("zh", "en")), "en")
    return "zh" if first.startswith("zh") else "en"


def _version() -> str:
    try:
        return version("kanliao")
    except PackageNotFoundError:
        return "unknown"


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


def _login_page(request: Request, name: str, said: str, status: int = 200) -> Response:
    language = _language(request)
    words = STRINGS[language]
    style = (
        "body{font-family:system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;display:grid;"
        "place-items:center;min-height:90vh;color-scheme:light dark}form{display:grid;gap:12px;min-width:260px}"
        "input,button{font:inherit;padding:10px;border-radius:8px;border:1px solid #8886}p{color:#b00020;min-height:1.2em}"
    )
    page = (
        f"<!doctype html><html lang={language}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(name)}</title><style>{style}</style><form method=post action=/login>"
        f"<h1>{escape(name)}</h1><label for=p>{escape(words.login)}</label>"
        f"<input id=p name=password type=password autofocus autocomplete=current-password aria-label='{escape(words.password)}'>"
        f"<button>{escape(words.enter)}</button><p role=alert>{escape(said)}</p></form></html>"
    )
    return HTMLResponse(page, status)
