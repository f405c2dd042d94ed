"""The bot in the terminal: `python -m bot` talks, `python -m bot --help` lists what else it does."""

from __future__ import annotations

import sys
from threading import Event

from bot.interrupt import leave, raise_interrupts, watch_interrupts
from bot.steps import Steps

LOADED = Event()


def _end(number: int) -> None:
    """End the process: at once while it loads, later if KeyboardInterrupt has not ended it within most of a second."""
    if LOADED.is_set():
        Event().wait(0.7)
    leave(128 + number, "\nStopped; nothing is lost.")


STEPS = Steps(3, lines=False)
if __name__ == "__main__":
    # Before the imports, which take seconds.
    watch_interrupts(_end)
    STEPS.begin("Loading the program")

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from bot.build import Bot, build
from bot.evaluate import terminal
from bot.evaluate.options import EvaluationError
from bot.home import open_home
from bot.knowledge import Knowledge, KnowledgeError, Report
from bot.settings import Settings, SettingsError
from bot.state import StoreError
from bot.tool import Request, Result, ToolError
from bot.toolbox import Toolbox, found
from bot.types import Evidence, Message, Reply
from data import artifact, places
from data.artifact import ArtifactError
from data.formats import FormatError, read_pairs
from data.image import PictureError
from data.records import LANGUAGES
from data.text.language import language_of

OWNER = "terminal"
_HELP = (
    "/picture FILE  show a picture    /why  why this answer    /retry  the next candidate    /new  a new conversation    "
    "/quit  (Ctrl+D)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Talk with the bot, or look after what it knows."
    )
    parser.add_argument("--new", action="store_true", help="begin a new conversation instead of going on with the last")
    commands = parser.add_subparsers(dest="command", title="commands")
    ask = commands.add_parser("ask", help="ask one question; nothing is stored")
    ask.add_argument("question")
    ask.add_argument(
        "--json", action="store_true", help="text, source, score, evidence, candidates and timings as JSON"
    )
    learn = commands.add_parser("learn", help="take in questions and replies: CSV, TSV, XLSX, JSONL or ParlAI text")
    learn.add_argument("files", nargs="+", type=Path, metavar="FILE")
    forget = commands.add_parser("forget", help="remove an entry by its ID (as shown under every reply)")
    forget.add_argument("id", metavar="ID")
    backup = commands.add_parser("backup", help="write everything the bot knows to one file")
    backup.add_argument("file", type=Path, metavar="FILE")
    restore = commands.add_parser("restore", help="replace everything the bot knows by a backup")
    restore.add_argument("file", type=Path, metavar="FILE")
    tools = commands.add_parser("tools", help="list the tools, or run one on a text")
    tools.add_argument("name", nargs="?", metavar="NAME")
    tools.add_argument("text", nargs="?", default="", metavar="TEXT")
    commands.add_parser(
        "about", help="list the models: what each was trained on, under which licence, its scores and limits"
    )
    terminal.arguments(commands)
    given = parser.parse_args(arguments)
    if given.command not in (None, "ask"):
        STEPS.end()
    try:
        if given.command == "evaluate":
            return _evaluate(given)
        settings = Settings.from_env()
        match given.command:
            case None:
                return asyncio.run(_talk(_built(settings), given.new))
            case "ask":
                return asyncio.run(_ask(_built(settings), given.question, given.json))
            case "learn":
                return _learn(_knowledge(settings), given.files)
            case "forget":
                entry = _knowledge(settings).forget(given.id)
                print(f"Forgotten: {entry.id} ({entry.place}) {entry.questions[0]}")
            case "backup":
                count = _knowledge(settings).backup(given.file)
                print(f"{count} entries written to {given.file}.")
            case "restore":
                count = _knowledge(settings).restore(given.file)
                print(f"{count} entries restored from {given.file}; what was known before is replaced.")
            case "tools":
                _tools(Toolbox(found()), given.name, given.text)
            case "about":
                _about()
    except (
        SettingsError,
        KnowledgeError,
        FormatError,
        EvaluationError,
        StoreError,
        ArtifactError,
        ToolError,
        OSError,
    ) as error:
        STEPS.end()
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        STEPS.end()
        # A thread that waits for a line, or is at work, would hold up the interpreter's own end.
        leave(130, "\nStopped; nothing is lost.")
    return 0


