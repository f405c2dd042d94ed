"""What a reply is worth beside replies that are known to be right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.evaluate.columns import AT, UNIT
from data.metrics.embedding import embedding_average, greedy_matching
from data.metrics.ngram_counts import count_bleu, count_chrf
from data.metrics.rouge import rouge_l
from data.metrics.tokens import tokens
from data.metrics.vqa_accuracy import normalize_answer, vqa_accuracy
from data.text.language import language_of

Vectors = Callable[[str], NDArray[np.floating]]
"""The vectors of a text's words, [N, D]."""

MOST = 2_000
"""The characters of a text that are compared; the longest common run of two texts takes time by the product of their lengths."""

_BLEU = {"zh": AT["bleu_zh_match1"], "en": AT["bleu_en_match1"]}
_CHRF, _EXACT, _ROUGE, _AVERAGE, _GREEDY, _EMBEDDED, _SEEN, _VQA = (
    AT[name] for name in "chrf_given1 exact rouge average greedy embedded seen vqa".split()
)


class References:
    """Counts a reply beside its references into a vector of columns."""

    def __init__(self, vectors: Vectors | None = None) -> None:
        self._vectors = vectors

    def count(self, v: list[int], reply: str, references: Sequence[str]) -> None:
        """Add what the reply shares with its references; of several, the best one counts for each measure."""
        reply, wanted = reply[:MOST], [one[:MOST] for one in references]
        bare = normalize_answer(reply)
        v[_EXACT] += any(normalize_answer(one) == bare for one in wanted)
        language = language_of("\n".join(wanted), "en")
        _add(v, _BLEU[language], count_bleu(reply, wanted, language))
        _add(v, _CHRF, count_chrf(reply, wanted))
        said = tokens(reply)
        v[_ROUGE] += round(max(rouge_l(said, tokens(one)) for one in wanted) * UNIT)
        if self._vectors is None:
            return
        mine = self._vectors(reply)
        others = [other for one in wanted if len(other := self._vectors(one))]
        if len(mine) and others:
            v[_EMBEDDED] += 1
            v[_AVERAGE] += round(max(embedding_average(mine, other) for other in others) * UNIT)
            v[_GREEDY] += round(max(greedy_matching(mine, other) for other in others) * UNIT)

    def count_answers(self, v: list[int], reply: str, answers: Sequence[str]) -> None:
        """Add how far an answer about a picture is what people said."""
        v[_SEEN] += 1
        v[_VQA] += round(vqa_accuracy(reply, answers) * UNIT)


def _add(v: list[int], place: int, counts: Sequence[int]) -> None:
    for at, count in enumerate(counts, place):
        v[at] += count
