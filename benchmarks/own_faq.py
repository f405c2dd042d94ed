"""An owner's FAQ and what his customers ask: answered, offered, refused or wrong.

python -m benchmarks.own_faq [FOLDER ...] [--unrelated N] [--curve FILE.svg] [--failures]

Each folder holds faq.csv and questions.jsonl; without one, the two owners in benchmarks/own_faq_owners. Beside the bot stand
BM25 over the words of the stored questions and the sentence encoder alone, each at the threshold of its own that answers as many
near misses as the bot does, and chance.
"""

from __future__ import annotations

from pathlib import Path

OWNERS = Path(__file__).parent / "own_faq_owners"
COVERED = ("paraphrase", "typo", "cross", "follow", "sibling")
