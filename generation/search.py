"""From a step function to replies: greedy, beam and nucleus search. Knows no net, no graph and no vocabulary.

A step takes the last ids int64 [W] and a state, and gives log-probabilities float32 [W, V] of the next id and the next
state. Whoever has one - a recurrent net, a Transformer, a captioner - can be searched, in training and in serving alike.
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
    """The deadline of who has time: False."""
    return False


class Steps(Protocol[State]):
    """What is searched."""

    def step(self, last: Ids, state: State) -> tuple[Floats, State]:
        """Log-probabilities [W, V] after the ids last [W], and the state then."""
        ...

    def reorder_cache(self, state: State, rows: Ids) -> State:
        """The state of the hypotheses rows int64 [W'], which may repeat and leave out."""
        ...


@dataclass(frozen=True)
class DecodingConfig:
    """How to search; one for each call.

    width is how many hypotheses go side by side. penalty is alpha of the length penalty ((5 + length) / 6) ** alpha (Wu et
    al. 2016, section 7, equation 14). block forbids a reply to say any block-gram twice (Paulus et al. 2017, section 2.5);
    0 forbids nothing. temperature and nucleus are for sampling (Holtzman et al. 2020, section 3.1). shortest and longest
    count ids without the end.
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
                f"a search needs width and longest of at least 1, longest no less than shortest, a temperature above 0 and a "
                f"nucleus in (0, 1]; given {self}"
            )


@dataclass(frozen=True)
class Hypothesis:
    """ids without the end; log_prob is the sum over them and, where finished, the end. Unfinished ones hit longest or the
    deadline.
    """

    ids: tuple[int, ...]
    log_prob: float
    finished: bool

    @property
    def mean(self) -> float:
        """The mean log-probability of an id."""
        return self.log_prob / max(1, len(self.ids) + self.finished)

    def score(self, length_penalty: float) -> float:
        """The log-probability by the length penalty; higher is better."""
        return float(self.log_prob / ((5 + len(self.ids) + self.finished) / 6) ** length_penalty)


def stream_greedy(
    steps: Steps[State], state: State, first: int, end: int, config: DecodingConfig, banned: Sequence[int] = ()
) -> Iterator[int]:
    """The likeliest id after the likeliest, one at a time as they are found, without the end."""
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
    """Ids drawn from the smallest set that holds a share of wish.nucleus of the probability, one at a time, without the end.

    Holtzman et al. 2020, The Curious Case of Neural Text Degeneration, section 3.1.
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
    """wish.width hypotheses drawn side by side as nucleus draws one, the likeliest id for id first; some may be alike.

    Drawing several and taking the best is sample-and-rank (Adiwardana et al. 2020, Towards a Human-like Open-Domain
    Chatbot, section 2.6): the best of a beam is what fits anything. Log-probabilities are those before temperature and
    nucleus. Ends as beam does. state is that of a single hypothesis.
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
    open_ones = [Hypothesis(one, total, finished=False) for one, total in zip(said, totals, strict=True)]
    return [*sorted(finished, key=lambda one: -one.mean), *sorted(open_ones, key=lambda one: -one.mean)]


def beam_search(
    steps: Steps[State],
    state: State,
    first: int,
    end: int,
    config: DecodingConfig,
    banned: Sequence[int] = (),
    should_stop: ShouldStop = never_stop,
) -> list[Hypothesis]:
    """At most wish.width hypotheses, the best first by wish.penalty.

    Ends when no open hypothesis can overtake the finished ones, at longest, or when late() says so: then the best so far
    are given, the unfinished ones after the finished. Always at least one step is made. state is that of a single
    hypothesis.
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
            # Nothing but the end may follow.
            finished += [
                Hypothesis(one, float(total + log_probs[row, end]), True)
                for row, (one, total) in enumerate(zip(ids, totals, strict=True))
            ]
            ids = []
            break
        summed = totals[:, None] + log_probs
        # Of each row at most the end and width others can be among the best.
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
    finished.sort(key=lambda one: -one.score(length_penalty))
    open_ones = [Hypothesis(one, float(total), False) for one, total in zip(ids, totals, strict=False)]
    open_ones.sort(key=lambda one: -one.score(length_penalty))
    return (finished + open_ones)[:width]


def rerank_mmi(found: Sequence[Hypothesis], asked: Callable[[Hypothesis], float], weight: float) -> list[Hypothesis]:
    """The hypotheses, the best first by their mean log-probability plus weight times asked of them.

    asked is the mean log-probability of what was said, given the reply: low for replies that fit anything. Li et al. 2016, A
    Diversity-Promoting Objective Function, section 3.2 and 4.2 (MMI-bidi, as a re-ranking of an N-best list).
    """
    return sorted(found, key=lambda one: -(one.mean + weight * asked(one)))


def score_targets(steps: Steps[State], state: State, first: int, targets: Sequence[Sequence[int]]) -> list[float]:
    """The log-probability of each of the targets after the state of a single hypothesis, all side by side.

    A target ends with the end if that counts. Raises ValueError for none.
    """
    if not targets:
        raise ValueError("there are no targets to score; give at least one")
    state = steps.reorder_cache(state, np.zeros(len(targets), dtype=np.int64))
    totals = np.zeros(len(targets))
    last = np.full(len(targets), first, dtype=np.int64)
    for place in range(max(map(len, targets))):
        log_probs, state = steps.step(last, state)
        last = last.copy()  # a state may hold it
        for row, target in enumerate(targets):
            # A row that has come to its end goes on with its last id, and nothing of that counts.
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
    """The id that chance in [0, 1) falls on, of log_probs [V]."""
    scaled = log_probs.astype(np.float64) / config.temperature
    probabilities = np.exp(scaled - scaled.max())
    probabilities /= probabilities.sum()
    order = np.argsort(-probabilities, kind="stable")
    summed = probabilities[order].cumsum()
    # The first id is always in, and so is the one with which the share is reached.
    kept = int(np.searchsorted(summed, config.top_p)) + 1
    mass = summed[min(kept, len(summed)) - 1]
    return int(order[min(int(np.searchsorted(summed, chance * mass, side="right")), kept - 1, len(summed) - 1)])


def _mask_forbidden(
    log_probs: Floats, ids: Sequence[tuple[int, ...]], end: int, config: DecodingConfig, banned: Sequence[int]
) -> Floats:
    """log_probs with what may not follow at minus infinity. If nothing may, the end does."""
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
    """Whether width hypotheses are finished and no open one, however well it goes on, can overtake the last of them."""
    if len(finished) < config.width:
        return False
    worst = sorted((one.score(config.length_penalty) for one in finished), reverse=True)[config.width - 1]
    # A log-probability only falls; at longest the penalty divides it the most.
    reach = float(totals.max()) / ((6 + config.max_length) / 6) ** max(config.length_penalty, 0.0)
    return bool(reach <= worst)
