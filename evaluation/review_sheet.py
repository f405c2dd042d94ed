"""A sheet of sampled turns that two people grade, and how far they agree."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop
from pathlib import Path
from typing import Any

import numpy as np

from data.formats.columns import escape_formula, unescape_formula
from data.metrics.cohen_kappa import cohen_kappa
from data.metrics.resampling import derive_seed
from evaluation.atomic_file import write_text_atomically
from evaluation.metrics import compute_interval
from evaluation.options import EvaluationError

SHEET = "review.csv"
"""The name of the sheet in the folder of the report."""

REVIEWERS = 2
ROUNDS = 1000
_HISTORY = 3
_MAX_CRITERIA, _MAX_GRADES = 20, 20
_MAX_SHOWN = 20
_FIXED = ("conversation", "number", "before", "message", "reply")


@dataclass(frozen=True)
class Criterion:
    """What a reply is graded by, and the grades that may be given, the best first."""

    name: str
    grades: tuple[str, ...]


DEFAULT_RUBRIC = (
    Criterion("correct", ("right", "partly", "wrong")),
    Criterion("helpful", ("yes", "no")),
)


def read_rubric(path: Path) -> tuple[Criterion, ...]:
    """Return the criteria of a text file: one a line, `name: grade, grade, ...`; lines with # are comments.

    Raises:
        EvaluationError: a line is no criterion.
        OSError: the file cannot be read.
    """
    criteria: list[Criterion] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, grades = line.replace("：", ":").partition(":")
        given = tuple(
            dict.fromkeys(
                grade.strip() for grade in grades.replace("，", ",").replace("、", ",").split(",") if grade.strip()
            )
        )
        if not name.strip() or not 2 <= len(given) <= _MAX_GRADES:
            raise EvaluationError(
                f"{path.name}:{number} is {line.strip()[:60]!r}; expected a criterion with at least two grades: "
                "correct: right, partly, wrong (or 正确: 对, 部分对, 错)."
            )
        criteria.append(Criterion(name.strip(), given))
    if not criteria or len(criteria) > _MAX_CRITERIA or len({one.name for one in criteria}) < len(criteria):
        raise EvaluationError(
            f"{path.name} has {len(criteria)} criteria; expected 1 to {_MAX_CRITERIA} with different names, one a line."
        )
    return tuple(criteria)


def write_sheet(turns: Path, path: Path, size: int, rubric: Sequence[Criterion]) -> int:
    """Write the sheet: a row for each sampled turn, with empty cells for the grades of two people.

    The turns are those with the lowest hashes, so the sample is even and the same for the same log.

    Args:
        turns: the report's turns.jsonl, masked as it is.
        path: where the sheet goes.
        size: how many turns.
        rubric: what is graded.

    Returns:
        The number of rows.
    """
    heap: list[tuple[int, int, list[str]]] = []
    history: deque[str] = deque(maxlen=2 * _HISTORY)
    conversation: str | None = None
    with turns.open(encoding="utf-8") as file:
        for index, line in enumerate(file):
            turn = json.loads(line)
            if turn["conversation"] != conversation:
                conversation = turn["conversation"]
                history.clear()
            message, reply = turn["message"] or "", turn["reply"] or ""
            if message.strip() and reply.strip():
                item = (
                    -derive_seed(f"{conversation}\n{turn['number']}"),
                    -index,
                    [conversation or "", str(turn["number"] + 1), "\n".join(history), message, reply],
                )
                if len(heap) < size:
                    heappush(heap, item)
                else:
                    heappushpop(heap, item)
            history.extend((f"> {message}", f"< {reply}"))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(
        [*_FIXED, *(_name_column(criterion, person) for person in range(REVIEWERS) for criterion in rubric), "comment"]
    )
    for _, _, cells in sorted(heap, reverse=True):
        rows.writerow([*map(escape_formula, cells), *[""] * (REVIEWERS * len(rubric) + 1)])
    write_text_atomically(path, "\ufeff" + text.getvalue())
    return len(heap)


def _name_column(criterion: Criterion, person: int) -> str:
    return f"{criterion.name} ({' / '.join(criterion.grades)}) {person + 1}"


def grade_sheet(path: Path) -> dict[str, Any]:
    """Return what a graded sheet says, by criterion: grades, how often the two agree, Cohen's kappa with its interval.

    Raises:
        EvaluationError: the sheet is none, a grade is not one of its column, or nothing was graded by both.
        OSError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path.name} cannot be read as CSV in UTF-8 ({error}). Save it as CSV UTF-8.") from error
    header = [cell.strip() for cell in rows[0]] if rows else []
    columns = _find_columns(header, path.name)
    result: dict[str, Any] = {"rows": 0, "criteria": {}}
    graded = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    result["rows"] = len(graded)
    for name, (grades, places) in columns.items():
        pairs: list[tuple[str, str]] = []
        disagreements: list[dict[str, str]] = []
        for number, row in enumerate(graded, start=2):
            given = [row[place].strip() if place < len(row) else "" for place in places]
            for grade in given:
                if grade and grade not in grades:
                    raise EvaluationError(
                        f"{path.name}:{number} grades {name} as {grade[:40]!r}; expected one of {', '.join(grades)}, or nothing."
                    )
            if all(given):
                pairs.append((given[0], given[1]))
                if given[0] != given[1]:
                    cells = dict(zip(header, map(unescape_formula, row), strict=False))
                    disagreements.append(
                        {
                            "first": given[0],
                            "second": given[1],
                            "message": cells.get("message", ""),
                            "reply": cells.get("reply", ""),
                        }
                    )
        if pairs:
            result["criteria"][name] = _describe(pairs, grades) | {"disagreements": disagreements[:_MAX_SHOWN]}
    if not result["criteria"]:
        raise EvaluationError(
            f"In {path.name} no turn was graded by both people; expected grades in the columns that end in 1 and in 2."
        )
    return result


