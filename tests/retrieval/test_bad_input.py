"""python -m pytest tests/retrieval/test_bad_input.py

The whole search, words and meaning, with what nobody planned for: no entries, one, twins, signs nobody knows, harmed files.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.build import load_calibration
from data import artifact, paths
from data.artifact import ArtifactError
from data.records import Entry, Language, Place
from retrieval import vectors
from retrieval.array_files import DamagedIndexError
from retrieval.boosting import NAME as CALIBRATION
from retrieval.boosting import BoostedTrees
from retrieval.dense_index import INDEX_NAMES, DenseIndex
from retrieval.hybrid import Hybrid
from retrieval.sentence_encoder.infer import NAME as MODEL
from retrieval.sentence_encoder.infer import SentenceEncoder
from retrieval.vectors import LocalVectorIndex

ROOT = Path(__file__).parents[2]
UNKNOWN = ("ቋንቋዎች ሁሉ", "\ue000\ue001\ue002", "𒀀𒀁𒀂 𒀃", "🜁🜂🜃🜄", "ᚠᚢᚦᚨᚱᚲ", "䶮龘靐", "zqxjkv wvxqz")


@pytest.fixture(scope="module")
def model() -> SentenceEncoder:
    return SentenceEncoder(paths.artifacts_dir() / MODEL)


@pytest.fixture(scope="module")
def rules() -> BoostedTrees:
    return load_calibration()


def build_entry(id: str, language: Language, *questions: str, reply: str) -> Entry:
    return Entry(id, language, questions, reply, Place("faq.csv", 1))


PASSWORD = build_entry("password.zh", "zh", "怎么重置密码", "忘记密码了", reply="在设置里点「重置密码」。")
DOOR = build_entry("door.en", "en", "when does the library open", reply="The library opens at eight.")


def build_index(model: SentenceEncoder, rules: BoostedTrees) -> Hybrid:
    return Hybrid(rules, DenseIndex(model, LocalVectorIndex(model.width), LocalVectorIndex(model.width)))


def save(index: Hybrid, folder: Path) -> None:
    assert index.dense_index is not None
    DenseIndex(
        index.dense_index.model, index.dense_index.phrasings, index.dense_index.replies, folder / "vectors"
    ).save()
    index.save(folder / "entries", {})


def again(folder: Path, model: SentenceEncoder, rules: BoostedTrees) -> Hybrid:
    phrasings, replies = (LocalVectorIndex.open(folder / "vectors" / name) for name in INDEX_NAMES)
    return Hybrid.open(folder / "entries", rules, DenseIndex(model, phrasings, replies))[0]


def ids(index: Hybrid, question: str, language: Language = "zh") -> list[str]:
    return [hit.entry.id for hit in index.search(question, language)]


def test_nothing_known_finds_nothing_and_can_be_saved(
    tmp_path: Path, model: SentenceEncoder, rules: BoostedTrees
) -> None:
    index = build_index(model, rules).update([])
    save(index, tmp_path)
    for empty in (index, again(tmp_path, model, rules)):
        assert ids(empty, "怎么重置密码") == ids(empty, "when does it open", "en") == []
        assert ids(empty.update([PASSWORD]), "密码忘了") == ["password.zh"]


@pytest.mark.parametrize(
    ("only", "asked", "language"), [(PASSWORD, "怎么重置密码", "zh"), (DOOR, "when does the library open", "en")]
)
def test_one_entry_answers_its_question_and_not_every_question(
    tmp_path: Path, model: SentenceEncoder, rules: BoostedTrees, only: Entry, asked: str, language: Language
) -> None:
    index = build_index(model, rules).update([only])
    save(index, tmp_path)
    for opened in (index, again(tmp_path, model, rules)):
        (hit,) = opened.search(asked, language)
        assert hit.entry == only
        assert hit.probability > rules.answer_threshold
        other = opened.search({"zh": "巴黎今天下雨吗", "en": "who painted this picture"}[language], language)
        assert all(hit.probability < rules.answer_threshold for hit in other)
        assert ids(opened.update(removed=[only.id]), asked, language) == []


def test_twins_are_all_found_in_the_same_order_every_time(model: SentenceEncoder, rules: BoostedTrees) -> None:
    twins = [build_entry(f"twin{number}", "zh", "怎么重置密码", reply="在设置里。") for number in (2, 0, 1)]
    index = build_index(model, rules).update([*twins, DOOR])
    assert ids(index, "怎么重置密码")[:3] == ["twin0", "twin1", "twin2"]
    assert ids(build_index(model, rules).update([DOOR, *twins[::-1]]), "怎么重置密码")[:3] == [
        "twin0",
        "twin1",
        "twin2",
    ]
    probabilities = [hit.probability for hit in index.search("怎么重置密码", "zh")[:3]]
    assert len(set(probabilities)) == 1
    left = index.update(removed=["twin0", "twin1"])
    assert [id for id in ids(left, "怎么重置密码") if id.startswith("twin")] == ["twin2"]


def test_of_two_entries_with_one_id_the_last_counts(model: SentenceEncoder, rules: BoostedTrees) -> None:
    newer = build_entry("password.zh", "zh", "怎么修改密码", reply="打开账户页。")
    index = build_index(model, rules).update([PASSWORD, newer])
    assert [hit.entry for hit in index.search("怎么修改密码", "zh")] == [newer]
    assert index.entries.live_count == 1
    assert index.dense_index is not None
    assert index.dense_index.sizes == [1, 1]


def test_a_phrasing_given_twice_is_one_entry_found_once(model: SentenceEncoder, rules: BoostedTrees) -> None:
    index = build_index(model, rules).update([build_entry("twice", "en", "hi there", "hi there", reply="Hello!"), DOOR])
    assert ids(index, "hi there", "en").count("twice") == 1
    assert ids(index.update(removed=["twice"]), "hi there", "en") in ([], ["door.en"])


@pytest.mark.parametrize("question", [*UNKNOWN, UNKNOWN[0] * 2_000, UNKNOWN[3] + "\x00\ud7ff" + UNKNOWN[4]])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_of_signs_nobody_knows_nothing_is_believed(
    question: str, language: Language, model: SentenceEncoder, rules: BoostedTrees
) -> None:
    index = build_index(model, rules).update([PASSWORD, DOOR])
    for hit in index.search(question, language):
        assert all(np.isfinite(list(hit.features.values())))
        assert hit.features["all_words"] == hit.features["same"] == 0
        assert hit.probability < rules.answer_threshold


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("harm", ["cut", "zeros", "empty", "missing"])
def test_every_file_of_a_harmed_index_is_refused_by_name_with_what_repairs_it(
    tmp_path: Path, model: SentenceEncoder, rules: BoostedTrees, harm: str, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_EXACT", 20_000 if exact else 0)
    save(build_index(model, rules).update([PASSWORD, DOOR]), tmp_path)
    files = [path for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    assert {"current", "about.json", "vectors.npy", "by_words.docs.npy"} <= {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        path.unlink()
        if harm != "missing":
            path.write_bytes({"cut": data[: len(data) // 2], "zeros": bytes(len(data)), "empty": b""}[harm])
        index = path.parent if path.name == "current" else path.parent.parent
        with pytest.raises(
            DamagedIndexError, match=rf"{path.name} is damaged: expected .*Delete {index}: it is made again"
        ):
            again(tmp_path, model, rules)
        path.write_bytes(data)
    assert ids(again(tmp_path, model, rules), "忘记密码怎么办")[0] == "password.zh"


@pytest.mark.parametrize("name", [MODEL, CALIBRATION])
@pytest.mark.parametrize("harm", ["cut", "missing"])
def test_every_file_of_a_harmed_artifact_is_refused_by_name_with_the_command_that_repairs_it(
    tmp_path: Path, name: str, harm: str
) -> None:
    folder = tmp_path / name
    shutil.copytree(paths.artifacts_dir() / name, folder)
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        path.unlink()
        if harm == "cut":
            path.write_bytes(data[: len(data) // 2])
        with pytest.raises(ArtifactError, match=rf"{path.name}.*git checkout -- data/artifacts/{name}"):
            artifact.open(folder)
        path.write_bytes(data)
    artifact.open(folder)


@pytest.mark.parametrize("exact", [True, False])
def test_on_a_full_disk_the_old_index_still_opens_and_answers(
    tmp_path: Path, model: SentenceEncoder, rules: BoostedTrees, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MAX_EXACT", 20_000 if exact else 0)
    save(build_index(model, rules).update([PASSWORD, DOOR]), tmp_path)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    # A limit on the size of files does what a full disk does: a write that fails half way.
    code = (
        "import resource, signal, sys, numpy as np; from pathlib import Path; from data.records import Entry, Place\n"
        "from retrieval import vectors; from retrieval.hybrid import Hybrid; from retrieval.vectors import LocalVectorIndex\n"
        "folder = Path(sys.argv[1]); vectors.MAX_EXACT = int(sys.argv[2]); rows = np.eye(128, 512, dtype=np.float32)\n"
        "made = [Entry(f'{n}', 'en', (f'question {n} ' * 9,), 'reply', Place('faq.csv', n)) for n in range(300)]\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "index = LocalVectorIndex.open(folder / 'vectors' / 'phrasings'); index.add(np.arange(128), rows)\n"
        "for save in (lambda: Hybrid().update(made).save(folder / 'entries', {}),\n"
        "             lambda: index.save(folder / 'vectors' / 'phrasings')):\n"
        "    try: save(); print('written')\n"
        "    except OSError as error: print('refused', error.errno)\n"
        "print(index.size, index.search(rows[5:6], 1)[0].item())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "20000" if exact else "0"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    refused, also, held = done.stdout.splitlines()
    assert refused.startswith("refused")
    assert also.startswith("refused")
    assert held == "131 5", "what could not be written is still found"
    assert sorted(path.name for path in tmp_path.rglob("*")) == before, "nothing half written is left behind"
    assert ids(again(tmp_path, model, rules), "忘记密码怎么办")[0] == "password.zh"
