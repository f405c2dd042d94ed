"""Paraphrase identification: whether two questions ask the same thing."""