def _built(settings: Settings) -> Bot:
    STEPS.begin("Opening the models")
    return build(settings)


async def _open(bot: Bot) -> None:
    STEPS.begin("Reading the knowledge")
    bot.retrieved.progress = STEPS.advance
    await bot.open()
    STEPS.end()


def _evaluate(given: argparse.Namespace) -> int:
    if given.replay is None:
        return terminal.run(given, None)
    bot = build(Settings.from_env())
    try:
        asyncio.run(bot.prepare())
        return terminal.run(given, bot.engine.answer)
    finally:
        bot.knowledge.close()


def _knowledge(settings: Settings) -> Knowledge:
    open_home(settings.home)
    return Knowledge(settings.home / "knowledge.db")


def _learn(knowledge: Knowledge, files: Sequence[Path]) -> int:
    failed = 0
    for file in files:
        try:
            report = knowledge.learn(read_pairs(file), file.name, _progress(file.name))
        except (FormatError, KnowledgeError, OSError) as error:
            print(f"\r{file}: refused, nothing changed. {error}", file=sys.stderr)
            failed += 1
            continue
        print(f"\r{file}: {_counts(report)}")
        for refusal in report.refused:
            print(f"  {refusal.place}: {refusal.why}: {refusal.given!r}")
    return 1 if failed else 0


def _counts(report: Report) -> str:
    return f"{report.taken} taken, {report.merged} merged, {len(report.refused)} refused"


def _about() -> None:
    for folder in sorted(path for path in places.artifacts().glob("[!.]*") if path.is_dir()):
        manifest = artifact.open(folder).manifest
        print(f"{folder.name}\n  trained on: {manifest.trained_on}\n  licence: {manifest.licence}")
        for score in manifest.scores:
            beside = f"chance {score.chance:g}, {score.baseline_is} {score.baseline:g}"
            print(f"  {score.set}, {score.metric}: {score.value:g} ({beside})")
        print(f"  limits: {manifest.limits}")


def _tools(toolbox: Toolbox, name: str | None, text: str) -> None:
    if name is None:
        for tool in toolbox:
            for language in LANGUAGES:
                print(f"{tool.name}  {tool.title[language]}: {tool.purpose[language]}")
        return
    _show_result(toolbox.run(name, Request(text, language_of(text, "en"))))


def _show_result(result: Result) -> None:
    print(result.text)
    if result.table is not None:
        for row in (result.table.columns, *result.table.rows):
            print("  " + "\t".join(row))
    if result.note:
        print(result.note)


def _progress(name: str) -> Callable[[int], None]:
    """Shows how many rows were read, where somebody can see it."""

    def show(rows: int) -> None:
        if sys.stderr.isatty() and rows % 500 == 0:
            print(f"\r{name}: {rows} rows", end="", file=sys.stderr, flush=True)

    return show


async def _ask(bot: Bot, question: str, as_json: bool) -> int:
    await _open(bot)
    try:
        reply = await bot.engine.answer(Message(question), "en")
    finally:
        await bot.close()
    if as_json:
        print(json.dumps(as_record(reply), ensure_ascii=False, indent=2))
    else:
        _show(reply)
    return 0


def as_record(reply: Reply) -> dict[str, object]:
    """The reply as `ask --json` prints it; source, score and evidence are null where no candidate was chosen."""
    chosen = None if reply.chosen is None else reply.candidates[reply.chosen]
    return {
        "text": reply.text,
        "kind": reply.kind,
        "language": reply.language,
        "source": chosen and chosen.source,
        "score": chosen and chosen.score,
        "evidence": chosen and asdict(chosen.evidence),
        "suggestions": list(reply.suggestions),
        "candidates": [asdict(candidate) for candidate in reply.candidates],
        "timings": dict(reply.timings),
        "verdict": reply.verdict and asdict(reply.verdict),
    }


