"""What the answerer that ships is trained on, and the questions that it is measured by and never learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.corpora import coco_vqa, daquar, easy_vqa, flickr8k
from data.records import CaptionedPicture, PictureQuestion
from vqa.answer.answers import concepts, text_of
from vqa.answer.codec import Choice, spelt
from vqa.answer.derive.questions import derive
from vqa.answer.folds import parted

TRAINED_ON = (
    "VQA v2 on photos of COCO and DAQUAR (four photos of five), easy-VQA's training part, and questions derived from the "
    "captions of Flickr8k's training photos in Chinese and English"
)
LICENCE = (
    "non-commercial: Flickr8k is for research, DAQUAR's photos are under NYU's terms and those of COCO each under its own. "
    "VQA v2's questions are CC BY 4.0, easy-VQA is MIT"
)
TEST, DEV = 5, 10
"""One photo of so many measures, where a set has no test part of its own; of the others one of so many stops the training."""
_SEED = 0
# What the sets without Chinese ask for and the derived questions do not: rooms, furniture, drawn shapes.
_ROOMS: Mapping[str, str] = {
    "circle": "圆形", "triangle": "三角形", "rectangle": "矩形", "teal": "蓝绿色", "gray": "灰色", "silver": "银色",
    "gold": "金色", "cabinet": "柜子", "pillow": "枕头", "lamp": "灯", "window": "窗户", "door": "门",
    "picture": "画", "curtain": "窗帘", "sink": "水槽", "refrigerator": "冰箱", "television": "电视", "tv": "电视",
    "books": "书", "bookshelf": "书架", "desk": "书桌", "sofa": "沙发", "night stand": "床头柜", "dresser": "梳妆台",
    "mirror": "镜子", "toilet": "马桶", "bathtub": "浴缸", "stove": "炉子", "oven": "烤箱", "microwave": "微波炉",
    "dishwasher": "洗碗机", "counter": "台面", "shelves": "架子", "garbage bin": "垃圾桶", "trash can": "垃圾桶",
    "basket": "篮子", "clock": "钟", "computer": "电脑", "laptop": "笔记本电脑", "monitor": "显示器",
    "keyboard": "键盘", "telephone": "电话", "fan": "风扇", "light": "灯", "candle": "蜡烛", "vase": "花瓶",
    "plant": "植物", "flowers": "花", "plate": "盘子", "bowl": "碗", "knife": "刀", "fork": "叉子", "spoon": "勺子",
    "pizza": "披萨", "cake": "蛋糕", "sandwich": "三明治", "banana": "香蕉", "apple": "苹果", "broccoli": "西兰花",
    "cheese": "奶酪", "coffee": "咖啡", "wine": "葡萄酒", "giraffe": "长颈鹿", "zebra": "斑马", "elephant": "大象",
    "bear": "熊", "teddy bear": "泰迪熊", "cows": "牛", "dogs": "狗", "cats": "猫", "horses": "马", "birds": "鸟",
    "airplane": "飞机", "plane": "飞机", "bicycle": "自行车", "wood": "木头", "metal": "金属", "glass": "玻璃",
    "plastic": "塑料", "brick": "砖", "tile": "瓷砖", "concrete": "混凝土", "kitchen": "厨房", "bedroom": "卧室",
    "bathroom": "浴室", "living room": "客厅", "office": "办公室", "school": "学校", "city": "城市", "zoo": "动物园",
    "airport": "机场", "sky": "天空", "clouds": "云", "trees": "树", "rain": "雨", "sunny": "晴天", "cloudy": "多云",
    "winter": "冬天", "summer": "夏天", "night": "晚上", "day": "白天", "left": "左边", "right": "右边", "male": "男",
    "female": "女", "tennis": "网球", "baseball": "棒球", "soccer": "足球", "nothing": "没有东西", "tan": "棕褐色",
    "cell phone": "手机", "tie": "领带", "jeans": "牛仔裤", "shorts": "短裤", "watch": "手表", "floor": "地板",
    "carpet": "地毯", "rug": "地毯", "bread": "面包", "fruit": "水果", "meat": "肉", "chicken": "鸡肉",
    "stop sign": "停车标志",
}  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """The questions of a set to learn from, to stop by and to measure by. No photo is in two of them."""

    train: list[PictureQuestion]
    dev: list[PictureQuestion]
    test: list[PictureQuestion]


def known() -> list[Choice]:
    """The answers that have a word in both languages."""
    both = [Choice(spelt(text_of(key, "en")), text_of(key, "zh")) for key in concepts()]
    there = {one.en for one in both}
    return [*both, *(Choice(en, zh) for en, zh in _ROOMS.items() if en not in there)]


def coco() -> Parts:
    """VQA v2, parted by photo: its own parts are by question, and 251 photos are in several. Raises CorpusError."""
    return by_photo(_named("coco/vqa", coco_vqa.read()))


def rooms() -> Parts:
    """DAQUAR's training part, parted by photo, since its test part is not here. Raises CorpusError."""
    return by_photo(_named("daquar", daquar.read()))


