"""Passages of documents: found by words and meaning, and the sentence in them that answers."""
