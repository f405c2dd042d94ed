"""The entries a bot knows, in one file that outlives it: learn, edit, forget, back up."""

from bot.knowledge.database import KnowledgeError
from bot.knowledge.learning import Report
from bot.knowledge.store import BY_HAND, Changes, Knowledge

__all__ = ["BY_HAND", "Changes", "Knowledge", "KnowledgeError", "Report"]
