"""KANLIAO_CORPORA=... python -m pytest tests/data/corpora/test_real.py: the corpora themselves; skipped where they are not."""

import hashlib
import os
from pathlib import Path

import pytest

from data.corpora import badwords, cdial, chatterbot, coldataset, lccc, sentence_pairs, wikiqa, xdailydialog
from data.corpora.response_selection import SETS, build_instances, format_instances, load_dialogs
from data.corpora.split import Part
from data.formats.ranking import read_selections
from data.paths import corpora_dir


def needs(*names: str) -> pytest.MarkDecorator:
    absent = [name for name in names if not (corpora_dir() / name).exists()]
    set_at_all = bool(os.environ.get("KANLIAO_CORPORA"))
    why = f"KANLIAO_CORPORA holds no {', '.join(absent)}" if set_at_all else "KANLIAO_CORPORA is not set"
    return pytest.mark.skipif(not set_at_all or bool(absent), reason=why)


@needs(lccc.NAME, cdial.NAME, chatterbot.NAME)
def test_the_dialogue_corpora_are_whole_and_nothing_but_chatterbot_says_nothing() -> None:
    for corpus in (lccc, cdial):
        assert all(utterance.text for one in corpus.read() for utterance in one.utterances)
    assert sum(not utterance.text for one in chatterbot.read() for utterance in one.utterances) == 16


@needs(wikiqa.NAME)
def test_wikiqa_has_237_usable_questions() -> None:
    assert len(wikiqa.read_usable("test")) == 237
    assert list(read_selections(corpora_dir() / wikiqa.NAME / "WikiQA-test.txt.gz")) == list(wikiqa.read("test"))
    assert [one.labels for one in read_selections(corpora_dir() / wikiqa.NAME / "WikiQA-test.tsv.gz")] == [
        one.labels for one in wikiqa.read("test")
    ]


@needs("text/lcqmc", "text/afqmc", "text/simclue")
def test_what_is_shared_with_the_test_of_lcqmc_is_left_out() -> None:
    assert {name: one.removed for name, one in sentence_pairs.load_clean_training().items()} == {
        "lcqmc dev": 915, "simclue pairs": 131, "afqmc train": 0, "afqmc dev": 0, "simclue triples": 522,
    }  # fmt: skip


@needs(xdailydialog.NAME)
def test_both_languages_of_xdailydialog_are_split_alike() -> None:
    parts: tuple[Part, Part, Part] = ("train", "dev", "test")
    zh, en = (
        [[one.id for one in load_dialogs(f"xdailydialog.{language}", part)] for part in parts]
        for language in ("zh", "en")
    )
    assert zh == en
    assert not set(en[0]) & set(en[2])
    assert not set(en[0]) & set(en[1])


@needs(lccc.NAME, xdailydialog.NAME)
@pytest.mark.parametrize("name", SETS)
def test_instances_are_read_back_as_they_were_made(name: str, tmp_path: Path) -> None:
    made = list(build_instances(load_dialogs(name, "test")))
    file = tmp_path / "test.tsv"
    file.write_text(format_instances(made), encoding="utf-8")
    assert [one.labels for one in read_selections(file)] == [one.labels for one in made]


@needs(lccc.NAME)
def test_everybody_makes_the_same_instances() -> None:
    text = format_instances(build_instances(load_dialogs("lccc", "test")))
    assert hashlib.sha256(text.encode()).hexdigest()[:12] == "29b4871e77ef"


@needs(coldataset.NAME, badwords.NAME)
def test_what_the_filter_learns_from_is_whole() -> None:
    counts = {part: sum(one.offensive for one in coldataset.read(part)) for part in ("train", "dev")}
    assert counts == {"train": 12_723, "dev": 3_211}
    assert {language: len(badwords.read(language)) for language in ("zh", "en")} == badwords.COUNTS
