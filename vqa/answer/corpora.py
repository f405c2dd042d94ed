"""The training and test questions of the shipped answerer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.corpora import coco_vqa, daquar, easy_vqa, flickr8k
from data.records import CaptionedPicture, PictureQuestion
from vqa.answer.answers import answer_keys, answer_text
from vqa.answer.featurizer import AnswerChoice, canonicalize_answer
from vqa.answer.folds import split_by_fold
from vqa.answer.question_generation.questions import generate_questions

TRAINED_ON = (
    "VQA v2 on photos of COCO and DAQUAR (four photos of five), easy-VQA's training part, and questions derived from the "
    "captions of Flickr8k's training photos in Chinese and English"
)
LICENCE = (
    "non-commercial: Flickr8k is for research, DAQUAR's photos are under NYU's terms and those of COCO each under its own. "
    "VQA v2's questions are CC BY 4.0, easy-VQA is MIT"
)
TEST, DEV = 5, 10
"""One photo in TEST is for testing, where a set has no test part; of the others one in DEV is for early stopping."""
_SEED = 0
# Chinese words for frequent answers of the English sets: rooms, furniture, drawn shapes.
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
class Splits:
    """The training, dev and test questions of a set.

    No photo is in two of them.
    """

    train: list[PictureQuestion]
    dev: list[PictureQuestion]
    test: list[PictureQuestion]


def known_choices() -> list[AnswerChoice]:
    """Return the answers that have a word in both languages."""
    both = [AnswerChoice(canonicalize_answer(answer_text(key, "en")), answer_text(key, "zh")) for key in answer_keys()]
    there = {choice.en for choice in both}
    return [*both, *(AnswerChoice(en, zh) for en, zh in _ROOMS.items() if en not in there)]


def load_coco() -> Splits:
    """Load VQA v2, split by photo.

    Its own splits are by question, and 251 photos are in several.

    Raises:
        CorpusError: The corpus is missing.
    """
    return split_by_photo(_prefix_images("coco/vqa", coco_vqa.read()))


def load_daquar() -> Splits:
    """Load DAQUAR's training part, split by photo; its test part is not included.

    Raises:
        CorpusError: The corpus is missing.
    """
    return split_by_photo(_prefix_images("daquar", daquar.read()))


def load_easy_vqa() -> Splits:
    """Load easy-VQA with its own test part.

    Raises:
        CorpusError: The corpus is missing.
    """
    dev, train = split_by_fold(_prefix_images("easy-vqa/train", easy_vqa.read("train")), DEV, _SEED)
    return Splits(train, dev, _prefix_images("easy-vqa/test", easy_vqa.read("test")))


def load_derived() -> Splits:
    """Generate questions from the captions of Flickr8k, in both languages.

    Those of its val photos are the test questions.

    Raises:
        CorpusError: The corpus is missing.
    """
    train, dev = flickr8k.split_train()
    return Splits(
        _generate_questions("flickr8k/train", train),
        _generate_questions("flickr8k/train", dev),
        _generate_questions("flickr8k/val", flickr8k.read("val")),
    )


SETS: Mapping[str, Callable[[], Splits]] = {
    "flickr8k": load_derived,
    "coco": load_coco,
    "daquar": load_daquar,
    "easy-vqa": load_easy_vqa,
}


class CombinedFeatures:
    """The features of several sets of pictures as one store.

    The picture "coco/vqa/NAME" is the picture NAME of the set "coco/vqa".
    """

    def __init__(self, sets: Mapping[str, Any]) -> None:
        """Combine stores by the names that data.corpora.pictures has for their sets."""
        self._sets = dict(sets)

    def load_maps(self, names: Sequence[str]) -> NDArray[Any]:
        """Return the maps [B, C, H', W'] of these pictures.

        Raises:
            KeyError: A set is not there.
        """
        return np.concatenate([self._set(name).load_maps([name.rpartition("/")[2]]) for name in names])

    def load_pooled(self, names: Sequence[str]) -> NDArray[Any]:
        """Return the pooled vectors [B, C] of these pictures.

        Raises:
            KeyError: A set is not there.
        """
        return np.concatenate([self._set(name).load_pooled([name.rpartition("/")[2]]) for name in names])

    def _set(self, name: str) -> Any:
        key = name.rpartition("/")[0]
        if key not in self._sets:
            raise KeyError(f"there are no features of {key!r}, of which {name} is; there are {', '.join(self._sets)}")
        return self._sets[key]


def hash_questions(questions: Iterable[PictureQuestion]) -> str:
    """Return the SHA-256 of questions and answers in their order."""
    digest = hashlib.sha256()
    for question in questions:
        line = "\n".join((question.image, question.question, *question.answers, question.language))
        digest.update(line.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()


def split_by_photo(questions: Sequence[PictureQuestion]) -> Splits:
    """Split questions by the names of their photos.

    One photo in TEST is for testing; of the others one in DEV is for early stopping.
    """
    test, others = split_by_fold(questions, TEST, _SEED)
    # With the same seed, none of the others would fall into the first of ten.
    dev, train = split_by_fold(others, DEV, _SEED + 1)
    return Splits(train, dev, test)


def _prefix_images(pictures: str, questions: Iterable[PictureQuestion]) -> list[PictureQuestion]:
    return [replace(question, image=f"{pictures}/{question.image}") for question in questions]


def _generate_questions(pictures: str, photos: Iterable[CaptionedPicture]) -> list[PictureQuestion]:
    return [
        PictureQuestion(
            f"{pictures}/{question.image}",
            question.question,
            (_normalize_spelling(question.answer),),
            question.kind,
            question.language,
        )
        for question in generate_questions((photo.image, photo.captions) for photo in photos)
    ]


def _normalize_spelling(answer: str) -> str:
    # The other sets have American spelling, and answers are compared as strings.
    return canonicalize_answer(answer) if answer.isascii() else answer
