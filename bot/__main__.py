"""The bot in the terminal: `python -m bot` talks, `python -m bot --help` lists what else it does."""

from __future__ import annotations

import sys
from threading import Event

from bot.interrupt import leave, raise_interrupts, watch_interrupts
from bot.steps import Steps

LOADED = Event()


def _end(number: int) -> None:
    """End the process: at once while it loads, later if KeyboardInterrupt has not ended it within 0.7 s."""
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
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bot import check_command, documents_command, learn_command, switches
from bot.ask import ask_file, ask_one
from bot.build import STARTER, Bot, build
from bot.evaluation_command import INTERFACE
from bot.home import open_home
from bot.knowledge import Knowledge, KnowledgeError
from bot.quoting import describe_place, show_surroundings
from bot.settings import Settings, SettingsError
from bot.state import StoreError
from bot.tool import Request, Result, ToolError
from bot.toolbox import Toolbox, discover_tools
from bot.types import Evidence, Message, Reply
from data import artifact, paths
from data.artifact import ArtifactError
from data.formats import FormatError
from data.formats.starter import PARTS
from data.image import PictureError
from data.records import LANGUAGES
from data.text.language import language_of
from evaluation.command_line import HELP, add_arguments, find_usage_error, run_command
from evaluation.options import EvaluationError

OWNER = "terminal"
_HELP = (
    "/picture FILE  show a picture    /why  why this answer    /retry  the next candidate    /new  a new conversation    "
    "NUMBER  the question offered under it    /quit  (Ctrl+D)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Talk with the bot, or look after what it knows."
    )
    parser.add_argument("--new", action="store_true", help="begin a new conversation instead of going on with the last")
    commands = parser.add_subparsers(dest="command", title="commands")
    ask = commands.add_parser("ask", help="ask one question, or each of a file; nothing is stored")
    asked = ask.add_mutually_exclusive_group(required=True)
    asked.add_argument("question", nargs="?")
    asked.add_argument(
        "--file",
        type=Path,
        metavar="QUESTIONS.jsonl",
        help='a JSON object a line: {"question": "...", "history": [["message", "reply"]], "language": "zh" or "en"}; history '
        "and language may be left out, and a reply in history may be a stored reply or question; - reads standard input",
    )
    ask.add_argument(
        "--json",
        action="store_true",
        help="text, source, score, evidence, candidates and timings as JSON; with --file one line each of kind, text, entry, "
        "probability and suggestions",
    )
    learn_command.add_arguments(commands.add_parser("learn", help=learn_command.HELP))
    documents = commands.add_parser("documents", help="list the documents, show the passages of one, or forget one")
    documents.add_argument("action", nargs="?", choices=documents_command.ACTIONS, default="list")
    documents.add_argument("file", nargs="?", metavar="NAME")
    commands.add_parser("conflicts", help="list the questions that have more than one reply")
    check = commands.add_parser(
        "check", help="ask your entries their own questions: which are found, which are confusable"
    )
    check.add_argument("--json", action="store_true", help="everything as one JSON object")
    forget = commands.add_parser("forget", help="remove an entry by its ID (as shown under every reply)")
    forget.add_argument("id", metavar="ID")
    backup = commands.add_parser("backup", help="write everything the bot knows to one file")
    backup.add_argument("file", type=Path, metavar="FILE")
    restore = commands.add_parser("restore", help="replace everything the bot knows by a backup")
    restore.add_argument("file", type=Path, metavar="FILE")
    starter = commands.add_parser(
        "starter", help="list the parts of what the bot ships with, or switch them on and off"
    )
    starter.add_argument("action", nargs="?", choices=switches.ACTIONS, default="list")
    starter.add_argument("part", nargs="?", metavar="PART", help=", ".join(PARTS))
    tools = commands.add_parser("tools", help="list the tools, or run one on a text")
    tools.add_argument("name", nargs="?", metavar="NAME")
    tools.add_argument("text", nargs="?", default="", metavar="TEXT")
    commands.add_parser(
        "about", help="list the models: what each was trained on, under which licence, its scores and limits"
    )
    add_arguments(commands.add_parser("evaluate", help=HELP))
    given = parser.parse_args(arguments)
    if given.command == "evaluate" and (wrong := find_usage_error(given)):
        parser.error(wrong)
    if given.command == "learn" and (wrong := learn_command.find_usage_error(given)):
        parser.error(wrong)
    if given.command not in (None, "ask", "check"):
        STEPS.end()
    try:
        if given.command == "evaluate":
            return run_command(given, INTERFACE)
        settings = Settings.from_env()
        match given.command:
            case None:
                return asyncio.run(_talk(_build(settings), given.new))
            case "ask":
                if given.file is not None:
                    return ask_file(partial(_build, settings), given.file, given.json, _print_reply, _prepare)
                return ask_one(_build(settings), given.question, given.json, _print_reply, _prepare)
            case "learn":
                return learn_command.run(given, _open_knowledge(settings))
            case "check":
                asyncio.run(_check(_build(settings), given.json))
            case "documents":
                documents_command.run(_open_knowledge(settings), given.action, given.file)
            case "conflicts":
                _show_conflicts(_open_knowledge(settings))
            case "forget":
                entry = _open_knowledge(settings).forget(given.id)
                print(f"Forgotten: {entry.id} ({entry.place}) {entry.questions[0]}")
            case "backup":
                count = _open_knowledge(settings).backup(given.file)
                print(f"{count} entries written to {given.file}.")
            case "restore":
                count = _open_knowledge(settings).restore(given.file)
                print(f"{count} entries restored from {given.file}; what was known before is replaced.")
            case "starter":
                switches.run(_open_knowledge(settings), STARTER, given.action, given.part)
            case "tools":
                _run_tool(Toolbox(discover_tools()), given.name, given.text)
            case "about":
                _print_about()
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


