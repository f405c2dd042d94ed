"""A newcomer's list of places in docs/architecture.md is true: python -m pytest tests/docs/test_places.py"""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PLACE = re.compile(r"`([\w/]+\.py)` `(\w+)`")
ROWS = {
    line.split("|")[1].strip(): PLACE.findall(line)
    for line in TEXT[TEXT.index("| where ...") :].splitlines()[2:]
    if PLACE.search(line)
}


def test_there_are_fourteen() -> None:
    assert len(ROWS) == 14


@pytest.mark.parametrize("what", ROWS)
def test_the_named_places_exist(what: str) -> None:
    places = ROWS[what]
    assert len({file for file, _ in places}) <= 2
    for file, name in places:
        code = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^\s*(?:(?:async )?def|class) {name}\b|^{name}\b.*= ?", code, re.MULTILINE), (file, name)


def test_every_folder_has_its_paragraph() -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {name.partition("/")[0] for name in files if "/" in name and not name.startswith(".")}
    assert set(re.findall(r"\*\*`(\w+)/`\*\*", TEXT)) == folders
