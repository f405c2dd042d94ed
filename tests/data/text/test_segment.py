"""python -m pytest tests/data/text/test_segment.py"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.text import segment
from data.text.segment import Segmenter, grams, words
from data.text.standardize import standardize


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


@pytest.fixture(scope="module")
def own_segmenter() -> Segmenter:
    own = Segmenter()
    own.add_file(Path(__file__).parents[2] / "retrieval" / "cases" / "dict.txt")
    return own


@pytest.fixture
def use_own_segmenter(own_segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What words() reads with the dictionary of tests/retrieval/cases."""
    monkeypatch.setattr(segment, "SEGMENTER", own_segmenter)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("怎么在B站关注你们", "b站"),
        ("b 站怎么关注", "b站"),
        ("Ｔ恤能退吗", "t恤"),
        ("5G套餐怎么办理", "5g套餐"),
        ("５ Ｇ 套餐怎么办理", "5g套餐"),
        ("五G套餐多少钱", "5g套餐"),
        ("学C语言要多少钱", "c语言"),
        ("支持3天无理由退货", "无理由"),
        ("部署云原生应用", "云原生"),
        ("有Edu Trust认证吗", "edu trust认证"),
        ("is the school EDU TRUST 認證 certified", "edu trust认证"),
        ("iPhone15Pro换电池", "iphone 15 pro"),
        ("a battery for my iPhone 15 Pro, please", "iphone 15 pro"),
        ("meet us at CES in January", "ces"),
    ],
)
@pytest.mark.usefixtures("use_own_segmenter")
def test_the_owners_words_stay_whole_also_with_letters_digits_and_spaces(text: str, whole: str) -> None:
    assert whole in words(standardize(text))


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("iPhone 15 换电池", ["iphon", "15", "换", "电池"]),
        ("4G套餐", ["4", "g", "套餐"]),
        ("15g套餐", ["15", "g", "套餐"]),
        ("a process with no access", ["a", "process", "with", "no", "access"]),
        ("ABC语言", ["abc", "语言"]),
        ("B站T恤", ["b站", "t恤"]),
        ("", []),
    ],
)
@pytest.mark.usefixtures("use_own_segmenter")
def test_what_only_resembles_an_owners_word_is_cut_as_before(text: str, cut: list[str]) -> None:
    assert words(text) == cut


@pytest.mark.usefixtures("use_own_segmenter")
def test_grams_do_not_depend_on_the_owners_words() -> None:
    assert grams("5G套餐 on CES") == ["5", "#g#", "套", "餐", "套餐", "#on", "on#", "#ce", "ces", "es#"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("iPhone 15 Pro", "iPhone 15 Pro"),
        ("iPhone 15", "iPhone 15"),
        ("Windows 11 5 nz", "Windows 11"),
        ("Edu Trust认证 2000", "Edu Trust认证"),
        ("云计算 5", "云计算"),
        ("李小福 2 nr", "李小福"),
        ("凱特琳 nz", "凱特琳"),
        ("B站\t3", "B站"),
        ("ces", "ces"),
    ],
)
def test_a_line_of_a_dictionary_is_a_word_with_what_jieba_allows_behind_it(
    line: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenter, added = Segmenter(), list[str]()
    monkeypatch.setattr(segmenter, "add", added.extend)
    (tmp_path / "words.txt").write_text(f"# ours\n\n{line}\n", encoding="utf-8")
    segmenter.add_file(tmp_path / "words.txt")
    assert added == [word]


def test_jieba_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    Segmenter().load()
    assert list(tmp_path.iterdir()) == []


def test_threads_that_come_while_it_is_read_wait_for_the_whole_of_it() -> None:
    segmenter = Segmenter()
    with ThreadPoolExecutor(4) as threads:
        threads.submit(segmenter.load)
        assert list(threads.map(segmenter.cut, ["机器学习"] * 3)) == [["机器", "学习"]] * 3


def test_mixed_scripts_are_parted() -> None:
    assert words("用PyTorch训练ResNet50") == ["用", "pytorch", "训练", "resnet50"]
