"""python -m pytest tests/architecture/test_fence.py"""

import os
import subprocess
import sys
from pathlib import Path

from conftest import TRAINING

ROOT = Path(__file__).parent.parent.parent

FENCE = """
import sys

class Fence:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "onnx", "transformers", "gensim", "tqdm_torch"}:
            raise ImportError(f"serving must not import {name}")

sys.meta_path.insert(0, Fence())
"""

SERVE = """
import asyncio, json
from bot.build import build
from bot.settings import Settings
from bot.types import Message
import ui.app
from pathlib import Path
import sys

async def main():
    from dataclasses import replace
    bot = build(replace(Settings(), home=Path(sys.argv[1])))
    await bot.open()
    said = [(await bot.engine.answer(Message(text), "en")).kind for text in ("什么是卷积神经网络", "what is an LSTM")]
    await bot.close()
    print(json.dumps(said))

asyncio.run(main())
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FENCE + code, *arguments],
        cwd=ROOT,
        env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_serving_answers_with_torch_blocked(tmp_path: Path) -> None:
    done = run(SERVE, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == '["answer", "answer"]'


def test_the_fence_is_not_made_of_air() -> None:
    done = run("import torch")
    assert done.returncode == 1
    assert "serving must not import torch" in done.stderr


def test_importing_has_no_effect(tmp_path: Path) -> None:
    """No file is written, nothing is printed, no setting is read that could be wrong."""
    code = (
        "import fnmatch, pkgutil, importlib\n"
        f"training = {TRAINING!r}\n"
        "for top in ('data', 'retrieval', 'generation', 'vqa', 'evaluation', 'bot', 'ui'):\n"
        "    package = importlib.import_module(top)\n"
        "    for found in pkgutil.walk_packages(package.__path__, top + '.'):\n"
        "        file = found.name.replace('.', '/') + '.py'\n"
        "        if '__main__' not in file and not any(fnmatch.fnmatch(file, one) for one in training):\n"
        "            importlib.import_module(found.name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", FENCE + f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + code],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "KANLIAO_PORT": "nonsense", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
