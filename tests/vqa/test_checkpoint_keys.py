"""python -m pytest tests/vqa/test_checkpoint_keys.py -m train"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from vqa.answer.config import Config as AnswerConfig  # noqa: E402
from vqa.answer.net import AnswerNet  # noqa: E402
from vqa.caption.config import Config as CaptionConfig  # noqa: E402
from vqa.caption.net import build_net  # noqa: E402

SIZES = {"embedding": 6, "hidden": 8, "attention": 5}


def test_an_answer_checkpoint_written_under_the_old_names_loads() -> None:
    net, other = (AnswerNet(AnswerConfig(20, 4, 3, width=5, hidden=6, joint=7)) for _ in range(2))
    stored = net.state_dict()
    assert {"even.running_mean", "whole.weight"} <= stored.keys()
    assert not {key for key in stored if key.startswith(("batch_norm", "global_features"))}
    other.load_state_dict(stored)
    assert torch.equal(other.global_features.weight, net.global_features.weight)
    assert list(other.state_dict()) == list(stored)


def test_a_caption_checkpoint_written_under_the_old_names_loads() -> None:
    config = CaptionConfig.from_dict({"form": "attention", "vocabulary": 9, "channels": 4, "encoder": "e", **SIZES})
    net, other = build_net(config), build_net(config)
    stored = net.state_dict()
    assert "even.weight" in stored
    other.load_state_dict(stored)
    assert all(torch.equal(value, stored[key]) for key, value in other.state_dict().items())


def test_a_checkpoint_that_lacks_a_weight_is_still_refused() -> None:
    net = AnswerNet(AnswerConfig(20, 4, 3, width=5, hidden=6, joint=7))
    stored = net.state_dict()
    del stored["whole.weight"]
    with pytest.raises(RuntimeError, match=r"global_features\.weight"):
        net.load_state_dict(stored)
