"""Paraphrase identification: whether two questions ask the same thing, told by what they share and by what only one says."""
