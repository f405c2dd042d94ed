"""Judge a log of dialogues, of this bot or another: `python -m examples.judge_log`.

The log is a CSV file with a question and its answer in each row. The same as a command:
`python -m bot evaluate LOG.csv --out DIR`.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any

from evaluation.options import Options
from evaluation.pipeline import evaluate
from evaluation.task import Task

TURNS = [
    ("几点关门？", "晚上十点。"),
    ("When do you close?", "At ten in the evening."),
    ("Do you ship abroad?", "Sorry, I don't know."),
    ("Can I return it?", "Sorry, I don't know."),
]


def judge(folder: Path) -> dict[str, Any]:
    """Write the log and its report into the folder; return what report.json holds."""
    log = folder / "log.csv"
    with log.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "answer"), *TURNS])
    return evaluate(Task((log,), folder / "report", Options()))


def main() -> None:
    """Print the main numbers and the files of the report."""
    with tempfile.TemporaryDirectory() as folder:
        result = judge(Path(folder))
        print(f"{result['counts']['turns']} turns were judged")
        for file in sorted((Path(folder) / "report").iterdir()):
            print(file.name)


if __name__ == "__main__":
    main()
