"""Whether a message asks about the last picture, told by its words: quick, and the same in both languages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from data.records import Language
from data.text.clean import clean

SAID, SEEN, POINTED, OPEN = 0.999, 0.85, 0.6, 0.58
"""How probable it is that the picture is meant: it is named; something that can be seen is asked after; "what is this?"; and,
right after the picture was talked about, anything asked in the form of such a question."""
FRESH, SHOWN = 0.7, 0.9
"""The same of a message that brings a picture: one that asks something else, and one that asks nothing."""


@dataclass(frozen=True)
class Asked:
    """What is wanted of the picture, and in [0, 1] how probable it is that it is wanted."""

    wants: Literal["caption", "answer"]
    claim: float


_COUNTED = "个只条匹头辆架艘位名棵朵张把件顶座块本双"
_THING = (
    "(?:男的|女的|男|女|老|小|大|年轻)?(?:人|男人|女人|男孩|女孩|男生|女生|小孩|孩子|小朋友|婴儿|老人|妇女|男子|女子|球员|观众|行人"
    "|狗|小狗|猫|小猫|鸟|马|牛|羊|鱼|动物|车(?!辆|险|位|型|牌)|汽车|卡车|公交车|自行车|单车|摩托车|滑板|船|飞机|火车|球|足球|篮球|棒球|网球"
    "|树|花|草|草地|水(?!滴|平|准|印)|雪|山|海|河|沙滩|天空|太阳|云|火|房子|建筑|建筑物|墙|桥|路|街道|桌子|椅子|床|沙发|电视|杯子|瓶子|盘子|食物|蛋糕|水果"
    "|帽子|眼镜|墨镜|衣服|上衣|外套|裤子|裙子|鞋|鞋子|头发|头盔|手套|背包|包|伞|旗子|玩具|飞盘|棍子|绳子|篮筐|背景|文字|字(?!母|符|节|典|段))"
)
_WHO = (
    rf"(?:(?:那|这|图中|图里|照片里)?(?:一)?(?:个|只|条|匹|辆|位|些|群)?的?"
    rf"(?:他们|她们|它们|他|她|它|谁|有人|(?:这|那)(?:个|些|位)人|{_THING}))"
)
_ENDS = r"[\s。.!！?？~～]*$"
_ASKS_ZH = r"(?:什么|啥|嘛|吗|么|哪|谁|几|多少)"
_PLACE_ZH = r"(?:图|照片|相片|图片|画面|图像|截图|图画)(?:里|中|上|内)(?:面|边|头)?"
_NAMED_ZH = re.compile(
    rf"{_PLACE_ZH}|(?:这|那|该)(?:一)?(?:张|幅)?(?:图|照片|相片|图片|画面|图像)|看(?:到|见)(?:了|的)?{_ASKS_ZH}"
)
_DONE_ZH = re.compile(
    "怎么(?!样|了)|怎样|如何|为什么|为啥|能不能|可不可以|可以|能否|支持|删|上传|保存|导入|导出|下载|发送|发给|压缩|裁剪|格式|识别|分割|归一化|检测|提取|标出|特征|技术|网络|模型|算法|窗口|卷积"
)
_TELL_ZH = re.compile(
    rf"描述|形容|说说|讲讲|介绍|看(?:到|见)(?:了|的)?(?:什么|啥)|有(?:什么|啥|哪些)(?:东西)?{_ENDS}|发生"
)
_PERSON_ZH = re.compile("你|您|我|咱|人工|本店|客服")
_POLITE_ZH = re.compile("(?:请问|请你|请|麻烦你|麻烦|帮我|告诉我|给我|你能不能|能不能|你能|你看|你觉得|那么|再)[,，]?")
_FORMS_ZH = tuple(
    re.compile(form)
    for form in (
        rf"(?:几|多少)(?:[{_COUNTED}])?(?:{_THING})",
        rf"(?:有|是)?几[只条匹头辆架艘](?:[呢啊呀])?{_ENDS}",
        rf"^(?:有)?几个{_ENDS}",
        rf"(?:几|多少)(?:[{_COUNTED}])(?:.{{0,4}})(?:{_THING})(?:在.+)?{_ENDS}",
        rf"(?:什么|啥|哪种|哪个)颜色(?:的)?(?:{_THING})?(?:[呢啊呀])?{_ENDS}|颜色(?:是|的)?(?:什么|啥){_ENDS}",
        rf"{_WHO}.{{0,4}}(?:在|正在).{{0,8}}{_ASKS_ZH}",
        rf"{_WHO}.{{0,6}}(?:穿|戴|拿|骑|抱|牵|背|举|坐|站|躺|吃|喝|看|玩|踢|打|追|叼)(?:着|了|的)?.{{0,6}}{_ASKS_ZH}",
        r"(?:手|嘴|头|背|脖子|身)(?:里|上|中).{0,4}(?:什么|啥|吗)",
        rf"(?:桌子|椅子|地|墙|树|床|盘子|车|水|草地|后面|前面|旁边|左边|右边|上面|下面|中间|里面|背景)(?:上|里|下|中)?(?:面|边)?"
        rf"(?:是|有)(?:什么|啥|谁){_ENDS}",
        rf"有没有.{{0,6}}?{_THING}(?:吗|么|呢|在.*)?{_ENDS}",
        rf"^(?:里面|上面|旁边|后面|前面|背景里)?有.{{0,6}}?{_THING}(?:在.{{1,8}})?(?:吗|么|没有|没){_ENDS}",
        r"(?:是|叫)(?:什么|啥|哪种)(?:动物|运动|天气|季节|地方|场景|水果|食物|植物|品种|车|花|鸟|狗|猫)",
        rf"(?:什么|啥|哪种)(?:动物|运动|品种){_ENDS}",
        rf"{_WHO}(?:是|都是)?在(?:哪|什么地方)",
        r"(?:在|是)?(?:哪|哪里|哪儿|什么时候|什么地方)(?:拍|照)",
        r"(?:室内|屋里|里面)还是(?:室外|户外|外面)|(?:白天|早上)还是(?:晚上|夜里|黑夜)|(?:在|是)(?:室内|室外|户外|白天|晚上)(?:吗|么)",
        rf"(?:在)?(?:下雨|下雪|出太阳)(?:了)?(?:吗|么){_ENDS}",
        rf"^是(?:不是)?(?:一)?[{_COUNTED}]?.{{0,4}}?{_THING}(?:吗|么)?{_ENDS}",
        rf"^{_WHO}.{{1,10}}(?:吗|么|没有){_ENDS}",
        rf"^{_WHO}是.{{1,8}}还是.{{1,8}}{_ENDS}",
        rf"^{_WHO}.{{0,4}}(?:多大|几岁|高兴|开心)",
    )
)
_POINTED_ZH = re.compile(
    rf"^(?:这|那|它|这个|那个)(?:又)?(?:都)?(?:是|叫)(?:什么|啥|谁)(?:东西)?(?:呢|呀|啊)?{_ENDS}|^是(?:什么|谁){_ENDS}"
)
_OPEN_ZH = re.compile(
    rf"^(?:一共|总共|里面)?有?(?:几|多少)[{_COUNTED}].{{0,8}}{_ENDS}|^(?:里面|上面|旁边)?有(?:没有)?.{{1,8}}{_ENDS}|^.{{1,8}}在(?:哪"
    rf"|哪里|哪儿){_ENDS}"
    rf"|^(?:这|那|他|她|它|他们|她们)(?:个|只|张|是|们|里|些).{{1,12}}{_ENDS}|^.{{1,8}}(?:是|在).{{1,10}}(?:吗|么|还是.*){_ENDS}"
)
_OFFERED_ZH = re.compile("可选|可以选|这款|那款|有货|还有货|主题|支持|免费|多少钱|价格|收费|人工|车位|粮|怎么")
_QUESTION_ZH = re.compile(rf"[?？]|{_ASKS_ZH}|怎么|是不是|有没有|还是")

_THINGS = (
    r"(?:(?:young|old|little|small|big|other|black|white|brown|red|blue|green|yellow)\s+)*"
    r"(?:people|persons?|man|men|woman|women|boys?|girls?|kids?|child|children|bab(?:y|ies)|lad(?:y|ies)|guys?"
    r"|players?|riders?"
    r"|someone|somebody|anyone|anybody|faces?|hands?|hair|dogs?|pupp(?:y|ies)|cats?|kittens?|birds?|horses?"
    r"|cows?|sheep|fish|animals?"
    r"|cars?|trucks?|bus(?:es)?|bikes?|bicycles?|motor(?:cycle|bike)s?|skateboards?|surfboards?|boats?|planes?"
    r"|trains?|vehicles?"
    r"|balls?|frisbees?|sticks?|toys?|trees?|flowers?|grass|water|snow|sand|rocks?|mountains?|beach(?:es)?|ocean"
    r"|sea|lake|river|sky"
    r"|clouds?|sun|fire|houses?|buildings?|walls?|bridges?|roads?|streets?|fences?|tables?|chairs?|beds?|sofas?"
    r"|tvs?|cups?|bottles?"
    r"|plates?|food|cakes?|fruits?|apples?|bananas?|hats?|caps?|glasses|sunglasses|clothes|shirts?|t-shirts?"
    r"|jackets?|coats?|pants"
    r"|shorts|dress(?:es)?|skirts?|shoes?|helmets?|gloves?|backpacks?|bags?|umbrellas?|flags?|ropes?|collars?"
    r"|leash(?:es)?|shadows?"
    r"|background|text|letters|sign|objects?|things?|shapes?|circles?|squares?|triangles?|rectangles?)"
)
_COLOURS = r"(?:red|blue|green|yellow|black|white|brown|orange|pink|purple|gr[ae]y)"
_PHOTO = r"(?:picture|photo|photograph|image|pic|snapshot|scene)"
_ONE = (
    rf"(?:he|she|they|it|this|that|these|those|(?:the|this|that|these|those|his|her|their|its|any|an?)\s+{_THINGS}"
    r"|anyone|anybody|someone|everyone)"
)
_NAMED_EN = re.compile(
    rf"\b(?:in|on|of|about|within)\s+(?:the|this|that|my)\s+{_PHOTO}\b|\b(?:this|that)\s+{_PHOTO}\b"
    rf"|\bdescribe the {_PHOTO}\b|\bin it\b|what (?:do|can|did) you see"
)
_DONE_EN = re.compile(
    r"\bhow (?:do|to|can|could|does|would)\b|\bcan (?:i|it|we)\b|\b(?:delete|upload|save|download|send|crop"
    r"|compress|support|formats?|kept|erased|models?|networks?|nets?|vectors?|layers?|filters?|features?"
    r"|predictions?|pixels?|without)\b"
)
_TELL_EN = re.compile(
    r"\bdescribe\b|\bcaption\b|\btell me (?:more )?about\b|what (?:do|can|did) you see|\b(?:going on|happening"
    r"|happens)\b"
    rf"|what(?:'s| is) (?:in|on|there in) (?:it|(?:the|this|that|my) {_PHOTO}){_ENDS}"
)
_POLITE_EN = re.compile(
    r"^(?:(?:and|so|ok|okay|now|then|please|hey|well|but)[,\s]+)*(?:(?:can|could|would"
    r"|do) you (?:please )?(?:tell me|say|know|see|think)\b[,\s]*"
    r"|do you think\b[,\s]*|please\s+)*"
)
_PERSON_EN = re.compile(r"\b(?:you|your|yours|i|i'm|my|me|mine|we|our|us)\b")
_FORMS_EN = tuple(
    re.compile(form)
    for form in (
        rf"^how many\s+(?:{_THINGS})(?:\s+(?:are|is|can|do|does|did|were|in|on|at|with|wearing|playing|standing"
        rf"|sitting)\b.*)?{_ENDS}",
        rf"^how many(?: are there| are they)?{_ENDS}",
        rf"^(?:what|which)(?:'s| is)?\s+(?:the\s+)?colou?rs?\s+(?:(?:is|are|was|were|does|do|of)\s+(?:{_ONE}"
        rf"|{_THINGS}|there)|(?:{_THINGS})\s+(?:is|are|does|do)\b)",
        rf"^(?:what|which) colou?r{_ENDS}",
        r"^(?:what|which|who|where|how)(?:'s|'re)?(?:\s+(?:is|are|was|were|does|do"
        rf"|did))?\s+{_ONE}\s+(?:\w+\s+)?\w+ing\b",
        rf"^what\s+(?:does|do|is|are)\s+{_ONE}\s+(?:have|wear|hold|carry|look)",
        r"^(?:what|who)(?:'s| is| are)\s+(?:on|under|behind|beside|next to|near|above|below|in front of|in"
        rf"|around|inside)\s+(?:the|his|her|their|its)\s+{_THINGS}",
        r"^(?:is|are)\s+there\s+(?:(?:an?|any|some|no|one|two|three|more than one|a lot of|many|also"
        rf"|anything)\s+)*(?:{_THINGS})(?:\s+(?:in|on|near|behind|under|at|with|there)\b.*|\s+\w+ing\b.*)?{_ENDS}",
        rf"^(?:is|are)\s+{_ONE}\s+(?:\w+\s+)?(?:\w+ing\b|(?:an?\s+)?{_COLOURS}\b|(?:an?\s+)(?:{_THINGS})|happy"
        r"|sad|old|young|tall|alone|male|female"
        r"|indoors?|outdoors?|inside|outside|wet|dry|asleep|awake|in the|on the|made of|sunny|dark|cloudy|day\b"
        r"|night|daytime)",
        rf"^(?:is|are)\s+(?:anyone|anybody|someone|the\s+{_THINGS}|these\s+{_THINGS})\b",
        r"^is it\s+(?:day|night|daytime|sunny|raining|snowing|cloudy|dark|winter|summer|indoors?|outdoors?"
        r"|inside|outside)\b",
        rf"^(?:does|do|did|has|have)\s+(?:he|she|they|(?:the|this|that|these|those|any)\s+{_THINGS})\b",
        rf"^where(?:'s| is| are| was| were)\s+(?:he|she|they|(?:the|this|that|these|his|her)\s+{_THINGS}){_ENDS}",
        rf"^where (?:was|is|were) (?:it|this|that)(?: {_PHOTO})? (?:taken|shot)",
        rf"^what\s+(?:kind|type|sort|breed|make)s?\s+of\s+(?:{_THINGS}|animal|sport|place|weather|room)\b",
        r"^what (?:animal|sport|breed|season|room|game|vehicle|fruit|shape|object|time of day)s?\s+(?:is|are"
        r"|does|do)\b",
        rf"^who(?:'s| is| are)\s+(?:he|she|they|that|this|the\s+{_THINGS}){_ENDS}",
        rf"^how old (?:is|are) (?:he|she|they|the\s+{_THINGS})",
    )
)
_POINTED_EN = re.compile(rf"^what(?:'s| is| are| kind of thing is)\s+(?:this|that|it|these|those){_ENDS}")
_OPEN_EN = re.compile(
    r"^(?:what|which) (?:\w+ )?(?:colou?r|kind|type|sort|brand|material|number|letter|word|animal|shape|size)s?\b"
    r"|^how many (?:\w+ ){1,4}(?:are|is|do|does|can|in|on|have|has|were)\b|^(?:is|are|was|were|does|do|did|has"
    r"|have) (?:this|that|these|those|the|it|he|she"
    r"|they|there|any|all|both)\b|^what (?:is|are|'s|does|do|did) (?:the|this|that|these|he|she|they|it|on|in"
    r"|under|behind|covering)\b"
    r"|^(?:where|who|why) (?:is|are|was|were) (?:the|this|that|these|he|she|they|it)\b|^(?:do|can) you see\b"
)
_OFFERED_EN = re.compile(
    r"\b(?:free|trial|fees?|discount|price|cost|refund|order|delivery|opening|themes?|colou?r (?:space|channel"
    r"|model)s?)\b"
)
_QUESTION_EN = re.compile(
    r"\?|？|^(?:what|who|where|when|which|why|how|is|are|does|do|did|can|could|has|have|was|were|describe|tell"
    r"|name|count)\b"
)


def asks_about_picture(text: str, language: Language, fresh: bool = False, near: bool = False) -> Asked | None:
    """What the message wants of the last picture, or None if it is about anything else.

    fresh: the picture came with it; near: the reply before was about the picture.

    >>> asks_about_picture("几个人?", "zh"), asks_about_picture("怎么退款?", "zh")
    (Asked(wants='answer', claim=0.85), None)
    >>> asks_about_picture("describe it", "en"), asks_about_picture("what are your opening hours", "en")
    (Asked(wants='caption', claim=0.85), None)
    >>> asks_about_picture("look!", "en", fresh=True)
    Asked(wants='caption', claim=0.9)
    """
    line = unicodedata.normalize("NFKC", clean(text)).casefold().replace("’", "'").strip()[:200]
    found = (_chinese if language == "zh" else _english)(line, near)
    if found is not None or not fresh:
        return found
    question = _QUESTION_ZH if language == "zh" else _QUESTION_EN
    return Asked("answer", FRESH) if question.search(line) else Asked("caption", SHOWN)


def _chinese(line: str, near: bool) -> Asked | None:
    rest = _POLITE_ZH.sub("", line)
    tell = _TELL_ZH.search(line)
    if _NAMED_ZH.search(line) and not _DONE_ZH.search(rest):
        return Asked("caption" if tell else "answer", SAID)
    if re.fullmatch(rf"(?:描述|形容|介绍|说说|讲讲)(?:一下|下)?(?:它|这个|这张|图|图片|照片|画面|内容)*{_ENDS}", rest):
        return Asked("caption", SEEN)
    if _PERSON_ZH.search(rest) or _OFFERED_ZH.search(rest):
        return None
    if any(form.search(rest) for form in _FORMS_ZH):
        return Asked("answer", SEEN)
    if _POINTED_ZH.search(rest):
        return Asked("caption", POINTED)
    return Asked("answer", OPEN) if near and _OPEN_ZH.search(rest) else None


def _english(line: str, near: bool) -> Asked | None:
    rest = _POLITE_EN.sub("", line)
    tell = _TELL_EN.search(line)
    if _NAMED_EN.search(line) and not _DONE_EN.search(rest):
        return Asked("caption" if tell else "answer", SAID)
    if re.match(
        rf"(?:describe|caption|tell me (?:more )?about)\s+(?:it|this|that|what (?:is|you see).*){_ENDS}", rest
    ) or (tell and re.match(rf"what(?:'s| is) (?:going on|happening)(?: here)?{_ENDS}", rest)):
        return Asked("caption", SEEN)
    if _PERSON_EN.search(re.sub(r"\b(?:can|do) you see\b", "", rest)) or _OFFERED_EN.search(rest):
        return None
    if any(form.search(rest) for form in _FORMS_EN):
        return Asked("answer", SEEN)
    if _POINTED_EN.search(rest):
        return Asked("caption", POINTED)
    return Asked("answer", OPEN) if near and _OPEN_EN.search(rest) else None
