"""The ASGI application: the pages, their routes, and the middleware."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from html import escape
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from bot.build import Bot
from bot.home import UPLOADS, remove_old_uploads
from bot.serialization import turn_to_json
from bot.types import ConversationError, Turn
from data.artifact import ArtifactError
from data.image import PictureError
from data.memory import release_freed_memory
from data.records import LANGUAGES, Language
from ui.auth import Authenticator, AuthMiddleware, build_expired_pass_cookie, build_pass_cookie, derive_owner
from ui.dependencies import Dependencies
from ui.event_stream import add_stream_route
from ui.first_screen import get_bot_name
from ui.health import HealthCheck
from ui.html_middleware import HtmlMiddleware
from ui.offline import OfflineBlocks
from ui.page import build_page
from ui.request_check import RequestCheck
from ui.styles import CSS, build_theme
from ui.translations import TRANSLATIONS

LANGUAGE = "kanliao_language"
MAX_UPLOAD = "50mb"
_RELEASE_S = 60.0
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def build_app(bot: Bot) -> ASGIApp:
    """Build the application of a bot.

    The server opens the bot when it starts and closes it when it stops.
    """
    settings = bot.settings
    auth = Authenticator(settings.password, settings.admin_password, settings.home / "sessions.ended")
    dependencies = Dependencies(bot, auth)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await bot.open()
        tasks = [asyncio.create_task(_clean_uploads_regularly(settings.home)), asyncio.create_task(_release_memory())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await bot.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    pages: dict[str, OfflineBlocks] = {language: build_page(dependencies, language) for language in LANGUAGES}
    queues = {language: page.event_queue for language, page in pages.items()}
    _add_routes(app, dependencies, HealthCheck(bot, queues))
    add_stream_route(app, queues)
    for language, page in pages.items():
        gr.mount_gradio_app(
            app,
            page,
            path=f"/{language}",
            server_name=settings.host,
            server_port=settings.port,
            theme=build_theme(),
            css=CSS,
            max_file_size=MAX_UPLOAD,
            show_error=False,
            run_history=False,
            ssr_mode=False,
            pwa=False,
            enable_monitoring=False,
            footer_links=[],
            mcp_server=False,
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        )
    return AuthMiddleware(
        RequestCheck(HtmlMiddleware(app, partial(get_bot_name, bot.knowledge)), pages),
        auth,
        _LOCAL_HOSTS if settings.is_local else None,
    )


def _add_routes(app: FastAPI, dependencies: Dependencies, health: HealthCheck) -> None:
    bot = dependencies.bot

    def get_name(request: Request) -> str:
        return get_bot_name(bot.knowledge, _choose_language(request))

    @app.get("/")
    async def redirect_home(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{_choose_language(request)}/{query}", 307)

    @app.get("/language/{language}")
    async def switch_language(language: str, request: Request) -> Response:
        chosen: Language = "zh" if language == "zh" else "en"
        query = f"?{request.url.query}" if request.url.query else ""
        answer = RedirectResponse(f"/{chosen}/{query}", 303)
        answer.set_cookie(LANGUAGE, chosen, max_age=365 * 86400, samesite="lax")
        return answer

    @app.get("/healthz")
    async def report_health() -> Response:
        status, report = await health.check()
        return JSONResponse({**report, "version": _get_version()}, status)

    @app.get("/picture/{conversation}/{name}")
    async def serve_picture(conversation: str, name: str, request: Request) -> Response:
        try:
            path = await dependencies.find_picture(derive_owner(request.cookies), conversation, name)
        except (ConversationError, PermissionError):
            return PlainTextResponse("There is no such picture.", 404)
        return FileResponse(path, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    @app.get("/overlay/{conversation}/{number}-{chosen}.png")
    async def serve_overlay(conversation: str, number: int, chosen: int, request: Request) -> Response:
        try:
            drawn = await dependencies.draw_overlay(derive_owner(request.cookies), conversation, number)
        except (ConversationError, PermissionError, ArtifactError, PictureError, OSError, OverflowError):
            drawn = None
        if drawn is None:
            return PlainTextResponse("There is no such picture.", 404)
        return Response(drawn, media_type="image/png", headers={"cache-control": "private, max-age=3600"})

    @app.get("/conversation/{conversation}.jsonl")
    async def download_conversation(conversation: str, request: Request) -> Response:
        try:
            turns = await bot.engine.store.turns(derive_owner(request.cookies), conversation)
        except (ConversationError, PermissionError):
            return PlainTextResponse("There is no such conversation.", 404)
        return _build_attachment(
            export_conversation(conversation, turns).encode(), "application/jsonl", "conversation.jsonl"
        )

    @app.get("/knowledge.csv")
    async def download_knowledge(request: Request) -> Response:
        if dependencies.auth.find_role(request.cookies) != "administrator":
            return PlainTextResponse(TRANSLATIONS[_choose_language(request)].no_admin, 403)
        made = io.BytesIO()
        await asyncio.to_thread(bot.knowledge.export_csv, made)
        return _build_attachment(made.getvalue(), "text/csv; charset=utf-8", "knowledge.csv")

    @app.get("/evaluation/{id}/{name}")
    async def serve_report(id: str, name: str, request: Request) -> Response:
        if dependencies.auth.find_role(request.cookies) != "administrator":
            return PlainTextResponse(TRANSLATIONS[_choose_language(request)].no_admin, 403)
        path = bot.reports.find_file(id, name)
        if path is None:
            return PlainTextResponse("There is no such report.", 404)
        media_type = "text/html; charset=utf-8" if path.suffix == ".html" else "application/octet-stream"
        return FileResponse(path, media_type=media_type, headers={"cache-control": "no-store"})

    @app.get("/login")
    async def show_login(request: Request) -> Response:
        return _build_login_page(request, get_name(request), "")

    @app.post("/login")
    async def log_in(request: Request, password: str = Form("")) -> Response:
        visitor = request.client.host if request.client else ""
        words = TRANSLATIONS[_choose_language(request)]
        if dependencies.auth.is_rate_limited(visitor):
            return _build_login_page(request, get_name(request), words.too_many, 429)
        session = dependencies.auth.authenticate(visitor, password)
        if session is None:
            await asyncio.sleep(0.5)
            return _build_login_page(request, get_name(request), words.wrong_password, 401)
        answer = RedirectResponse("/", 303)
        answer.headers.append("set-cookie", build_pass_cookie(session[1], request.url.scheme == "https"))
        return answer

    @app.post("/logout")
    async def log_out(request: Request) -> Response:
        answer = RedirectResponse("/login" if dependencies.auth.has_passwords else "/", 303)
        if await asyncio.to_thread(dependencies.auth.log_out, request.cookies):
            answer.headers.append("set-cookie", build_expired_pass_cookie(request.url.scheme == "https"))
            # Otherwise the back button would show the page from the cache.
            answer.headers["clear-site-data"] = '"cache"'
        return answer


async def _release_memory() -> None:
    """Give freed memory back every minute, because the C library would keep the holes that turns and evaluations leave."""
    while True:
        await asyncio.sleep(_RELEASE_S)
        await asyncio.to_thread(release_freed_memory)


async def _clean_uploads_regularly(home: Path) -> None:
    # Gradio's own cleaning would remove all uploads when the server stops, though an open page may still have them in a box,
    # and none that an earlier process left.
    folder = home / UPLOADS
    while folder.is_dir():
        await asyncio.to_thread(remove_old_uploads, folder)
        await asyncio.sleep(3600)


def export_conversation(conversation: str, turns: list[Turn]) -> str:
    """Return a conversation as one line of JSON.

    It has OpenAI's messages format, and our own record of each turn beside it.
    """
    messages: list[dict[str, Any]] = []
    for turn in turns:
        messages.append({"role": "user", "content": turn.message.text})
        messages.append({"role": "assistant", "content": turn.reply.text})
    record = {"id": conversation, "messages": messages, "turns": [json.loads(turn_to_json(turn)) for turn in turns]}
    return json.dumps(record, ensure_ascii=False) + "\n"


def _choose_language(request: Request) -> Language:
    """Return the language that was chosen last, or else the first known one that the browser accepts."""
    chosen = request.cookies.get(LANGUAGE)
    accepted = request.headers.get("accept-language", "").lower().split(",")
    by_cookie = (language for language in LANGUAGES if language == chosen)
    by_browser = (language for part in accepted for language in LANGUAGES if part.strip().startswith(language))
    return next(chain(by_cookie, by_browser), "en")


def _get_version() -> str:
    try:
        return version("kanliao")
    except PackageNotFoundError:
        return "unknown"


def _build_attachment(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


def _build_login_page(request: Request, name: str, said: str, status: int = 200) -> Response:
    language = _choose_language(request)
    words = TRANSLATIONS[language]
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
