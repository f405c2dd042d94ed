"""Measures, one a file: pure functions of plain values, each with its source."""
