"""python -m pytest tests/data/test_picture_decoder.py

What a visitor sent is decoded by a process of its own: whatever happens there, this one is neither hurt nor held up nor larger.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import picture_decoder
from data.image import reencode
from data.picture_decoder import PictureError, decode, decode_apart

ROOT = Path(__file__).parents[2]


def encode_image(picture: Image.Image, format: str) -> bytes:
    made = io.BytesIO()
    picture.save(made, format)
    return made.getvalue()


NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 255, (30, 40, 4), dtype=np.uint8))
SMALL = encode_image(NOISE.convert("RGB"), "JPEG")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000"])
@pytest.mark.parametrize("longest", [40, 16])
def test_apart_it_is_the_same_picture_as_here(format: str, longest: int) -> None:
    data = encode_image(NOISE if format in ("PNG", "WEBP") else NOISE.convert("RGB"), format)
    there, here = decode_apart(data, longest), decode(data, longest)
    assert there.size == here.size
    assert there.tobytes() == here.tobytes()


def test_what_is_refused_there_is_refused_here_in_the_same_words() -> None:
    for data in (b"", b"no picture", "不是图片".encode(), SMALL[:200]):
        with pytest.raises(PictureError) as here:
            decode(data)
        with pytest.raises(PictureError) as there:
            decode_apart(data, 64)
        assert str(there.value) == str(here.value)
        assert (there.value.reason, there.value.format) == (here.value.reason, here.value.format)


@pytest.mark.parametrize(
    "script",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "",
        "print('no JSON')",
        "print('[]')",
        "print('{}')",
        'print(\'{"width": 4, "height": 4}\')',
        'print(\'{"width": 100000, "height": 100000}\')',
        'print(\'{"width": "四", "height": -4}\')',
        "print('{' * 100000)",
        "print('{\"width\": 4, \"height\": 4}')\nwhile True: print('x' * 65536)",
        "while True: pass",
    ],
)
def test_a_decoder_that_goes_wrong_is_a_refusal(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(script, encoding="utf-8")
    monkeypatch.setattr(picture_decoder, "__file__", str(wrong))
    monkeypatch.setattr(picture_decoder, "SECONDS", 1.0)
    with pytest.raises(PictureError, match="within its bounds"):
        decode_apart(SMALL, 64)


def test_the_decoder_knows_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told.py"
    told.write_text(
        "import json, os\nprint(json.dumps({'refused': ' '.join(os.environ) or 'nothing'}))", encoding="utf-8"
    )
    monkeypatch.setattr(picture_decoder, "__file__", str(told))
    monkeypatch.setenv("KANLIAO_PASSWORD", "secret 秘密")
    with pytest.raises(PictureError) as seen:
        decode_apart(SMALL, 64)
    assert "KANLIAO" not in str(seen.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not keep to the bound")
def test_the_decoder_has_bounds_on_memory_and_files(tmp_path: Path) -> None:
    tried = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from data import picture_decoder as decoder\n"
        "decoder._limit_process()\n"
        "for attempt in (lambda: bytearray(decoder.MEMORY), lambda: open(sys.argv[2], 'w').write('x') and None):\n"
        "    try: attempt(); print('could')\n"
        "    except (MemoryError, OSError): print('could not')\n"
    )
    command = [sys.executable, "-c", tried, str(ROOT), str(tmp_path / "file")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    assert said[0] == "could not"
    assert not (tmp_path / "file").exists() or (tmp_path / "file").stat().st_size == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the unit of ru_maxrss is another")
def test_a_huge_picture_takes_no_memory_here(tmp_path: Path) -> None:
    huge = tmp_path / "huge.png"
    Image.new("P", (7000, 7000)).save(huge)
    tried = (
        "import resource, sys\nfrom pathlib import Path\nfrom data.image import reencode\n"
        "data = Path(sys.argv[1]).read_bytes()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "reencode(data)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", tried, str(huge)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60


def test_the_pillow_beside_the_environment_decodes(tmp_path: Path) -> None:
    package = tmp_path / "decoder" / "PIL"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('the one beside')", encoding="utf-8")
    script = Path(picture_decoder.__file__)
    started = f"import runpy, sys; sys.prefix = {str(tmp_path)!r}; runpy.run_path({str(script)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-I", "-c", started, "64"], capture_output=True, text=True, check=False)
    assert "the one beside" in done.stderr


def test_what_is_kept_was_decoded_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(data: bytes, longest: int | None = None) -> Image.Image:
        raise AssertionError("it was decoded in this process")

    monkeypatch.setattr(picture_decoder, "decode", never)
    assert reencode(SMALL)[:2] == b"\xff\xd8"
