"""What the documents name is there: python -m pytest tests/docs/test_documents.py"""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README, CHINESE, SETTINGS, COMMANDS = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "README.zh.md", "docs/settings.md", "docs/commands.md")
)
# The log tells what was, with the names of its day.
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "SECURITY.md")),
    *(path for path in (ROOT / "docs").rglob("*.md") if "log" not in path.parts),
]
FOLDERS = (
    "data",
    "retrieval",
    "generation",
    "vqa",
    "bot",
    "ui",
    "evaluation",
    "benchmarks",
    "tests",
    "examples",
    "docs",
)
SCREEN_LINES = 45


def test_both_readmes_fit_on_a_screen_and_say_the_same() -> None:
    for text in (README, CHINESE):
        assert len(text.splitlines()) <= SCREEN_LINES
        assert re.findall(r"^make \w+", text, re.MULTILINE) == ["make chat", "make test"]
    numbers = [re.findall(r"\d[\d.,]*(?= ?(?:%|ms|MB|s\b|秒))", text) for text in (README, CHINESE)]
    assert numbers[0] == numbers[1]
    assert numbers[0]


def test_every_number_of_the_readme_is_in_the_benchmarks() -> None:
    benchmarks = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    table = README[README.index("| measured") :]
    for number in re.findall(r"\d[\d.,]*(?= (?:%|ms|MB|s\b))", table):
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", benchmarks), number


def test_ci_calls_the_commands_of_the_readme() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "make test" in ci
    assert ci.index("make docs") < ci.index("make test")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert target.startswith("http") or (document.parent / target).exists(), target
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z]+)(?=`|\s{2}| PORT)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for name in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]*)`", text):
        assert list(ROOT.glob(name.rstrip("/"))) or name.startswith(("data/files", "docs/log")), name
    for module in re.findall(r"python -m ((?:benchmarks|bot|retrieval|generation|vqa|examples|tests)[\w.]*)", text):
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_the_commands_of_the_terminal_exist() -> None:
    terminal = (ROOT / "bot" / "__main__.py").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m bot ([a-z]+)", COMMANDS, re.MULTILINE)
    assert commands
    for command in set(commands) - {"evaluate"}:
        assert f'"{command}"' in terminal, command


def test_every_setting_is_explained() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("bot", "data", "generation")
        for path in (ROOT / folder).rglob("*.py")
    )
    rows = "\n".join(line.split("|")[1] for line in SETTINGS.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"KANLIAO_[A-Z_]+[A-Z]", sources)) == set(re.findall(r"`(KANLIAO_[A-Z_]+[A-Z])`", rows))


def test_the_version_is_in_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## ([\d.]+)", changelog, re.MULTILINE)[0] == version


def test_every_page_of_the_log_has_its_form() -> None:
    pages = sorted((ROOT / "docs" / "log").glob("2*.md"))
    index = (ROOT / "docs" / "log" / "index.md").read_text(encoding="utf-8")
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        title, _, date = text.splitlines()[:3]
        assert f"[{title.removeprefix('# ')}]({page.name})" in index, page.name
        assert date == f"*{page.name[:10]}*", page.name
        assert "**Question.**" in text or "## Question" in text, page.name


def test_the_project_names_no_place_of_this_machine() -> None:
    files = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in files:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt"} and path.is_file():
            text = path.read_text(encoding="utf-8")
            assert str(ROOT) not in text, name
