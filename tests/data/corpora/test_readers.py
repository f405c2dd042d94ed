"""python -m pytest tests/data/corpora/test_readers.py"""

import gzip
import json
from pathlib import Path

import pytest

from data.corpora import (
    badwords,
    cdial,
    chatterbot,
    coldataset,
    lccc,
    response_selection,
    sentence_pairs,
    stsb,
    wikiqa,
    xdailydialog,
)
from data.corpora.dialogs import build_dialog
from data.paths import CorpusError
from data.records import Dialog, LabelledPair, Selection


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KANLIAO_CORPORA", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def said(one: Dialog) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in one.utterances]


def test_lccc_loses_its_spaces(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lccc, "COUNT", 1)
    turns = ["你 在 看 什 么 ？", "Big Bang 第 三 季", "好 看 吗"]
    put(corpora, "text/lccc_base_valid_test/LCCC-base_valid.json.gz", json.dumps([turns]))
    (one,) = lccc.read()
    assert said(one) == [("a", "你在看什么？"), ("b", "Big Bang第三季"), ("a", "好看吗")]


def test_cdial_is_a_post_and_a_comment(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdial, "COUNT", 2)
    put(corpora, "text/cdial_gpt_toy/toy_train.txt.gz", "天 气 真 好\t出 去 走 走\nhello 大 家\thi there\n")
    assert [said(one) for one in cdial.read()] == [
        [("a", "天气真好"), ("b", "出去走走")],
        [("a", "hello大家"), ("b", "hi there")],
    ]


def test_xdailydialog_has_one_id_in_both_languages(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xdailydialog, "COUNT", 2)
    english = "Hello . __eou__ Hi , you . __eou__\nWhere is it ? __eou__ Over there .\n"
    chinese = "你好。 __eou__ 你也好。 __eou__\n在哪儿？ __eou__ 在那边。\n"
    put(corpora, "text/xdailydialog/dialogues_text_En.txt.gz", english)
    put(corpora, "text/xdailydialog/dialogues_text_Zh.txt.gz", chinese)
    zh, en = list(xdailydialog.read("zh")), list(xdailydialog.read("en"))
    assert said(zh[0]) == [("a", "你好。"), ("b", "你也好。")]
    assert [one.id for one in zh] == [one.id for one in en]
    assert en[0].id == build_dialog(["hello", "HI YOU!"]).id != en[1].id


def test_chatterbot_takes_the_files_of_both_languages_in_turn(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatterbot, "COUNTS", {"zh": 1, "en": 2})
    for name, text in [
        ("chinese/b.yml", '- - 你好\n  - "你好 "\n'),
        ("english/a.yml", "- - hi\n  - ''\n  - 'yes'\n"),
        ("english/c.yml", "- - what is 2\n  - 2\n"),
    ]:
        put(corpora, f"text/chatterbot_corpus/{name}", f"categories:\n- x\nconversations:\n{text}")
    texts = [[text for _, text in said(one)] for one in chatterbot.read()]
    assert texts == [["你好", "你好"], ["hi", "", "yes"], ["what is 2", "2"]]
    assert len(list(chatterbot.read(["zh"]))) == 1


def test_wikiqa_groups_the_sentences_of_a_question(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wikiqa, "COUNTS", {"test": 2})
    put(corpora, "text/wikiqa/WikiQA-test.txt.gz", "who is it\tme\t0\nwho is it\tyou\t1\n是谁\t我\t0\n")
    assert list(wikiqa.read("test")) == [
        Selection(("who is it",), ("me", "you"), (0, 1)),
        Selection(("是谁",), ("我",), (0,)),
    ]
    assert [one.context for one in wikiqa.read_usable("test")] == [("who is it",)]


