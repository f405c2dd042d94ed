"""Human conversations judged as logs: does the report notice exchanged replies?

    python -m benchmarks.log_corpora [--dialogs 2000]

Each corpus goes through the functions of `python -m evaluation` as OpenAI messages: as it is; against itself; and with 10 % of
the replies exchanged among themselves (seed 0), as a bot that became worse. No references are given, so replies are judged by how
well they fit their messages (the sentence encoder, which has seen none of these). A change is noticed if the interval of
quality excludes zero. "unknown" are replies whose wording says that the speaker does not know, which people do say.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from data.corpora import chatterbot, crosswoz, kdconv, xdailydialog, xpersona
from data.records import Dialog
from evaluation.options import Options
from evaluation.pipeline import evaluate
from evaluation.task import Task

CORPORA: dict[str, Callable[[], Iterator[Dialog]]] = {
    "kdconv zh": kdconv.read,
    "crosswoz zh": crosswoz.read,
    "xpersona zh": lambda: xpersona.read("zh"),
    "xpersona en": lambda: xpersona.read("en"),
    "dailydialog zh": lambda: xdailydialog.read("zh"),
    "dailydialog en": lambda: xdailydialog.read("en"),
    "chatterbot zh en": chatterbot.read,
}
SHARE = 0.1


def to_messages(dialog: Dialog, number: int) -> dict[str, Any]:
    """Return the dialogue in the form of OpenAI: whoever speaks first is the user."""
    said = [
        {"role": ("user", "assistant")[place % 2], "content": one.text} for place, one in enumerate(dialog.utterances)
    ]
    return {"id": f"{number}-{dialog.id}", "messages": said}


def exchange_replies(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the log with SHARE of its replies exchanged among themselves."""
    made = copy.deepcopy(log)
    replies = [one for dialog in made for one in dialog["messages"] if one["role"] == "assistant"]
    taken = random.Random(0).sample(replies, round(len(replies) * SHARE))
    for one, text in zip(taken, [taken[-1]["content"], *(two["content"] for two in taken[:-1])], strict=True):
        one["content"] = text
    return made


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogs", type=int, default=2000, help="of each corpus, at most")
    given = parser.parse_args()
    print(
        f"{'corpus':18}{'dialogs':>8}{'turns':>8}{'zh':>7}{'length':>8}{'distinct-2':>11}{'unknown':>9}{'repeated':>9}  ",
        end="",
    )
    print("10 % exchanged: quality [95 %]        unchanged")
    for name, read in CORPORA.items():
        log = [to_messages(dialog, number) for number, dialog in enumerate(islice(read(), given.dialogs))]
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            for file, dialogs in (("old", log), ("same", log), ("worse", exchange_replies(log))):
                lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in dialogs)
                (folder / f"{file}.jsonl").write_text("".join(lines), encoding="utf-8")
            old = (folder / "old.jsonl",)
            same, worse = (
                evaluate(Task((folder / f"{file}.jsonl",), folder / file, Options(), old_logs=old))
                for file in ("same", "worse")
            )
        values = {key: one["value"] for key, one in same["metrics"].items()}
        change, none = (one["comparison"]["metrics"]["quality"] for one in (worse, same))
        distinct = values["distinct_2_zh" if values["chinese_rate"] > 0.5 else "distinct_2_en"]
        counts = same["counts"]
        print(
            f"{name:18}{counts['conversations']:>8,}{counts['turns']:>8,}{values['chinese_rate']:>7.1%}{values['reply_length']:>8.1f}"
            f"{distinct:>11.3f}{values['fallback_rate']:>9.2%}{values.get('repeated_rate', 0):>9.2%}  "
            f"{change['value']:+.4f} [{change['low']:+.4f} {change['high']:+.4f}]  "
            f"{none['value']:+.4f} [{none['low']:+.4f} {none['high']:+.4f}]",
            flush=True,
        )


if __name__ == "__main__":
    main()
