"""An n-gram language model over token ids: interpolated modified Kneser-Ney. Needs numpy only."""

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
# For texts too small to have n-grams with each of the counts 1 to 4, as in --discount_fallback of KenLM.
_DISCOUNTS = (0.5, 1.0, 1.5)
_ARRAYS = ("ids", "followers", "log_probs", "backoffs")


@dataclass(frozen=True)
class _Grams:
    """The N n-grams of one order, sorted by key.

    Args:
        keys: The index of the n-gram without its last token among those one order lower, times the size of the vocabulary,
            plus the last token.
        log_probs: The interpolated log-probabilities.
        backoffs: The logarithm of the weight that an n-gram, as a context, leaves to shorter contexts; 0 if nothing followed it.
    """

    keys: Ids
    log_probs: NDArray[np.float32]
    backoffs: NDArray[np.float32]


class NGram:
    """Probabilities of token ids given the few ids before them.

    Every id below size except PAD and BOS, seen or not, has a probability, and they sum to one.

    Source: Chen and Goodman 1999, An Empirical Study of Smoothing Techniques for Language Modeling, section 3. Counts of
    n-grams at the beginning of a text, and pruning, follow Heafield et al. 2013, Scalable Modified Kneser-Ney Language Model
    Estimation, section 3.
    """

    def __init__(self, size: int, orders: Sequence[_Grams]) -> None:
        """Hold the n-grams of 1, 2, ... tokens; use `fit` or `from_bytes` to create a model."""
        self.size = size
        self._orders = tuple(orders)

    @property
    def order(self) -> int:
        """Return the most tokens of an n-gram."""
        return len(self._orders)

    @property
    def counts(self) -> tuple[int, ...]:
        """Return the number of n-grams of each order, from 1 up."""
        return tuple(len(grams.keys) for grams in self._orders)

    @classmethod
    def fit(
        cls, sequences: Iterable[Sequence[int]], size: int, order: int = _HIGHEST, pruned_from: int | None = None
    ) -> NGram:
        """Fit a model.

        Args:
            sequences: The ids of each text, without BOS and EOS, which are added here.
            size: The size of the vocabulary.
            order: The most tokens of an n-gram, 1 to 5.
            pruned_from: N-grams of this order and higher that were seen once are dropped; their weight goes to shorter contexts.

        Raises:
            ValueError: There are no sequences, an id is outside the vocabulary, or order is out of range.
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
        place = np.arange(size)  # the index of each n-gram of the order below among those that were kept
        for number, grams in enumerate(_count(flat, size, order), 1):
            dropped = (grams.seen == 1) & (pruned_from is not None and number >= pruned_from)
            lower, backoffs = _interpolate(grams, dropped, lower, len(lower) if orders else 1)
            if orders:
                orders[-1] = replace(orders[-1], backoffs=backoffs[place >= 0])
            kept = np.flatnonzero(~dropped)
            # A kept n-gram was seen more often than dropped ones, and so was its beginning, which is therefore kept, too.
            keys = place[grams.context[kept]] * size + grams.token[kept] if orders else kept
            with np.errstate(divide="ignore"):
                logs = np.log(lower[kept]).astype(np.float32)
            orders.append(_Grams(keys, logs, np.zeros(len(keys), dtype=np.float32)))
            place = np.full(len(dropped), -1)
            place[kept] = np.arange(len(kept))
        return cls(size, orders)

    def log_probs(self, ids: Sequence[int] | Ids) -> Floats:
        """Return the natural log-probability of each id given BOS and the ids before it, float64 [T] for T ids.

        BOS is not among the ids. Give EOS as the last id to include the probability that the text ends.

        Raises:
            ValueError: An id is outside the vocabulary.
        """
        return self._scores(_prepend_bos(ids))[1:]

    def perplexity(self, sequences: Iterable[Sequence[int]]) -> float:
        """Return the perplexity per token of texts as ids without BOS and EOS; EOS counts as a token.

        Raises:
            ValueError: There are no sequences, or an id is outside the vocabulary.
        """
        flat = _frame(sequences)
        if not len(flat):
            raise ValueError("no sequences to measure were given")
        return float(np.exp(-self._scores(flat)[flat != BOS].mean()))

    def _scores(self, flat: Ids) -> Floats:
        """Return the log-probability of each id [T]; no n-gram crosses a BOS."""
        places = self._find_positions(flat)
        scores = self._orders[0].log_probs[flat].astype(np.float64)
        for below, grams, context, found in zip(self._orders, self._orders[1:], places, places[1:], strict=False):
            context = np.concatenate(([-1], context[:-1]))
            scores += np.where(context >= 0, below.backoffs[context], 0.0)
            known = found >= 0
            scores[known] = grams.log_probs[found[known]]
        return scores

    def _find_positions(self, flat: Ids) -> list[Ids]:
        """Return, for each order, the index of the n-gram that ends at each id [T]; -1 for an unknown one."""
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
        """Return the model as the bytes of an npz file, with the arrays of all orders concatenated.

        The arrays: counts and size; ids, the last token of each n-gram; followers, how many n-grams of the next order extend
        it; log_probs and backoffs, float32.
        """
        ids = np.concatenate([grams.keys % self.size for grams in self._orders])
        followers = [
            np.bincount(grams.keys // self.size, minlength=len(below.keys))
            for below, grams in zip(self._orders, self._orders[1:], strict=False)
        ]
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            size=np.asarray(self.size),
            counts=np.asarray(self.counts),
            ids=_narrow(ids),
            followers=_narrow(np.concatenate(followers) if followers else np.zeros(0, dtype=np.int64)),
            log_probs=np.concatenate([grams.log_probs for grams in self._orders]),
            backoffs=np.concatenate([grams.backoffs for grams in self._orders]),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> NGram:
        """Load the model from what `to_bytes` returned.

        Raises:
            ValueError: The bytes are something else.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                size, counts = int(arrays["size"]), arrays["counts"].tolist()
                parts = [arrays[name] for name in _ARRAYS]
        except (ValueError, AttributeError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"these {len(data)} bytes do not hold an n-gram model") from error
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
    """The N n-grams of one order.

    Args:
        context: The index of the n-gram without its last token, among those one order lower.
        suffix: The index of the n-gram without its first token, among those one order lower.
        token: The last token.
        seen: How often it was seen.
        adjusted: The number of different tokens that precede it.
    """

    context: Ids
    suffix: Ids
    token: Ids
    seen: Ids
    adjusted: Ids


