"""A real artifact of a few kilobytes, so that serving is tested without trained weights and without torch."""

from pathlib import Path

MOOD = Path(__file__).parent / "mood"
