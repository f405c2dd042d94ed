"""What the tests of the knowledge share: a table to learn, and how it is learned and counted."""

from pathlib import Path

from bot.knowledge import Knowledge, Report
from data.formats import read_pairs
from data.records import Entry

FAQ = "问题,答案\n什么是CNN,一种卷积网络\nCNN是什么,一种卷积网络\nwhat is a CNN,a convolutional network\n"


def learn(knowledge: Knowledge, folder: Path, text: str, name: str = "faq.csv") -> Report:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return knowledge.learn(read_pairs(path), name)


def counts(report: Report) -> tuple[int, int, int]:
    return report.taken, report.merged, len(report.refused)


def texts(knowledge: Knowledge) -> list[tuple[tuple[str, ...], str]]:
    return sorted((entry.questions, entry.reply) for entry in knowledge.entries())


def read_speaking(knowledge: Knowledge) -> tuple[int, list[Entry]]:
    """Return the revision and every entry that speaks, by file, row and id, both of the same moment."""
    changes = knowledge.changes_since(0)
    return changes.revision, sorted(changes.changed, key=lambda entry: (entry.place.file, entry.place.row, entry.id))
