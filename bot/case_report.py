"""`python -m bot evaluate --cases`: the table it prints and the report it writes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

from bot.cases import Judged, judge_cases, read_cases
from bot.evaluation_adapter import EngineAnswer
from bot.knowledge import Knowledge, KnowledgeError
from bot.questions import outcome_record
from evaluation.counting import write_whole
from evaluation.options import SCHEMA, EvaluationError
from evaluation.terminal import Bar

_SHOWN = 100
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.4rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}.failed{background:#fdecea}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}.failed{background:#4a1f1b}}"
)


def run_cases(path: Path, out: Path | None, knowledge: Knowledge, answer: EngineAnswer) -> int:
    """Put the cases of the file to the bot and print which do not hold; out is the folder for report.json and report.html.

    The exit status is 1 if a case does not hold and 2 if the file cannot be used. Raises OSError where out cannot be written.
    """
    try:
        cases = read_cases(path, knowledge)
    except (EvaluationError, KnowledgeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    bar = Bar()
    try:
        judged = asyncio.run(judge_cases(cases, knowledge, answer, lambda share: bar.show("asking", share)))
    finally:
        bar.end()
    print(render_table(judged))
    if out is not None:
        write_report(out, path.name, judged)
        print(f"\n{out / 'report.html'}")
    return int(any(one.missing for one in judged))


def render_table(judged: Sequence[Judged]) -> str:
    """Return the cases that do not hold, each with what came instead, and a summary."""
    lines = []
    failed = [one for one in judged if one.missing]
    for one in failed:
        lines.append(f"FAILED {one.case.name} ({one.case.place})")
        if one.case.name != one.case.question.text:
            lines.append(f"  question: {one.case.question.text}")
        lines.append(f"  expected: {'; '.join(one.missing)}")
        lines.append(f"  came:     {_came(one)}")
    lines.append(f"{len(judged)} cases: {len(judged) - len(failed)} passed, {len(failed)} failed.")
    return "\n".join(lines)


def write_report(folder: Path, file: str, judged: Sequence[Judged]) -> None:
    """Write report.json and report.html into the folder, each as a whole. Raises OSError."""
    failed = sum(bool(one.missing) for one in judged)
    result = {
        "schema": SCHEMA,
        "file": file,
        "counts": {"cases": len(judged), "passed": len(judged) - failed, "failed": failed},
        "cases": [
            {"name": one.case.name, "place": one.case.place, "passed": not one.missing, "missing": list(one.missing)}
            | outcome_record(one.case.question.text, one.reply)
            for one in judged
        ],
    }
    write_whole(folder / "report.json", json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    write_whole(folder / "report.html", render_page(file, judged))


def render_page(file: str, judged: Sequence[Judged]) -> str:
    """Return the report as one HTML file in both languages; every text of a case or a reply is escaped."""
    failed = sum(bool(one.missing) for one in judged)
    rows = "".join(
        f'<tr class="{"failed" if one.missing else "passed"}">'
        + "".join(f"<td>{escape(text)}</td>" for text in _cells(one))
        + "</tr>"
        for one in sorted(judged, key=lambda one: not one.missing)
    )
    heads = ("结果 · Result", "用例 · Case", "问题 · Question", "期望 · Expected", "实际 · What came")
    head = "".join(f"<th>{text}</th>" for text in heads)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{escape(file)}</title><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(file)}</h1><p>{len(judged)} 个用例，{len(judged) - failed} 个通过，{failed} 个未通过。<br>"
        f"{len(judged)} cases: {len(judged) - failed} passed, {failed} failed.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def _cells(one: Judged) -> tuple[str, ...]:
    result = "未通过 · failed" if one.missing else "通过 · passed"
    return result, one.case.name, one.case.question.text, "; ".join(one.missing), _came(one)


def _came(one: Judged) -> str:
    """What came instead, on one line: the kind, the entry, the text, and what was offered."""
    record = outcome_record(one.case.question.text, one.reply)
    text = " ".join(one.reply.text.split())
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    parts = [one.reply.kind, *([str(record["entry"])] if record["entry"] else []), shown]
    offers = " / ".join(suggestion.question for suggestion in one.reply.suggestions)
    return " · ".join(parts) + (f" [{offers}]" if offers else "")
