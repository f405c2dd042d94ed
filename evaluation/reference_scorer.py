"""Scores of a reply against replies that are known to be right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from data.metrics.embedding import embedding_average, greedy_matching
from data.metrics.ngram_counts import count_bleu, count_chrf
from data.metrics.rouge import rouge_l
from data.metrics.tokens import tokens
from data.metrics.vqa_accuracy import normalize_answer, vqa_accuracy
from data.text.language import language_of
from evaluation.columns import AT, UNIT

WordVectors = Callable[[str], NDArray[np.floating]]
"""The vectors of a text's words, [N, D]."""

MAX_COMPARED_CHARS = 2_000
"""The characters of a text that are compared: ROUGE-L takes time by the product of the lengths of two texts."""

_BLEU = {"zh": AT["bleu_zh_match1"], "en": AT["bleu_en_match1"]}
_CHRF, _EXACT, _ROUGE, _AVERAGE, _GREEDY, _EMBEDDED, _SEEN, _VQA = (
    AT[name] for name in "chrf_given1 exact rouge average greedy embedded seen vqa".split()
)


class ReferenceScorer:
    """Adds the scores of a reply to a row of columns."""

    def __init__(self, word_vectors: WordVectors) -> None:
        self._word_vectors = word_vectors

    def add_scores(self, row: list[int], reply: str, references: Sequence[str]) -> None:
        """Add what the reply shares with its references. Each measure takes the best of them.

        Args:
            row: a number for each of COLUMNS, changed in place.
            reply: the text; its first MAX_COMPARED_CHARS characters count.
            references: at least one.

        Raises:
            ArtifactError: the word vectors cannot be loaded.
        """
        reply, references = reply[:MAX_COMPARED_CHARS], [text[:MAX_COMPARED_CHARS] for text in references]
        bare_reply = normalize_answer(reply)
        row[_EXACT] += any(normalize_answer(reference) == bare_reply for reference in references)
        language = language_of("\n".join(references), "en")
        _add_counts(row, _BLEU[language], count_bleu(reply, references, language))
        _add_counts(row, _CHRF, count_chrf(reply, references))
        reply_tokens = tokens(reply)
        row[_ROUGE] += round(max(rouge_l(reply_tokens, tokens(reference)) for reference in references) * UNIT)
        vectors = self._word_vectors(reply)
        reference_vectors = [found for reference in references if len(found := self._word_vectors(reference))]
        if len(vectors) and reference_vectors:
            row[_EMBEDDED] += 1
            row[_AVERAGE] += round(max(embedding_average(vectors, other) for other in reference_vectors) * UNIT)
            row[_GREEDY] += round(max(greedy_matching(vectors, other) for other in reference_vectors) * UNIT)

    def add_vqa_accuracy(self, row: list[int], reply: str, answers: Sequence[str]) -> None:
        """Add the VQA accuracy of a reply about a picture, given the answers of people."""
        row[_SEEN] += 1
        row[_VQA] += round(vqa_accuracy(reply, answers) * UNIT)


def _add_counts(row: list[int], first: int, counts: Sequence[int]) -> None:
    for column, count in enumerate(counts, first):
        row[column] += count
