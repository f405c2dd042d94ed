"""Read the pictures of corpora from their archives.

flickr8k            Hodosh et al. 2013, photos of people and dogs, squashed to 160 x 160; for research
coco                everyday photos of COCO (Lin et al. 2014), squashed to 224 x 224; each has its own licence, on Flickr
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
    "coco": _Archives(("coco/photos-00.tar", "coco/photos-01.tar", "coco/photos-02.tar"), 5_247),
    "daquar": _Archives(("daquar/train-00.tar",), 794),
    "easy-vqa/train": _Archives(("easy-vqa/easy-vqa-00.tar.gz",), 4_000, "train/images/"),
    "easy-vqa/test": _Archives(("easy-vqa/easy-vqa-00.tar.gz",), 1_000, "test/images/"),
    "tiny-imagenet": _Archives(("tiny-imagenet/train50-00.tar.gz",), 10_000),
    "caltech101": _Archives(("caltech101/images-00.tar",), 2_040),
    "cars": _Archives(("cars/train-00.tar",), 2_457),
}

SETS: Mapping[str, int] = {name: archives.count for name, archives in _ARCHIVES.items()}
"""The name of each set and how many pictures it has."""

FILES = tuple(sorted({file for archives in _ARCHIVES.values() for file in archives.files}))
"""The archives that hold them all."""


def iterate_pictures(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name, as in the labels, and the bytes of each picture of a set, in the order of its archives.

    Names are those of the regular files, without the folder that all of a set share. Those of tiny-imagenet and caltech101
    begin with the class.

    Raises:
        ValueError: There is no set of that name.
        CorpusError: The set is missing, damaged or incomplete; raised while it is read.
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