def _find_columns(header: Sequence[str], name: str) -> dict[str, tuple[tuple[str, ...], list[int]]]:
    columns: dict[str, tuple[tuple[str, ...], list[int]]] = {}
    for place, title in enumerate(header):
        criterion, _, rest = title.rpartition(" (")
        grades, _, person = rest.rpartition(") ")
        if criterion and grades and person in ("1", "2"):
            columns.setdefault(criterion, (tuple(grades.split(" / ")), []))[1].append(place)
    if not columns or any(len(places) != REVIEWERS for _, places in columns.values()):
        raise EvaluationError(
            f"{name} is no sheet of a review; expected the columns that --sample writes, such as "
            "'correct (right / partly / wrong) 1' and the same with 2."
        )
    return columns


def _describe(pairs: Sequence[tuple[str, str]], grades: Sequence[str]) -> dict[str, Any]:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    chance = np.random.default_rng(0)
    drawn = [[pairs[index] for index in chance.integers(0, len(pairs), len(pairs))] for _ in range(ROUNDS)]
    kappas = [cohen_kappa([one for one, _ in sample], [other for _, other in sample]) for sample in drawn]
    interval = compute_interval(np.array([np.nan if kappa is None else kappa for kappa in kappas]))
    counts = Counter(pairs)
    both = Counter(first) + Counter(second)
    return {
        "graded": len(pairs),
        "agreement": sum(one == other for one, other in pairs) / len(pairs),
        "kappa": cohen_kappa(first, second),
        "low": None if interval is None else interval[0],
        "high": None if interval is None else interval[1],
        "shares": {grade: both[grade] / (2 * len(pairs)) for grade in grades},
        "table": [[counts[one, other] for other in grades] for one in grades],
        "grades": list(grades),
    }


def render_review(result: Mapping[str, Any]) -> str:
    """Return the agreement as lines of text."""
    lines = [f"{result['rows']} turns in the sheet", ""]
    for name, found in result["criteria"].items():
        kappa = "cannot be computed: everybody gave one grade" if found["kappa"] is None else f"{found['kappa']:.2f}"
        interval = (
            "" if found["low"] is None or found["kappa"] is None else f" [{found['low']:.2f} .. {found['high']:.2f}]"
        )
        lines.append(
            f"  {name}: graded by both {found['graded']}, the same grade {found['agreement']:.1%}, "
            f"Cohen's kappa {kappa}{interval}"
        )
        lines += [f"    {grade:16}{share:>7.1%}" for grade, share in found["shares"].items()]
        lines += [
            f"    differ: {one['first']} / {one['second']}: {' '.join(one['message'].split())[:60]}"
            for one in found["disagreements"][:5]
        ]
    return "\n".join(lines)