async def _talk(bot: Bot, new: bool) -> int:
    await _open(bot)
    store = bot.engine.store
    try:
        earlier = [] if new else await store.conversations(OWNER)
        conversation = (earlier[0] if earlier else await store.begin(OWNER, "terminal")).id
        print(_HELP)
        for turn in (await store.turns(OWNER, conversation))[-3:]:
            print(f"> {turn.message.text}\n{turn.reply.text}")
        while True:
            try:
                # input() in a thread leaves the loop free; the store may have work of its own to finish.
                text = (await asyncio.to_thread(input, "> ")).strip()
            except EOFError:
                print()
                return 0
            match text:
                case "":
                    continue
                case "/quit":
                    return 0
                case "/new":
                    conversation = (await store.begin(OWNER, "terminal")).id
                case "/why":
                    turns = await store.turns(OWNER, conversation)
                    print(_why(turns[-1].reply) if turns else "Nothing has been asked yet.")
                case "/retry":
                    if await store.turns(OWNER, conversation):
                        _show((await bot.engine.retry(OWNER, conversation)).reply)
                case _ if text == "/picture" or text.startswith("/picture "):
                    try:
                        picture = await asyncio.to_thread(
                            _kept, bot, conversation, text.removeprefix("/picture").strip()
                        )
                    except (PictureError, OSError) as error:
                        print(error)
                        continue
                    await _say(bot, conversation, Message("", picture))
                case _:
                    await _say(bot, conversation, Message(text))
    finally:
        await bot.close()


async def _say(bot: Bot, conversation: str, message: Message) -> None:
    async for update in bot.engine.stream(OWNER, conversation, message, "en"):
        if update.turn is not None:
            _show(update.turn.reply)


def _kept(bot: Bot, conversation: str, path: str) -> str:
    """The name under which the picture file is kept with the conversation. Raises PictureError, OSError."""
    return bot.pictures.keep(conversation, Path(path).expanduser().read_bytes())


def _show(reply: Reply) -> None:
    print(reply.text)
    for suggestion in reply.suggestions:
        print(f"  · {suggestion}")
    if reply.chosen is not None:
        chosen = reply.candidates[reply.chosen]
        print(f"  [{_origin(chosen.evidence)} · {chosen.score:.2f}]")


def _origin(evidence: Evidence) -> str:
    if evidence.model:
        return f"model {evidence.model}"
    return f"tool {evidence.tool}" if evidence.tool else f"{evidence.entry} · {evidence.file}:{evidence.row}"


def _why(reply: Reply) -> str:
    lines = []
    if reply.verdict:
        rests = " · ".join(reply.verdict.fired)
        lines.append(f"{reply.verdict.kind} {reply.verdict.probability:.3f}: {rests}")
    for place, candidate in enumerate(reply.candidates):
        mark = "*" if place == reply.chosen else " "
        shares = ", ".join(
            f"{name} {share:+.2f}" for name, share in candidate.evidence.features.items() if abs(share) >= 0.005
        )
        asked = candidate.evidence.question or candidate.text[:60]
        lines.append(f"{mark} {candidate.score:.3f}  {_origin(candidate.evidence)}  {asked}")
        if candidate.evidence.alternatives and place == (reply.chosen or 0):
            lines += [f"          {likely:6.1%}  {text}" for text, likely in candidate.evidence.alternatives]
        if shares:
            lines.append(f"          {shares}")
    lines.append(", ".join(f"{stage} {spent:.1f} ms" for stage, spent in reply.timings.items()))
    return "\n".join(lines)


if __name__ == "__main__":
    LOADED.set()
    raise_interrupts()
    sys.exit(main())
