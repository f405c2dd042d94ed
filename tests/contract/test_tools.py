"""What every tool must be, in one table. Run: python -m pytest tests/contract/test_tools.py"""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

import bot.tools
from bot.tool import Request, Run, Tool, ToolError
from bot.toolbox import Toolbox, discover_tools
from bot.types import Message
from data import paths
from data.artifact import ArtifactError
from data.records import LANGUAGES
from tests.architecture.test_fence import run
from vqa.vision import has_artifacts

TOOLS = discover_tools()
FOLDER = Path(bot.tools.__path__[0])
HAN = re.compile("[\u4e00-\u9fff]")


def _picture() -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(made, "JPEG")
    return made.getvalue()


PICTURE = _picture()

every_tool = pytest.mark.parametrize("tool", TOOLS, ids=[tool.name for tool in TOOLS])


@pytest.fixture(scope="module")
def loaded_tools() -> dict[str, Run]:
    """The tools that were loaded so far, so that each model is loaded once."""
    return {}


def test_every_folder_is_a_tool() -> None:
    folders = {path.stem for path in FOLDER.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert {tool.name for tool in TOOLS} == folders - {"__init__", "__pycache__"}
    assert TOOLS


@every_tool
def test_it_is_named_as_its_folder_is(tool: Tool) -> None:
    assert re.fullmatch("[a-z][a-z0-9_]*", tool.name)
    assert (FOLDER / tool.name / "__init__.py").is_file() or (FOLDER / f"{tool.name}.py").is_file()


@every_tool
def test_a_folder_has_its_card(tool: Tool) -> None:
    if (FOLDER / tool.name).is_dir():
        card = (FOLDER / tool.name / "README.md").read_text(encoding="utf-8")
        for said in ("Data", "Licence", "Score", "Limits"):
            assert f"**{said}" in card, said


@every_tool
def test_its_words_are_there_in_both_languages(tool: Tool) -> None:
    for words in (tool.title, tool.purpose, tool.box):
        assert set(words) == set(LANGUAGES)
        assert HAN.search(words["zh"])
        assert words["en"].strip()
        assert not HAN.search(words["en"])
        assert not any("\n" in text for text in words.values())


@every_tool
def test_it_has_examples_in_both_languages(tool: Tool) -> None:
    if "text" not in tool.takes:
        assert tool.examples == ()
        return
    assert len(tool.examples) >= 3
    assert {example.language for example in tool.examples} == set(LANGUAGES)
    assert len({example.text for example in tool.examples}) == len(tool.examples)


@every_tool
def test_it_runs_each_of_its_examples(tool: Tool, loaded_tools: dict[str, Run]) -> None:
    if "image" in tool.takes and not has_artifacts(paths.artifacts_dir()):
        # Where what sees is not installed, the tool says which artifact is missing and how to get it.
        with pytest.raises(ArtifactError, match=r"manifest\.json is missing from .*git checkout"):
            tool.load()
        return
    at_work = loaded_tools.setdefault(tool.name, tool.load())
    picture = PICTURE if "image" in tool.takes else None
    for text in [example.text for example in tool.examples] or [""]:
        assert len(text) <= tool.max_length
        assert bool(text) == ("text" in tool.takes)
        for language in LANGUAGES:
            result = at_work(Request(text, language, picture))
            assert result.text.strip()
            assert bool(HAN.search(result.text)) or language == "en"
            if result.table is not None:
                assert {len(row) for row in result.table.rows} == {len(result.table.columns)}
            assert result == at_work(Request(text, language, picture))


@every_tool
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_refuses_what_is_empty_or_too_long(tool: Tool, language: str) -> None:
    toolbox = Toolbox([tool])
    (request,) = [Request("", one) for one in LANGUAGES if one == language]
    for text in ("", " \n\t", "\u200b", "词" * (tool.max_length + 1), "word " * tool.max_length):
        with pytest.raises(ToolError) as refused:
            toolbox.run(tool.name, Request(text, request.language))
        assert bool(HAN.search(str(refused.value))) == (language == "zh")


@every_tool
def test_its_claim_is_a_probability(tool: Tool) -> None:
    for text in ("", "你好", "hello", "😀", "x" * 5000, *(example.text for example in tool.examples)):
        assert 0 <= tool.confidence(Message(text)) <= 1


@every_tool
def test_it_is_imported_without_torch(tool: Tool) -> None:
    done = run(f"from bot.tools.{tool.name} import TOOL; print(TOOL.name)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == tool.name
