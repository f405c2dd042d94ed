"""Decode from a step function: greedy, beam search and nucleus sampling.

It knows no net, graph or vocabulary.

A step takes the last ids int64 [W] and a state, and returns log-probabilities float32 [W, V] of the next id and the next
state. A recurrent net, a Transformer and a captioner all provide one, in training and in serving.
Letters: W hypotheses side by side (the beam), V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
State = TypeVar("State")
ShouldStop = Callable[[], bool]


def never_stop() -> bool:
    """Return False: decoding without a deadline."""
    return False


class Steps(Protocol[State]):
    """A model that can be decoded step by step."""

    def step(self, last: Ids, state: State) -> tuple[Floats, State]:
        """Return log-probabilities [W, V] after the ids last [W], and the next state."""
        ...

    def reorder_cache(self, state: State, rows: Ids) -> State:
        """Return the state of the hypotheses rows int64 [W'].

        A row may occur several times or not at all.
        """
        ...


@dataclass(frozen=True)
class DecodingConfig:
    """How to decode; given with each call.

    Args:
        width: The number of hypotheses side by side: the beam's width, or how many replies are sampled.
        length_penalty: Alpha of the length penalty ((5 + length) / 6) ** alpha (Wu et al. 2016, section 7, equation 14).
        no_repeat_ngram: No n-gram of this length occurs twice in a reply (Paulus et al. 2017, section 2.5); 0 allows all.
        temperature: For sampling; divides the log-probabilities.
        top_p: For sampling; the share of the probability to draw from (Holtzman et al. 2020, section 3.1).
        min_length: The fewest ids of a reply, without the end.
        max_length: The most ids of a reply, without the end.

    Raises:
        ValueError: A value is out of its range.
    """

    width: int = 4
    length_penalty: float = 0.7
    no_repeat_ngram: int = 3
    temperature: float = 1.0
    top_p: float = 0.9
    min_length: int = 1
    max_length: int = 40

    def __post_init__(self) -> None:
        if (
            self.width < 1
            or self.max_length < max(1, self.min_length)
            or self.temperature <= 0
            or not 0 < self.top_p <= 1
        ):
            raise ValueError(
                f"decoding needs a width of at least 1, max_length of at least 1 and min_length, a temperature above 0 and "
                f"top_p in (0, 1]; given {self}"
            )


@dataclass(frozen=True)
class Hypothesis:
    """A decoded sequence.

    Args:
        ids: The ids without the end.
        log_prob: The sum of the log-probabilities of the ids and, if finished, of the end.
        finished: False if the deadline came before the end.
    """

    ids: tuple[int, ...]
    log_prob: float
    finished: bool

    @property
    def mean(self) -> float:
        """Return the mean log-probability of an id."""
        return self.log_prob / max(1, len(self.ids) + self.finished)

    def score(self, length_penalty: float) -> float:
        """Return the log-probability divided by the length penalty; higher is better."""
        return float(self.log_prob / ((5 + len(self.ids) + self.finished) / 6) ** length_penalty)


def stream_greedy(
    steps: Steps[State], state: State, first: int, end: int, config: DecodingConfig, banned: Sequence[int] = ()
) -> Iterator[int]:
    """Yield the most probable id at each step, without the end."""
    yield from _stream(steps, state, first, end, config, banned, lambda log_probs: int(log_probs.argmax()))


def stream_sample(
    steps: Steps[State],
    state: State,
    first: int,
    end: int,
    config: DecodingConfig,
    chance: np.random.Generator,
    banned: Sequence[int] = (),
) -> Iterator[int]:
    """Yield ids by nucleus sampling, without the end.

    Each is drawn from the smallest set that holds top_p of the probability.

    Source: Holtzman et al. 2020, The Curious Case of Neural Text Degeneration, section 3.1.
    """

    yield from _stream(
        steps,
        state,
        first,
        end,
        config,
        banned,
        lambda log_probs: _sample_id(log_probs, config, float(chance.random())),
    )


def sample(
    steps: Steps[State],
    state: State,
    first: int,
    end: int,
    config: DecodingConfig,
    chance: np.random.Generator,
    banned: Sequence[int] = (),
    should_stop: ShouldStop = never_stop,
) -> list[Hypothesis]:
    """Sample config.width hypotheses and sort them by mean log-probability.

    Some may be equal.

    Sampling several and taking the best is sample-and-rank (Adiwardana et al. 2020, Towards a Human-like Open-Domain
    Chatbot, section 2.6). Beam search prefers replies that fit any message. Log-probabilities are those before temperature
    and top_p. Decoding ends as that of `beam_search` does.

    Args:
        steps: The model.
        state: The state of a single hypothesis.
        first: The id before the first one.
        end: The id that ends a reply.
        config: How to decode.
        chance: The source of randomness.
        banned: Ids that never occur in a reply.
        should_stop: Asked after each step; the result is then what there is.
    """
    state = steps.reorder_cache(state, np.zeros(config.width, dtype=np.int64))
    last = np.full(config.width, first, dtype=np.int64)
    said: list[tuple[int, ...]] = [()] * config.width
    totals = [0.0] * config.width
    finished: list[Hypothesis] = []
    for length in range(config.max_length + 1):
        log_probs, state = steps.step(last, state)
        allowed = _mask_forbidden(log_probs, said, end, config, banned)
        chosen = [
            end if length == config.max_length else _sample_id(row, config, float(chance.random())) for row in allowed
        ]
        totals = [total + float(log_probs[row, id]) for row, (total, id) in enumerate(zip(totals, chosen, strict=True))]
        finished += [Hypothesis(said[row], totals[row], finished=True) for row, id in enumerate(chosen) if id == end]
        going = [row for row, id in enumerate(chosen) if id != end]
        said, totals = [(*said[row], chosen[row]) for row in going], [totals[row] for row in going]
        if not going or should_stop():
            break
        last = np.array([chosen[row] for row in going], dtype=np.int64)
        state = steps.reorder_cache(state, np.array(going, dtype=np.int64))
    unfinished = [Hypothesis(sequence, total, finished=False) for sequence, total in zip(said, totals, strict=True)]
    finished.sort(key=lambda hypothesis: -hypothesis.mean)
    unfinished.sort(key=lambda hypothesis: -hypothesis.mean)
    return finished + unfinished


def beam_search(
    steps: Steps[State],
    state: State,
    first: int,
    end: int,
    config: DecodingConfig,
    banned: Sequence[int] = (),
    should_stop: ShouldStop = never_stop,
) -> list[Hypothesis]:
    """Return at most config.width hypotheses, best first.

    They are sorted by log-probability with length penalty.

    Decoding ends when no open hypothesis can overtake the finished ones, at max_length, or when should_stop returns True.
    In the last case the finished hypotheses come first, then the unfinished ones. At least one step is made.

    Args:
        steps: The model.
        state: The state of a single hypothesis.
        first: The id before the first one.
        end: The id that ends a reply.
        config: How to decode.
        banned: Ids that never occur in a reply.
        should_stop: Asked after each step.
    """
    width, length_penalty = config.width, config.length_penalty
    ids: list[tuple[int, ...]] = [()]
    totals = np.zeros(1)
    last = np.array([first], dtype=np.int64)
    finished: list[Hypothesis] = []
    for length in range(config.max_length + 1):
        log_probs, state = steps.step(last, state)
        log_probs = _mask_forbidden(log_probs, ids, end, config, banned)
        if length == config.max_length:
            # At max_length only the end may follow.
            finished += [
                Hypothesis(sequence, float(total + log_probs[row, end]), True)
                for row, (sequence, total) in enumerate(zip(ids, totals, strict=True))
            ]
            ids = []
            break
        summed = totals[:, None] + log_probs
        # The best of each row are at most the end and width others.
        flat = summed.ravel()
        count = min(2 * width, flat.size)
        best = np.argpartition(-flat, count - 1)[:count]
        best = best[np.argsort(-flat[best], kind="stable")]
        rows, chosen = np.divmod(best, summed.shape[1])
        kept_rows: list[int] = []
        kept_ids: list[int] = []
        for row, id, total in zip(rows.tolist(), chosen.tolist(), flat[best].tolist(), strict=True):
            if not math.isfinite(total) or len(kept_rows) == width:
                break
            if id == end:
                finished.append(Hypothesis(ids[row], total, True))
            else:
                kept_rows.append(row)
                kept_ids.append(id)
        if not kept_rows:
            ids = []
            break
        order = np.array(kept_rows, dtype=np.int64)
        last = np.array(kept_ids, dtype=np.int64)
        totals = summed[order, last]
        ids = [(*ids[row], id) for row, id in zip(kept_rows, kept_ids, strict=True)]
        state = steps.reorder_cache(state, order)
        if _is_decided(finished, totals, config) or should_stop():
            break
    finished.sort(key=lambda hypothesis: -hypothesis.score(length_penalty))
    unfinished = [Hypothesis(sequence, float(total), False) for sequence, total in zip(ids, totals, strict=False)]
    unfinished.sort(key=lambda hypothesis: -hypothesis.score(length_penalty))
    return (finished + unfinished)[:width]


def rerank_mmi(found: Sequence[Hypothesis], backward: Callable[[Hypothesis], float], weight: float) -> list[Hypothesis]:
    """Sort hypotheses by maximum mutual information.

    The score is the mean log-probability plus weight times the backward log-probability.

    Args:
        found: The hypotheses.
        backward: Returns the mean log-probability of the message given a reply; it is low for replies that fit anything.
        weight: The weight of the backward log-probability.

    Source: Li et al. 2016, A Diversity-Promoting Objective Function, sections 3.2 and 4.2 (MMI-bidi on an N-best list).
    """
    return sorted(found, key=lambda hypothesis: -(hypothesis.mean + weight * backward(hypothesis)))


def score_targets(steps: Steps[State], state: State, first: int, targets: Sequence[Sequence[int]]) -> list[float]:
    """Return the log-probability of each target, all scored side by side.

    Args:
        steps: The model.
        state: The state of a single hypothesis.
        first: The id before the first one.
        targets: The ids of each target, followed by the end if that is to count.

    Raises:
        ValueError: There are no targets.
    """
    if not targets:
        raise ValueError("there are no targets to score; give at least one")
    state = steps.reorder_cache(state, np.zeros(len(targets), dtype=np.int64))
    totals = np.zeros(len(targets))
    last = np.full(len(targets), first, dtype=np.int64)
    for place in range(max(map(len, targets))):
        log_probs, state = steps.step(last, state)
        last = last.copy()  # the state may refer to it
        for row, target in enumerate(targets):
            # A row that is complete repeats its last id; those steps are not counted.
            if place < len(target):
                totals[row] += log_probs[row, target[place]]
                last[row] = target[place]
    return [float(total) for total in totals]


def _stream(
    steps: Steps[State],
    state: State,
    first: int,
    end: int,
    config: DecodingConfig,
    banned: Sequence[int],
    choose: Callable[[Floats], int],
) -> Iterator[int]:
    ids: tuple[int, ...] = ()
    last = first
    while len(ids) < config.max_length:
        log_probs, state = steps.step(np.array([last], dtype=np.int64), state)
        last = choose(_mask_forbidden(log_probs, [ids], end, config, banned)[0])
        if last == end:
            return
        ids = (*ids, last)
        yield last


def _sample_id(log_probs: Floats, config: DecodingConfig, chance: float) -> int:
    """Return the id that a random number in [0, 1) selects from log_probs [V]."""
    scaled = log_probs.astype(np.float64) / config.temperature
    probabilities = np.exp(scaled - scaled.max())
    probabilities /= probabilities.sum()
    order = np.argsort(-probabilities, kind="stable")
    summed = probabilities[order].cumsum()
    # The set holds the first id and the one with which the share is reached.
    kept = int(np.searchsorted(summed, config.top_p)) + 1
    mass = summed[min(kept, len(summed)) - 1]
    return int(order[min(int(np.searchsorted(summed, chance * mass, side="right")), kept - 1, len(summed) - 1)])


def _mask_forbidden(
    log_probs: Floats, ids: Sequence[tuple[int, ...]], end: int, config: DecodingConfig, banned: Sequence[int]
) -> Floats:
    """Return log_probs with forbidden ids at minus infinity.

    If all are forbidden, the end is allowed.
    """
    log_probs = log_probs.copy()
    log_probs[:, list(banned)] = -np.inf
    for row, said in enumerate(ids):
        if len(said) < config.min_length:
            log_probs[row, end] = -np.inf
        if config.no_repeat_ngram and len(said) >= config.no_repeat_ngram:
            start = said[len(said) - config.no_repeat_ngram + 1 :]
            for place in range(len(said) - config.no_repeat_ngram + 1):
                if said[place : place + config.no_repeat_ngram - 1] == start:
                    log_probs[row, said[place + config.no_repeat_ngram - 1]] = -np.inf
        if not np.isfinite(log_probs[row]).any():
            log_probs[row, end] = 0.0
    return log_probs


def _is_decided(finished: Sequence[Hypothesis], totals: NDArray[np.float64], config: DecodingConfig) -> bool:
    """Return whether no open hypothesis can overtake the finished ones.

    There must be width finished ones.
    """
    if len(finished) < config.width:
        return False
    worst = sorted((hypothesis.score(config.length_penalty) for hypothesis in finished), reverse=True)[config.width - 1]
    # A log-probability only falls, and at max_length the penalty divides it by the most.
    reach = float(totals.max()) / ((6 + config.max_length) / 6) ** max(config.length_penalty, 0.0)
    return bool(reach <= worst)
