"""python -m pytest tests/tiny"""

from pathlib import Path

import numpy as np
import pytest

from data import artifact
from data.runtime import Graph, verify
from data.text.tokenizer import TextTokenizer
from tests.tiny import MOOD


def test_the_committed_artifact_holds_its_golden() -> None:
    assert verify(artifact.open(MOOD)) <= 1e-6


def test_it_knows_good_from_bad_in_both_languages() -> None:
    opened = artifact.open(MOOD)
    ids, _ = TextTokenizer.from_dict(opened.manifest.codec).encode(
        ["我喜欢", "讨厌", "I LOVE this", "so bad", "你是谁"]
    )
    good = Graph(opened.read_graph("net.onnx"))({"ids": ids})["good"]
    assert (good > 0.5).tolist() == [True, False, True, False, False]
    assert good[4] == 0.5


def test_it_stays_small() -> None:
    assert sum(path.stat().st_size for path in MOOD.iterdir()) < 10_000


@pytest.mark.train
def test_the_script_makes_what_is_committed(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from tests.tiny.make import make

    made, committed = make(tmp_path / "mood"), artifact.open(MOOD)
    assert made.read_graph("net.onnx") == committed.read_graph("net.onnx")
    assert made.manifest.codec == committed.manifest.codec
    wanted = committed.read_golden()
    assert made.read_golden().keys() == wanted.keys()
    assert all(np.allclose(array, wanted[name], rtol=0, atol=1e-6) for name, array in made.read_golden().items())
