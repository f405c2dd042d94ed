"""The entries and documents a bot knows, in one file that outlives it: learn, edit, forget, back up."""

from bot.knowledge.database import KnowledgeError
from bot.knowledge.documents import DocumentReport, Documents
from bot.knowledge.entries import BY_HAND
from bot.knowledge.learning import Disagreement, Report, Sample
from bot.knowledge.store import Changes, Knowledge
from bot.knowledge.undo import Import, Undone

__all__ = [
    "BY_HAND",
    "Changes",
    "Disagreement",
    "DocumentReport",
    "Documents",
    "Import",
    "Knowledge",
    "KnowledgeError",
    "Report",
    "Sample",
    "Undone",
]
