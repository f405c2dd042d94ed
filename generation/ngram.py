"""An n-gram language model over token ids: modified Kneser-Ney, interpolated. Needs numpy only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.text.vocab import BOS, EOS, PAD

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

_HIGHEST = 5
# Where a text is too small to have n-grams of each of the counts 1 to 4, as in KenLM's --discount_fallback.
_DISCOUNTS = (0.5, 1.0, 1.5)
_ARRAYS = ("ids", "followers", "log_probs", "backoffs")


@dataclass(frozen=True)
class _Grams:
    """The n-grams of one order, N of them, in ascending order of keys.

    A key is the place of the gram without its last token, among those one order lower, times the vocabulary's size, plus the
    last token. log_probs are the interpolated ones; backoffs the logarithm of what a gram, as a context, leaves to shorter
    contexts: 0 where nothing was seen after it.
    """

    keys: Ids
    log_probs: NDArray[np.float32]
    backoffs: NDArray[np.float32]


class NGram:
    """Probabilities of token ids given the few before them.

    Every id below size but PAD and BOS, seen or not, may come next, and their probabilities sum to one. Chen and Goodman
    1999, An Empirical Study of Smoothing Techniques for Language Modeling, section 3; the counts of n-grams that begin a text,
    and of pruned ones, as in Heafield et al. 2013, Scalable Modified Kneser-Ney Language Model Estimation, section 3.
    """

    def __init__(self, size: int, orders: Sequence[_Grams]) -> None:
        """Made by fit or unpacked. orders are the n-grams of 1, 2, ... tokens."""
        self.size = size
        self._orders = tuple(orders)

    @property
    def order(self) -> int:
        """The most tokens an n-gram has."""
        return len(self._orders)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many n-grams of each order are kept, from 1 up."""
        return tuple(len(grams.keys) for grams in self._orders)

    @classmethod
    def fit(
        cls, sequences: Iterable[Sequence[int]], size: int, order: int = _HIGHEST, pruned_from: int | None = None
    ) -> NGram:
        """The model of texts as ids, without BOS and EOS: each text is framed here. size is that of the vocabulary.

        With pruned_from, n-grams of that order and higher that were seen once are dropped and what they had goes to
        shorter contexts. Raises ValueError for no sequences, ids outside the vocabulary, or an order not from 1 to 5.
        """
        if not 1 <= order <= _HIGHEST:
            raise ValueError(f"order is {order}; expected one from 1 to {_HIGHEST}")
        if pruned_from is not None and pruned_from < 2:
            raise ValueError(f"pruned_from is {pruned_from}; expected 2 or more: single tokens all stay")
        flat = _frame(sequences)
        if not len(flat):
            raise ValueError("no sequences to learn from were given")
        _check_ids(flat, size)
        orders: list[_Grams] = []
        lower = np.full(size, 1 / (size - 2))
        lower[[PAD, BOS]] = 0.0
        place = np.arange(size)  # of each gram one order lower among those that were kept
        for number, grams in enumerate(_count(flat, size, order), 1):
            dropped = (grams.seen == 1) & (pruned_from is not None and number >= pruned_from)
            lower, backoffs = _interpolate(grams, dropped, lower, len(lower) if orders else 1)
            if orders:
                orders[-1] = replace(orders[-1], backoffs=backoffs[place >= 0])
            kept = np.flatnonzero(~dropped)
            # What is kept was seen more often than what is dropped, and so was its beginning, which is therefore kept too.
            keys = place[grams.context[kept]] * size + grams.token[kept] if orders else kept
            with np.errstate(divide="ignore"):
                logs = np.log(lower[kept]).astype(np.float32)
            orders.append(_Grams(keys, logs, np.zeros(len(keys), dtype=np.float32)))
            place = np.full(len(dropped), -1)
            place[kept] = np.arange(len(kept))
        return cls(size, orders)

    def log_probs(self, ids: Sequence[int] | Ids) -> Floats:
        """The natural log-probability of each id given BOS and the ids before it, float64 [T] for T ids; BOS is not among them.

        The probability that a text ends is that of an EOS at its end. Raises ValueError for ids outside the vocabulary.
        """
        return self._scores(_prepend_bos(ids))[1:]

    def next_log_probs(self, ids: Sequence[int] | Ids) -> Floats:
        """The natural log-probability of every id as the next one after BOS and ids, float64 [V]; -inf for PAD and BOS.

        Raises ValueError for ids outside the vocabulary.
        """
        before = _prepend_bos(ids)[-max(1, self.order - 1) :]
        scores = self._orders[0].log_probs.astype(np.float64)
        for below, grams, found in zip(self._orders, self._orders[1:], self._find_positions(before), strict=False):
            context = int(found[-1])
            if context < 0:
                break
            scores += below.backoffs[context]
            first, end = np.searchsorted(grams.keys, (context * self.size, (context + 1) * self.size))
            scores[grams.keys[first:end] - context * self.size] = grams.log_probs[first:end]
        return scores

    def perplexity(self, sequences: Iterable[Sequence[int]]) -> float:
        """The perplexity per token of texts as ids without BOS and EOS; the EOS of each counts as a token of it.

        Raises ValueError for no sequences or ids outside the vocabulary.
        """
        flat = _frame(sequences)
        if not len(flat):
            raise ValueError("no sequences to measure were given")
        return float(np.exp(-self._scores(flat)[flat != BOS].mean()))

    def _scores(self, flat: Ids) -> Floats:
        """The log-probability of each of the ids [T]; no n-gram goes on over a BOS."""
        places = self._find_positions(flat)
        scores = self._orders[0].log_probs[flat].astype(np.float64)
        for below, grams, context, found in zip(self._orders, self._orders[1:], places, places[1:], strict=False):
            context = np.concatenate(([-1], context[:-1]))
            scores += np.where(context >= 0, below.backoffs[context], 0.0)
            known = found >= 0
            scores[known] = grams.log_probs[found[known]]
        return scores

    def _find_positions(self, flat: Ids) -> list[Ids]:
        """For each order, where the n-gram that ends at each of the ids [T] stands among those of its order; -1 for nowhere."""
        _check_ids(flat, self.size)
        places = [flat]
        for grams in self._orders[1:]:
            context = np.concatenate(([-1], places[-1][:-1]))
            wanted = context * self.size + flat
            if len(grams.keys):
                place = np.minimum(np.searchsorted(grams.keys, wanted), len(grams.keys) - 1)
                places.append(np.where(grams.keys[place] == wanted, place, -1))
            else:
                places.append(np.full(len(flat), -1))
        return places

    def to_bytes(self) -> bytes:
        """The model as an npz of the arrays of all orders one after the other, for a file of an artifact.

        counts and size; ids, each gram's last token; followers, how many grams of the next order go on from it; log_probs and
        backoffs, float32.
        """
        ids = np.concatenate([grams.keys % self.size for grams in self._orders])
        followers = [
            np.bincount(grams.keys // self.size, minlength=len(below.keys))
            for below, grams in zip(self._orders, self._orders[1:], strict=False)
        ]
        made = io.BytesIO()
        np.savez_compressed(
            made,
            allow_pickle=False,
            size=np.asarray(self.size),
            counts=np.asarray(self.counts),
            ids=_narrow(ids),
            followers=_narrow(np.concatenate(followers) if followers else np.zeros(0, dtype=np.int64)),
            log_probs=np.concatenate([grams.log_probs for grams in self._orders]),
            backoffs=np.concatenate([grams.backoffs for grams in self._orders]),
        )
        return made.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> NGram:
        """The model that packed() wrote. Raises ValueError for anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                size, counts = int(arrays["size"]), arrays["counts"].tolist()
                parts = [arrays[name] for name in _ARRAYS]
        except (ValueError, AttributeError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{len(data)} bytes that hold no n-gram model") from error
        return cls._from_arrays(size, counts, *parts)

    @classmethod
    def _from_arrays(
        cls,
        size: int,
        counts: Sequence[int],
        ids: NDArray[Any],
        followers: NDArray[Any],
        log_probs: NDArray[np.float32],
        backoffs: NDArray[np.float32],
    ) -> NGram:
        ends = np.cumsum(counts)
        if (
            not counts
            or not len(ids) == len(log_probs) == len(backoffs) == ends[-1]
            or len(followers) != ends[-1] - counts[-1]
        ):
            raise ValueError(f"its arrays do not fit its counts {counts}")
        orders: list[_Grams] = []
        for number, (count, end) in enumerate(zip(counts, ends, strict=True)):
            part = slice(end - count, end)
            keys = ids[part].astype(np.int64)
            if number:
                before = counts[number - 1]
                part_before = slice(end - count - before, end - count)
                keys += np.repeat(np.arange(before), followers[part_before]) * size
            orders.append(_Grams(keys, log_probs[part], backoffs[part]))
        return cls(size, orders)


@dataclass(frozen=True)
class _Counts:
    """All N n-grams of one order: the places of the gram without its last and without its first token among those one order
    lower, the last token, how often it was seen, and its adjusted count: of how many different tokens it is the continuation."""

    context: Ids
    suffix: Ids
    token: Ids
    seen: Ids
    adjusted: Ids


def _count(flat: Ids, size: int, order: int) -> list[_Counts]:
    every = np.arange(size)
    seen = np.bincount(flat, minlength=size)
    seen[BOS] = 0  # it begins every text and is never said
    tables = [_Counts(np.zeros_like(every), every, every, seen, seen)]
    begins, found = every == BOS, flat
    for _ in range(1, order):
        context = np.concatenate(([-1], found[:-1]))
        inside = np.flatnonzero((context >= 0) & (flat != BOS))
        keys, first, inverse, seen = np.unique(
            context[inside] * size + flat[inside], return_index=True, return_inverse=True, return_counts=True
        )
        suffix = found[inside[first]]
        below = tables[-1]
        # Nothing stands before what begins a text, so that it counts as often as it was seen.
        adjusted = np.where(begins, below.seen, np.bincount(suffix, minlength=len(begins)))
        tables[-1] = replace(below, adjusted=adjusted)
        tables.append(_Counts(keys // size, suffix, keys % size, seen, seen))
        begins = begins[keys // size]
        found = np.full(len(flat), -1)
        found[inside] = inverse
    return tables


def _estimate_discounts(adjusted: Ids) -> Floats:
    """What is taken from counts of 0, 1, 2 and of 3 and more, float64 [4]. Chen and Goodman 1999, section 3."""
    ones, twos, threes, fours = np.bincount(np.minimum(adjusted, 5), minlength=5)[1:5].tolist()
    if ones and twos and threes:
        share = ones / (ones + 2 * twos)
        given = (1 - 2 * share * twos / ones, 2 - 3 * share * threes / twos, 3 - 4 * share * fours / threes)
        if all(0 < one <= count for count, one in enumerate(given, 1)):
            return np.asarray((0.0, *given))
    return np.asarray((0.0, *_DISCOUNTS))


def _interpolate(
    grams: _Counts, dropped: NDArray[np.bool_], lower: Floats, contexts: int
) -> tuple[Floats, NDArray[np.float32]]:
    """The probability of each gram, float64 [N], and the logarithm of what each context leaves to a shorter one.

    lower are the probabilities of the grams one order lower, the suffixes among them. Chen and Goodman 1999, section 3.
    """
    taken = np.where(dropped, grams.adjusted, _estimate_discounts(grams.adjusted)[np.minimum(grams.adjusted, 3)])
    total = np.bincount(grams.context, weights=grams.adjusted, minlength=contexts)
    left = np.bincount(grams.context, weights=taken, minlength=contexts)
    with np.errstate(invalid="ignore"):
        left = np.where(total > 0, left / total, 1.0)
    own = (grams.adjusted - taken) / np.maximum(total, 1)[grams.context]
    return own + left[grams.context] * lower[grams.suffix], np.log(left).astype(np.float32)


def _frame(sequences: Iterable[Sequence[int]]) -> Ids:
    """All sequences in one row, BOS before and EOS after each."""
    return np.fromiter(chain.from_iterable((BOS, *ids, EOS) for ids in sequences), dtype=np.int64)


def _prepend_bos(ids: Sequence[int] | Ids) -> Ids:
    return np.concatenate((np.asarray((BOS,)), np.asarray(ids, dtype=np.int64)))


def _check_ids(ids: Ids, size: int) -> None:
    least, most = int(ids.min()), int(ids.max())
    if least < 0 or most >= size:
        raise ValueError(
            f"ids from {least} to {most} were given, and the vocabulary has {size}: they belong to another one. Encode the "
            "texts with the codec that the model was trained with."
        )


def _narrow(whole: Ids) -> NDArray[Any]:
    """The same numbers, none below zero, in as few bytes each as the largest needs."""
    return whole.astype(np.min_scalar_type(int(whole.max(initial=0))))