def shapes() -> Parts:
    """easy-VQA with its own test part. Raises CorpusError."""
    dev, train = parted(_named("easy-vqa/train", easy_vqa.read("train")), DEV, _SEED)
    return Parts(train, dev, _named("easy-vqa/test", easy_vqa.read("test")))


def derived() -> Parts:
    """Questions from the captions of Flickr8k in both languages; those of its val photos only measure. Raises CorpusError."""
    train, dev = flickr8k.split_train()
    return Parts(
        _asked("flickr8k/train", train), _asked("flickr8k/train", dev), _asked("flickr8k/val", flickr8k.read("val"))
    )


SETS: Mapping[str, Callable[[], Parts]] = {"flickr8k": derived, "coco": coco, "daquar": rooms, "easy-vqa": shapes}


class Pictures:
    """The features of several sets of pictures as one: those of "coco/vqa/NAME" are its NAME's."""

    def __init__(self, sets: Mapping[str, Any]) -> None:
        """sets are stores (vqa.encoder.store) by the names that data.corpora.pictures has for their pictures."""
        self._sets = dict(sets)

    def maps(self, names: Sequence[str]) -> NDArray[Any]:
        """[B, C, H', W'] of these pictures. Raises KeyError for a set that is not there."""
        return np.concatenate([self._set(name).maps([name.rpartition("/")[2]]) for name in names])

    def pooled(self, names: Sequence[str]) -> NDArray[Any]:
        """[B, C] of these pictures. Raises KeyError for a set that is not there."""
        return np.concatenate([self._set(name).pooled([name.rpartition("/")[2]]) for name in names])

    def _set(self, name: str) -> Any:
        key = name.rpartition("/")[0]
        if key not in self._sets:
            raise KeyError(f"there are no features of {key!r}, of which {name} is; there are {', '.join(self._sets)}")
        return self._sets[key]


def digest_of(questions: Iterable[PictureQuestion]) -> str:
    """The SHA-256 of questions and answers in their order."""
    digest = hashlib.sha256()
    for one in questions:
        line = "\n".join((one.image, one.question, *one.answers, one.language))
        digest.update(line.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()


def by_photo(questions: Sequence[PictureQuestion]) -> Parts:
    """The questions in parts, told by the names of their photos: one of TEST measures, of the others one of DEV stops."""
    test, others = parted(questions, TEST, _SEED)
    # Another seed, or no photo of the others would be the first of ten.
    dev, train = parted(others, DEV, _SEED + 1)
    return Parts(train, dev, test)


def _named(pictures: str, questions: Iterable[PictureQuestion]) -> list[PictureQuestion]:
    return [replace(one, image=f"{pictures}/{one.image}") for one in questions]


def _asked(pictures: str, photos: Iterable[CaptionedPicture]) -> list[PictureQuestion]:
    return [
        PictureQuestion(f"{pictures}/{one.image}", one.question, (_said(one.answer),), one.kind, one.language)
        for one in derive((photo.image, photo.captions) for photo in photos)
    ]


def _said(answer: str) -> str:
    # The other sets have the American spelling, and an answer is right as it is written.
    return spelt(answer) if answer.isascii() else answer
