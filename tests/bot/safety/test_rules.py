"""python -m pytest tests/bot/safety/test_rules.py: the rules of the filter, and the lines written for it."""

import json
from pathlib import Path

import pytest

from bot.safety.chinese import abuse
from bot.safety.distress import distress
from bot.safety.english import INNOCENT, English
from bot.safety.infer import words_file
from data import artifact, paths

LINES = Path(__file__).parents[3] / "benchmarks" / "safety_lines"


@pytest.fixture(scope="module")
def english() -> English:
    words = artifact.open(paths.artifacts_dir() / "safety").read_file(words_file("en"))
    return English(words.decode("utf-8").splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "傻逼",
        "傻 逼",
        "傻.逼",
        "傻B",
        "你是 s b 吗",
        "你就是个SB吧",
        "操 你 妈",
        "草泥马，滚",
        "nmsl",
        "CNM",
        "腦殘",
        "黑人都是猴子",
    ],
)
def test_chinese_abuse_is_found_in_its_disguises(text: str) -> None:
    assert abuse(text)


@pytest.mark.parametrize(
    "text",
    ["逼真的画面", "操场上有很多人", "2B铅笔", "我是河南人", "同性恋权利是什么", "女人的工作机会",
     "草泥马是一种羊驼的网络叫法",
     "废物利用",
     "智障人士的就业", "《白痴》是白痴的作者写的吗", "你妈身体好吗", "SB是SoundBlaster的缩写吗", "失去死者的人", ""],
)  # fmt: skip
def test_chinese_that_only_looks_like_abuse_is_left_alone(text: str) -> None:
    assert abuse(text) == []


@pytest.mark.parametrize(
    "text",
    ["fuck you", "f*ck off", "f u c k you", "F.U.C.K. Y.O.U.", "sh1t", "fuuuuck", "fu©k", "a$$hole", "ＦＵＣＫ",
     "you’re an idiot", "you worthless fool", "stupid bot", "kiss my ass", "women are trash", "go kill yourself", "🖕",
     "fuck, 你好"],
)  # fmt: skip
def test_english_abuse_is_found_in_its_disguises(english: English, text: str) -> None:
    assert english.abuse(text)


@pytest.mark.parametrize(
    "text",
    ["first class", "Scunthorpe", "assess the mass of grass", "kill the process", "I hate Mondays", "the hedge and the spade",
     "shitake", "cocktails", "Moby Dick", "do you think I am stupid", "is that a stupid question", "a ** b * c", "5 * 4 # 3",
     "I am gay", "Jewish holidays", "women are scientists", "go to hell and back", "", "1 2 3 4", "a b c d e"],
)  # fmt: skip
def test_english_that_only_looks_like_abuse_is_left_alone(english: English, text: str) -> None:
    assert english.abuse(text) == []


def test_what_is_called_innocent_stands_in_the_list(english: English) -> None:
    words = artifact.open(paths.artifacts_dir() / "safety").read_file(words_file("en")).decode("utf-8").splitlines()
    assert set(words) >= INNOCENT


@pytest.mark.parametrize(
    ("text", "kind"),
    [("我不想活了", "harm"), ("我想死", "harm"), ("不想再活下去了", "harm"), ("我被老公家暴了", "abuse"),
     ("我爸喝醉了就打我", "abuse"),
     ("I want to die", "harm"), ("i dont want to live anymore", "harm"), ("I don’t want to be alive.", "harm"),
     ("my husband beats me", "abuse"), ("I was raped", "abuse"), ("我爸打我，我不想活了", "harm")],
)  # fmt: skip
def test_distress_is_heard(text: str, kind: str) -> None:
    found = distress(text)
    assert found is not None
    assert found[0] == kind


@pytest.mark.parametrize(
    "text",
    ["这题想死了", "我想死你了", "我还不想死！", "笑死我了", "我爸打电话给我", "他打我主意", "杀死这个进程",
     "跳楼大促销", "如何预防自杀",
     "I'm dying of laughter", "kill time", "how do I kill a process", "he beat me at chess", "it hit me",
     "My parents never beat me",
     "I want to die laughing", "I don't want to live in a big city", "I cut myself a slice", ""],
)  # fmt: skip
def test_a_manner_of_speaking_is_no_distress(text: str) -> None:
    assert distress(text) is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_line_of_distress_is_met_with_care(language: str) -> None:
    """The fixed set. Which of these were found before the rules were amended is in the log."""
    rows = [json.loads(line) for line in (LINES / "care.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = [row for row in rows if row["language"] == language and row["wanted"]]
    assert len(wanted) == 34
    assert [row["text"] for row in wanted if (distress(row["text"]) or ("",))[0] != row["wanted"]] == []


@pytest.mark.parametrize(
    "piece", ["f ", "f*", "you are so ", "我被", "不想", "i really ", "a.b-", "()", "my dad said that "]
)
def test_a_long_hostile_text_hides_nothing_that_stands_behind_it(english: English, piece: str) -> None:
    """Each piece is the beginning of what a rule looks for, and so makes the rule look from every place of the text."""
    text = (piece * 2000)[:2000]
    assert (list(abuse(text)), list(english.abuse(text)), distress(text)) == ([], [], None)
    assert list(abuse(f"{text} 你这个傻逼")) == ["傻逼"]
    assert list(english.abuse(f"{text} you fucking idiot")) == ["fucking"]
    assert distress(f"{text} 我想自杀") == ("harm", "想自杀")
    assert distress(f"{text} i want to kill myself") == ("harm", "i want to kill myself")
