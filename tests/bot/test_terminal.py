"""python -m pytest tests/bot/test_terminal.py"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "家 home"


def bot(home: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env={**os.environ, "KANLIAO_HOME": str(home), "PYTHONIOENCODING": "utf-8"},
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("question", "language"), [("什么是卷积神经网络？", "zh"), ("What is an LSTM?", "en")])
def test_ask_as_json_says_where_the_answer_comes_from(home: Path, question: str, language: str) -> None:
    done = bot(home, "ask", question, "--json")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert {"text", "source", "score", "evidence", "candidates", "timings"} <= set(reply)
    assert (reply["kind"], reply["language"], reply["source"]) == ("answer", language, "retrieved")
    assert reply["evidence"]["file"].startswith("starter/")
    assert reply["evidence"]["row"] >= 1
    assert 0 < reply["score"] <= 1
    assert reply["candidates"][0]["text"] == reply["text"]


def test_talk_goes_on_where_it_stopped(home: Path) -> None:
    first = bot(home, said="你好\n/why\n/retry\n")
    assert first.returncode == 0, first.stderr
    assert "starter/" in first.stdout
    again = bot(home, said="/quit\n")
    assert "> 你好" in again.stdout
    assert "> 你好" not in bot(home, "--new", said="/quit\n").stdout


def test_learn_ask_forget_backup_restore(home: Path, tmp_path: Path) -> None:
    faq = tmp_path / "校园.csv"
    faq.write_text(
        "问题,答案\n图书馆几点关门,图书馆晚上十点关门。\nwhen does the gym open,The gym opens at seven.\n,没有问题的一行\n",
        encoding="gbk",
    )
    done = bot(home, "learn", str(faq))
    assert done.returncode == 0, done.stderr
    assert "2 taken, 0 merged, 0 replaced, 1 refused" in done.stdout
    assert "校园.csv:4" in done.stdout
    assert "2 merged" in bot(home, "learn", str(faq)).stdout
    reply = json.loads(bot(home, "ask", "图书馆几点关门", "--json").stdout)
    assert reply["text"] == "图书馆晚上十点关门。"
    assert (reply["evidence"]["file"], reply["evidence"]["row"]) == ("校园.csv", 2)
    backup = tmp_path / "backup.jsonl"
    assert bot(home, "backup", str(backup)).returncode == 0
    assert bot(home, "forget", reply["evidence"]["entry"]).returncode == 0
    assert json.loads(bot(home, "ask", "图书馆几点关门", "--json").stdout)["text"] != "图书馆晚上十点关门。"
    assert bot(home, "restore", str(backup)).returncode == 0
    assert json.loads(bot(home, "ask", "图书馆几点关门", "--json").stdout)["text"] == "图书馆晚上十点关门。"


def test_learn_is_previewed_and_undone(home: Path, tmp_path: Path) -> None:
    faq = tmp_path / "价目 prices.csv"
    faq.write_text(
        "问题,相似问题,答案,备注\n门票多少,票价;门票价格,五元,\nhow much is it,,five yuan,\n", encoding="gbk"
    )
    seen = bot(home, "learn", "--preview", str(faq))
    assert seen.returncode == 0, seen.stderr
    for said in (
        "preview, nothing is stored: 4 taken, 0 merged, 0 replaced, 0 refused",
        "Read as a table in text, in GB18030 (GBK).",
        "questions from 问题, 相似问题; answers from 答案 (header in row 1); not used: 备注",
        "Q: 门票多少 / 票价 / 门票价格",
        "A: five yuan",
    ):
        assert said in seen.stdout
    assert "no import to undo" in bot(home, "learn", "--undo").stderr
    assert "4 taken" in bot(home, "learn", str(faq)).stdout
    undone = bot(home, "learn", "--undo")
    assert (undone.returncode, undone.stdout) == (0, f"Undone: {faq.name}; 2 entries removed, 0 as they were before.\n")
    assert "4 taken" in bot(home, "learn", str(faq)).stdout


def test_nothing_taken_is_no_success_and_unknown_columns_are_asked_for(home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "空.csv"
    empty.write_text("question,answer\n什么时候开门,\n,no question\n", encoding="utf-8")
    done = bot(home, "learn", str(empty))
    assert done.returncode == 1
    assert "0 taken, 0 merged, 0 replaced, 2 refused" in done.stdout
    assert "nothing in it can be learned" in done.stderr
    other = tmp_path / "other.csv"
    other.write_text("场合,话语\n停车,在楼后面\nlift,behind the stairs\n", encoding="utf-8")
    asked = bot(home, "learn", str(other))
    assert asked.returncode == 1
    for said in ("场合 | 话语", "停车 | 在楼后面", "--question COLUMN --answer COLUMN"):
        assert said in asked.stderr
    assert "2 taken" in bot(home, "learn", str(other), "--question", "场合", "--answer", "B").stdout
    assert "3 taken" not in bot(home, "learn", str(other), "--question", "1", "--answer", "2").stdout
    again = bot(home, "learn", str(other), "--question", "1", "--answer", "2", "--no-header")
    assert "1 taken, 2 merged" in again.stdout
    wrong = bot(home, "learn", str(other), "--question", "9", "--answer", "2")
    assert wrong.returncode == 1
    assert "no column '9'" in wrong.stderr
    assert bot(home, "learn").returncode == 2
    assert bot(home, "learn", str(other), "--question", "1").returncode == 2


def test_what_cannot_be_done_is_said_in_a_sentence(home: Path, tmp_path: Path) -> None:
    missing = bot(home, "learn", str(tmp_path / "没有.csv"))
    assert missing.returncode == 1
    assert "没有.csv" in missing.stderr
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 not a workbook")
    refused = bot(home, "learn", str(broken))
    assert refused.returncode == 1
    assert "nothing changed" in refused.stderr
    unknown = bot(home, "forget", "no-such-entry")
    assert unknown.returncode == 1
    assert "no-such-entry" in unknown.stderr
    for done in (missing, refused, unknown):
        assert "Traceback" not in done.stderr


def test_an_open_door_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANLIAO_HOST", "0.0.0.0")
    done = bot(home, "ask", "你好")
    assert done.returncode == 1
    assert "KANLIAO_PASSWORD" in done.stderr


def test_tools_are_listed_and_run(home: Path) -> None:
    listed = bot(home, "tools")
    assert listed.returncode == 0, listed.stderr
    assert "similar_words  相近的词: " in listed.stdout
    assert "similar_words  Similar words: " in listed.stdout
    for text, head, word in (("高兴", "余弦相似度", "开心"), ("tommorow", "Cosine", "tomorrow")):
        done = bot(home, "tools", "similar_words", text)
        assert done.returncode == 0, done.stderr
        assert head in done.stdout
        assert word in done.stdout
    assert not home.exists()


def test_a_tool_that_cannot_answer_says_why(home: Path) -> None:
    for arguments, reason in (
        (
            ("sing", "la"),
            "The tools are: answer, arithmetic, caption, date_time, similar_words, units, written_reply",
        ),
        (("similar_words", "😀"), "no known word"),
    ):
        done = bot(home, "tools", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert reason in done.stderr


def test_talk_names_the_tool_that_answered(home: Path) -> None:
    done = bot(home, said="words similar to yesterday\n/why\n")
    assert done.returncode == 0, done.stderr
    assert "[tool similar_words" in done.stdout
    assert "tool similar_words  Nearest to" in done.stdout


def test_about_names_every_model_with_its_licence_and_a_score_beside_chance(home: Path) -> None:
    done = bot(home, "about")
    assert done.returncode == 0, done.stderr
    shipped = sorted(path.name for path in (ROOT / "data" / "artifacts").iterdir() if path.is_dir())
    assert [line for line in done.stdout.splitlines() if not line.startswith(" ")] == shipped
    for part in done.stdout.split("\n  trained on: ")[1:]:
        assert "\n  licence: " in part
        assert "(chance " in part


def test_a_picture_is_shown_and_kept_with_the_conversation(home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "图 a.png"
    Image.new("RGB", (64, 48), "orange").save(picture)
    (tmp_path / "text.png").write_text("words", encoding="utf-8")
    said = f"/picture {picture}\n/picture {tmp_path / 'text.png'}\n/picture\n/picture {tmp_path / 'none.png'}\n你好\n"
    done = bot(home, said=said)
    assert done.returncode == 0, done.stderr
    assert "not a picture that can be read" in done.stdout
    assert "none.png" in done.stdout
    assert done.stdout.count("[") >= 1
    assert len(list((home / "pictures").rglob("*.jpg"))) == 1


def test_the_entries_are_asked_their_own_questions(home: Path, tmp_path: Path) -> None:
    faq = tmp_path / "票.csv"
    faq.write_text(
        "question,answer,similar\n怎么开发票,在柜台开。,\n发票怎么开,请到二楼财务室。,\n"
        "Are dogs allowed?,On a lead.,Can I bring my dog?\n",
        encoding="utf-8",
    )
    assert "no entry of your own" in bot(home, "check").stdout
    assert bot(home, "learn", str(faq)).returncode == 0
    done = bot(home, "check")
    assert done.returncode == 0, done.stderr
    assert "3 entries of yours" in done.stdout
    assert "怎么开发票  /  发票怎么开" in done.stdout or "发票怎么开  /  怎么开发票" in done.stdout
    told = json.loads(bot(home, "check", "--json").stdout)
    assert (told["entries"], told["asked"], told["wrong"]) == (3, 1, 0)
    assert [one["question"] for one in told["alone"]] == ["怎么开发票", "发票怎么开"]


def test_a_document_is_learned_quoted_listed_and_forgotten(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "文档 docs"
    folder.mkdir()
    (folder / "规则.md").write_text(
        "# 读者规则\n\n## 办证\n\n读者证遗失后补办，工本费十五元。\n\n## 开放时间\n\n图书馆每天早上九点开门。\n",
        encoding="utf-8",
    )
    (folder / "faq.csv").write_text(
        "question,answer\nwhen does the gym open,The gym opens at seven.\n", encoding="utf-8"
    )
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    done = bot(home, "learn", str(folder))
    assert done.returncode == 1
    assert "photo.png: refused" in done.stderr
    assert "规则.md: 2 passages, 2 new, 0 removed" in done.stdout
    assert "1 taken" in done.stdout
    reply = json.loads(bot(home, "ask", "读者证丢了补办工本费多少钱", "--json").stdout)
    assert "“读者证遗失后补办，工本费十五元。”" in reply["text"]
    quotation = reply["candidates"][0]["evidence"]["quotation"]
    assert (quotation["file"], quotation["heading"]) == ("文档 docs/规则.md", ["读者规则", "办证"])
    assert "文档 docs/规则.md  2 passages" in bot(home, "documents").stdout
    shown = bot(home, "documents", "show", "文档 docs/规则.md").stdout
    assert "读者规则 > 开放时间" in shown
    assert "    图书馆每天早上九点开门。" in shown
    why = bot(home, said="读者证丢了补办工本费多少钱\n/why\n").stdout
    assert "| 【读者证遗失后补办，工本费十五元。】" in why
    unknown = bot(home, "documents", "forget", "规则.md")
    assert (unknown.returncode, "Did you mean 文档 docs/规则.md" in unknown.stderr) == (1, True)
    assert bot(home, "documents", "forget", "文档 docs/规则.md").returncode == 0
    assert "No document has been learned" in bot(home, "documents").stdout