def _build(settings: Settings) -> Bot:
    STEPS.begin("Opening the models")
    return build(settings)


async def _prepare(bot: Bot) -> None:
    STEPS.begin("Reading the knowledge")
    bot.knowledge_source.progress = bot.document_source.progress = STEPS.advance
    await bot.prepare()
    STEPS.end()


async def _check(bot: Bot, as_json: bool) -> None:
    try:
        await _prepare(bot)
        await asyncio.to_thread(check_command.run, bot, as_json, _advance)
    finally:
        await bot.close()


def _advance(share: float) -> None:
    """Show the share of the check that is done, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\rChecking ... {share:4.0%}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)


def _open_knowledge(settings: Settings) -> Knowledge:
    return Knowledge(open_home(settings.home) / "knowledge.db", settings.choices)


def _show_conflicts(knowledge: Knowledge) -> None:
    found = knowledge.list_conflicts()
    for entries in found:
        print(
            "\n".join(f"{entry.id} ({entry.place}) {entry.questions[0]}\n    {entry.reply}" for entry in entries) + "\n"
        )
    print(f"{len(found)} questions have more than one reply." if found else "No question has more than one reply.")


def _print_about() -> None:
    for folder in sorted(path for path in paths.artifacts_dir().glob("[!.]*") if path.is_dir()):
        manifest = artifact.open(folder).manifest
        print(f"{folder.name}\n  trained on: {manifest.trained_on}\n  licence: {manifest.licence}")
        for score in manifest.scores:
            beside = f"chance {score.chance:g}, {score.baseline_is} {score.baseline:g}"
            print(f"  {score.set}, {score.metric}: {score.value:g} ({beside})")
        print(f"  limits: {manifest.limits}")


def _run_tool(toolbox: Toolbox, name: str | None, text: str) -> None:
    if name is None:
        for tool in toolbox:
            for language in LANGUAGES:
                print(f"{tool.name}  {tool.title[language]}: {tool.purpose[language]}")
        return
    _print_result(toolbox.run(name, Request(text, language_of(text, "en"))))


def _print_result(result: Result) -> None:
    print(result.text)
    if result.table is not None:
        for row in (result.table.columns, *result.table.rows):
            print("  " + "\t".join(row))
    if result.note:
        print(result.note)


async def _talk(bot: Bot, new: bool) -> int:
    await bot.engine.store.open()
    await _prepare(bot)
    store = bot.engine.store
    try:
        earlier = [] if new else await store.conversations(OWNER)
        conversation = (earlier[0] if earlier else await store.begin(OWNER, "terminal")).id
        print(_HELP)
        for turn in (await store.turns(OWNER, conversation))[-3:]:
            print(f"> {turn.message.text}\n{turn.reply.text}")
            _print_suggestions(turn.reply)
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
                    print(_explain(turns[-1].reply) if turns else "Nothing has been asked yet.")
                case "/retry":
                    if await store.turns(OWNER, conversation):
                        _print_reply((await bot.engine.retry(OWNER, conversation)).reply)
                case _ if text == "/picture" or text.startswith("/picture "):
                    try:
                        picture = await asyncio.to_thread(
                            _store_picture, bot, conversation, text.removeprefix("/picture").strip()
                        )
                    except (PictureError, OSError) as error:
                        print(error)
                        continue
                    await _say(bot, conversation, Message("", picture))
                case _:
                    turns = await store.turns(OWNER, conversation, last=1)
                    await _say(bot, conversation, _read_message(text, turns[-1].reply if turns else None))
    finally:
        await bot.close()


def _read_message(text: str, reply: Reply | None) -> Message:
    """Return what was typed as a message.

    The number of a suggestion of the last reply chooses that one.
    """
    if reply is not None and text.isdecimal() and 1 <= int(text) <= len(reply.suggestions):
        suggestion = reply.suggestions[int(text) - 1]
        return Message(suggestion.question, entry=suggestion.entry or None)
    return Message(text)


async def _say(bot: Bot, conversation: str, message: Message) -> None:
    async for update in bot.engine.stream(OWNER, conversation, message, "en"):
        if update.turn is not None:
            _print_reply(update.turn.reply)


def _store_picture(bot: Bot, conversation: str, path: str) -> str:
    """Store a picture file with the conversation and return its name there.

    Raises PictureError, OSError.
    """
    return bot.pictures.store(conversation, Path(path).expanduser().read_bytes())


def _print_reply(reply: Reply) -> None:
    print(reply.text)
    _print_suggestions(reply)
    if reply.chosen is not None:
        chosen = reply.candidates[reply.chosen]
        print(f"  [{_format_origin(chosen.evidence)} · {chosen.score:.2f}]")


def _print_suggestions(reply: Reply) -> None:
    for number, suggestion in enumerate(reply.suggestions, 1):
        print(f"  {number}  {suggestion.question}")


def _format_origin(evidence: Evidence) -> str:
    if evidence.model:
        return f"model {evidence.model}"
    if evidence.quotation is not None:
        return f"document {describe_place(evidence.quotation, 'en')}"
    return f"tool {evidence.tool}" if evidence.tool else f"{evidence.entry} · {evidence.file}:{evidence.row}"


def _explain(reply: Reply) -> str:
    lines = []
    if reply.verdict:
        rests = " · ".join(reply.verdict.fired)
        lines.append(f"{reply.verdict.kind} {reply.verdict.probability:.3f}: {rests}")
    for place, candidate in enumerate(reply.candidates):
        mark = "*" if place == reply.chosen else " "
        shares = ", ".join(
            f"{name} {share:+.2f}" for name, share in candidate.evidence.features.items() if abs(share) >= 0.005
        )
        asked = candidate.evidence.question or " ".join(candidate.text.split())[:60]
        lines.append(f"{mark} {candidate.score:.3f}  {_format_origin(candidate.evidence)}  {asked}")
        if candidate.evidence.alternatives and place == (reply.chosen or 0):
            lines += [f"          {likely:6.1%}  {text}" for text, likely in candidate.evidence.alternatives]
        if shares:
            lines.append(f"          {shares}")
        if candidate.evidence.quotation is not None and place == (reply.chosen or 0):
            lines += [f"          | {line}" for line in show_surroundings(candidate.evidence.quotation).split("\n")]
    lines.append(", ".join(f"{stage} {spent:.1f} ms" for stage, spent in reply.timings.items()))
    return "\n".join(lines)


if __name__ == "__main__":
    LOADED.set()
    raise_interrupts()
    sys.exit(main())
