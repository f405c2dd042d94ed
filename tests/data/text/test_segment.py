"""python -m pytest tests/data/text/test_segment.py"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.text.segment import Segmenter, grams, words


def test_chinese_is_cut_into_words() -> None:
    assert words("我想学习机器学习。") == ["我", "想", "学习", "机器", "学习"]


def test_english_is_stemmed_and_contractions_are_opened() -> None:
    assert words("What's overfitting, and why don't nets forget?") == [
        "what", "is", "overfit", "and", "whi", "do", "not", "net", "forget",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CNNs", "CNN"),
        ("bi-LSTM", "bi lstm"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("機器學習", "机器学习"),
        ("it’s", "it is"),
        ("cannot", "can't"),
        ("wide & deep", "Wide&Deep"),
    ],
)
def test_two_ways_to_type_it_give_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


def test_punctuation_is_no_word_but_an_emoji_and_a_number_are() -> None:
    assert words("！？…… --- 😂 3.14 100%") == ["😂", "3.14", "100%"]


def test_names_with_signs_stay_whole() -> None:
    assert words("C++ and C#") == ["c++", "and", "c#"]


def test_character_grams_need_no_dictionary() -> None:
    assert grams("看聊") == ["看", "聊", "看聊"]
    assert grams("hi") == ["#hi", "hi#"]
    assert set(grams("convolution")) & set(grams("convoluton")) >= {"#co", "con", "vol", "on#"}


@pytest.mark.parametrize("text", ["", "  ", "？！", "\u200b\x00"])
def test_nothing_gives_nothing(text: str) -> None:
    assert words(text) == [] == grams(text)


def test_the_owner_can_add_words(tmp_path: Path) -> None:
    segmenter = Segmenter()
    assert "蓝图一号机" not in segmenter.cut("申请蓝图一号机权限")
    dictionary = tmp_path / "words.txt"
    dictionary.write_text("# our product\n蓝图一号机 5 nz\n", encoding="utf-8")
    segmenter.add_file(dictionary)
    assert segmenter.cut("申请蓝图一号机权限") == ["申请", "蓝图一号机", "权限"]


def test_jieba_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    Segmenter().load()
    assert list(tmp_path.iterdir()) == []


def test_the_dictionary_is_read_as_jieba_reads_it() -> None:
    import jieba

    theirs = jieba.Tokenizer()
    counts, total = theirs.gen_pfdict(theirs.get_dict_file())
    ours = Segmenter()
    ours.load()
    assert (counts, total) == (ours._tokenizer.FREQ, ours._tokenizer.total)


def test_threads_that_come_while_it_is_read_wait_for_the_whole_of_it() -> None:
    segmenter = Segmenter()
    with ThreadPoolExecutor(4) as threads:
        threads.submit(segmenter.load)
        assert list(threads.map(segmenter.cut, ["机器学习"] * 3)) == [["机器", "学习"]] * 3


def test_mixed_scripts_are_parted() -> None:
    assert words("用PyTorch训练ResNet50") == ["用", "pytorch", "训练", "resnet50"]
