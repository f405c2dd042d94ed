"""The sets of pictures: which archives hold each, and the pictures in them one after another.

flickr8k            Hodosh et al. 2013, photos of people and dogs, squashed to 160 x 160; for research
coco/vqa            photos of COCO (Lin et al. 2014) that VQA v2 asks about; each has its own licence, on Flickr
coco/unlabelled     further photos of COCO, none of them in coco/vqa
daquar              rooms, from the photos of NYU Depth v2 (Silberman et al. 2012); NYU's terms
easy-vqa            drawn shapes, 64 x 64 (Zhou 2019); MIT
tiny-imagenet       50 photos of each of 200 classes, 64 x 64; the terms of ImageNet
caltech101          20 photos of each of 102 folders (Fei-Fei et al. 2004); CC BY 4.0
cars                Stanford Cars (Krause et al. 2013), 60 models, cut to the car; for research
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data import paths
from data.corpora.expected_count import expect_count
from data.formats import tar
from data.formats.errors import FormatError
from data.paths import CorpusError


@dataclass(frozen=True)
class _Archives:
    files: tuple[str, ...]
    count: int
    folder: str = ""


_ARCHIVES: Mapping[str, _Archives] = {
    "flickr8k/train": _Archives(("flickr8k/train-00.tar", "flickr8k/train-01.tar"), 6_000),
    "flickr8k/val": _Archives(("flickr8k/val-00.tar",), 1_000),
    "coco/vqa": _Archives(("coco/vqa-00.tar",), 1_901),
    "coco/unlabelled": _Archives(("coco/unlabelled-00.tar",), 3_827),
    "daquar": _Archives(("daquar/train-00.tar",), 794),
    "easy-vqa/train": _Archives(("easy-vqa/easy-vqa-00.tar.gz",), 4_000, "train/images/"),
    "easy-vqa/test": _Archives(("easy-vqa/easy-vqa-00.tar.gz",), 1_000, "test/images/"),
    "tiny-imagenet": _Archives(("tiny-imagenet/train50-00.tar.gz",), 10_000),
    "caltech101": _Archives(("caltech101/images-00.tar",), 2_040),
    "cars": _Archives(("cars/train-00.tar",), 2_457),
}

SETS: Mapping[str, int] = {name: one.count for name, one in _ARCHIVES.items()}
"""The name of each set and how many pictures it has."""

FILES = tuple(sorted({file for one in _ARCHIVES.values() for file in one.files}))
"""The archives that hold them all."""


def iterate_pictures(name: str) -> Iterator[tuple[str, bytes]]:
    """The pictures of a set in the order of its archives: the name by which the set's labels call it, and the file's bytes.

    Names are those of the archive's regular files, without the folder that all of a set share; tiny-imagenet's and
    caltech101's begin with their class. Raises ValueError for an unknown set; CorpusError, while it is read, for one that is
    missing, damaged or not as large as it should be.
    """
    if name not in _ARCHIVES:
        raise ValueError(f"There is no set of pictures {name!r}; expected one of {', '.join(_ARCHIVES)}.")
    return expect_count(name, _read(_ARCHIVES[name]), SETS[name])


def _read(archives: _Archives) -> Iterator[tuple[str, bytes]]:
    folder = archives.folder
    for file in archives.files:
        path = paths.find_corpus(file)
        try:
            for name, content in tar.read(path, wanted=lambda name: name.startswith(folder)):
                yield name.removeprefix(folder), content
        except FormatError as error:
            raise CorpusError(f"The corpus {file} at {path} is damaged: {error}") from error