def _count(flat: Ids, size: int, order: int) -> list[_Counts]:
    every = np.arange(size)
    seen = np.bincount(flat, minlength=size)
    seen[BOS] = 0  # it begins every text and is never predicted
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
        # Nothing precedes the beginning of a text, so its count is used as it is.
        adjusted = np.where(begins, below.seen, np.bincount(suffix, minlength=len(begins)))
        tables[-1] = replace(below, adjusted=adjusted)
        tables.append(_Counts(keys // size, suffix, keys % size, seen, seen))
        begins = begins[keys // size]
        found = np.full(len(flat), -1)
        found[inside] = inverse
    return tables


def _estimate_discounts(adjusted: Ids) -> Floats:
    """Return the discounts of counts of 0, 1, 2 and of 3 and more, float64 [4]. Chen and Goodman 1999, section 3."""
    ones, twos, threes, fours = np.bincount(np.minimum(adjusted, 5), minlength=5)[1:5].tolist()
    if ones and twos and threes:
        share = ones / (ones + 2 * twos)
        given = (1 - 2 * share * twos / ones, 2 - 3 * share * threes / twos, 3 - 4 * share * fours / threes)
        if all(0 < discount <= count for count, discount in enumerate(given, 1)):
            return np.asarray((0.0, *given))
    return np.asarray((0.0, *_DISCOUNTS))


def _interpolate(
    grams: _Counts, dropped: NDArray[np.bool_], lower: Floats, contexts: int
) -> tuple[Floats, NDArray[np.float32]]:
    """Return the probability of each n-gram, float64 [N], and the logarithm of each context's backoff weight.

    lower holds the probabilities of the n-grams one order lower. Chen and Goodman 1999, section 3.
    """
    taken = np.where(dropped, grams.adjusted, _estimate_discounts(grams.adjusted)[np.minimum(grams.adjusted, 3)])
    total = np.bincount(grams.context, weights=grams.adjusted, minlength=contexts)
    left = np.bincount(grams.context, weights=taken, minlength=contexts)
    with np.errstate(invalid="ignore"):
        left = np.where(total > 0, left / total, 1.0)
    own = (grams.adjusted - taken) / np.maximum(total, 1)[grams.context]
    return own + left[grams.context] * lower[grams.suffix], np.log(left).astype(np.float32)


def _frame(sequences: Iterable[Sequence[int]]) -> Ids:
    """Return all sequences in one row, each with BOS before and EOS after it."""
    return np.fromiter(chain.from_iterable((BOS, *ids, EOS) for ids in sequences), dtype=np.int64)


def _prepend_bos(ids: Sequence[int] | Ids) -> Ids:
    return np.concatenate((np.asarray((BOS,)), np.asarray(ids, dtype=np.int64)))


def _check_ids(ids: Ids, size: int) -> None:
    least, most = int(ids.min()), int(ids.max())
    if least < 0 or most >= size:
        raise ValueError(
            f"ids from {least} to {most} were given, but the vocabulary has {size} tokens. Encode the texts with the "
            "tokenizer that the model was trained with."
        )


def _narrow(whole: Ids) -> NDArray[Any]:
    """Return non-negative integers in the smallest dtype that holds the largest."""
    return whole.astype(np.min_scalar_type(int(whole.max(initial=0))))
