"""What every measure keeps to. Run: python -m pytest tests/contract/test_metrics.py"""

import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from typing import Any

import pytest

import data.metrics

# Nobody's invention, or no measure but what measures are made of.
PLAIN = {"accuracy", "rank_labels", "tokens", "normalize_answer"}
# What measures are counted with, so that parts of a log add up exactly.
COUNTED = {"histogram", "ngram_counts", "resampling", "distinct_count"}


def measures() -> list[Callable[..., Any]]:
    """Every public function of data.metrics that measures something."""
    modules = [
        importlib.import_module(f"data.metrics.{one.name}")
        for one in pkgutil.iter_modules(data.metrics.__path__)
        if one.name not in COUNTED
    ]
    return [
        value
        for module in modules
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    ]


@pytest.mark.parametrize("measure", measures(), ids=lambda measure: str(measure.__name__))
def test_a_measure_names_its_source_and_shows_itself(measure: Callable[..., Any]) -> None:
    said = inspect.getdoc(measure) or ""
    assert doctest.DocTestParser().get_examples(said), "no example"
    source = f"{said}\n{inspect.getmodule(measure).__doc__}"
    assert measure.__name__ in PLAIN or re.search(r"\b(?:19|20)\d\d\b", source), "no source"
    assert inspect.signature(measure).return_annotation != inspect.Signature.empty


def test_there_are_measures() -> None:
    assert {
        "corpus_bleu",
        "corpus_chrf",
        "distinct",
        "rouge_l",
        "repetition_rate",
        "greedy_matching",
        "caption_bleu",
        "cider",
    } <= {measure.__name__ for measure in measures()}
