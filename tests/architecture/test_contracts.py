"""python -m pytest tests/architecture/test_contracts.py"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FLOORS = ("data", "retrieval", "generation", "vqa", "evaluation", "bot", "ui")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code that may be spoiled."""
    folder = tmp_path_factory.mktemp("house")
    for floor in FLOORS:
        shutil.copytree(
            ROOT / floor, folder / floor, ignore=lambda _, names: [n for n in names if n in {"files", "artifacts"}]
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "bot" / "tools" / "stranger.py").write_text('"""A second tool."""\n', encoding="utf-8")
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from importlinter.cli import lint_imports_command; sys.path.insert(0, '.'); lint_imports_command()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_house_stands(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("data/records.py", "import bot.types", "Floors"),
        ("retrieval/bm25.py", "import bot.engine", "Floors"),
        ("bot/engine.py", "import ui.translations", "Floors"),
        ("generation/ngram.py", "import retrieval.bm25", "Floors"),
        ("retrieval/bm25.py", "import generation.ngram", "Floors"),
        ("vqa/encoder/infer.py", "import bot.types", "Floors"),
        ("vqa/encoder/infer.py", "import generation.infer", "Vision borrows only the search"),
        ("data/text/clean.py", "import data.artifact", "Floors inside data"),
        ("vqa/vision.py", "import torch", "Serving needs no torch"),
        ("vqa/overlay.py", "import bot.types", "Floors"),
        ("bot/picture_replies.py", "import bot.pictures", "Floors inside bot"),
        ("data/artifact.py", "import data.training", "Floors inside data"),
        ("bot/types.py", "import bot.engine", "Floors inside bot"),
        ("bot/journal.py", "import bot.build", "Floors inside bot"),
        ("bot/tool.py", "import bot.toolbox", "Floors inside bot"),
        ("bot/safety/infer.py", "import bot.engine", "Floors inside bot"),
        ("bot/tools/similar_words/phrasing.py", "import bot.toolbox", "Floors inside bot"),
        ("bot/tools/similar_words/phrasing.py", "import bot.tools.stranger", "Tools are strangers"),
        ("bot/tools/stranger.py", "import bot.tools.similar_words.phrasing", "Tools are strangers"),
        ("bot/tool.py", "import bot.tools.similar_words", "Floors inside bot"),
        ("bot/toolbox.py", "import bot.sources.tools", "Floors inside bot"),
        ("bot/tools/similar_words/__init__.py", "import gradio", "gradio lives on one floor"),
        ("bot/engine.py", "import torch", "Serving needs no torch"),
        ("bot/tools/stranger.py", "import torch", "Serving needs no torch"),
        ("bot/tools/similar_words/phrasing.py", "import gensim", "Serving needs no torch"),
        ("bot/tools/stranger.py", "import retrieval.word_vector_training", "Serving needs no torch"),
        ("bot/safety/infer.py", "import bot.safety.train", "Serving needs no torch"),
        ("retrieval/hybrid.py", "import torch", "Serving needs no torch"),
        ("generation/ngram.py", "import torch", "Serving needs no torch"),
        ("generation/serve.py", "import generation.local", "Serving needs no torch"),
        ("generation/ngram.py", "import onnxruntime", "onnxruntime lives in one file"),
        ("retrieval/bm25.py", "import onnxruntime", "onnxruntime lives in one file"),
        ("bot/journal.py", "import redis", "redis lives in one file"),
        ("bot/build.py", "import httpx", "httpx lives in one file"),
        ("bot/sources/llm.py", "import httpx", "httpx lives in one file"),
        ("bot/llm/prompt.py", "import bot.knowledge", "Floors inside bot"),
        ("bot/llm/support.py", "import torch", "Serving needs no torch"),
        ("generation/completion.py", "import torch", "Serving needs no torch"),
        ("retrieval/vectors.py", "import faiss", "faiss lives in one file"),
        ("vqa/vision.py", "import rapidocr", "rapidocr lives in one file"),
        ("bot/picture_text.py", "import rapidocr", "rapidocr lives in one file"),
        ("bot/build.py", "import pymilvus", "pymilvus lives in one file"),
        ("bot/engine.py", "import gradio", "gradio lives on one floor"),
        ("evaluation/dialog_counter.py", "import distributed", "dask lives in one file"),
        ("evaluation/accumulators.py", "import bot.types", "Floors"),
        ("evaluation/html_report.py", "import ui.translations", "Floors"),
        ("evaluation/reply_quality.py", "import vqa.vision", "Floors"),
        ("vqa/vision.py", "import evaluation.options", "Floors"),
        ("evaluation/reply_quality.py", "import torch", "Serving needs no torch"),
        ("data/text/vocab.py", "import data.image\nimport data.text.tokenizer", "No circles anywhere"),
    ],
)
def test_each_contract_notices_a_violation(house: Path, file: str, line: str, contract: str) -> None:
    path = house / file
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    try:
        done = lint(house)
    finally:
        path.write_text(text, encoding="utf-8")
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
