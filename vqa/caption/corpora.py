"""The training, dev and test captions of the shipped captioners."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from data.corpora import coco_labels, flickr8k
from data.records import CaptionedPicture

FLICKR_TRAIN, FLICKR_VAL, COCO = "flickr8k/train", "flickr8k/val", "coco"
STORED = (FLICKR_TRAIN, FLICKR_VAL, COCO)
"""The sets of data.corpora.pictures whose features are needed."""
_COCO_REPEATS = 2
"""How often a photo of COCO is seen for each time of one of Flickr8k, whose photos are of people and dogs outdoors."""
# The second Chinese caption often continues the first one: "he wears ...", "on the left ...". Alone it says of nobody.
_CONTINUES = re.compile(
    "^(?:他|她|它|左|右|旁|远处|背景|后面|前面|身后|身旁|周围|上面|下面|里面|中间|另一|其中|还有|照片|画面)"
)


@dataclass(frozen=True)
class Splits:
    """The training, dev and test pictures of the captioners; each test set by its name.

    neighbours are the training pictures whose captions may be passed on.
    """

    train: list[CaptionedPicture]
    dev: list[CaptionedPicture]
    test: Mapping[str, list[CaptionedPicture]]
    neighbours: list[CaptionedPicture]


def load() -> Splits:
    """Load the captions of Flickr8k and those of COCO's photos.

    Raises:
        CorpusError: A corpus is missing.
    """
    training, dev = flickr8k.split_train()
    parts = coco_labels.assign_parts()
    coco = list(coco_labels.read_captions())
    learned = [select_captions(record) for record in coco if parts[record.image] == "train"]
    return Splits(
        [*training, *(_COCO_REPEATS * learned)],
        # As many of each, since early stopping looks at the first ones.
        [*_take(dev, coco_labels.DEV), *(record for record in coco if parts[record.image] == "dev")],
        {
            "Flickr8k val": list(flickr8k.read("val")),
            "COCO": [record for record in coco if parts[record.image] == "test"],
        },
        [record for record in coco if parts[record.image] == "train"],
    )


def select_captions(record: CaptionedPicture) -> CaptionedPicture:
    """Return the captions to train on: without a second Chinese one that continues the first."""
    first, *others = record.captions["zh"]
    kept = (first, *(caption for caption in others if not _CONTINUES.match(caption)))
    return replace(record, captions={**record.captions, "zh": kept if len(kept) > 1 else (first, first)})


def _take(records: Sequence[CaptionedPicture], count: int) -> Sequence[CaptionedPicture]:
    return records[:count]
