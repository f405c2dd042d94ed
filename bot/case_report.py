"""The outcomes of `python -m bot evaluate --cases` as text, JSON and HTML."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

from bot.cases import CaseResult, answer_cases, read_cases
from bot.evaluation_adapter import EngineAnswer
from bot.knowledge import Knowledge, KnowledgeError
from bot.questions import build_record
from evaluation.atomic_file import write_text_atomically
from evaluation.options import SCHEMA, EvaluationError
from evaluation.progress_bar import ProgressBar

_MAX_SHOWN_CHARS = 100
_STYLESHEET = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.4rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}.failed{background:#fdecea}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}.failed{background:#4a1f1b}}"
)


def run_cases(path: Path, out: Path | None, knowledge: Knowledge, answer: EngineAnswer) -> int:
    """Put the cases to the bot, print which fail, and return the exit status.

    The status is 1 if a case fails and 2 if the file cannot be used. out is the folder for report.json and report.html, None for
    no report. Raises OSError where it cannot be written.
    """
    try:
        cases = read_cases(path, knowledge)
    except (EvaluationError, KnowledgeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    bar = ProgressBar()
    try:
        results = asyncio.run(answer_cases(cases, knowledge, answer, lambda share: bar.show("asking", share)))
    finally:
        bar.clear()
    print(render_table(results))
    if out is not None:
        write_report(out, path.name, results)
        print(f"\n{out / 'report.html'}")
    return int(any(result.missing for result in results))


def render_table(results: Sequence[CaseResult]) -> str:
    """Return the cases that fail, each with what came instead, and a summary."""
    lines = []
    failed = [result for result in results if result.missing]
    for result in failed:
        lines.append(f"FAILED {result.case.name} ({result.case.place})")
        if result.case.name != result.case.question.text:
            lines.append(f"  question: {result.case.question.text}")
        lines.append(f"  expected: {'; '.join(result.missing)}")
        lines.append(f"  came:     {_describe_outcome(result)}")
    lines.append(f"{len(results)} cases: {len(results) - len(failed)} passed, {len(failed)} failed.")
    return "\n".join(lines)


def write_report(folder: Path, file: str, results: Sequence[CaseResult]) -> None:
    """Write report.json and report.html into the folder, each as a whole.

    Raises:
        OSError: The folder cannot be written.
    """
    failed = sum(bool(result.missing) for result in results)
    values = {
        "schema": SCHEMA,
        "file": file,
        "counts": {"cases": len(results), "passed": len(results) - failed, "failed": failed},
        "cases": [
            {
                "name": result.case.name,
                "place": result.case.place,
                "passed": not result.missing,
                "missing": list(result.missing),
            }
            | build_record(result.case.question.text, result.reply)
            for result in results
        ],
    }
    write_text_atomically(folder / "report.json", json.dumps(values, ensure_ascii=False, indent=1) + "\n")
    write_text_atomically(folder / "report.html", render_page(file, results))


def render_page(file: str, results: Sequence[CaseResult]) -> str:
    """Return the report as one HTML file in both languages.

    Every text of a case or a reply is escaped.
    """
    failed = sum(bool(result.missing) for result in results)
    rows = "".join(
        f'<tr class="{"failed" if result.missing else "passed"}">'
        + "".join(f"<td>{escape(text)}</td>" for text in _list_cells(result))
        + "</tr>"
        for result in sorted(results, key=lambda result: not result.missing)
    )
    heads = ("结果 · Result", "用例 · Case", "问题 · Question", "期望 · Expected", "实际 · What came")
    head = "".join(f"<th>{text}</th>" for text in heads)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{escape(file)}</title><style>{_STYLESHEET}</style></head><body>'
        f"<h1>{escape(file)}</h1><p>{len(results)} 个用例，{len(results) - failed} 个通过，{failed} 个未通过。<br>"
        f"{len(results)} cases: {len(results) - failed} passed, {failed} failed.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def _list_cells(result: CaseResult) -> tuple[str, ...]:
    outcome = "未通过 · failed" if result.missing else "通过 · passed"
    return outcome, result.case.name, result.case.question.text, "; ".join(result.missing), _describe_outcome(result)


def _describe_outcome(result: CaseResult) -> str:
    """Return what came instead, on one line.

    That is the kind, the entry, the text, and what was offered.
    """
    record = build_record(result.case.question.text, result.reply)
    text = " ".join(result.reply.text.split())
    shown = text if len(text) <= _MAX_SHOWN_CHARS else text[: _MAX_SHOWN_CHARS - 1] + "…"
    parts = [result.reply.kind, *([str(record["entry"])] if record["entry"] else []), shown]
    offers = " / ".join(suggestion.question for suggestion in result.reply.suggestions)
    return " · ".join(parts) + (f" [{offers}]" if offers else "")
