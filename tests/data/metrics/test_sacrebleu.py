"""BLEU and chrF against values worked by hand and sacrebleu itself. Run: python -m pytest tests/data/metrics/test_sacrebleu.py"""

import subprocess
import sys
from pathlib import Path

import pytest

from data.metrics.bleu import corpus_bleu
from data.metrics.chrf import corpus_chrf, sentence_chrf
from data.records import LANGUAGES, Language

GIVEN: dict[Language, list[str]] = {
    "zh": ["今天天气很好。", "我不知道你在说什么", "那我们去吃火锅吧！"],
    "en": ["The weather is nice today.", "I don't know what you mean", "Let's have hot pot, then!"],
}
WANTED: dict[Language, list[str]] = {
    "zh": ["今天天气真好。", "我知道你在说什么", "晚上一起吃火锅吧！"],
    "en": ["The weather is very nice today.", "I know what you mean", "Shall we have hot pot tonight?"],
}


def test_bleu_is_as_worked_by_hand() -> None:
    # 6 of 7 characters, 4 of 6 pairs, 2 of 5 triples, 1 of 4 fours; as long as the wanted one.
    assert corpus_bleu(GIVEN["zh"][:1], WANTED["zh"][:1], "zh") == pytest.approx(
        100 * (6 / 7 * 4 / 6 * 2 / 5 * 1 / 4) ** 0.25
    )
    # All words, pairs, triples and fours are there: the brevity penalty is all that is taken off.
    given, wanted = ["the cat sat on the"], ["the cat sat on the mat"]
    assert corpus_bleu(given, wanted, "en") == pytest.approx(100 * 2.718281828 ** (1 - 6 / 5))


def test_chrf_is_as_worked_by_hand() -> None:
    # Of 6 characters, 5 pairs, ... 1 six: 5, 3, 2, 1, 0 and 0; both texts are equally long, so precision is recall.
    shares = (5 / 6, 3 / 5, 2 / 4, 1 / 3, 0, 0)
    assert sentence_chrf("今天天气很好", "今天天气真好") == pytest.approx(100 * sum(shares) / 6)
    # Recall counts for more: leaving out half costs more than saying twice as much.
    assert sentence_chrf("good morning", "good morning to you all") < sentence_chrf(
        "good morning to you all", "good morning"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_are_what_the_command_of_sacrebleu_prints(language: Language, tmp_path: Path) -> None:
    (tmp_path / "given").write_text("\n".join(GIVEN[language]) + "\n", encoding="utf-8")
    (tmp_path / "wanted").write_text("\n".join(WANTED[language]) + "\n", encoding="utf-8")

    def printed(*options: str) -> float:
        command = [sys.executable, "-m", "sacrebleu", "wanted", "-i", "given", "-b", "-w", "6", *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return float(done.stdout)

    cut = {"zh": "zh", "en": "13a"}[language]
    assert corpus_bleu(GIVEN[language], WANTED[language], language) == pytest.approx(
        printed("-m", "bleu", "-tok", cut), abs=1e-5
    )
    assert corpus_chrf(GIVEN[language], WANTED[language]) == pytest.approx(printed("-m", "chrf"), abs=1e-5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_scores_most_and_nothing_scores_none(language: Language) -> None:
    for text in GIVEN[language]:
        assert sentence_chrf(text, text) == pytest.approx(100)
        assert sentence_chrf("", text) == 0
    assert corpus_bleu(GIVEN[language], GIVEN[language], language) == 100
    assert corpus_bleu([""] * 3, GIVEN[language], language) == corpus_chrf([""] * 3, GIVEN[language]) == 0


def test_lists_that_do_not_fit_are_refused() -> None:
    for given, wanted in ((["好"], []), ([], []), (["a", "b"], ["a"])):
        with pytest.raises(ValueError, match="expected as many, and at least one"):
            corpus_bleu(given, wanted, "zh")
        with pytest.raises(ValueError, match="expected as many, and at least one"):
            corpus_chrf(given, wanted)