def test_training_rows_share_nothing_with_the_test(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_pairs, "LCQMC", {"dev": 2, "test": 1})
    monkeypatch.setattr(sentence_pairs, "AFQMC", {"train": 1, "dev": 1})
    monkeypatch.setattr(sentence_pairs, "SIMCLUE_PAIRS", 1)
    monkeypatch.setattr(sentence_pairs, "SIMCLUE_TRIPLES", 2)
    put(corpora, "text/lcqmc/test.txt.gz", "怎么开证明\tHow to get one\t1\n")
    put(corpora, "text/lcqmc/dev.txt.gz", "怎么 开证明？\t别的\t0\n别的\t其他\t1\n")
    put(corpora, "text/afqmc/train.txt.gz", "花呗\t借呗\t0\n")
    put(corpora, "text/afqmc/dev.txt.gz", "还款\tHOW TO GET ONE!\t0\n")
    pair = {"sentence1": "甲", "sentence2": "b", "label": "1"}
    put(corpora, "text/simclue/train_pair_1w.json.gz", json.dumps(pair) + "\n")
    triples = [
        {"query": "甲", "title": "乙", "neg_title": "c"},
        {"query": "丁", "title": "d", "neg_title": "怎么开证明"},
    ]
    put(corpora, "text/simclue/train_rank_1w.json.gz", "".join(json.dumps(one) + "\n" for one in triples))
    found = sentence_pairs.load_clean_training()
    assert {name: one.removed for name, one in found.items()} == {
        "lcqmc dev": 1, "simclue pairs": 0, "afqmc train": 0, "afqmc dev": 1, "simclue triples": 1,
    }  # fmt: skip
    assert found["lcqmc dev"].rows == (LabelledPair("别的", "其他", 1),)
    assert found["simclue triples"].rows == (LabelledPair("甲", "乙", 1), LabelledPair("甲", "c", 0))


def test_a_corpus_cut_short_is_named(corpora: Path) -> None:
    put(corpora, "text/lccc_base_valid_test/LCCC-base_valid.json.gz", json.dumps([["你 好", "hi"]]))
    with pytest.raises(CorpusError, match="lccc_base_valid_test has 1 records, expected 20000"):
        list(lccc.read())


def test_a_corpus_that_is_missing_is_named(corpora: Path) -> None:
    for records in (lccc.read(), cdial.read(), xdailydialog.read("zh"), chatterbot.read(), wikiqa.read("dev")):
        with pytest.raises(CorpusError, match=r"(?s)The corpus text/.*KANLIAO_CORPORA"):
            list(records)


def test_too_few_dialogues_make_no_instances() -> None:
    few = [build_dialog([f"第{number}句", f"reply {number}"]) for number in range(5)]
    with pytest.raises(ValueError, match="5 dialogues hold 8 wrong replies"):
        list(response_selection.build_instances(few))


def test_stsb_is_two_sentences_and_a_score(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stsb.ROWS, "dev", 2)
    put(corpora, "text/stsb_zh/sts-b-dev.txt", "一只猫在睡觉。\t猫睡着了。\t4.8\nA cat\t一辆车\t0\n")
    assert list(stsb.read("dev")) == [
        stsb.ScoredPair("一只猫在睡觉。", "猫睡着了。", 4.8),
        stsb.ScoredPair("A cat", "一辆车", 0.0),
    ]


def test_coldataset_is_a_comment_its_topic_and_a_label(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(coldataset.ROWS, "dev", 2)
    rows = '\ufeff,split,topic,label,TEXT\n7,dev,race,1,"坏话，带""引号"""\n8,train,region,0,"两\n行 two lines"\n'
    put(corpora, "text/coldataset/dev.csv.gz", rows)
    assert list(coldataset.read("dev")) == [
        coldataset.Comment('坏话，带"引号"', "race", True),
        coldataset.Comment("两\n行 two lines", "region", False),
    ]


def test_bad_words_are_as_many_as_they_should_be(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(badwords.COUNTS, "zh", 2)
    put(corpora, "text/badwords_en_zh/zh", "坏蛋\n笨 蛋\n")
    put(corpora, "text/badwords_en_zh/en", "rotten\n")
    assert badwords.read("zh") == ["坏蛋", "笨 蛋"]
    with pytest.raises(CorpusError, match="has 1 words, expected 403"):
        badwords.read("en")
