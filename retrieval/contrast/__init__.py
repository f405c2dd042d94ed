"""Contrasts: the slots in which look-alike questions differ."""
