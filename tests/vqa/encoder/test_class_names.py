"""python -m pytest tests/vqa/encoder/test_class_names.py"""

from __future__ import annotations

import re

import numpy as np
import pytest

from data.han import HAN_RANGE
from vqa.encoder import class_names
from vqa.encoder.class_names import name_classes

GOLDEN_RETRIEVER, LABRADOR, ZEBRA, TABBY = 207, 208, 340, 281


def test_every_class_has_a_name_in_both_languages() -> None:
    names, generals = class_names._read_table()
    assert len(names) == len(generals) == 1000
    for name in (*names, *generals):
        assert name.english.strip() == name.english != ""
        assert re.search(f"[{HAN_RANGE}]", name.chinese)
    known = {0: "tench", 7: "rooster", ZEBRA: "zebra", 404: "airplane", 963: "pizza", 999: "toilet paper"}
    assert {number: names[number].english for number in known} == known
    assert names[ZEBRA].chinese == "斑马"


def test_breeds_add_up_to_a_dog_unless_one_is_clear() -> None:
    classes = np.zeros(1000, dtype=np.float32)
    classes[[GOLDEN_RETRIEVER, LABRADOR, TABBY]] = 0.4, 0.4, 0.2
    first, second = name_classes(classes, 2)
    assert (first.name.english, first.name.chinese) == ("dog", "狗")
    assert first.probability == pytest.approx(0.8)
    assert second.general.chinese == "猫"
    classes[LABRADOR] = 0.1
    assert name_classes(classes, 1)[0].name.word("zh") == "金毛犬"
    with pytest.raises(ValueError, match="1000 classes"):
        name_classes(classes[:10])
