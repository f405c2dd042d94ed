"""python -m pytest tests/data/text/test_language.py"""

import pytest

from data.records import Language
from data.text.language import detect, language_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("什么是卷积神经网络？", "zh"),
        ("甚麼是深度學習", "zh"),
        ("what is a convolution", "en"),
        ("How do I say 你好?", "mixed"),
        ("用 PyTorch 训练一个 CNN", "mixed"),
        ("12345 !!! 😀", None),
        ("", None),
        ("Привет, мир", None),
    ],
)
def test_detects(text: str, expected: str | None) -> None:
    assert detect(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CNN 和 RNN 有什么区别", "zh"),
        ("ResNet 是啥", "zh"),
        ("LSTM 呢", "zh"),
        ("how do I write 你好 in pinyin", "en"),
        ("thanks", "en"),
    ],
)
def test_the_language_that_carries_the_sentence(text: str, expected: Language) -> None:
    assert language_of(text, "zh" if expected == "en" else "en") == expected


@pytest.mark.parametrize("otherwise", ["zh", "en"])
def test_a_text_that_does_not_tell_keeps_the_language_before(otherwise: Language) -> None:
    assert language_of("😂 42?", otherwise) == otherwise


@pytest.mark.parametrize("otherwise", ["zh", "en"])
@pytest.mark.parametrize("text", ["CNN", "redis?", "ＬＳＴＭ", "word2vec", "ResNet-50"])
def test_a_lone_term_keeps_the_language_before(text: str, otherwise: Language) -> None:
    assert language_of(text, otherwise) == otherwise
