"""Evaluate generated replies.

The measures are perplexity, similarity to human replies, diversity, repetition and speed.
"""

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
    """A generator, or a baseline that replies."""

    def reply(self, context: Sequence[str], language: Language, style: Style) -> tuple[str, int]:
        """Return a reply and the number of ids generated for it."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """The replies, in the order of the exchanges, and the metrics by name."""

    replies: tuple[str, ...]
    measures: Mapping[str, float]


def evaluate_replies(system: ReplySystem, exchanges: Sequence[Exchange], vectors: Vectors | None = None) -> Evaluation:
    """Reply to exchanges of one language and compare the replies with those of people.

    Args:
        system: The generator or baseline.
        exchanges: Contexts with the replies of people.
        vectors: Returns the word vectors of a text; without it the embedding metrics are left out.

    Raises:
        ValueError: There are no exchanges.
    """
    if not exchanges:
        raise ValueError("there are no exchanges to measure on")
    began, made, replies = time.perf_counter(), 0, []
    for exchange in exchanges:
        text, count = system.reply(exchange.context, exchange.language, exchange.style)
        replies.append(text)
        made += count
    seconds = time.perf_counter() - began
    return Evaluation(
        tuple(replies), compute_metrics(replies, exchanges, vectors) | {"tokens per second": made / max(seconds, 1e-9)}
    )


def compute_metrics(
    replies: Sequence[str], exchanges: Sequence[Exchange], vectors: Vectors | None = None
) -> dict[str, float]:
    """Return the metrics of replies to exchanges of one language.

    Diversity is computed on the same number of tokens for both sides: as many as the shorter side has.
    """
    wanted = [exchange.reply for exchange in exchanges]
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
        pairs = [(vectors(reply), vectors(other)) for reply, other in zip(replies, wanted, strict=True)]
        found["embedding average"] = sum(embedding_average(*pair) for pair in pairs) / len(pairs)
        found["embedding greedy"] = sum(greedy_matching(*pair) for pair in pairs) / len(pairs)
    return found


def compute_perplexity(log_probs: Iterable[tuple[float, int]]) -> float:
    """Return exp of the negative mean log-probability of an id.

    Each text is given as its sum and its number of ids.

    >>> round(compute_perplexity([(-2.0, 1), (-4.0, 2)]), 3)
    7.389
    """
    pairs = list(log_probs)
    return math.exp(-sum(total for total, _ in pairs) / max(1, sum(count for _, count in pairs)))


def measure_perplexity(generator: Generator, exchanges: Iterable[Exchange]) -> float:
    """Return a generator's perplexity on human replies, with quantized graphs."""
    scored = []
    for exchange in exchanges:
        count = len(generator.tokenizer.encode_target(exchange.reply))
        mean = generator.log_probs(exchange.context, [exchange.reply], exchange.language, exchange.style)[0]
        scored.append((mean * count, count))
    return compute_perplexity(scored)


def measure_ngram_perplexity(model: NGram, targets: Iterable[Sequence[int]]) -> float:
    """Return an n-gram model's perplexity on targets of a tokenizer, EOS included."""
    scored = [model.log_probs(list(target)) for target in targets]
    return compute_perplexity((float(log_probs.sum()), len(log_probs)) for log_probs in scored)


@dataclass(frozen=True)
class BeamReplies:
    """Replies with the first result of beam search."""

    generator: Generator
    config: DecodingConfig
    mmi_weight: float = 0.0

    def reply(self, context: Sequence[str], language: Language, style: Style) -> tuple[str, int]:
        """Return the reply and its number of ids, the end included."""
        found = self.generator.write(context, language, style, self.config, mmi_weight=self.mmi_weight)
        return (found[0].text, len(found[0].ids) + 1) if found else ("", 1)


@dataclass(frozen=True)
class SampledReplies:
    """Replies with one nucleus sample; the same exchange always gets the same reply."""

    generator: Generator
    config: DecodingConfig

    def reply(self, context: Sequence[str], language: Language, style: Style) -> tuple[str, int]:
        """Return the reply and its number of ids, the end included."""
        found = self.generator.sample(context, language, style, replace(self.config, width=1))
        return (found[0].text, len(found[0].ids) + 1) if found else ("", 1)
