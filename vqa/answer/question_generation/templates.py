"""Question templates in Chinese and English, several for each form.

A hash selects the template, so that it is the same on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from data.records import Language
from vqa.answer.answers import answer_text
from vqa.answer.lexicon import get_concept
from vqa.answer.question_generation.fact import Fact, Form

_EN: Mapping[Form, tuple[str, ...]] = {
    "what": ("what is in the picture?", "what is in the photo?", "what is this?", "what can you see?", "what is shown here?",
             "who or what is in the picture?"),
    "animal": ("what animal is in the picture?", "what animal is this?", "what kind of animal is it?", "which animal can you see?",
               "what animal is there?"),
    "who": ("who is {thing}?", "who is {thing} in the picture?", "who is {thing} here?"),
    "wear": ("what {is} {who} wearing?", "what {does} {who} wear?", "what {does} {who} have on?", "what {is} {who} dressed in?"),
    "head": ("what {is} {who} wearing on the head?", "what {does} {who} have on the head?", "what {does} {who} wear on the head?"),
    "face": ("what {is} {who} wearing on the face?", "what {does} {who} have on the face?"),
    "hold": ("what {is} {who} holding?", "what {is} {who} carrying?", "what {does} {who} have in hand?", "what {does} {who} hold?"),
    "ride": ("what {is} {who} riding?", "what {does} {who} ride?", "what {is} {who} riding on?"),
    "mouth": ("what does the dog have in its mouth?", "what is in the dog's mouth?", "what is the dog carrying?",
              "what is the dog holding in its mouth?"),
    "play_with": ("what {is} {who} playing with?", "what {does} {who} play with?"),
    "sit_on": ("what {is} {who} on?", "what {is} {who} sitting or lying on?", "where {does} {who} sit or lie?"),
    "colour": ("what {colour} {is} {thing}?", "what is the {colour} of {thing}?", "which {colour} {is} {thing}?",
               "what {colour} {does} {thing} have?"),
    "number": ("how many {plural} are there?", "how many {plural} can you see?", "how many {plural} are in the picture?",
               "how many {plural}?", "what is the number of {plural}?", "count the {plural}"),
    "place": ("where {is} {who}?", "where {is} {who} in the picture?", "what place is this?", "where was this taken?"),
    "setting": ("is this indoors or outdoors?", "indoors or outdoors?", "is the picture taken inside or outside?",
                "was this photo taken indoors or outdoors?"),
    "action": ("what {is} {who} doing?", "what {is} {who} doing in the picture?", "what {does} {who} do?", "what {is} {who} up to?"),
    "sport": ("what sport is this?", "which sport is it?", "what sport is being played or done?", "what kind of sport is in the picture?"),
    "is_there": ("is there {one}?", "is there {one} in the picture?", "can you see {one}?", "do you see {one}?", "does the picture show {one}?"),
    "is_colour": ("{is} {who} {thing}?", "{is} {who} {thing} in {colour}?", "do you think {who} {is} {thing}?"),
    "is_number": ("are there {thing} {plural}?", "are there {thing} {plural} in the picture?", "can you see {thing} {plural}?",
                  "do you see exactly {thing} {plural}?"),
    "is_place": ("is this {where}?", "was this photo taken {where}?", "is the picture taken {where}?", "are we {where}?"),
    "is_action": ("{is} {who} {thing}?", "{is} {who} {thing} in the picture?", "do you see {who} {thing}?"),
}  # fmt: skip

_ZH: Mapping[Form, tuple[str, ...]] = {
    "what": ("图里有什么？", "图片里是什么？", "这是什么？", "照片里有什么？", "你看到了什么？", "图中是什么"),
    "animal": ("图里是什么动物？", "这是什么动物？", "照片里有什么动物？", "图中有哪种动物？", "是什么动物"),
    "who": ("谁在{thing}？", "图里谁在{thing}？", "{thing}的是谁？", "是谁在{thing}"),
    "wear": ("{who}穿戴着什么？", "{who}身上穿戴了什么？", "图里的{who}穿戴着什么？"),
    "head": ("{who}头上戴着什么？", "{who}头上戴的是什么？", "图里的{who}头上戴了什么？", "{who}头上有什么"),
    "face": ("{who}脸上戴着什么？", "{who}脸上戴的是什么？", "{who}脸上有什么？"),
    "hold": ("{who}手里拿着什么？", "{who}拿着什么？", "{who}手上拿的是什么？", "{who}手里有什么"),
    "ride": ("{who}骑着什么？", "{who}骑的是什么？", "{who}在骑什么？", "图里的{who}骑着什么"),
    "mouth": ("狗嘴里叼着什么？", "狗叼着什么？", "狗嘴里是什么？", "狗的嘴里有什么", "狗咬着什么？"),
    "play_with": ("{who}在玩什么？", "{who}玩的是什么？", "图里的{who}在玩什么"),
    "sit_on": ("{who}坐或趴在什么上面？", "{who}在什么上面？", "{who}待在什么上面"),
    "colour": ("{thing}是什么颜色的？", "{thing}是什么颜色？", "{thing}的颜色是什么？", "图里{thing}什么颜色", "{thing}是啥颜色的？"),
    "number": ("图里有几{plural}？", "有多少{plural}？", "有几{plural}？", "几{plural}？", "照片里一共有几{plural}？", "图里有多少{plural}",
               "一共几{plural}"),
    "place": ("{who}在哪里？", "{who}在哪儿？", "这是在哪里？", "这是什么地方？", "图里的{who}在什么地方"),
    "setting": ("这是室内还是室外？", "照片是在室内还是室外拍的？", "室内还是室外？", "在室内还是在室外"),
    "action": ("{who}在做什么？", "{who}在干什么？", "{who}正在做什么？", "图里的{who}在干嘛？", "{who}在干嘛"),
    "sport": ("这是什么运动？", "图里是什么运动？", "他们在做什么运动？", "在进行什么运动", "照片里是哪种运动？"),
    "is_there": ("图里有{one}吗？", "有{one}吗？", "有没有{one}？", "照片里有没有{one}？", "能看到{one}吗？", "图中有{one}吗"),
    "is_colour": ("{who}是{thing}的吗？", "{who}是不是{thing}的？", "{who}的颜色是{thing}吗？", "图里的{who}是{thing}的吗"),
    "is_number": ("图里有{thing}{plural}吗？", "是不是有{thing}{plural}？", "有{thing}{plural}吗？", "一共有{thing}{plural}吗"),
    "is_place": ("这是在{where}吗？", "照片是在{where}拍的吗？", "是不是在{where}？", "这里是{where}吗"),
    "is_action": ("{who}在{thing}吗？", "{who}是不是在{thing}？", "{who}正在{thing}吗？", "图里的{who}在{thing}吗"),
}  # fmt: skip

_PLURALS = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "baby": "babies",
    "fish": "fish",
    "sheep": "sheep",
}
_PAIRS = frozenset("clothes trousers glasses sunglasses goggles gloves shoes stairs".split())
_WHERE = {
    "beach": ("at the beach", "海边"), "sea": ("in the sea", "海里"), "snow": ("in the snow", "雪地里"), "pool": ("in a pool", "泳池里"),
    "street": ("on a street", "街上"), "grass": ("on the grass", "草地上"), "forest": ("in the woods", "树林里"),
    "mountain": ("in the mountains", "山上"), "room": ("in a room", "房间里"), "desert": ("in the desert", "沙漠里"),
    "ice": ("on the ice", "冰上"), "water": ("in the water", "水里"), "track": ("on a race track", "赛道上"),
    "restaurant": ("in a restaurant", "餐厅里"), "store": ("in a store", "商店里"), "stage": ("on a stage", "舞台上"),
    "river": ("in a river", "河里"),
}  # fmt: skip
_NUMBERS = {"two": "两", "three": "三", "four": "四", "five": "五"}


def hash_choice(parts: tuple[str, ...], of: int) -> int:
    """Return a number below `of` from the SHA-256 of the parts."""
    return int(hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12], 16) % of


def pluralize(key: str) -> str:
    """Return the English plural of a countable concept."""
    word = get_concept(key).english
    if key in _PLURALS:
        return _PLURALS[key]
    return (
        word[:-1] + "ies"
        if word.endswith("y") and word[-2] not in "aeou"
        else word + ("es" if word.endswith(("s", "h", "x")) else "s")
    )


def write_question(fact: Fact, language: Language, seed: int = 0) -> str:
    """Return the fact as a question, in one of its wordings."""
    forms = _EN[fact.form] if language == "en" else _ZH[fact.form]
    parts = (str(seed), fact.image, fact.form, fact.about, fact.thing, language)
    wording = forms[hash_choice(parts, len(forms))]
    if fact.form == "place" and not fact.about:
        wording = (
            ("where is this?", "what place is this?")[hash_choice(parts, 2)]
            if language == "en"
            else ("这是在哪里？", "这是什么地方？")[hash_choice(parts, 2)]
        )
    return (
        _english(fact, wording, hash_choice((*parts, "spelling"), 2)) if language == "en" else _chinese(fact, wording)
    )


def _english(fact: Fact, wording: str, spelling: int) -> str:
    colour = ("colour", "color")[spelling]
    named = fact.about or "person"
    many = fact.many
    who = "the " + (pluralize(named) if many and named not in _PAIRS else get_concept(named).english)
    thing = answer_text(fact.thing, "en") if fact.thing else ""
    if fact.form in {"colour", "is_colour"}:
        owned = fact.thing if fact.form == "colour" else fact.about
        many = fact.many or owned in _PAIRS
        owner = "" if fact.form == "is_colour" or not fact.about else f"{get_concept(fact.about).english}'s "
        who = f"the {owner}{pluralize(owned) if fact.many and owned not in _PAIRS else get_concept(owned).english}"
        thing = who if fact.form == "colour" else thing
    if fact.form == "is_number":
        thing = fact.thing
    one = thing if fact.thing in {"food", *_PAIRS} else ("an " if thing[:1] in "aeiou" else "a ") + thing
    one = "a person" if fact.thing == "person" else one
    return wording.format(
        who=who, thing=thing, one=one, colour=colour, plural=pluralize(named), where=_WHERE.get(fact.thing, ("", ""))[0],
        **{"is": "are" if many else "is", "does": "do" if many else "does"},
    )  # fmt: skip


def _chinese(fact: Fact, wording: str) -> str:
    named = fact.about or "person"
    who = get_concept(named).chinese
    thing = answer_text(fact.thing, "zh") if fact.thing else ""
    if fact.form == "colour":
        thing = f"{who}的{thing}" if fact.about else thing
    if fact.form == "is_number":
        thing = _NUMBERS[fact.thing]
    return wording.format(
        who=who,
        thing=thing,
        one=thing,
        plural=get_concept(named).measure + who,
        where=_WHERE.get(fact.thing, ("", ""))[1],
    )
