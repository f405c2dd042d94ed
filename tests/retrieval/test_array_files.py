"""python -m pytest tests/retrieval/test_array_files.py"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval import array_files
from retrieval.array_files import DamagedIndexError

ARRAYS: dict[str, NDArray[Any]] = {
    "numbers": np.arange(300_000),
    "文字": np.frombuffer("你好 hello".encode(), np.uint8),
    "empty": np.zeros((0, 4)),
}


def test_what_is_written_is_opened(tmp_path: Path) -> None:
    array_files.write(tmp_path / "index", ARRAYS, {"知识": 7}, {"other.bin": lambda path: path.write_bytes(b"abc")})
    found = array_files.open(tmp_path / "index")
    assert found.about == {"知识": 7}
    assert all(np.array_equal(found.arrays[name], array) for name, array in ARRAYS.items())
    assert (found.folder / "other.bin").read_bytes() == b"abc"
    assert not found.arrays["numbers"].flags.writeable


def test_the_next_generation_takes_the_place_of_the_last_which_can_still_be_read(tmp_path: Path) -> None:
    array_files.write(tmp_path, {"a": np.arange(5)}, {})
    old = array_files.open(tmp_path)
    array_files.write(tmp_path, {"a": np.arange(6)}, {})
    assert old.arrays["a"].tolist() == [0, 1, 2, 3, 4]
    assert array_files.open(tmp_path).arrays["a"].tolist() == [0, 1, 2, 3, 4, 5]
    assert len(list(tmp_path.iterdir())) == 2, "the old generation is gone from the folder"


@pytest.mark.parametrize("file", ["numbers.npy", "文字.npy", "about.json", "other.bin"])
@pytest.mark.parametrize("harm", ["cut", "flipped", "missing", "empty"])
def test_damage_is_refused_by_name_with_what_repairs_it(tmp_path: Path, file: str, harm: str) -> None:
    array_files.write(tmp_path, ARRAYS, {}, {"other.bin": lambda path: path.write_bytes(b"abc" * 100)})
    path = array_files.open(tmp_path).folder / file
    data = bytearray(path.read_bytes())
    if harm == "missing":
        path.unlink()
    else:
        data[-1] ^= 1
        path.write_bytes(data if harm == "flipped" else data[: len(data) // 2] if harm == "cut" else b"")
    with pytest.raises(DamagedIndexError, match=f"{file} is damaged: expected .*Delete {tmp_path}: it is made again"):
        array_files.open(tmp_path)


def test_where_nothing_was_written_nothing_is_opened(tmp_path: Path) -> None:
    assert not array_files.exists(tmp_path)
    with pytest.raises(DamagedIndexError, match="current is damaged"):
        array_files.open(tmp_path)
    (tmp_path / "current").write_text("../../elsewhere", encoding="utf-8")
    with pytest.raises(DamagedIndexError, match="the name of a folder beside it"):
        array_files.open(tmp_path)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    array_files.write(tmp_path / "index", {"a": np.arange(5)}, {"n": 1})
    # A limit on the size of files does what a full disk does: a write that fails half way.
    code = (
        "import resource, signal, sys, numpy as np; from pathlib import Path; from retrieval import array_files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: array_files.write(Path(sys.argv[1]), {'a': np.arange(100000)}, {'n': 2})\n"
        "except OSError as error: print('refused', error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "index")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout.startswith("refused")
    assert array_files.open(tmp_path / "index").about == {"n": 1}
    assert len(list((tmp_path / "index").iterdir())) == 2, "nothing half written is left behind"
