"""How good written replies are: perplexity, likeness to what people replied, variety, repetition, speed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.metrics.bleu import corpus_bleu
from data.metrics.chrf import corpus_chrf
from data.metrics.distinct import distinct
from data.metrics.embedding import embedding_average, greedy_matching
from data.metrics.repetition import repetition_rate
from data.metrics.tokens import tokens
from data.records import Language
from generation.examples import Exchange, Style
from generation.infer import Generator
from generation.ngram import NGram
from generation.search import DecodingConfig

Vectors = Callable[[str], NDArray[np.floating]]


class ReplySystem(Protocol):
    """What is measured: a generator, or a baseline that gives replies."""

    def reply(self, context: Sequence[str], language: Language, style: Style) -> tuple[str, int]:
        """The reply and how many ids were made for it."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """The replies, in the order of the exchanges, and the measures by name."""

    replies: tuple[str, ...]
    measures: Mapping[str, float]


def evaluate_replies(system: ReplySystem, exchanges: Sequence[Exchange], vectors: Vectors | None = None) -> Evaluation:
    """The system's replies to exchanges of one language, beside what people replied. Raises ValueError for none.

    Variety is measured on the same number of tokens for both, as many as the shorter side has; likeness by vectors where
    there are some.
    """
    if not exchanges:
        raise ValueError("there are no exchanges to measure on")
    began, made, replies = time.perf_counter(), 0, []
    for one in exchanges:
        text, count = system.reply(one.context, one.language, one.style)
        replies.append(text)
        made += count
    seconds = time.perf_counter() - began
    return Evaluation(
        tuple(replies), compute_metrics(replies, exchanges, vectors) | {"tokens per second": made / max(seconds, 1e-9)}
    )


def compute_metrics(
    replies: Sequence[str], exchanges: Sequence[Exchange], vectors: Vectors | None = None
) -> dict[str, float]:
    """The measures of replies to exchanges of one language."""
    wanted = [one.reply for one in exchanges]
    language = exchanges[0].language
    ours, theirs = [tokens(text) for text in replies], [tokens(text) for text in wanted]
    first = min(sum(map(len, ours)), sum(map(len, theirs)))
    found = {
        "BLEU": corpus_bleu(replies, wanted, language),
        "chrF": corpus_chrf(replies, wanted),
        "distinct-1": distinct(ours, 1, first),
        "distinct-2": distinct(ours, 2, first),
        "distinct-1 of people": distinct(theirs, 1, first),
        "distinct-2 of people": distinct(theirs, 2, first),
        "repetitive": repetition_rate(ours),
        "repetitive of people": repetition_rate(theirs),
        "length": sum(map(len, ours)) / len(ours),
        "length of people": sum(map(len, theirs)) / len(theirs),
        "empty": sum(not text.strip() for text in replies) / len(replies),
    }
    if vectors is not None:
        pairs = [(vectors(one), vectors(other)) for one, other in zip(replies, wanted, strict=True)]
        found["embedding average"] = sum(embedding_average(*pair) for pair in pairs) / len(pairs)
        found["embedding greedy"] = sum(greedy_matching(*pair) for pair in pairs) / len(pairs)
    return found


def compute_perplexity(log_probs: Iterable[tuple[float, int]]) -> float:
    """exp of the negative mean log-probability of an id, over texts given as their sum and their number of ids.

    >>> round(compute_perplexity([(-2.0, 1), (-4.0, 2)]), 3)
    7.389
    """
    pairs = list(log_probs)
    return math.exp(-sum(total for total, _ in pairs) / max(1, sum(count for _, count in pairs)))


def measure_perplexity(generator: Generator, exchanges: Iterable[Exchange]) -> float:
    """The generator's perplexity of what people replied, by its graphs as they are, rounded weights and all."""
    scored = []
    for one in exchanges:
        count = len(generator.tokenizer.encode_target(one.reply))
        mean = generator.log_probs(one.context, [one.reply], one.language, one.style)[0]
        scored.append((mean * count, count))
    return compute_perplexity(scored)


def measure_ngram_perplexity(model: NGram, targets: Iterable[Sequence[int]]) -> float:
    """The n-gram model's perplexity of targets as codecs encode them, EOS included."""
    scored = [model.log_probs(list(target)) for target in targets]
    return compute_perplexity((float(one.sum()), len(one)) for one in scored)


@dataclass(frozen=True)
class BeamReplies:
    """A generator's first reply by beam search."""

    generator: Generator
    config: DecodingConfig
    mmi_weight: float = 0.0

    def reply(self, context: Sequence[str], language: Language, style: Style) -> tuple[str, int]:
        """The reply and how many ids it has, its end included."""
        found = self.generator.write(context, language, style, self.config, mmi_weight=self.mmi_weight)
        return (found[0].text, len(found[0].ids) + 1) if found else ("", 1)


@dataclass(frozen=True)
class SampledReplies:
    """One reply of a generator, drawn by nucleus sampling; the same exchange always gets the same."""

    generator: Generator
    config: DecodingConfig

    def reply(self, context: Sequence[str], language: Language, style: Style) -> tuple[str, int]:
        """The reply and how many ids it has, its end included."""
        found = self.generator.sample(context, language, style, replace(self.config, width=1))
        return (found[0].text, len(found[0].ids) + 1) if found else ("", 1)
