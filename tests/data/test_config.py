"""python -m pytest tests/data/test_config.py"""

import json
from dataclasses import dataclass
from typing import ClassVar

import pytest

from data.config import StoredConfig
from generation.seq2seq.config import Config as Seq2SeqConfig
from generation.transformer.config import Config as TransformerConfig


@dataclass(frozen=True)
class Example(StoredConfig):
    """A configuration with a field that was renamed after artifacts were written."""

    stored_keys: ClassVar = {"max_length": "longest"}

    max_length: int
    windows: tuple[int, ...] = (1, 2)
    dropout: float = 0.1


def test_a_config_survives_json_under_its_stored_keys() -> None:
    config = Example(40, (2, 3, 4))
    text = json.dumps(config.to_dict())
    assert json.loads(text) == {"longest": 40, "windows": [2, 3, 4], "dropout": 0.1}
    assert Example.from_dict(json.loads(text)) == config


@pytest.mark.parametrize("raw", [{}, {"longest": 40, "unknown": 1}])
def test_a_missing_or_an_unknown_value_is_refused(raw: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Example.from_dict(raw)


def test_the_generators_configs_open_what_shipped_artifacts_hold() -> None:
    old = {
        "vocabulary": 6000,
        "width": 192,
        "heads": 4,
        "encoders": 2,
        "decoders": 3,
        "inner": 768,
        "longest": 96,
        "dropout": 0.1,
    }
    config = TransformerConfig.from_dict(old)
    assert config.max_length == 96
    assert config.to_dict() == old
    recurrent = {"vocabulary": 6000, "width": 256, "hidden": 384, "dropout": 0.1}
    assert Seq2SeqConfig.from_dict(recurrent).to_dict() == recurrent
