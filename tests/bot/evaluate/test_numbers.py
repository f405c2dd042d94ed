"""The report's numbers beside those of sacreBLEU, ranx and plain loops. Run: pytest tests/bot/evaluate/test_numbers.py"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from bot.evaluate.options import ROUNDS
from data.metrics import histogram
from data.metrics.distinct_count import EXACT, DistinctCount
from data.metrics.resampling import derive_seed, draw_weights, mix_bits
from data.metrics.vqa_accuracy import vqa_accuracy
from tests.bot.evaluate.logs import evaluated, write

SENTENCES = {
    "zh": ["今天天气很好，我们去公园吧。", "我不清楚这件事", "请问几点开门？", "早上八点到晚上十点", "可以，没问题！", "对"],
    "en": ["The cat sat on the mat.", "I do not know.", "When do you open?", "From eight to ten.", "No problem!", "Right"],
}  # fmt: skip


def test_bleu_and_chrf_are_those_of_sacrebleu(tmp_path: Path) -> None:
    chance = random.Random(4)
    given: dict[str, list[str]] = {"zh": [], "en": []}
    wanted: dict[str, list[str]] = {"zh": [], "en": []}
    dialogs: list[dict[str, Any]] = []
    for number in range(80):
        language = "zh" if number % 3 else "en"
        reference = chance.choice(SENTENCES[language]) + chance.choice(SENTENCES[language])
        letters = list(reference)
        for _ in range(chance.randrange(6)):
            letters.pop(chance.randrange(len(letters)))
        reply = "".join(letters)
        given[language].append(reply)
        wanted[language].append(reference)
        said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": reply, "references": [reference]}]
        dialogs.append({"id": str(number), "messages": said})
    metrics = evaluated(write(tmp_path / "log.jsonl", dialogs), tmp_path / "out")["metrics"]
    for language, tokenizer in (("zh", "zh"), ("en", "13a")):
        score = BLEU(tokenize=tokenizer).corpus_score(given[language], [wanted[language]]).score
        assert metrics[f"bleu_{language}"]["value"] == pytest.approx(score, abs=1e-6)
        assert metrics[f"bleu_{language}"]["low"] < score < metrics[f"bleu_{language}"]["high"]
    score = CHRF().corpus_score(given["zh"] + given["en"], [wanted["zh"] + wanted["en"]]).score
    assert metrics["chrf"]["value"] == pytest.approx(score, abs=1e-6)


# numba, which ranx is written with, warns of its own types.
@pytest.mark.filterwarnings("ignore")
def test_ranking_numbers_are_those_of_ranx(tmp_path: Path) -> None:
    from ranx import Qrels, Run, evaluate

    chance = random.Random(5)
    right: dict[str, dict[str, int]] = {}
    ranked: dict[str, dict[str, float]] = {}
    dialogs: list[dict[str, Any]] = []
    for number in range(60):
        scores = chance.sample(range(1000), 10)
        labels = [int(chance.random() < 0.3) for _ in scores]
        labels[chance.randrange(10)] = 1
        candidates = [
            {"text": f"候选 {place}", "score": score / 1000, "label": label}
            for place, (score, label) in enumerate(zip(scores, labels, strict=True))
        ]
        right[str(number)] = {str(place): 1 for place, label in enumerate(labels) if label}
        ranked[str(number)] = {str(place): score / 1000 for place, score in enumerate(scores)}
        said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "x", "candidates": candidates}]
        dialogs.append({"id": str(number), "messages": said})
    metrics = evaluated(write(tmp_path / "log.jsonl", dialogs), tmp_path / "out")["metrics"]
    names = {
        "recall_at_1": "recall@1",
        "recall_at_2": "recall@2",
        "recall_at_5": "recall@5",
        "mrr": "mrr",
        "map": "map",
    }
    scores_of = evaluate(Qrels(right), Run(ranked), list(names.values()))
    for ours, theirs in names.items():
        assert metrics[ours]["value"] == pytest.approx(scores_of[theirs], abs=1e-6)


def test_calibration_worked_by_hand(tmp_path: Path) -> None:
    def turn(number: int, score: float, liked: bool) -> dict[str, Any]:
        reply = {"text": "好", "source": "s", "score": score, "evidence": {}}
        return {
            "time": number, "conversation": "a", "kind": "turn", "number": number, "text": "?",
            "reply": {"text": "好", "kind": "answer", "candidates": [reply], "chosen": 0, "timings": {}},
            "liked": liked,
        }  # fmt: skip

    events = []
    for number, (score, liked) in enumerate([(0.95, True), (0.92, False), (0.31, False), (0.35, True), (0.38, False)]):
        event = turn(number, score, liked)
        events += [
            event,
            {"time": number, "conversation": "a", "kind": "mark", "number": number, "liked": liked, "reason": ""},
        ]
    result = evaluated(write(tmp_path / "journal.jsonl", events), tmp_path / "out")
    assert [(one["bin"], one["count"]) for one in result["calibration"]] == [(3, 3), (9, 2)]
    expected = (abs(1 / 3 - 1.04 / 3) * 3 + abs(0.5 - 0.935) * 2) / 5
    assert result["metrics"]["calibration_error"]["value"] == pytest.approx(expected, abs=1e-9)
    assert result["metrics"]["recall_at_1"]["value"] == pytest.approx(2 / 5)


def test_an_offer_counts_as_asked_back(tmp_path: Path) -> None:
    events = [
        {
            "time": number, "conversation": "a", "kind": "turn", "number": number, "text": f"几点 when {number}",
            "reply": {"text": "不知道 I don't know", "kind": kind, "candidates": [], "chosen": None, "timings": {}},
        }
        for number, kind in enumerate(("offer", "ask", "unknown", "answer"))
    ]  # fmt: skip
    metrics = evaluated(write(tmp_path / "journal.jsonl", events), tmp_path / "out")["metrics"]
    assert metrics["ask_rate"]["value"] == pytest.approx(2 / 4)
    assert metrics["fallback_rate"]["value"] == pytest.approx(1 / 4)


def test_picture_turns_are_judged_as_vqa_is(tmp_path: Path) -> None:
    people = ["two"] * 2 + ["三"] * 8
    said = [{"role": "user", "content": "有几只猫"}, {"role": "assistant", "content": "2", "answers": people}]
    metrics = evaluated(write(tmp_path / "log.jsonl", [{"messages": said}]), tmp_path / "out")["metrics"]
    assert metrics["vqa_accuracy"]["value"] == pytest.approx(vqa_accuracy("2", people), abs=1e-9)
    assert vqa_accuracy("2", people) == pytest.approx((2 * 1 / 3 + 8 * 2 / 3) / 10)


def test_the_interval_of_a_share_is_that_of_the_binomial(tmp_path: Path) -> None:
    texts = ["不知道" if number % 5 == 0 else "好的" for number in range(1000)]
    dialogs = [
        {"id": str(n), "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": text}]}
        for n, text in enumerate(texts)
    ]
    rate = evaluated(write(tmp_path / "log.jsonl", dialogs), tmp_path / "out")["metrics"]["fallback_rate"]
    half = 1.96 * (0.2 * 0.8 / 1000) ** 0.5
    assert (rate["low"], rate["high"]) == pytest.approx((0.2 - half, 0.2 + half), abs=0.004)


def test_weights_are_poisson_and_belong_to_the_name() -> None:
    seeds = np.array([derive_seed(f"对话 {number}") for number in range(4000)], dtype=np.uint64)
    drawn = draw_weights(seeds, ROUNDS)
    share = np.bincount(drawn.ravel(), minlength=4)[:4] / drawn.size
    assert share == pytest.approx([0.3679, 0.3679, 0.1839, 0.0613], abs=0.002)
    assert (draw_weights(seeds[7:8], ROUNDS) == drawn[7:8]).all()
    assert abs(float(np.corrcoef(drawn[:2000, 0], drawn[:2000, 1])[0, 1])) < 0.07


@pytest.mark.parametrize("count", [1000, EXACT, EXACT + 1, 400_000])
def test_different_things_are_counted_exactly_or_to_a_percent_however_they_are_cut(count: int) -> None:
    hashes = mix_bits(np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    whole = DistinctCount()
    whole.add(hashes)
    parts = [DistinctCount() for _ in range(5)]
    for place, part in enumerate(parts):
        part.add(hashes[place::5])
        part.add(hashes[: count // 3])
    merged = DistinctCount()
    for part in reversed(parts):
        merged.merge(part)
    assert merged.count() == whole.count()
    assert whole.exact == (count <= EXACT)
    assert whole.count() == count if whole.exact else abs(whole.count() - count) < 0.015 * count


def test_percentiles_are_right_to_within_a_bin() -> None:
    chance = np.random.default_rng(0)
    values = chance.lognormal(3, 1.5, 20_000)
    counts = histogram.create_bins()
    for value in values:
        counts[histogram.find_bin(float(value))] += 1
    for share in (0.5, 0.9, 0.99):
        assert histogram.percentile(counts, share) == pytest.approx(float(np.quantile(values, share)), rel=0.03)
    assert histogram.percentile(histogram.create_bins(), 0.5) is None
