"""What the bot says of itself is so: beside what there is. python -m pytest tests/bot/test_starter_claims.py"""

import re
from pathlib import Path

import openpyxl
import pytest

from bot.__main__ import main
from bot.build import STARTER
from bot.toolbox import discover_tools
from data import paths
from data.formats import FormatError, read_pairs, recognise
from data.formats.starter import NAMES, PARTS, find_part, read_starter, read_templates
from data.records import LANGUAGES, Entry, Language
from ui.translations import TRANSLATIONS
from vqa.vision import has_artifacts

ROOT = Path(__file__).parents[2]
OURS = [entry for entry in read_starter(STARTER) if find_part(entry.place.file) in ("courtesy", "application")]
QUOTED = {"zh": re.compile("「([^」]+)」"), "en": re.compile('"([^"]+)"')}


def reply(id: str, language: Language) -> str:
    (entry,) = [entry for entry in OURS if entry.id == f"{id}.{language}"]
    return entry.reply


def list_quoted(id: str, language: Language) -> set[str]:
    return set(QUOTED[language].findall(reply(id, language)))


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"\{([a-z,\s]+)\}", capsys.readouterr().out)[0]
    return set(re.sub(r"\s", "", listed).split(","))


def test_every_command_it_names_is_one(commands: set[str]) -> None:
    named = {word for entry in OURS for word in re.findall(r"python -m bot ([a-z]+)\b(?! terminal)", entry.reply)}
    # "python -m bot in the project folder" names none.
    assert named - {"in"} <= commands
    assert {"ask", "learn", "forget", "backup", "restore", "tools", "evaluate", "starter"} <= named


def test_every_make_target_and_variable_it_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    variables = set(re.findall(r"KANLIAO_[A-Z_]+", (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")))
    chinese = [entry.reply for entry in OURS if entry.language == "zh"]
    named = {word for text in chinese for word in re.findall(r"make ([a-z]+)", text)}
    assert named
    assert named <= targets
    mentioned = {name for entry in OURS for name in re.findall(r"KANLIAO_[A-Z_]+", entry.reply)}
    assert mentioned
    assert mentioned <= variables


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tools_it_names_are_those_there_are(language: Language) -> None:
    tools = {tool.title[language] for tool in discover_tools()}
    tabs = {TRANSLATIONS[language].tools}
    assert list_quoted("app-tools", language) - tabs == tools


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tabs_it_names_are_those_there_are(language: Language) -> None:
    words = TRANSLATIONS[language]
    tabs = {words.chat, words.picture, words.tools, words.knowledge, words.evaluate}
    assert list_quoted("app-tabs", language) == tabs
    pattern = r"「([^」]+)」页" if language == "zh" else r"\b([A-Z][a-z]+) tab\b"
    mentioned = {name for entry in OURS if entry.language == language for name in re.findall(pattern, entry.reply)}
    assert mentioned
    assert mentioned <= tabs


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_calls_the_explanation_is_what_the_page_calls_it(language: Language) -> None:
    assert list_quoted("app-why-panel", language) == {
        TRANSLATIONS[language].why
        if language == "zh"
        else TRANSLATIONS[language].why[:1].lower() + TRANSLATIONS[language].why[1:]
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_it_names_are_those_there_are(language: Language) -> None:
    said = reply("app-starter-corpus", language)
    assert len(PARTS) == 5
    assert ("五部分" if language == "zh" else "five parts") in said


SAMPLES = {
    "CSV": (".csv", "question,answer\n几点开门,九点\n"),
    "TSV": (".tsv", "question\tanswer\n几点开门\t九点\n"),
    "ParlAI": (".txt", "text:几点开门\tlabels:九点\tepisode_done:True\n"),
    "JSONL": (".jsonl", '{"question": "几点开门", "answer": "九点"}\n'),
    "messages": (
        ".jsonl",
        '{"messages": [{"role": "user", "content": "几点开门"}, {"role": "assistant", "content": "九点"}]}\n',
    ),
    "ShareGPT": (
        ".jsonl",
        '{"conversations": [{"from": "human", "value": "几点开门"}, {"from": "gpt", "value": "九点"}]}\n',
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_formats_it_names_are_read(language: Language, tmp_path: Path) -> None:
    said = reply("app-file-formats", language)
    assert "XLSX" in said
    book = tmp_path / "sample.xlsx"
    sheet = openpyxl.Workbook()
    sheet.active.append(["question", "answer"])
    sheet.active.append(["几点开门", "九点"])
    sheet.save(book)
    assert len(list(read_pairs(book))) == 1
    for name, (suffix, text) in SAMPLES.items():
        assert name in said
        file = tmp_path / f"sample-{name}{suffix}"
        file.write_text(text, encoding="utf-8")
        assert [getattr(pair, "reply", pair) for pair in read_pairs(file)] == ["九点"], recognise(file)
    gbk = tmp_path / "gbk.csv"
    gbk.write_text(SAMPLES["CSV"][1], encoding="gbk")
    assert len(list(read_pairs(gbk))) == 1
    assert {"UTF-8", "GBK"} <= set(re.findall(r"UTF-8|GBK", said))


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_are_not_read_yet_and_it_says_so(language: Language, tmp_path: Path) -> None:
    file = tmp_path / "handbook.pdf"
    file.write_bytes(b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n%%EOF\n")
    with pytest.raises(FormatError):
        list(read_pairs(file))
    said = reply("app-pdf-word", language)
    assert "PDF" in said
    assert ("不能直接导入" if language == "zh" else "can't be imported directly") in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_that_it_sees_and_it_does(language: Language) -> None:
    assert has_artifacts(paths.artifacts_dir())
    assert ("我能看懂一点图片" if language == "zh" else "I can see pictures a little") in reply(
        "app-see-pictures", language
    )


def courtesy(language: Language) -> list[Entry]:
    return [
        entry
        for entry in read_templates(STARTER)
        if find_part(entry.place.file) == "courtesy" and entry.language == language
    ]


# What the other parts know.
ELSEWHERE = {
    "zh": re.compile("笑话|谜语|冷知识|绕口令|深度学习|神经网络|过拟合|课程|「知识」页|「工具」页"),
    "en": re.compile(r"(?i)riddle|fun fact|tongue twister|deep learning|network|overfit|\btab\b|tell you a joke"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_courtesy_promises_nothing_of_the_other_parts(language: Language) -> None:
    assert [entry.id for entry in courtesy(language) if ELSEWHERE[language].search(entry.reply)] == []
    assert f"app-features.{language}" in {entry.id for entry in courtesy(language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_courtesy_has_no_name_but_the_owner_s(language: Language) -> None:
    ours = [
        entry.id
        for entry in courtesy(language)
        if any(name in text for name in NAMES.values() for text in (entry.reply, *entry.questions))
    ]
    # It says which program it runs on.
    assert ours == [f"self-other-models.{language}"]
    assert sum("{name}" in entry.reply for entry in courtesy(language)) >= 4
