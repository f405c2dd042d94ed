"""Sums of counts beside sacreBLEU's own scores. Run: pytest tests/data/metrics/test_ngram_counts.py"""

from __future__ import annotations

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from data.metrics.ngram_counts import bleu_from_counts, chrf_from_counts, count_bleu, count_chrf
from data.records import Language

CASES: dict[Language, list[tuple[str, list[str]]]] = {
    "zh": [
        ("今天天气很好，我们去公园吧。", ["今天天气真好，我们去公园玩吧。", "天气不错，去公园走走。"]),
        ("我不知道", ["我也不清楚这件事情", "不知道"]),
        ("使用PyTorch训练CNN", ["用PyTorch来训练CNN模型", "训练 CNN 用 PyTorch"]),
        ("好", ["好的", "行"]),
        ("", ["没有回答", "空"]),
    ],
    "en": [
        ("The cat sat on the mat.", ["The cat is sitting on the mat.", "A cat sat on a mat."]),
        ("I don't know, sorry!", ["I do not know that one.", "No idea, sorry."]),
        ("Opening hours: 9-17.", ["It opens at 9 and closes at 17.", "Open 9-17"]),
        ("yes", ["no", "never"]),
        ("hello  there", ["hello there", "hi"]),
    ],
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("cases", [slice(None), slice(0, 1), slice(3, 5), slice(1, 4)])
def test_sums_score_as_sacrebleu_scores_the_texts(language: Language, cases: slice) -> None:
    given = [one for one, _ in CASES[language][cases]]
    for many in (1, 2):
        wanted = [[two[place] for _, two in CASES[language][cases]] for place in range(many)]
        sums = np.sum([count_bleu(one, two[:many], language) for one, two in CASES[language][cases]], axis=0)
        score = BLEU(tokenize="zh" if language == "zh" else "13a", force=True).corpus_score(given, wanted).score
        assert bleu_from_counts(sums) == pytest.approx(score, abs=1e-9)
        sums = np.sum([count_chrf(one, two[:many]) for one, two in CASES[language][cases]], axis=0)
        assert chrf_from_counts(sums) == pytest.approx(CHRF().corpus_score(given, wanted).score, abs=1e-9)


def test_many_sums_at_once_score_as_each_alone() -> None:
    sums = np.array([count_bleu(one, two, "zh") for one, two in CASES["zh"]])
    assert bleu_from_counts(sums) == pytest.approx([float(bleu_from_counts(row)) for row in sums])
    assert np.isnan(bleu_from_counts(np.zeros(10, dtype=np.int64)))
    assert np.isnan(chrf_from_counts(np.zeros(18, dtype=np.int64)))
